"""Cases of ``odesolve ising`` and ``odesolve maxcut``, and of ``check`` and ``convert`` on them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from fuzzing.cases import Case, Outcome
from fuzzing.choices import Choices
from fuzzing.damage import wrapped_bytes
from fuzzing.energy_writers import FORMATS, EnergyFormat, read_energy
from fuzzing.graph_cases import written_graph
from fuzzing.graph_writers import CannotSay, namings
from fuzzing.meant_energies import MeantEnergy, meant, random_number
from fuzzing.meant_graphs import random_graph
from fuzzing.tables import energy_formats, graph_formats, wrappings
from fuzzing.weighted_writers import FORMATS as WEIGHTED
from fuzzing.weighted_writers import random_weights

#: One of so many cases integrates, which takes seconds where others take milliseconds.
INTEGRATING = 400
#: Formats of graphs whose files, as the fuzzer writes them, say no weight.
_BARE = ("graph6", "sparse6", "lad", "matrix", "adjacency-csv", "adjlist", "dimacs")


def random_file_of_energies(choices: Choices) -> tuple[str, bytes]:
    """A valid file with a name that suits it."""
    format = choices.pick(FORMATS)
    return f"file.{choices.pick(format.suffixes or ('txt',))}", format.write(choices)[1]


# ------------------------------------------------------------------------------------------ files


def _named(
    choices: Choices, data: bytes, format: EnergyFormat, text: bool
) -> tuple[list[str], dict[str, bytes], bytes, str]:
    """Arguments, files and standard input, and by what the format is to be told."""
    way = choices.pick(["extension", "extension", "option", "content", "foreign extension"])
    if way == "extension" and not format.suffixes:
        way = "option"
    if way == "extension":
        name = f"problem.{choices.pick(format.suffixes)}"
        name = name.upper() if choices.one_in(10) else name
    elif way == "foreign extension":
        every = {**energy_formats(), **graph_formats()}
        # rudy and bqp look alike: the extension alone tells them apart.
        alike = ("rudy", "bqp") if format.counted and not format.marked else ()
        name = f"problem.{choices.pick([s for n in every if n not in alike for s in every[n]])}"
    else:
        name = choices.pick(["problem.txt", "problem", "a problem.dat"])
    data, name = wrapped_bytes(choices, data, name, wrappings(), text=text)
    option = ["--format", format.name] if way == "option" else []
    if choices.one_in(8) and way in ("content", "option"):
        return ["-", *option], {}, data, way
    return [name, *option], {name: data}, b"", way


def _is_certain(format: EnergyFormat, way: str) -> bool:
    return way in ("extension", "option") or (way == "content" and format.marked)


def _values(choices: Choices, problem: MeantEnergy) -> list[int]:
    return [choices.pick([problem.low, 1]) for _ in problem.names]


_SIMPLE = re.compile(r"[\w.+-]+")


def _answer_file(
    choices: Choices,
    problem: MeantEnergy,
    values: Sequence[int],
    claim: Mapping[str, float],
    *,
    ordered: bool = True,
) -> tuple[str, bytes]:
    """Values of some variables, or of all, as a file may hold them; spins or bits."""
    low = choices.pick([0, -1])
    named = {
        name: low if value != 1 else 1 for name, value in zip(problem.names, values, strict=True)
    }
    in_order = [list(named.values())[i] for i in _order(problem.names)]
    form = choices.pick([0, 1, 2, 3, 4] if ordered else [0, 2, 3])
    if claim or form == 0 or not all(map(_SIMPLE.fullmatch, problem.names)):
        document = {"assignment": named, **claim} if claim or choices.below(2) else named
        return "answer.json", json.dumps(document).encode()
    if form == 1:
        return "answer.json", json.dumps(in_order).encode()
    if form == 2:
        rows = ["variable,value", *(f"{name},{value}" for name, value in named.items())]
        return "answer.csv", "\n".join(rows).encode()
    if form == 3 or len(named) < 3:
        mark = choices.pick(["", "v "])
        if len(named) < 3:
            mark = "v "  # two lines of two numbers could as well be four values
        return "answer.sol", "\n".join(f"{mark}{n} {v}" for n, v in named.items()).encode()
    separator = choices.pick([" ", "\n", ", ", "" if low == 0 else " "])
    return "answer.txt", separator.join(map(str, in_order)).encode()


# -------------------------------------------------------------------------------- ising and maxcut


def ising_case(choices: Choices) -> Case:
    """A valid problem in any format, solved; named by extension, by option, or by nothing."""
    format = choices.pick(FORMATS)
    problem, data = format.write(choices)
    arguments, files, stdin, way = _named(choices, data, format, format.name != "bqm")
    return _solved(
        choices, "ising", problem, [(problem.names)], arguments, files, stdin,
        strict=_is_certain(format, way), kind=f"ising: {format.name} by {way}",
    )  # fmt: skip


def maxcut_case(choices: Choices) -> Case:
    """A graph, mostly with weights, in any format; its largest cut."""
    problem, possible, data, format_name, suffixes = _weighted_graph(choices)
    as_format = EnergyFormat(format_name, suffixes, lambda _: (problem, data))
    arguments, files, stdin, way = _named(choices, data, as_format, text=True)
    return _solved(
        choices, "maxcut", problem, possible, arguments, files, stdin,
        strict=way in ("extension", "option"), kind=f"maxcut: {format_name} by {way}",
    )  # fmt: skip


def _weighted_graph(
    choices: Choices,
) -> tuple[MeantEnergy, list[tuple[str, ...]], bytes, str, tuple[str, ...]]:
    """Couplings that are a graph's weights, possible names of its nodes, file, format, suffixes."""
    while choices.one_in(4):
        graph, text, name, suffixes, bare = written_graph(choices)
        if name in _BARE and not graph.loop:
            terms = [(a, b, Fraction(1)) for a, b in graph.edges]
            problem = meant(graph.names, terms, binary=False)
            if name == "dimacs":  # an edge that is listed twice would weigh 1 or 2
                lines = [line for line in text.splitlines() if line.startswith("e ")]
                if len(lines) > len(graph.edges):
                    continue
            return problem, namings(bare, graph), text.encode(), name, suffixes
    while True:
        format = choices.pick(WEIGHTED)
        isolated = format.isolated and choices.below(2) == 0
        graph = random_graph(choices, isolated=isolated, named=format.named)
        weights, listed = random_weights(choices, graph, format)
        try:
            text = format.write(choices, graph, listed)
        except CannotSay:
            continue
        floats = {pair: Fraction(float(w)) if format.floats else w for pair, w in weights.items()}
        problem = meant(graph.names, [(a, b, w) for (a, b), w in floats.items()], binary=False)
        numbers = [tuple(str(i + first) for i in range(graph.count)) for first in (1, 0)]
        return problem, [graph.names, *numbers], text.encode(), format.name, format.suffixes


