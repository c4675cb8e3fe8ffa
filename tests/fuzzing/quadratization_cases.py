"""Cases of ``odesolve convert`` to Ising files, and of ``check`` on answers of Ising machines."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from fuzzing.cases import Case, Outcome
from fuzzing.choices import Choices
from fuzzing.damage import damaged, wrapped
from fuzzing.energy_cases import unpacked
from fuzzing.energy_writers import read_energy
from fuzzing.expressions import names_in, random_tree, text_of, value_of
from fuzzing.graph_cases import written_graph
from fuzzing.harness import run_case
from fuzzing.judgements import json_of
from fuzzing.meant_energies import MOST_SPINS, MeantEnergy
from fuzzing.meant_formulas import MeantFormula
from fuzzing.meant_graphs import MeantGraph
from fuzzing.tables import wrappings, written_formula_formats

#: What stands in the file that says how answers are lifted.
Map = dict[str, Any]
_SUFFIXES = ("qubo", "coo", "json", "mtx", "sparse", "bqm")
_NAMES = ["a", "b", "c", "d", "carry", "x1"]


@dataclass(frozen=True)
class Meaning:
    """A problem, as the judge of its quadratization knows it.

    Attributes:
        kind: in words.
        violates: (map, bits of the problem) -> whether a constraint does not hold; None where only
            the numbers that are lifted say so.
        cost: (map, bits) -> what it costs; None for a problem without costs.
        solvable: whether there is a solution; None where trying out tells.
    """

    kind: str
    violates: Callable[[Map, Sequence[bool]], bool] | None = None
    cost: Callable[[Map, Sequence[bool]], int] | None = None
    solvable: bool | None = None


@dataclass(frozen=True)
class Given:
    """A problem as arguments of ``convert``.

    Attributes:
        arguments: IN and its options, or what stands in its place.
        strict: whether it may not be refused.
    """

    meaning: Meaning
    arguments: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    strict: bool = True
    has_large_numbers: bool = False


# ------------------------------------------------------------------------------------ the problems


def _formula(choices: Choices) -> Given:
    while True:
        format = choices.pick(written_formula_formats())
        formula, text = format.write(choices)
        if formula.variables <= 8 and formula.top is None:
            break
    data, name = wrapped(choices, text, f"formula.{format.suffix}", wrappings())
    option = ["--from", format.format] if choices.one_in(4) else []

    def model(document: Map, bits: Sequence[bool]) -> list[bool]:
        named = document["problem"]["names"]
        truth = [False] * formula.variables
        for number, bit in enumerate(bits):
            variable = formula.literal(named[number]) if named else number + 1
            if variable <= formula.variables:
                truth[variable - 1] = bool(bit)
        return truth

    meaning = Meaning(
        format.name,
        lambda document, bits: not formula.admits(model(document, bits)),
        (lambda document, bits: formula.cost(model(document, bits)))
        if _has_cost(formula)
        else None,
    )
    large = re.search(rb"[0-9]{8}", text if isinstance(text, bytes) else text.encode()) is not None
    return Given(meaning, [name, *option], {name: data}, has_large_numbers=large)


def _has_cost(formula: MeantFormula) -> bool:
    return formula.optimizes


def _graph(choices: Choices) -> Given:
    while True:
        graph, text, name, suffixes, _ = written_graph(choices)
        colors = choices.between(1, 4)
        if graph.count * colors <= MOST_SPINS and not graph.loop and suffixes:
            break
    data, file = wrapped(choices, text, f"graph.{choices.pick(suffixes)}", wrappings())
    meaning = Meaning(f"{name} with --colors", partial(_is_improper, graph=graph, colors=colors),
                      solvable=graph.colorable(colors))  # fmt: skip
    return Given(meaning, [file, "--colors", str(colors)], {file: data})


def _is_improper(document: Map, bits: Sequence[bool], *, graph: MeantGraph, colors: int) -> bool:
    nodes, edges = document["problem"]["nodes"], document["problem"]["edges"]
    found = [[c for c in range(colors) if bits[n * colors + c]] for n in range(len(nodes))]
    if any(len(own) != 1 for own in found):
        return True
    if set(nodes) == set(graph.names):  # otherwise the reader has numbered them
        order = [nodes.index(name) for name in graph.names]
        return not graph.is_proper([found[n][0] for n in order])
    return any(found[a] == found[b] for a, b in edges)


def _relations(choices: Choices) -> Given:
    while True:
        trees = [random_tree(choices, choices.between(1, 3), _NAMES[: choices.between(2, 5)])
                 for _ in range(choices.between(1, 2))]  # fmt: skip
        if all(map(names_in, trees)):  # a relation of constants alone is refused
            break
    names = list(dict.fromkeys(name for tree in trees for name in names_in(tree)))
    fixed = {name: choices.below(2) for name in choices.some(names, 1)}
    arguments = [word for tree in trees for word in ("--relate", text_of(tree, choices))]
    for name, bit in fixed.items():
        arguments += ["--fix", f"{name}={bit}"]

    def violates(document: Map, bits: Sequence[bool]) -> bool:
        values = {name: int(bit) for name, bit in zip(names, bits, strict=True)}
        kept = all(values[name] == bit for name, bit in fixed.items())
        return not (kept and all(value_of(tree, values) for tree in trees))

    return Given(Meaning("--relate", violates), arguments)


def _arithmetic(choices: Choices) -> Given:
    kind = choices.below(3)
    if kind == 0:
        number = choices.between(4, 40)
        solvable = any(number % d == 0 for d in range(2, math.isqrt(number) + 1))
        return Given(Meaning("--factor", solvable=solvable), ["--factor", str(number)])
    a, b = choices.below(8), choices.below(8)
    shown: list[int | None] = [a, b, a + b if kind == 1 else a * b]
    if choices.one_in(4):
        at = choices.below(3)
        shown[at] = max(0, (shown[at] or 0) + choices.between(-2, 2))
    if choices.below(3):
        shown[choices.below(3)] = None
    return Given(
        Meaning("--add" if kind == 1 else "--multiply", solvable=_possible(kind == 1, shown)),
        ["--add" if kind == 1 else "--multiply", *("_" if n is None else str(n) for n in shown)],
        strict=False,  # what is impossible by its size alone may be refused
    )


def _possible(adding: bool, shown: list[int | None]) -> bool:
    ranges = [range(80) if number is None else [number] for number in shown]
    return any((a + b if adding else a * b) in ranges[2] for a, b in product(ranges[0], ranges[1]))


_PROBLEMS = (_formula, _formula, _graph, _graph, _relations, _relations, _arithmetic)


# ---------------------------------------------------------------------------------------- convert


def quadratized_case(choices: Choices) -> Case:
    """A problem as an Ising file: its ground states are the solutions."""
    given = choices.pick(_PROBLEMS)(choices)
    return _converted(choices, given, choices.pick(_SUFFIXES), choices.pick(["", "", ".gz", ".xz"]))


def _converted(choices: Choices, given: Given, suffix: str, packed: str) -> Case:
    target, beside = f"out.{suffix}{packed}", f"out.{suffix}.map.json"
    files = dict(given.files)
    option: list[str] = []
    # A graph in .json or .mtx is a graph again, unless the format is said.
    if (suffix in ("json", "mtx") and "--colors" in given.arguments) or choices.one_in(6):
        option = ["--to", "coo"]
    if choices.one_in(6):
        beside = "lift.json"
        option += ["--map", beside]
    if choices.one_in(4):
        files |= {target: b"what was there before", beside: b"what was there, too"}
    written = "coo" if "--to" in option else suffix
    words = given.arguments
    arguments = ["convert", *option, *words, target]
    if words[0] not in given.files and choices.below(2):
        arguments = ["convert", target, *words, *option]
    return Case(
        arguments, files, kind=f"convert: {given.meaning.kind} to {written}",
        outputs=(target, beside),
        judge=partial(
            _judge_quadratized, meaning=given.meaning, suffix=written, names=(target, beside),
            strict=given.strict, large=given.has_large_numbers,
        ),
    )  # fmt: skip


def _judge_quadratized(
    outcome: Outcome,
    *,
    meaning: Meaning,
    suffix: str,
    names: tuple[str, str],
    strict: bool,
    large: bool,
) -> str | None:
    if outcome.code == 2:
        # dimod's formats hold floats; penalties are as large as squares of what a file says.
        too_large = suffix in ("json", "bqm") and "more digits than a float" in outcome.errors
        may_be = not strict or (too_large and large)
        return None if may_be else f"valid input refused: {outcome.errors}"
    if set(outcome.files) != set(names):
        return f"misread: files {sorted(outcome.files)}, asked for were {names}"
    document = json.loads(outcome.files[names[1]])
    found = read_energy(suffix, unpacked(names[0], outcome.files[names[0]]))
    spins = len(document["variables"])
    if len(found.names) != spins:
        return f"misread: {len(found.names)} variables, {spins} are lifted"
    if spins > MOST_SPINS:
        return None
    shift = 0 if suffix in ("qubo", "coo", "json", "bqm") else _lost(outcome)
    return _wrong_energies(meaning, document, found, shift)


def _lost(outcome: Outcome) -> int:
    """The offset that the format has no place for, as a note says."""
    said = [line for line in outcome.errors.splitlines() if "the format has no offset" in line]
    return int(said[0].split(" are ")[1].split()[0]) if said else 0


def _wrong_energies(meaning: Meaning, document: Map, found: MeantEnergy, shift: int) -> str | None:
    """Whether energies are what the documentation says of them."""
    by_bits: dict[tuple[bool, ...], Any] = {}
    energies = [energy + shift for energy in found.energies()]
    for number, energy in enumerate(energies):
        bits = lifted(document, number)
        by_bits[bits] = min(by_bits.get(bits, energy), energy)
    least, ground = min(energies), document["ground_energy"]
    if meaning.violates is None:
        return _wrong_ground(meaning, least, ground)
    right = {bits for bits in by_bits if not meaning.violates(document, bits)}
    if meaning.solvable is not None and meaning.solvable != bool(right):
        return f"misread: solvable is {meaning.solvable}, {len(right)} assignments are lifted"
    if meaning.cost is None:
        if wrong := _wrong_ground(meaning, least, ground, bool(right)):
            return wrong
        states = {bits for bits, energy in by_bits.items() if energy == ground}
        return None if states == right else f"wrong ground states: {states}, right are {right}"
    costs = {bits: meaning.cost(document, bits) for bits in right}
    for bits, cost in costs.items():
        if by_bits[bits] != cost:
            return f"wrong energy: {by_bits[bits]} of {bits}, its cost is {cost}"
    above = min((energy for bits, energy in by_bits.items() if bits not in right), default=None)
    if above is not None and costs and above <= max(costs.values()):
        return f"wrong energy: {above} of what breaks a constraint, costs are {costs.values()}"
    return None


def _wrong_ground(
    meaning: Meaning, least: Any, ground: int | None, solvable: bool | None = None
) -> str | None:
    solvable = meaning.solvable if solvable is None else solvable
    if ground is None:
        return "wrong ground energy: none is said"
    if least < ground or (solvable is not None and (least == ground) != solvable):
        return f"wrong ground energy: {ground} is said, {least} is least, solvable is {solvable}"
    return None


def lifted(document: Map, number: int) -> tuple[bool, ...]:
    """The problem's bits in an assignment, whose variable i is 1 where bit i of a number is."""
    return tuple(
        literal
        if isinstance(literal, bool)
        else (number >> (abs(literal) - 1) & 1 == 1) == (literal > 0)
        for literal in document["bits"]
    )


