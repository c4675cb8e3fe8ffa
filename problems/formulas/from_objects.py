"""Every kind of Python object that describes a formula, made a `Formula`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np

from odesolve.problems.arguments import items_of, plain_array, shown
from odesolve.problems.errors import InputError, quote
from odesolve.problems.formulas.formula import AT_MOST, Formula, LinearRows, LiteralRows
from odesolve.problems.integer_arrays import integers
from odesolve.problems.integers import as_integer

__all__ = ["formula_from"]

#: The largest variable number that fits into 32 bits with its negation and one more.
VARIABLE_LIMIT = 2**31 - 2

_LITERALS = f"literals from 1 to {VARIABLE_LIMIT}, or their negations"
_EXPECTED = (
    "a formula, a file, a list of lists of literals, an integer array [clauses, width], "
    "or a CNF, CNFPlus, WCNF, WCNFPlus or Formula of python-sat"
)


def formula_from(problem: Any) -> Formula:
    """A formula from whatever stands for one.

    Arguments:
        problem: one of

            - a ``Formula``;
            - a file (``str`` or ``os.PathLike``), see ``read_formula``;
            - clauses: a list, tuple, set or iterator of such collections of DIMACS literals; every
              clause may be a one-dimensional integer array;
            - an integer array ``[clauses, width]`` of NumPy or JAX;
            - a ``CNF``, ``CNFPlus``, ``WCNF`` or ``WCNFPlus`` of python-sat, native at-most
              constraints included. ``CardEnc`` and ``PBEnc`` return such; what an ``IDPool``
              numbers keeps its numbers;
            - a ``Formula`` of python-sat, turned into clauses by it as its own solvers do. The
              numbers are those of its variable pool, so that ``Formula.formulas(result.model)``
              gives the atoms.

    Raises:
        InputError: if nothing, or not the whole of it, can be made a formula.
    """
    if isinstance(problem, Formula):
        return _checked(problem)
    if isinstance(problem, str | os.PathLike):
        from odesolve.problems.formulas.formats import read_formula

        return read_formula(os.fsdecode(problem))
    reader = _python_sat_reader(problem)
    if reader is not None:
        return reader(problem)
    array = plain_array(problem, "problem")
    if array is not None and array.dtype != object:
        return _from_array(array)
    items = items_of(problem, "problem")
    if items is None:
        raise InputError("problem", shown(problem), _EXPECTED)
    rows = _rows(items, "clause")
    return Formula(_largest(rows), rows)


# ----------------------------------------------------------------------------------- plain numbers


def _from_array(array: np.ndarray) -> Formula:
    if array.ndim != 2 or array.dtype.kind not in "iu":
        raise InputError(
            "problem",
            f"an array of shape {array.shape} and type {array.dtype}",
            "integers [clauses, width]",
        )
    starts = np.arange(len(array) + 1, dtype=np.int64) * array.shape[1]
    rows = LiteralRows(_literals(array.ravel(), starts, "clause"), starts)
    return Formula(_largest(rows), rows)


def _rows(given: Iterable[Any], name: str) -> LiteralRows:
    """Rows of literals from rows of numbers; ``name`` is what messages call a row."""
    rows: list[Any] = []
    for number, row in enumerate(given, 1):
        rows.append(row if type(row) in (list, tuple) else _row(row, f"problem: {name} {number}"))
    starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    flat = list(chain.from_iterable(rows))
    if not set(map(type, flat)) <= {int}:
        flat = [
            _integer(literal, f"problem: {name} {number}")
            for number, row in enumerate(rows, 1)
            for literal in row
        ]
    try:
        numbers = np.array(flat, np.int64)
    except OverflowError:
        numbers = np.array(flat, object)
    return LiteralRows(_literals(numbers, starts, name), starts)


def _row(row: Any, place: str) -> list[Any]:
    items = items_of(row, place)
    if items is None:
        raise InputError(place, shown(row), "a list of literals")
    return list(items)


def _integer(value: Any, place: str) -> int:
    number = as_integer(value)
    if number is None:
        raise InputError(place, f"literal {shown(value)}", _LITERALS)
    return number


def _literals(numbers: np.ndarray, starts: np.ndarray, name: str) -> np.ndarray:
    """Numbers as literals, refused with the row that they stand in."""
    wrong = (numbers == 0) | (numbers < -VARIABLE_LIMIT) | (numbers > VARIABLE_LIMIT)
    if wrong.any():
        first = int(np.argmax(wrong))
        row = int(np.searchsorted(starts, first, side="right"))
        raise InputError(f"problem: {name} {row}", f"literal {quote(int(numbers[first]))}",
                         _LITERALS)  # fmt: skip
    return numbers.astype(np.int32)


def _largest(*tables: LiteralRows) -> int:
    return max(int(np.abs(rows.literals).max(initial=0)) for rows in tables)


# -------------------------------------------------------------------------------------- python-sat


def _python_sat_reader(problem: Any) -> Callable[[Any], Formula] | None:
    """What reads an object of python-sat; None for the objects of everything else."""
    kinds = sys.modules.get("pysat.formula")  # never imported: then it cannot be one of its objects
    if kinds is None:
        return None
    if isinstance(problem, kinds.WCNF):
        return _from_weighted
    if isinstance(problem, kinds.CNF):
        return _from_cnf
    return _from_expression if isinstance(problem, kinds.Formula) else None


def _from_cnf(problem: Any) -> Formula:
    """A ``CNF`` or ``CNFPlus``."""
    clauses = _rows(problem.clauses, "clause")
    counted, weighted = _at_most(getattr(problem, "atmosts", ()))
    return Formula(
        max(_declared(problem), _largest(clauses, counted.rows, weighted.rows)),
        clauses,
        cardinalities=counted,
        linear=weighted,
    )


def _from_weighted(problem: Any) -> Formula:
    """A ``WCNF`` or ``WCNFPlus``."""
    hard, soft = _rows(problem.hard, "hard clause"), _rows(problem.soft, "soft clause")
    counted, weighted = _at_most(getattr(problem, "atms", ()))
    if len(problem.wght) != len(soft):
        wrong = f"{len(soft)} soft clauses and {len(problem.wght)} weights"
        raise InputError("problem", wrong, "a weight for each soft clause")
    weights = []
    for number, weight in enumerate(problem.wght, 1):
        place = f"problem: soft clause {number}"
        weights.append(_number(weight, place, "weight", "a positive integer"))
        if weights[-1] < 1:
            raise InputError(place, f"weight {quote(weight)}", "a positive integer")
    return Formula(
        max(_declared(problem), _largest(hard, soft, counted.rows, weighted.rows)),
        hard,
        cardinalities=counted,
        linear=weighted,
        soft=soft,
        soft_weights=integers(weights),
        optimizes=True,
    )


def _declared(problem: Any) -> int:
    """The number of variables that python-sat says; that of a subformula may be no integer."""
    return min(as_integer(problem.nv) or 0, VARIABLE_LIMIT)


def _at_most(constraints: Iterable[Any]) -> tuple[LinearRows, LinearRows]:
    """Native constraints: literals, a bound and, where these are not all 1, weights.

    Returns:
        Cardinalities and linear rows.
    """
    counted: list[tuple[Any, int, list[int]]] = []
    weighted: list[tuple[Any, int, list[int]]] = []
    for number, constraint in enumerate(constraints, 1):
        place = f"problem: at-most constraint {number}"
        parts = _row(constraint, place)
        if len(parts) not in (2, 3):
            raise InputError(place, f"{len(parts)} parts", "literals, a bound, and weights or none")
        literals, bound = _row(parts[0], place), _number(parts[1], place, "bound", "an integer")
        if len(parts) == 2:
            counted.append((literals, bound, [1] * len(literals)))
            continue
        weights = [_number(own, place, "weight", "an integer") for own in _row(parts[2], place)]
        if len(weights) != len(literals):
            wrong = f"{len(literals)} literals and {len(weights)} weights"
            raise InputError(place, wrong, "a weight for each literal")
        weighted.append((literals, bound, weights))
    return _linear(counted), _linear(weighted)


def _linear(constraints: list[tuple[Any, int, list[int]]]) -> LinearRows:
    coefficients = [own for _, _, weights in constraints for own in weights]
    bounds = [bound for _, bound, _ in constraints]
    numbers = integers(coefficients + bounds)
    return LinearRows(
        _rows((literals for literals, _, _ in constraints), "at-most constraint"),
        numbers[: len(coefficients)],
        np.full(len(constraints), AT_MOST, np.int8),
        numbers[len(coefficients) :],
    )


def _number(value: Any, place: str, name: str, expected: str) -> int:
    number = as_integer(value)
    if number is None:
        raise InputError(place, f"{name} {quote(value)}", expected)
    return number


def _from_expression(problem: Any) -> Formula:
    """A ``Formula`` of python-sat: atoms, connectives and CNFs within them."""
    kinds = sys.modules["pysat.formula"]
    try:
        clauses = list(problem)  # python-sat numbers what has no number yet
        atoms = [atom for atom in problem.atoms(constants=True) if isinstance(atom, kinds.Formula)]
    except RecursionError:
        raise InputError("problem", "the formula is nested too deeply", "a flatter one") from None
    except Exception as error:  # of many types: a CNFPlus within a formula, for example
        raise InputError("problem", f"python-sat makes no clauses of it: {error}") from None
    rows = _rows(clauses, "clause")
    known = kinds.Formula.export_vpool().id2obj
    own = [atom for atom in atoms if atom not in (kinds.PYSAT_TRUE, kinds.PYSAT_FALSE)]
    # Formula.cleanup() empties formulas, and another context numbers other atoms the same.
    if any(known.get(atom.name) is not atom for atom in own) or not (atoms or len(rows)):
        wrong = "a formula of another context, or one that was cleaned up"
        raise InputError("problem", wrong, "one of python-sat's current context")
    return Formula(max([_largest(rows), *(atom.name for atom in own)]), rows)


# ------------------------------------------------------------------------------- Formula itself


def _checked(formula: Formula) -> Formula:
    """A formula that a caller may have put together by hand.

    Raises:
        InputError: its parts are of other types, or do not belong together.
    """
    for name in ("clauses", "parities", "not_all_equal", "soft"):
        _check_rows(formula, name, getattr(formula, name))
    for name in ("cardinalities", "linear"):
        linear = getattr(formula, name)
        if not isinstance(linear, LinearRows):
            raise InputError(f"problem: {name}", shown(linear), "LinearRows")
        _check_rows(formula, name, linear.rows)
        _check_numbers(f"{name}.coefficients", linear.coefficients, len(linear.rows.literals))
        _check_numbers(f"{name}.bounds", linear.bounds, len(linear))
        _check_numbers(f"{name}.comparisons", linear.comparisons, len(linear))
    _check_numbers("soft_weights", formula.soft_weights, len(formula.soft))
    if any(weight < 1 for weight in formula.soft_weights.tolist()):
        raise InputError("problem: soft_weights", "a weight below 1", "positive integers")
    return formula


def _check_rows(formula: Formula, name: str, rows: Any) -> None:
    place, count = f"problem: {name}", as_integer(formula.variable_count)
    if count is None or not 0 <= count <= VARIABLE_LIMIT:
        raise InputError("problem: variable_count", quote(formula.variable_count),
                         f"0 to {VARIABLE_LIMIT}")  # fmt: skip
    if not isinstance(rows, LiteralRows):
        raise InputError(place, shown(rows), "LiteralRows")
    _check_numbers(f"{name}.literals", rows.literals, None)
    _check_numbers(f"{name}.starts", rows.starts, None)
    starts = rows.starts
    if (
        not len(starts)
        or starts[0]
        or starts[-1] != len(rows.literals)
        or (np.diff(starts) < 0).any()
    ):
        raise InputError(place, "starts that are none of rows", "0 up to the number of literals")
    wrong = (rows.literals == 0) | (np.abs(rows.literals) > count)
    if wrong.any():
        literal = int(rows.literals[np.argmax(wrong)])
        raise InputError(place, f"literal {literal}", f"1 to {count}, or their negations")


def _check_numbers(name: str, values: Any, length: int | None) -> None:
    wanted = "integers [*]" if length is None else f"integers [{length}]"
    right = isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "iuO"
    if not right or (length is not None and len(values) != length):
        shape = f"{values.dtype} {list(values.shape)}" if isinstance(values, np.ndarray) else ""
        raise InputError(f"problem: {name}", shape or shown(values), wanted)