def _solved(
    choices: Choices,
    command: str,
    problem: MeantEnergy,
    namings: list[tuple[str, ...]],
    arguments: list[str],
    files: dict[str, bytes],
    stdin: bytes,
    *,
    strict: bool,
    kind: str,
) -> Case:
    """A problem, solved with some options."""
    is_cut = command == "maxcut"
    arguments = [command, *arguments]
    as_json = bool(choices.below(4)) or not all(map(_SIMPLE.fullmatch, problem.names))
    arguments += ["--json"] if as_json else []
    if choices.one_in(INTEGRATING):
        arguments += ["--no-presolve", "--max-steps", "20", "--runs", "4"]
    else:
        limits = [["--time-limit", "0"], ["--time-limit", "0"], ["--max-steps", "0"]]
        arguments += choices.pick(limits if is_wide(problem) else [*limits, ["--time-limit", "5"]])
    fixed: dict[int, int] = {}
    certain = strict and len(set(namings)) == 1 and choices.below(2)
    if certain:
        for i in choices.some(range(len(problem.names)), 2):
            fixed[i] = choices.pick([problem.low, 1])
            arguments += ["--fix", f"{problem.names[i]}={fixed[i]}"]
    if certain and choices.one_in(4):
        name, content = _answer_file(choices, problem, _values(choices, problem), {})
        files[f"near-{name}"] = content
        arguments += ["--hint", f"near-{name}"]
    target = None
    if choices.one_in(3):
        target = _target(choices, problem, is_cut)
        arguments += [f"--target={target}"]
    outputs = _outputs(choices, arguments, files)
    judge = partial(
        _judge_solved, problem=problem, namings=namings, is_cut=is_cut, fixed=fixed,
        target=None if target is None else Fraction(target), strict=strict, as_json=as_json,
    )  # fmt: skip
    return Case(arguments, files, stdin, kind=kind, outputs=outputs, judge=judge)


