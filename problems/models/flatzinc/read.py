"""Read a file of FlatZinc, in either syntax."""

from __future__ import annotations

import os

from odesolve.problems.files import decode_text, place_of, read_bytes
from odesolve.problems.models.flatzinc.builder import FlatZinc
from odesolve.problems.models.flatzinc.text import read_text

__all__ = ["parse_flatzinc", "read_flatzinc"]


def read_flatzinc(path: str | os.PathLike[str]) -> FlatZinc:
    """Read a file of FlatZinc: text, or the JSON of MiniZinc 2.8 and later; also compressed.

    Arguments:
        path: the file; ``-`` for standard input.

    Raises:
        InputError: if it cannot be read, with the line and what was expected.
    """
    place = place_of(path)
    return parse_flatzinc(decode_text(read_bytes(path), place), place)


def parse_flatzinc(text: str, place: str = "FlatZinc") -> FlatZinc:
    """Read FlatZinc from a string.

    Arguments:
        text: FlatZinc, or its JSON, which begins with a brace.
        place: what to call it in errors.

    Raises:
        InputError: with the line, what is wrong and what was expected.
    """
    if text.lstrip()[:1] == "{":
        from odesolve.problems.models.flatzinc.json_form import read_json

        return read_json(text, place)
    return read_text(text, place)
