"""Writing formulas so that nothing is lost: what is written is read again and compared."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import file_suffix, place_of, write_output
from odesolve.problems.formulas.formats import FORMULA_FORMATS, check_format, format_of
from odesolve.problems.formulas.formula import Formula
from odesolve.problems.formulas.from_objects import formula_from
from odesolve.problems.formulas.opb_writer import has_products_only
from odesolve.problems.formulas.tokens import plain_lines

__all__ = ["write_formula"]


def write_formula(
    formula: Any,
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    renumber: bool = False,
) -> tuple[str, ...]:
    """Write a formula to a file or, for ``-``, to standard output.

    The old file stays whole until the new one is.

    Arguments:
        formula: whatever ``odesolve.sat`` takes.
        path: the file. Its extension decides the format, and ``.gz``, ``.xz``, ``.bz2`` or ``.zst``
            behind it the compression.
        format: a key of `FORMULA_FORMATS`, to overrule the extension.
        renumber: whether to give up the variables' names, where they have some.

    Returns:
        What was changed, for the user: auxiliary variables that became ordinary ones, say.

    Raises:
        InputError: another extension, a format that cannot hold the formula, or a file that
            cannot be written; nothing is left behind.

    Example:
        >>> import odesolve as ode
        >>> ode.write_formula([[1, -2], [2, 3]], "-", format="opb")
        * #variable= 3 #constraint= 2
        +1 x1 +1 ~x2 >= 1 ;
        +1 x2 +1 x3 >= 1 ;
        ()
    """
    place = "standard output" if os.fspath(path) == "-" else place_of(path)
    check_format(format, place)
    chosen = format or format_of(file_suffix(path))
    if chosen is None:
        expected = ", ".join(f".{name}" for name in FORMULA_FORMATS)
        raise InputError(place, "unknown kind of formula file", expected)
    text, notes = _written(formula_from(formula), chosen, place, renumber)
    write_output(path, text)
    return notes


def _written(
    formula: Formula, format: str, place: str, renumber: bool
) -> tuple[str, tuple[str, ...]]:
    """The text of a formula, and notes for the user.

    Raises:
        InputError: the format cannot hold the formula.
    """
    notes = []
    if formula.names and renumber:
        formula = replace(formula, names=())
        notes.append(f"the variables are numbered 1 to {formula.shown_count} in their order")
    elif formula.names and format != "opb":
        wrong = f"variables have no names in {format}, and one is called {quote(formula.names[0])}"
        expected = "--renumber, which gives the names up; or a .opb file"
        raise InputError(place, wrong, expected)
    kept = format == "opb" and has_products_only(formula)
    if (count := len(formula.auxiliaries)) and not kept:
        notes.append(f"auxiliary variables became ordinary ones, behind the others: {count}")
    reader, writer, _ = FORMULA_FORMATS[format]
    text = writer(formula, place)
    found = reader(plain_lines(text.encode()), place)
    wanted = formula.shown_count if kept else formula.variable_count
    if found.shown_count != wanted or not set(formula.names) <= set(found.names):
        wrong = f"{format} cannot hold {wanted} variables of which some occur nowhere"
        raise InputError(place, wrong, "another format")
    return text, tuple(notes)
