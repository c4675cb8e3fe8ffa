"""What Python callers hand over: collections taken whole, and everything else by its type."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set, ValuesView
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote

__all__ = [
    "checked_flag",
    "checked_function",
    "checked_mapping",
    "checked_recorder",
    "checked_word",
    "items_of",
    "plain_array",
    "shown",
]

#: Collections that are nothing but their items. An object of another library that can be iterated
#: over may hold more than that: a formula its native constraints, a table its columns.
_COLLECTIONS = (Sequence, Set, Iterator, ValuesView)
_TEXT = (str, bytes, bytearray, memoryview)


def shown(value: Any) -> str:
    """A value as messages call it: short ones by themselves, others by their type."""
    plain = value is None or isinstance(value, (bool, int, float, *_TEXT, np.generic))
    return quote(value) if plain else f"a value of type {type(value).__name__}"


def plain_array(value: Any, place: str) -> np.ndarray | None:
    """An array of NumPy or JAX as a plain one; None for everything else.

    Raises:
        InputError: values of it are masked.
    """
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.getmaskarray(value).any():
            raise InputError(place, "an array with masked values", "an array without")
        return np.asarray(value)
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    # Never imported, or not yet to its end by another thread: then it cannot be one of its arrays.
    array_of_jax = getattr(sys.modules.get("jax"), "Array", None)
    if array_of_jax is not None and isinstance(value, array_of_jax):
        return np.asarray(value)
    return None


def items_of(value: Any, place: str) -> Iterable[Any] | None:
    """The items of a collection that is nothing but its items; None for everything else.

    Lists, tuples, sets, ranges, generators and other iterators, views of dictionaries, and arrays
    are; text, dictionaries, tables and the objects of other libraries are not.

    Raises:
        InputError: values of an array are masked.
    """
    array = plain_array(value, place)
    if array is not None:
        return None if array.ndim == 0 else list(array)
    if isinstance(value, (*_TEXT, Mapping)) or not isinstance(value, _COLLECTIONS):
        return None
    return value


def checked_flag(name: str, value: Any) -> bool:
    """A truth value; words and numbers are none, since "no" would count as true.

    Raises:
        InputError: naming it.
    """
    if not isinstance(value, bool | np.bool_):
        raise InputError(name, shown(value), "True or False")
    return bool(value)


def checked_word(name: str, value: Any, words: Collection[str]) -> str:
    """One of these words.

    Raises:
        InputError: naming it and all words.
    """
    if not isinstance(value, str) or value not in words:
        raise InputError(name, shown(value), " or ".join(words))
    return value


def checked_mapping(name: str, value: Any, expected: str) -> Mapping[Any, Any]:
    """A mapping; None is an empty one.

    Raises:
        InputError: naming it.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(name, shown(value), expected)
    return value


def checked_function(name: str, value: Any) -> Any:
    """Something to call, or None.

    Raises:
        InputError: naming it.
    """
    if value is not None and not callable(value):
        raise InputError(name, shown(value), "a function")
    return value


def checked_recorder(value: Any) -> Any:
    """A ``Recorder``, or None.

    Raises:
        InputError: it is neither.
    """
    if value is None:
        return None
    from odesolve.trajectory import Recorder

    if not isinstance(value, Recorder):
        raise InputError("recorder", shown(value), "a Recorder")
    return value