def is_wide(problem: MeantEnergy) -> bool:
    """Whether presolve leaves a small problem open, since its numbers do not fit its tables."""
    every = (*problem.linear, *problem.quadratic.values(), problem.offset)
    common = math.lcm(*(number.denominator for number in every))
    return sum(map(abs, every)) * common > 2**50


def _target(choices: Choices, problem: MeantEnergy, is_cut: bool) -> str:
    """Some number near the best value, which is rarely a decimal that no one can write."""
    if choices.one_in(4):
        return random_number(choices)
    best = problem.least()
    best = _cut(problem, best) if is_cut else best
    moved = best + choices.pick([Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2)])
    return str(float(moved)) if moved.denominator > 1 else str(moved)


def _outputs(choices: Choices, arguments: list[str], files: dict[str, bytes]) -> tuple[str, ...]:
    outputs: list[str] = []
    if choices.one_in(3):
        outputs.append(choices.pick(["out.json", "out.csv", "out.sol", "out.txt"]))
        arguments += ["-o", outputs[-1]]
        if choices.below(2):
            files[outputs[-1]] = b"what was there before"
    if choices.one_in(600):
        outputs.append("out.svg")
        arguments += ["--plot", outputs[-1]]
    return tuple(outputs)


def _cut(problem: MeantEnergy, energy: Fraction) -> Fraction:
    """E is the sum of all weights, less twice those of the cut."""
    return (sum(problem.quadratic.values(), Fraction(0)) - energy) / 2


def _judge_solved(
    outcome: Outcome,
    *,
    problem: MeantEnergy,
    namings: list[tuple[str, ...]],
    is_cut: bool,
    fixed: Mapping[int, int],
    target: Fraction | None,
    strict: bool,
    as_json: bool,
) -> str | None:
    """Whether the problem was read as it was meant, and answered rightly."""
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}" if strict else None
    found = (_solution_json if as_json else _solution_text)(outcome, is_cut)
    if found is None:
        return "misread: no answer" if outcome.code == 0 else None
    claims, verdict, assignment = found
    if wrong := _wrong_claims(outcome, problem, fixed, target, verdict, is_cut):
        return wrong
    if assignment is None:
        return None
    naming = next((n for n in namings if set(n) == assignment.keys()), None)
    if naming is None:
        return f"misread: variables {sorted(assignment)}, meant {namings[0]}"
    values = [assignment[name] for name in naming]
    if not set(values) <= {problem.low, 1}:
        return f"wrong satisfied: values {values}"
    if any(values[i] != value for i, value in fixed.items()):
        return f"wrong satisfied: {assignment} does not keep what is fixed"
    energy = problem.energy(values)
    right = {"energy": energy, "cut": _cut(problem, energy)}
    for what, claimed in claims.items():
        if not _same(claimed, right[what]):
            return f"wrong {what}: {claimed}, it is {right[what]}"
    reached = target is not None and (
        right["cut"] >= target if is_cut else energy <= target
    )  # of a decimal
    if target is not None and outcome.code == 0 and not reached:
        return f"wrong satisfied: {right} misses the target {target}"
    if verdict == "optimal" and energy != problem.least(fixed):
        return f"wrong optimum: {energy}, the least is {problem.least(fixed)}"
    return _wrong_file(outcome, naming, values)


