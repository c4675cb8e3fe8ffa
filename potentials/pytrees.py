"""Frozen dataclasses as pytrees: their numbers are data of a compiled function, options are not."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any, TypeVar

import jax

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Dataclass = TypeVar("Dataclass", bound=DataclassInstance)


def is_data(field: Field[Any]) -> bool:
    """Whether a field holds data; one with ``metadata={"static": True}`` is an option."""
    return not field.metadata.get("static", False)


def register(cls: type[Dataclass]) -> type[Dataclass]:
    """Make a frozen dataclass a pytree: fields are data, ``static`` ones part of its structure.

    Changing data never recompiles a function that takes it; changing an option does.
    """
    data = [field.name for field in fields(cls) if is_data(field)]
    options = [field.name for field in fields(cls) if not is_data(field)]
    return jax.tree_util.register_dataclass(cls, data_fields=data, meta_fields=options)
