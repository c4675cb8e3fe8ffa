"""Arguments that only ``sat`` has, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from odesolve.problems.arguments import items_of, shown
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.check import completed
from odesolve.problems.formulas.formula import Formula
from odesolve.problems.integers import as_integer

__all__ = ["checked_hint", "checked_literals", "checked_prove", "checked_target"]

_HINT = "literals, each once, or a truth value (bool) for each variable"


def checked_literals(literals: Any, formula: Formula, place: str) -> tuple[int, ...]:
    """Literals over the formula's variables, each once.

    Raises:
        InputError: if one is not, or if they are no collection of literals.
    """
    items = items_of(literals, place)
    if items is None:
        raise InputError(place, shown(literals), "a list of literals")
    found: dict[int, None] = {}
    for literal in items:
        number = as_integer(literal)
        if number is None or not 0 < abs(number) <= formula.shown_count:
            raise InputError(
                place,
                f"literal {shown(literal)}",
                f"numbers from 1 to {formula.shown_count}, or their negations",
            )
        found[number] = None
    return tuple(found)


def checked_hint(hint: Any, formula: Formula) -> np.ndarray | None:
    """+1 for true, -1 for false, 0 for anything, ``[variables]``.

    Raises:
        InputError: if it is neither literals nor truth values.
    """
    if hint is None:
        return None
    items = items_of(hint, "hint")
    if items is None:
        raise InputError("hint", shown(hint), _HINT)
    items = list(items)
    count = formula.shown_count
    if items and all(isinstance(item, bool | np.bool_) for item in items):
        if len(items) != count:
            raise InputError(
                "hint", f"{len(items)} truth values", f"one for each of {count} variables"
            )
        return np.where(completed(formula, np.array(items, bool)), 1, -1).astype(np.int8)
    values = np.zeros(count, np.int8)
    literals = checked_literals(items, formula, "hint")
    # [1, 1, 1] is more likely three truth values than one literal.
    if len(literals) < len(items):
        raise InputError("hint", "a literal stands in it twice", _HINT)
    for literal in literals:
        value = 1 if literal > 0 else -1
        if values[abs(literal) - 1] == -value:
            raise InputError("hint", f"both {abs(literal)} and -{abs(literal)}", "one of the two")
        values[abs(literal) - 1] = value
    if values.all():
        return np.where(completed(formula, values > 0), 1, -1).astype(np.int8)
    return np.append(values, np.zeros(len(formula.auxiliaries), np.int8))


def checked_prove(prove: Any) -> str | None:
    """None, "auto", "after" or "beside"; None for "auto" where CaDiCaL is not installed.

    Raises:
        InputError: if it is another word, or CaDiCaL is not installed.
    """
    if prove is None or prove is False:
        return None
    mode = "after" if prove is True else prove
    if not isinstance(mode, str) or mode not in ("auto", "after", "beside"):
        raise InputError("prove", shown(prove), "'auto', 'after' or 'beside'")
    from odesolve.problems.satisfiability.prover import check_prover, has_prover

    if mode == "auto":
        return mode if has_prover() else None
    check_prover()
    return mode


def checked_target(target: Any, formula: Formula) -> int | None:
    """The cost that is good enough.

    Raises:
        InputError: if it is no integer, or the formula has no costs.
    """
    if target is None:
        return None
    cost = as_integer(target)
    if cost is None:
        raise InputError("target", shown(target), "an integer")
    if not len(formula.soft) and not formula.optimizes:
        raise InputError("target", "the formula has no soft clauses", "no target without costs")
    return cost
