"""Values of a study's tables, checked: what is wrong with one names its key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.integers import as_integer

__all__ = ["Table"]

#: Seeds of a study: its cells stand in memory.
MOST_SEEDS = 1_000_000


class Table:
    """A table of the file and where it stands.

    Arguments:
        place: ``study.toml: settings[0]``.
        values: as TOML gives them.
        known: the keys that there are.

    Raises:
        InputError: it is no table, or has another key.
    """

    def __init__(self, place: str, values: Any, known: Iterable[str]) -> None:
        self.place = place
        if not isinstance(values, Mapping):
            raise InputError(place, quote(values), "a table")
        self.values = values
        for key in values:
            if key not in (names := tuple(known)):
                raise self.wrong(key, "there is no such key", ", ".join(names))

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def at(self, key: str) -> str:
        """Where a key stands."""
        return f"{self.place}{'.' if self.place.endswith(']') else ': '}{key}"

    def wrong(self, key: str, what: str, expected: str) -> InputError:
        """What is wrong with a key."""
        return InputError(self.at(key), what, expected)

    def tables(self, key: str) -> list[tuple[str, Any]]:
        """Place and values of each of an array of tables, of which there must be one."""
        found = self.values.get(key)
        if not isinstance(found, list) or not found:
            wrong = "it is missing" if found is None else quote(found)
            raise self.wrong(key, wrong, f"tables [[{key}]], one at least")
        return [(f"{self.at(key)}[{number}]", values) for number, values in enumerate(found)]

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or not value:
            wrong = "it is missing" if value is None else quote(value)
            raise self.wrong(key, wrong, "text")
        return value

    def word(self, key: str, words: Collection[str]) -> str:
        """One of some words."""
        value = self.text(key)
        if value not in words:
            raise self.wrong(key, quote(value), " or ".join(words))
        return value

    def texts(self, key: str) -> list[str]:
        """A text, or several."""
        value = self.values[key]
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found:
            raise self.wrong(key, quote(value), "text, or a list of texts")
        for each in found:
            if not isinstance(each, str) or not each:
                raise self.wrong(key, quote(each), "text")
        return found

    def integers(self, key: str, least: int) -> list[int]:
        """A list of integers, each once."""
        value = self.values.get(key)
        if not isinstance(value, list) or not value:
            wrong = "it is missing" if value is None else quote(value)
            raise self.wrong(key, wrong, f"a list of integers of at least {least}")
        found = [as_integer(each) for each in value]
        for each, said in zip(found, value, strict=True):
            if each is None or each < least:
                raise self.wrong(key, quote(said), f"integers of at least {least}")
        return list(dict.fromkeys(each for each in found if each is not None))

    def seeds(self, default: int = 1) -> list[int]:
        """How many, from 0, or a list of them."""
        value = self.values.get("seeds", default)
        if isinstance(value, list):
            return self.integers("seeds", 0)
        count = as_integer(value)
        if count is None or not 1 <= count <= MOST_SEEDS:
            expected = f"how many seeds, {MOST_SEEDS:,} at most, or a list of them"
            raise self.wrong("seeds", quote(value), expected)
        return list(range(count))

    def integer(self, key: str, default: int, least: int) -> int:
        """An integer of at least so much."""
        said = self.values.get(key, default)
        value = as_integer(said)
        if value is None or value < least:
            raise self.wrong(key, quote(said), f"an integer of at least {least}")
        return value

    def number(self, key: str, default: float, least: float = 0.0) -> float:
        """A number of at least so much."""
        value = self.values.get(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value < float("inf"):
            raise self.wrong(key, quote(value), f"a number of at least {least:g}")
        return value

    def checked(self, keys: Iterable[str], check: Callable[[str, Any], Any]) -> dict[str, Any]:
        """The values of those of the keys that are given, each through a check.

        Arguments:
            check: (key, value) -> the value; raises ValueError if it cannot be used.
        """
        found = {}
        for key in keys:
            if key in self.values:
                try:
                    found[key] = check(key, self.values[key])
                except InputError as error:
                    raise InputError(self.at(key), error.message) from None
                except (TypeError, ValueError) as error:
                    raise InputError(self.at(key), str(error)) from None
        return found
