"""JSON as every reader takes it: strictly, with the place of what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from odesolve.problems.errors import InputError, quote

__all__ = ["parse_json"]

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_NOT_FINITE = re.compile(r"NaN|Infinity")


def parse_json(text: str, place: str, exact: Callable[[str], Any] | None = None) -> Any:
    """Parse JSON strictly: no NaN, no repeated keys.

    Arguments:
        text: the JSON.
        place: what to call it in errors.
        exact: what to make of the text of a decimal; a float by default.

    Raises:
        InputError: with the line, where the JSON itself is broken.
    """

    def refuse_constant(constant: str) -> None:
        # Emptying the strings first: "NaN" as a name is fine.
        found = _NOT_FINITE.search(emptied := _STRING.sub('""', text))
        line = emptied.count("\n", 0, found.start()) + 1 if found else 1
        raise InputError(f"{place}:{line}", f"{constant} is not JSON", "a finite number")

    def distinct_keys(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) < len(items):
            keys = [key for key, _ in items]
            twice = next(key for number, key in enumerate(keys) if key in keys[:number])
            raise InputError(
                place, f"key {quote(twice)} appears twice in an object", "every key once"
            )
        return result

    try:
        return json.loads(
            text,
            parse_constant=refuse_constant,
            object_pairs_hook=distinct_keys,
            parse_float=exact,
        )
    except json.JSONDecodeError as error:
        raise InputError(
            f"{place}:{error.lineno}",
            f"broken JSON at column {error.colno} ({error.msg})",
            "valid JSON",
        ) from None
    except RecursionError:
        raise InputError(place, "the JSON is nested too deeply", "fewer levels") from None
    except InputError:
        raise
    except ValueError:  # an integer of more than 4,300 digits
        raise InputError(place, "a number has too many digits", "a shorter number") from None
