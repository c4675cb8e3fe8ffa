"""FlatZinc's constraints on sets: relations between the truth values of their elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odesolve.problems.models.constraints import (
    Clause,
    Constraint,
    Element,
    Lexicographic,
    Parity,
    Reified,
)
from odesolve.problems.models.constraints.base import Operand
from odesolve.problems.models.flatzinc.builder import Builder
from odesolve.problems.models.flatzinc.builtins import Builtin, conditional, linear
from odesolve.problems.models.flatzinc.membership import member
from odesolve.problems.models.flatzinc.terms import SET_LIMIT, Refused, SetTerm, members_of
from odesolve.problems.models.values import Values


def _together(*sets: SetTerm) -> list[tuple[Operand, ...]]:
    """For each element that one of some sets may have, in rising order: its place in every set."""
    members = [members_of(each) for each in sets]
    universe = sorted(set().union(*members))
    return [tuple(own.get(element, 0) for own in members) for element in universe]


def _set_in(builder: Builder, x: Operand, s: SetTerm) -> list[Constraint]:
    if isinstance(s, Values):
        return [member(builder, x, s)]
    if isinstance(x, int):
        return [Clause((s.members.get(x, 0),))]
    if not s.members:
        return [Clause(())]
    first, last = min(s.members), max(s.members)
    if last - first >= SET_LIMIT:
        raise Refused(f"elements from {first} to {last}", f"a range of at most {SET_LIMIT}")
    places = [s.members.get(value, 0) for value in range(first, last + 1)]
    return [Element(places, x, 1, first)]


def _set_in_reif(builder: Builder, x: Operand, s: SetTerm, r: Operand) -> list[Constraint]:
    if isinstance(x, int) and not isinstance(s, Values):
        return [linear((1, -1), (s.members.get(x, 0), r), "==", 0)]
    [inside] = _set_in(builder, x, s)
    return [conditional(r, inside)]


def _cardinality(_: Builder, s: SetTerm, x: Operand) -> list[Constraint]:
    places = list(members_of(s).values())
    return [linear([1] * len(places) + [-1], [*places, x], "==", 0)]


def _equal(_: Builder, x: SetTerm, y: SetTerm) -> list[Constraint]:
    return [linear((1, -1), pair, "==", 0) for pair in _together(x, y) if pair != (1, 1)]


def _different(builder: Builder, x: SetTerm, y: SetTerm) -> list[Constraint]:
    pairs = _together(x, y)
    differences = [builder.fresh() for _ in pairs]
    builder.add(
        [Parity((a, b, d), odd=False) for (a, b), d in zip(pairs, differences, strict=True)]
    )
    return [Clause(tuple(differences))]


def _subset(_: Builder, x: SetTerm, y: SetTerm) -> list[Constraint]:
    return [Clause((b,), (a,)) for a, b in _together(x, y)]


def _operation(
    place: Callable[[Operand, Operand, Operand], Constraint],
) -> Callable[..., list[Constraint]]:
    """An operation on two sets, element by element."""
    return lambda _, x, y, r: [place(a, b, c) for a, b, c in _together(x, y, r)]


def _codes(builder: Builder, column: Sequence[Operand]) -> list[Operand]:
    """For each element 0 where a set has neither it nor a later one, 1 where it has it, 2 else.

    Two sets stand in the order of their sorted elements just as these codes do: what has ended
    stands before what goes on, and where both go on, the smaller next element decides.
    """
    codes: list[Operand] = []
    later: Operand = 0
    for place in reversed(column):
        here, code = builder.fresh(), builder.fresh_integer(0, 2)
        builder.add(
            [
                Reified(here, Clause((place, later))),
                linear((2, -1, -1), (here, place, code), "==", 0),
            ]
        )
        codes.append(code)
        later = here
    return codes[::-1]


def _order(strict: bool) -> Callable[..., list[Constraint]]:
    def translate(builder: Builder, x: SetTerm, y: SetTerm) -> list[Constraint]:
        rows = _together(x, y)
        left, right = (_codes(builder, [row[side] for row in rows]) for side in (0, 1))
        return [Lexicographic(left, right, strict)]

    return translate


def _element(
    _: Builder, index: Operand, array: Sequence[SetTerm], result: SetTerm
) -> list[Constraint]:
    # The index must be one of the array even where no set has an element.
    inside: list[Constraint] = [Element([0] * len(array), index, 0, 1)]
    return inside + [Element(row[:-1], index, row[-1], 1) for row in _together(*array, result)]


_UNION = _operation(lambda a, b, c: Reified(c, Clause((a, b))))
_INTERSECTION = _operation(lambda a, b, c: Reified(c, Clause((), (a, b)), 0))
_DIFFERENCE = _operation(lambda a, b, c: Reified(c, Clause((b,), (a,)), 0))
_SYMMETRIC_DIFFERENCE = _operation(lambda a, b, c: Parity((a, b, c), odd=False))

SETS: dict[str, Builtin] = {
    "set_in": Builtin("x S", _set_in),
    "set_in_reif": Builtin("x S b", _set_in_reif),
    "set_card": Builtin("S x", _cardinality),
    "set_eq": Builtin("S S", _equal),
    "set_ne": Builtin("S S", _different),
    "set_subset": Builtin("S S", _subset),
    "set_superset": Builtin("S S", lambda builder, x, y: _subset(builder, y, x)),
    "set_le": Builtin("S S", _order(strict=False)),
    "set_lt": Builtin("S S", _order(strict=True)),
    "set_ge": Builtin("S S", lambda builder, x, y: _order(strict=False)(builder, y, x)),
    "set_gt": Builtin("S S", lambda builder, x, y: _order(strict=True)(builder, y, x)),
    "set_union": Builtin("S S S", _UNION),
    "set_intersect": Builtin("S S S", _INTERSECTION),
    "set_diff": Builtin("S S S", _DIFFERENCE),
    "set_symdiff": Builtin("S S S", _SYMMETRIC_DIFFERENCE),
    "array_set_element": Builtin("x s* S", _element),
    "array_var_set_element": Builtin("x S* S", _element),
}