# ------------------------------------------------------------------------------------------ check


def lifted_case(choices: Choices) -> Case:
    """Answers of an Ising machine, right or wrong, lifted to the problem and checked there."""
    given = choices.pick(_PROBLEMS)(choices)
    made = _converted(choices, given, "qubo", "")
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_case(made, Path(folder) / "made")
    beside = made.outputs[1]
    if outcome.code != 0 or beside not in outcome.files:
        return made
    document = json.loads(outcome.files[beside])
    target = next(name for name in outcome.files if name != beside)
    spins = len(document["variables"])
    energy = read_energy("coo" if "--to" in made.arguments else "qubo", outcome.files[target])
    numbers = (
        [choices.below(2**spins) for _ in range(choices.pick([1, 1, 1, 2, 3]))] if spins else [0]
    )
    if choices.below(2) and spins <= MOST_SPINS:
        energies = energy.energies()
        numbers[-1] = energies.index(min(energies))
    name, content = _answers(choices, document["variables"], numbers)
    if choices.one_in(12):
        content = damaged(choices, content)
        files = {beside: outcome.files[beside], name: content}
        return Case(
            ["check", beside, name, "--json"], files, kind="check: damaged machine's answer"
        )
    if choices.one_in(12):
        files = {beside: damaged(choices, outcome.files[beside]), name: b"0 1 0 1"}
        return Case(["check", beside, name, "--json"], files, kind="check: damaged map")
    as_json = bool(choices.below(3))
    judge = partial(
        _judge_lifted, meaning=given.meaning, document=document, numbers=numbers, as_json=as_json
    )
    return Case(
        ["check", beside, name, *(["--json"] if as_json else [])],
        {beside: outcome.files[beside], name: content},
        kind=f"check: answers to {given.meaning.kind}", judge=judge,
    )  # fmt: skip