def _wrong_claims(
    outcome: Outcome,
    problem: MeantEnergy,
    fixed: Mapping[int, int],
    target: Fraction | None,
    verdict: str,
    is_cut: bool,
) -> str | None:
    """What the exit code says that is not true."""
    least = problem.least(fixed)
    if outcome.code == 3:
        best = _cut(problem, least) if is_cut else least
        possible = target is None or (best >= target if is_cut else best <= target)
        return f"wrong infeasible: the best is {best}, the target {target}" if possible else None
    if outcome.code == 0 and target is None and verdict != "optimal":
        return "wrong satisfied: neither a target nor an optimum"
    return None


def _same(claimed: Fraction, right: Fraction) -> bool:
    """Exactly, or the nearest float of what is no integer."""
    return claimed == right or (right.denominator > 1 and float(claimed) == float(right))


Solution = tuple[dict[str, Fraction], str, dict[str, int] | None]


def _solution_json(outcome: Outcome, is_cut: bool) -> Solution | None:
    document = json.loads(outcome.output, parse_float=Fraction)
    solution = document["solution"] or document.get("best")
    verdict = "optimal" if document.get("optimal") else ""
    if solution is None:
        return ({}, verdict, None) if outcome.code == 3 else None
    names = ("energy", "cut") if is_cut else ("energy",)
    return {n: Fraction(solution[n]) for n in names}, verdict, solution["assignment"]


def _solution_text(outcome: Outcome, is_cut: bool) -> Solution | None:
    what = "cut" if is_cut else "energy"
    heads = re.findall(rf"(?m)^{what} (\S+): (.*)$", outcome.output)
    if len(heads) != 1:
        return None
    ((number, said),) = heads
    assignment = {
        name: int(value)
        for value, names in re.findall(r"(?m)^  +(-?\d): (.*)$", outcome.output)
        for name in names.split()
    }
    # A long fraction is rounded in text.
    rounded = "." in number and len(number) > 10
    claims = {} if rounded or "e" in number else {what: Fraction(number)}
    return claims, "optimal" if said.startswith("proved the best") else "", assignment


def _wrong_file(outcome: Outcome, naming: Sequence[str], values: Sequence[int]) -> str | None:
    """The answer in a file is the one that was printed."""
    meant_values = dict(zip(naming, values, strict=True))
    for name, data in outcome.files.items():
        text = data.decode()
        if name.endswith(".json"):
            read = json.loads(text)["assignment"]
        elif name.endswith(".csv"):
            import csv

            read = {n: int(v) for n, v in list(csv.reader(text.splitlines()))[1:]}
        elif name.endswith(".sol"):
            rows = re.findall(r'(?m)^v ("(?:[^"\\]|\\.)*"|\S+) (\S+)$', text)
            read = {json.loads(n) if n[0] == '"' else n: int(v) for n, v in rows}
        elif name.endswith(".txt"):
            if sorted(map(int, text.split())) != sorted(values):
                return f"wrong file: {name} holds {text!r}, printed were {meant_values}"
            continue
        else:
            continue
        if read != meant_values:
            return f"wrong file: {name} holds {read}, printed were {meant_values}"
    return None


# ------------------------------------------------------------------------------- lines are missing


