"""Frozen dataclasses as pytrees: their numbers are data of a compiled function, options are not."""

from __future__ import annotations

from collections.abc import Iterable
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

    Not by ``jax.tree_util.register_dataclass``: to JAX the structures of two dataclasses with as
    many fields are then equal (their hashes differ), so that a function compiled for one of them is
    now and then called for the other.
    """
    data = [field.name for field in fields(cls) if is_data(field)]
    options = [field.name for field in fields(cls) if not is_data(field)]

    def values(own: Any, names: list[str]) -> tuple[Any, ...]:
        return tuple(getattr(own, name) for name in names)

    def flatten(own: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        return values(own, data), values(own, options)

    def flatten_with_keys(own: Any) -> tuple[tuple[tuple[Any, Any], ...], tuple[Any, ...]]:
        keys = [jax.tree_util.GetAttrKey(name) for name in data]
        return tuple(zip(keys, values(own, data), strict=True)), values(own, options)

    def unflatten(structure: tuple[Any, ...], children: Iterable[Any]) -> Any:
        given = zip((*data, *options), (*children, *structure), strict=True)
        return cls(**dict(given))

    jax.tree_util.register_pytree_with_keys(cls, flatten_with_keys, unflatten, flatten)
    return cls