def _answers(choices: Choices, labels: list[str], numbers: list[int]) -> tuple[str, bytes]:
    """Answers as machines write them: spins or bits."""
    low = choices.pick([0, -1])
    rows = [[1 if number >> i & 1 else low for i in range(len(labels))] for number in numbers]
    simple = all(label.isidentifier() and label.isascii() for label in labels)
    form = choices.below(6)
    if form == 0:
        document: object = rows if len(rows) > 1 or choices.below(2) else rows[0]
        return "a.json", json.dumps(
            document if choices.below(2) else {"samples": document}
        ).encode()
    if form == 1 and len(rows) == 1:
        named = dict(zip(labels, rows[0], strict=True))
        return "a.json", json.dumps(choices.pick([named, {"sample": named}])).encode()
    if form == 2 and len(rows) == 1 and simple and len(labels) > 1:
        mark = choices.pick(["", "v "])
        lines = [f"{mark}{label} {value}" for label, value in zip(labels, rows[0], strict=True)]
        return "a.txt", "\n".join(lines).encode()
    if form == 3 and simple and len(labels) > 1:
        lines = [",".join([*labels, "energy"]), *(",".join([*map(str, row), "0"]) for row in rows)]
        return "a.csv", "\n".join(lines).encode()
    if form == 4 and len(labels) > 1:
        letters = {1: choices.pick("1+"), low: ""}
        letters[low] = "0" if letters[1] == "1" else "-"
        return "a.txt", "\n".join("".join(letters[v] for v in row) for row in rows).encode()
    separator = choices.pick([" ", ",", "\t"])
    if len(labels) < 2:
        return "a.json", json.dumps(rows).encode()
    return "a.txt", "\n".join(separator.join(map(str, row)) for row in rows).encode()