def shortened_case(choices: Choices) -> Case:
    """A file that says how many lines it has, and lacks one: it must be refused."""
    while True:
        format = choices.pick([format for format in FORMATS if format.counted])
        problem, data = format.write(choices)
        lines = data.splitlines(keepends=True)
        terms = [i for i, line in enumerate(lines) if line[:1].isdigit()]
        terms = terms[0 if format.marked else 1 :]
        if terms:
            break
    del lines[choices.pick(terms)]
    name = f"problem.{choices.pick(format.suffixes)}"
    command = choices.pick([["ising", name], ["check", name, "a.txt"], ["convert", name, "o.coo"]])
    values = " ".join("1" for _ in problem.names).encode()
    limit = ["--time-limit", "0"] if command[0] == "ising" else []
    return Case(
        [*command, *limit], {name: b"".join(lines), "a.txt": values},
        kind=f"{command[0]}: {format.name} without one of its lines",
        judge=lambda o: None if o.code == 2 else f"misread: a line is missing, exit code {o.code}",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------ check


def check_energy_case(choices: Choices) -> Case:
    """Values of all variables, whose energy or cut is claimed rightly, wrongly or not at all."""
    is_cut = choices.one_in(3)
    if is_cut:
        problem, namings, data, name, suffixes = _weighted_graph(choices)
        if len(set(namings)) > 1 and name not in ("graphml", "json", "dot", "edgelist"):
            # Nodes without names are numbered: from 0 in graph6, from 1 elsewhere.
            first = 0 if name in ("graph6", "sparse6", "lad") else 1
            problem = replace(problem, names=tuple(f"{i + first}" for i in range(_size(problem))))
        format = EnergyFormat(name, suffixes, lambda _: (problem, data))
    else:
        format = choices.pick(FORMATS)
        problem, data = format.write(choices)
    named, files, stdin, way = _named(choices, data, format, format.name != "bqm")
    values = _values(choices, problem)
    energy = problem.energy(values)
    right = {"energy": energy, "cut": _cut(problem, energy)}
    what = "cut" if is_cut else "energy"
    claim: dict[str, float] = {}
    wrong = choices.one_in(3)
    if choices.below(2):
        said = right[what] + (choices.between(1, 3) if wrong else 0)
        claim = {what: int(said) if said.denominator == 1 else float(said)}
    # The order of a graph's nodes is the reader's own.
    answer, content = _answer_file(choices, problem, values, claim, ordered=not is_cut)
    files[answer] = content
    as_json = bool(choices.below(2))
    flags = [*(["--cut"] if is_cut else []), *(["--json"] if as_json else [])]
    # Names of nodes in a graph's file may be labels or numbers, as the reader of it says.
    sure = not is_cut or name in ("graphml", "json", "dot", "edgelist", "rudy", "dimacs")
    judge = partial(
        _judge_checked, right=right, what=what, as_json=as_json, claimed=claim.get(what),
        strict=sure and (way in ("extension", "option") if is_cut else _is_certain(format, way)),
    )  # fmt: skip
    kind = f"check{' --cut' if is_cut else ''}: {format.name} by {way}"
    arguments = ["check", named[0], answer, *named[1:], *flags]
    return Case(arguments, files, stdin, kind=kind, judge=judge)


def _size(problem: MeantEnergy) -> int:
    return len(problem.names)


def _judge_checked(
    outcome: Outcome,
    *,
    right: Mapping[str, Fraction],
    what: str,
    claimed: float | None,
    strict: bool,
    as_json: bool,
) -> str | None:
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}" if strict else None
    if not strict and not re.search(r'^\{"energy"|^(?:energy|cut) ', outcome.output):
        return None  # it was read as a graph, which it may be
    true = claimed is None or _same(Fraction(claimed), right[what])
    near = claimed is not None and float(claimed) == float(right[what])
    if (outcome.code == 0) != true and not near:
        return f"wrong check: exit code {outcome.code}, {claimed} is claimed, it is {right[what]}"
    if as_json:
        found = Fraction(json.loads(outcome.output, parse_float=Fraction)[what])
        same = _same(found, right[what])
    else:
        line = re.match(rf"{what} ([^\s,]+)", outcome.output)
        found = Fraction(line[1]) if line else Fraction(-1)
        same = line is not None and found == right[what]
    return None if same else f"wrong {what}: {found}, it is {right[what]}"


# ---------------------------------------------------------------------------------------- convert

_WRITTEN = ("qubo", "coo", "json", "bqm", "mtx", "rudy", "sparse")
_ISING_ALONE = ("qubo", "coo", "bqm", "rudy", "sparse")


