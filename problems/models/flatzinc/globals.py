"""The global constraints that our library of redefinitions hands over, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odesolve.problems.models.constraints import (
    AllDifferent,
    AllEqual,
    Cardinality,
    Circuit,
    Constraint,
    Cumulative,
    Inverse,
    Lexicographic,
    Regular,
    Table,
)
from odesolve.problems.models.constraints.base import Operand
from odesolve.problems.models.flatzinc.builder import Builder
from odesolve.problems.models.flatzinc.builtins import Builtin, linear
from odesolve.problems.models.flatzinc.terms import Refused
from odesolve.problems.models.values import Values

_STATE_LIMIT = 20_000


def _table(_: Builder, terms: list[Operand], flat: list[int]) -> list[Constraint]:
    width = len(terms)
    if not width:
        return []
    if len(flat) % width:
        raise Refused(f"a table of {len(flat)} values for {width} variables", "whole rows")
    return [Table(terms, [flat[i : i + width] for i in range(0, len(flat), width)])]


def _cardinality(closed: bool) -> Callable[..., list[Constraint]]:
    def translate(
        _: Builder, terms: list[Operand], values: list[int], counts: list[Operand]
    ) -> list[Constraint]:
        if len(values) != len(counts):
            raise Refused(f"{len(counts)} counts for {len(values)} values", "as many")
        once: dict[int, Operand] = {}
        same: list[Constraint] = []
        for value, count in zip(values, counts, strict=True):
            if value in once:
                same.append(linear((1, -1), (once[value], count), "==", 0))
            else:
                once[value] = count
        return [Cardinality(terms, list(once), list(once.values()), closed), *same]

    return translate


def _lexicographic(strict: bool) -> Callable[..., list[Constraint]]:
    def translate(_: Builder, left: list[Operand], right: list[Operand]) -> list[Constraint]:
        # Of two sequences that begin alike, the shorter stands first.
        common = min(len(left), len(right))
        decided = strict if len(left) == len(right) else len(left) > len(right)
        return [Lexicographic(left[:common], right[:common], decided)]

    return translate


def _regular(
    _: Builder,
    terms: list[Operand],
    states: int,
    symbols: int,
    table: list[int],
    start: int,
    accepting: Values,
) -> list[Constraint]:
    _check_automaton(len(table), states, symbols)
    steps: dict[tuple[int | str, int], int | str] = {
        (number // symbols + 1, number % symbols + 1): state
        for number, state in enumerate(table)
        if state > 0
    }
    return [Regular(terms, steps, start, list(accepting.within(1, states)))]


def _check_automaton(size: int, states: int, symbols: int) -> None:
    if states < 1 or symbols < 1 or size != states * symbols:
        wrong = f"{size} transitions of {states} states and {symbols} values"
        raise Refused(wrong, "their product")


def _nondeterministic(
    _: Builder,
    terms: list[Operand],
    states: int,
    symbols: int,
    table: list[Values],
    start: int,
    accepting: Values,
) -> list[Constraint]:
    """The deterministic automaton whose states are the sets of states that may be reached."""
    _check_automaton(len(table), states, symbols)
    numbers = {frozenset([start]): 0}
    waiting = list(numbers)
    steps: dict[tuple[int | str, int], int | str] = {}
    while waiting:
        here = waiting.pop()
        for symbol in range(1, symbols + 1):
            rows = (table[(s - 1) * symbols + symbol - 1] for s in here if 1 <= s <= states)
            there = frozenset(s for row in rows for s in row.within(1, states))
            if not there:
                continue
            if there not in numbers:
                numbers[there] = len(numbers)
                waiting.append(there)
                if len(numbers) > _STATE_LIMIT:
                    raise Refused("an automaton of too many states", f"at most {_STATE_LIMIT}")
            steps[numbers[here], symbol] = numbers[there]
    final = [number for own, number in numbers.items() if any(s in accepting for s in own)]
    return [Regular(terms, steps, 0, final)]


def _diagram(
    _: Builder,
    terms: list[Operand],
    sources: list[int],
    labels: list[Values],
    targets: list[int],
) -> list[Constraint]:
    """A decision diagram: its nodes are the states of an automaton, 1 the first, 0 the last."""
    if not len(sources) == len(labels) == len(targets):
        raise Refused("edges of a diagram without source, label or target", "all of them")
    steps: dict[tuple[int | str, int], int | str] = {}
    for source, label, target in zip(sources, labels, targets, strict=True):
        for value in label:
            if steps.setdefault((source, value), target) != target:
                raise Refused(f"two edges of node {source} for the value {value}", "one")
    return [Regular(terms, steps, 1, [0])]


def _cumulative(
    _: Builder,
    starts: list[Operand],
    durations: list[Operand],
    demands: list[Operand],
    capacity: Operand,
) -> list[Constraint]:
    return [Cumulative(starts, durations, demands, capacity)]


def _count(_: Builder, terms: Sequence[Operand], value: int, count: Operand) -> list[Constraint]:
    return [Cardinality(terms, [value], [count])]


GLOBALS: dict[str, Builtin] = {
    "fzn_all_different_int": Builtin("x*", lambda _, x: [AllDifferent(x)]),
    "fzn_alldifferent_except": Builtin("x* s", lambda _, x, s: [AllDifferent(x, list(s))]),
    "fzn_all_equal_int": Builtin("x*", lambda _, x: [AllEqual(x)]),
    "fzn_table_int": Builtin("x* i*", _table),
    "fzn_table_bool": Builtin("b* c*", _table),
    "fzn_global_cardinality": Builtin("x* i* x*", _cardinality(closed=False)),
    "fzn_global_cardinality_closed": Builtin("x* i* x*", _cardinality(closed=True)),
    "odesolve_count": Builtin("x* i x", _count),
    "fzn_regular": Builtin("x* i i i* i s", _regular),
    "fzn_regular_nfa": Builtin("x* i i s* i s", _nondeterministic),
    "odesolve_mdd": Builtin("x* i* s* i*", _diagram),
    "odesolve_circuit": Builtin("i x*", lambda _, first, x: [Circuit(x, first)]),
    "odesolve_subcircuit": Builtin("i x*", lambda _, first, x: [Circuit(x, first, True)]),
    "odesolve_inverse": Builtin("i x* x*", lambda _, first, x, y: [Inverse(x, y, first)]),
    "odesolve_cumulative": Builtin("x* x* x* x", _cumulative),
    "fzn_lex_less_int": Builtin("x* x*", _lexicographic(strict=True)),
    "fzn_lex_lesseq_int": Builtin("x* x*", _lexicographic(strict=False)),
    "fzn_lex_less_bool": Builtin("b* b*", _lexicographic(strict=True)),
    "fzn_lex_lesseq_bool": Builtin("b* b*", _lexicographic(strict=False)),
}