def _judge_lifted(
    outcome: Outcome, *, meaning: Meaning, document: Map, numbers: list[int], as_json: bool
) -> str | None:
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}"
    if meaning.violates is None:
        return _judge_numbers(outcome, document) if as_json else None
    answers = [lifted(document, number) for number in numbers]
    right = [bits for bits in answers if not meaning.violates(document, bits)]
    if (outcome.code == 0) != bool(right):
        return f"wrong check: exit code {outcome.code}, {len(right)} answers are right"
    if not as_json:
        return None
    said = json_of(outcome)
    if (said["answers"], said["satisfied_answers"]) != (len(answers), len(right)):
        return f"wrong check: {said}, {len(right)} of {len(answers)} are right"
    if meaning.cost is not None and right:
        least = min(meaning.cost(document, bits) for bits in right)
        if said["cost"] != least:
            return f"wrong cost: {said['cost']}, it is {least}"
    return None


def _judge_numbers(outcome: Outcome, document: Map) -> str | None:
    """Of arithmetic: that what is called satisfied adds up."""
    said = json_of(outcome)
    if said["satisfied"] != (outcome.code == 0) or said["satisfied_answers"] > said["answers"]:
        return f"wrong check: exit code {outcome.code}, {said}"
    values = list(said["solution"].values())
    if len(values) == 3 and all(isinstance(value, int) for value in values):
        a, b, c = values
        adds = a + b == c if document["kind"] == "addition" else a * b == c
        if said["satisfied"] and not adds:
            return f"wrong check: {said}"
    if document["kind"] == "factorization":
        p, q = values[:2]
        number = int(document["problem"]["number"])
        if said["satisfied"] != (p * q == number and min(p, q) > 1):
            return f"wrong check: {said}"
    return None