def convert_energy_case(choices: Choices) -> Case:
    """An Ising problem in another format: the same energies, but for an offset that is lost."""
    format = choices.pick(FORMATS)
    problem, data = format.write(choices)
    named, files, stdin, way = _named(choices, data, format, format.name != "bqm")
    certain = _is_certain(format, way)
    suffix = choices.pick(_WRITTEN if certain else _ISING_ALONE)  # it may be read as a graph
    target = f"out.{suffix}"
    packed = choices.pick(["", "", ".gz", ".xz", ".bz2"])
    option = ["--from" if word == "--format" else word for word in named[1:]]
    if not certain and not any((*problem.linear, *problem.quadratic.values())):
        option = ["--from", format.name]  # rows that end in 0 are clauses
    judge = partial(_judge_converted, problem=problem, suffix=suffix, strict=certain)
    if choices.one_in(3):
        files[target + packed] = b"what was there before"
    return Case(
        ["convert", named[0], target + packed, *option], files, stdin,
        kind=f"convert: {format.name} to {suffix}", outputs=(target + packed,), judge=judge,
    )  # fmt: skip


def unpacked(name: str, data: bytes) -> bytes:
    """The content of a file by its extension."""
    import bz2
    import gzip
    import lzma

    by_end = {".gz": gzip.decompress, ".xz": lzma.decompress, ".bz2": bz2.decompress}
    return by_end.get(name[name.rfind(".") :], bytes)(data)


def _judge_converted(
    outcome: Outcome, *, problem: MeantEnergy, suffix: str, strict: bool
) -> str | None:
    if outcome.code == 2:
        return (
            f"valid input refused: {outcome.errors}" if strict and _holds(suffix, problem) else None
        )
    if not outcome.files:
        return "misread: no file"
    ((name, data),) = outcome.files.items()
    found = read_energy(suffix, unpacked(name, data))
    count = _size(problem)
    if _size(found) != count:
        return f"misread: {_size(found)} variables, meant {count}"
    order = _order(problem.names)
    if suffix == "coo":  # by their numbers
        order = sorted(range(count), key=lambda i: int(problem.names[i]))
    if suffix in ("json", "bqm", "coo"):
        names = tuple(problem.names[i] for i in order)
        if found.names != names:
            return f"misread: variables {found.names}, meant {names}"
    moved = {i: at for at, i in enumerate(order)}
    energies = found.energies()
    if suffix in ("json", "bqm"):
        wanted = problem.energies()
        scale = sum(map(abs, (*problem.linear, *problem.quadratic.values(), problem.offset)))
        room = Fraction(scale) / 2**50  # floats
    else:
        wanted, room = problem.energies(), Fraction(0)
    shifts = set()
    for number, energy in enumerate(wanted):
        other = sum((number >> i & 1) << moved[i] for i in range(count))
        shifts.add(energies[other] - energy)
    shift = next(iter(shifts))
    kept = suffix in ("json", "bqm", "qubo", "coo")
    if max(shifts) - min(shifts) > 2 * room or (kept and abs(shift) > room):
        return f"wrong energy: energies differ by {sorted(shifts)[:3]}"
    if not kept and shift and "no offset" not in outcome.errors:
        return f"wrong energy: they differ by {shift}, and no note says so"
    return None


def _order(names: Sequence[str]) -> list[int]:
    """The order of the package: of numbers 0 to n-1, theirs; else that of the file."""
    numbers = [int(n) if n.lstrip("-").isdecimal() else -1 for n in names]
    if sorted(numbers) == list(range(len(names))):
        return sorted(range(len(names)), key=numbers.__getitem__)
    return list(range(len(names)))


def _holds(suffix: str, problem: MeantEnergy) -> bool:
    """Whether a format can hold a problem."""
    every = (*problem.linear, *problem.quadratic.values(), problem.offset)
    if suffix == "coo":
        return all(name.isdecimal() for name in problem.names)
    if suffix in ("rudy", "mtx"):
        return not problem.binary and not any(problem.linear)
    if suffix in ("qubo", "sparse"):
        return True
    # dimod's formats hold floats: no integer of more digits, and no number beyond the largest.
    over = math.lcm(*(number.denominator for number in map(Fraction, every)))
    least = 2**1000 if over & (over - 1) else 2**50
    return all(abs(number) < least for number in every)
