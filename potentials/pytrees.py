"""Frozen dataclasses as pytrees: their numbers are data of a compiled function, options are not."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, TypeVar

import jax


class Dataclass(Protocol):
    """What ``dataclasses.fields`` takes."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Registered = TypeVar("Registered", bound=Dataclass)


def is_data(field: Field[Any]) -> bool:
    """Whether a field holds data; one with ``metadata={"static": True}`` is an option."""
    return not field.metadata.get("static", False)


def pytree(cls: type[Registered]) -> type[Registered]:
    """Make a frozen dataclass a pytree: fields are data, ``static`` ones part of its structure.

    Changing data never recompiles a function that takes it; changing an option does.
    """
    data = [field.name for field in fields(cls) if is_data(field)]
    options = [field.name for field in fields(cls) if not is_data(field)]
    return jax.tree_util.register_dataclass(cls, data_fields=data, meta_fields=options)
