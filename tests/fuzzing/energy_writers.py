"""Writers of every format of Ising problems, after the formats' definitions, and readers."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from fuzzing.choices import Choices
from fuzzing.meant_energies import MeantEnergy, meant, random_count, random_number, random_terms

#: Names of variables, where a format has any.
_WORDS = ["a", "b", "x1", "spin", "Zürich", "v_2", "Ω", "New York", "q[0]", "c", "e", "t", "u"]


@dataclass(frozen=True)
class EnergyFormat:
    """A format.

    Attributes:
        name: what ``--format`` calls it.
        suffixes: extensions that belong to it.
        write: choices -> the problem and the content of its file.
        marked: whether the content says what it is.
        counted: whether it says how many lines follow, so that none may be lost.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Choices], tuple[MeantEnergy, bytes]]
    marked: bool = False
    counted: bool = False


def _text(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _line(choices: Choices, *fields: object) -> str:
    return choices.pick([" ", " ", " ", "  ", "\t"]).join(map(str, fields))


def _exact(terms: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, Fraction]]:
    return ((i, j, Fraction(text)) for i, j, text in terms)


def _rudy(choices: Choices) -> tuple[MeantEnergy, bytes]:
    count = random_count(choices)
    terms = random_terms(choices, count, own=choices.one_in(8))
    head = _line(choices, count, len(terms), *choices.pick([[], [], ["G1"]]))
    lines = [head, *(_line(choices, i + 1, j + 1, text) for i, j, text in terms)]
    names = range(1, count + 1)
    return meant(names, _exact(terms), binary=False, own="constant"), _text(lines)


def _bqp(choices: Choices) -> tuple[MeantEnergy, bytes]:
    count = random_count(choices)
    terms = random_terms(choices, count)
    lines = [_line(choices, count, len(terms))]
    lines += [_line(choices, i + 1, j + 1, text) for i, j, text in terms]
    twice = [(i, j, value * (1 if i == j else 2)) for i, j, value in _exact(terms)]
    return meant(range(1, count + 1), twice, binary=True), _text(lines)


def _qubo(choices: Choices) -> tuple[MeantEnergy, bytes]:
    count = random_count(choices)
    terms = random_terms(choices, count)
    terms = sorted(terms, key=lambda term: term[0] != term[1])
    own = sum(i == j for i, j, _ in terms)
    topology = choices.pick(["0", "0", "unconstrained"])
    lines = ["c made by hand"] if choices.one_in(3) else []
    offset = random_number(choices) if choices.one_in(4) else "0"
    lines += [f"c offset = {offset}"] if offset != "0" else []
    lines.append(_line(choices, "p", "qubo", topology, count, own, len(terms) - own))
    for i, j, text in terms:
        lines += ["c a comment"] if choices.one_in(12) else []
        lines.append(_line(choices, i, j, text))
    problem = meant(range(count), _exact(terms), binary=True, offset=Fraction(offset))
    return problem, _text(lines)


def _coo(choices: Choices, header: bool, binary: bool) -> tuple[MeantEnergy, bytes]:
    while True:
        count = random_count(choices)
        terms = random_terms(choices, count)
        if terms:
            break
    step, start = choices.pick([(1, 0), (1, 0), (1, 3), (7, 2)])
    lines = ["# made by hand"] if choices.one_in(4) else []
    kind = "BINARY" if binary else "SPIN"
    lines += [choices.pick([f"# vartype={kind}", f"# vartype: {kind}"])] if header else []
    offset = random_number(choices) if choices.one_in(5) else "0"
    lines += [f"# offset={offset}"] if offset != "0" else []
    lines += [_line(choices, start + step * i, start + step * j, text) for i, j, text in terms]
    used = sorted({end for i, j, _ in terms for end in (i, j)})  # others are not there
    moved = [(used.index(i), used.index(j), value) for i, j, value in _exact(terms)]
    names = [start + step * i for i in used]
    return meant(names, moved, binary=binary, offset=Fraction(offset)), _text(lines)


def _named(choices: Choices, count: int) -> list[str | int]:
    kind = choices.below(4)
    if kind == 0:
        return list(range(count))
    if kind == 1:
        return list(choices.shuffled(range(count)))
    if kind == 2:
        return list(choices.shuffled(range(-3, 40))[:count])
    return list(choices.shuffled(_WORDS)[:count])


def _model(
    choices: Choices, *, plain: bool
) -> tuple[MeantEnergy, list[str | int], list[tuple[int, int, str]], list[str], str]:
    """What dimod's files hold: the problem, its names, couplings, fields and offset as text."""
    count = random_count(choices)
    names = _named(choices, count)
    terms = random_terms(choices, count, own=False, plain=plain)
    seen = {(min(i, j), max(i, j)): (i, j, text) for i, j, text in terms}  # once each
    terms = list(seen.values())
    fields = [random_number(choices, plain=plain) for _ in range(count)]
    offset = random_number(choices, plain=plain) if choices.below(2) else "0"
    every = [*_exact(terms), *((i, i, Fraction(text)) for i, text in enumerate(fields))]
    binary = bool(choices.below(2))
    problem = meant(names, every, binary=binary, offset=Fraction(offset))
    return problem, names, terms, fields, offset


def _json_number(text: str) -> str:
    """The same number as JSON spells it."""
    number = text.removeprefix("+")
    if number.startswith((".", "-.")):
        number = number.replace(".", "0.")
    if number.endswith("."):
        number += "0"
    return number


def _dimod_json(choices: Choices) -> tuple[MeantEnergy, bytes]:
    problem, names, terms, fields, offset = _model(choices, plain=False)
    written = {
        "type": '"BinaryQuadraticModel"', "version": '{"bqm_schema": "3.0.0"}',
        "use_bytes": "false", "index_type": '"int32"', "bias_type": '"float64"',
        "num_variables": str(len(names)), "num_interactions": str(len(terms)),
        "variable_labels": json.dumps(names, ensure_ascii=bool(choices.below(2))),
        "variable_type": '"BINARY"' if problem.binary else '"SPIN"',
        "offset": _json_number(offset), "info": "{}",
        "linear_biases": f"[{', '.join(map(_json_number, fields))}]",
        "quadratic_biases": f"[{', '.join(_json_number(text) for _, _, text in terms)}]",
        "quadratic_head": json.dumps([i for i, _, _ in terms]),
        "quadratic_tail": json.dumps([j for _, j, _ in terms]),
    }  # fmt: skip
    text = ",\n ".join(f'"{key}": {value}' for key, value in written.items())
    return problem, f"{{{text}}}\n".encode()


def _bqm(choices: Choices) -> tuple[MeantEnergy, bytes]:
    problem, names, terms, fields, offset = _model(choices, plain=True)
    count, version = len(names), choices.pick([1, 2, 2])
    near: list[list[tuple[int, float]]] = [[] for _ in names]
    for i, j, text in terms:
        near[i].append((j, float(text)))
        near[j].append((i, float(text)))
    numbered = names == list(range(count))
    header = {
        "shape": [count, len(terms)], "dtype": "float64", "itype": "int32", "ntype": "int64",
        "vartype": "BINARY" if problem.binary else "SPIN", "type": "BinaryQuadraticModel",
        "variables": names if version == 1 else not numbered,
    }  # fmt: skip
    text = json.dumps(header, sort_keys=True).encode() + b"\n"
    text += b" " * (-(len(text) + 14) % 64)
    parts = [b"DIMODBQM", struct.pack("<BBI", version, 0, len(text)), text]
    parts.append(struct.pack("<d", float(offset)))
    start = 0
    for own, field in zip(near, fields, strict=True):
        parts.append(struct.pack("<qd", start, float(field)))
        start += len(own)
    parts += [struct.pack("<id", *entry) for own in near for entry in sorted(own)]
    if version == 2 and not numbered:
        labels = json.dumps(names).encode()
        labels += b" " * (-(len(labels) + 8) % 64)
        parts += [b"VARS", struct.pack("<I", len(labels)), labels]
    return problem, b"".join(parts)


def _market(choices: Choices, header: bool, binary: bool) -> tuple[MeantEnergy, bytes]:
    count = random_count(choices)
    symmetric, dense = bool(choices.below(2)), choices.one_in(4)
    entries: dict[tuple[int, int], str] = {}
    for i, j, text in random_terms(choices, count, own=binary or choices.one_in(5)):
        cell = (max(i, j), min(i, j)) if symmetric else (i, j)
        entries.setdefault(cell, text.lstrip("+"))  # a cell stands once
    whole = all(text.lstrip("-").isdigit() and len(text) < 10 for text in entries.values())
    field = "integer" if whole and choices.below(2) else "real"
    form = "array" if dense else "coordinate"
    lines = [f"%%MatrixMarket matrix {form} {field} {'symmetric' if symmetric else 'general'}"]
    lines += ["% made by hand"] if choices.one_in(3) else []
    lines += [f"% vartype={'BINARY' if binary else 'SPIN'}"] if header else []
    if dense:
        cells = [(i, j) for j in range(count) for i in range(j if symmetric else 0, count)]
        lines += [f"{count} {count}", *(entries.get(cell, "0") for cell in cells)]
    else:
        lines.append(f"{count} {count} {len(entries)}")
        lines += [f"{i + 1} {j + 1} {text}" for (i, j), text in entries.items()]
    # Both halves count; what they hold are floats.
    terms = [
        (i, j, Fraction(float(text)) * (2 if symmetric and i != j else 1))
        for (i, j), text in entries.items()
    ]
    own = "linear" if binary else "constant"
    return meant(range(1, count + 1), terms, binary=binary, own=own), _text(lines)


def _either(
    write: Callable[[Choices, bool, bool], tuple[MeantEnergy, bytes]], header: bool, kind: int = 2
) -> Callable[[Choices], tuple[MeantEnergy, bytes]]:
    """A writer of spins (0), bits (1), or either (2)."""
    return lambda choices: write(choices, header, bool(choices.below(2) if kind == 2 else kind))


FORMATS: tuple[EnergyFormat, ...] = (
    EnergyFormat("rudy", ("rudy", "rud", "mc"), _rudy, counted=True),
    EnergyFormat("bqp", ("sparse", "bqp"), _bqp, counted=True),
    EnergyFormat("qubo", ("qubo",), _qubo, marked=True, counted=True),
    EnergyFormat("coo", ("coo",), _either(_coo, True), marked=True),
    EnergyFormat("coo-spins", (), _either(_coo, False, 0)),
    EnergyFormat("coo-bits", (), _either(_coo, False, 1)),
    EnergyFormat("bqm", ("bqm",), _bqm, marked=True),
    EnergyFormat("dimod-json", ("json",), _dimod_json, marked=True),
    EnergyFormat("matrix-market", ("mtx",), _either(_market, True), marked=True),
    EnergyFormat("matrix-market-spins", (), _either(_market, False, 0)),
    EnergyFormat("matrix-market-bits", (), _either(_market, False, 1)),
)


# ---------------------------------------------------------------------------------------- reading


def read_energy(suffix: str, data: bytes) -> MeantEnergy:
    """The problem in a file that the package wrote, by the format's definition.

    Its variables are in their order in the file; those of numbered formats are called by numbers.
    """
    if suffix == "json":
        return _read_json(data)
    if suffix == "bqm":
        return _read_bqm(data)
    lines = [line.split() for line in data.decode().splitlines()]
    marks = " ".join(" ".join(line) for line in lines if line[0][0] in "#%c")
    offset = Fraction(marks.split("offset")[1].split()[-1].strip("= ")) if "offset" in marks else 0
    rows = [line for line in lines if line[0][0] not in "#%c"]
    if suffix == "coo":
        names = sorted({int(end) for row in rows for end in row[:2]})
        terms = [(names.index(int(i)), names.index(int(j)), Fraction(w)) for i, j, w in rows]
        return meant(names, terms, binary="BINARY" in marks, offset=Fraction(offset))
    first = 0 if suffix == "qubo" else 1
    count = int(rows[0][3] if suffix == "qubo" else rows[0][0])
    terms = [(int(i) - first, int(j) - first, Fraction(w)) for i, j, w in rows[1:]]
    claimed = {"qubo": rows[0][4:], "mtx": rows[0][2:]}.get(suffix, rows[0][1:])
    if sum(map(int, claimed)) != len(terms):
        raise ValueError(f"{claimed} terms claimed, {len(terms)} found")
    if suffix == "sparse":
        terms = [(i, j, value * (1 if i == j else 2)) for i, j, value in terms]
    binary = suffix in ("qubo", "sparse") or (suffix == "mtx" and "BINARY" in marks)
    own = "linear" if binary else "constant"
    names = range(first, first + count)
    return meant(names, terms, binary=binary, own=own, offset=Fraction(offset))


def _read_json(data: bytes) -> MeantEnergy:
    document = json.loads(data, parse_float=Fraction)
    names = document["variable_labels"]
    ends = zip(document["quadratic_head"], document["quadratic_tail"], strict=True)
    values = map(Fraction, document["quadratic_biases"])
    terms = [(i, j, value) for (i, j), value in zip(ends, values, strict=True)]
    terms += [(i, i, Fraction(value)) for i, value in enumerate(document["linear_biases"])]
    binary = document["variable_type"] == "BINARY"
    return meant(names, terms, binary=binary, offset=Fraction(document["offset"]))


def _read_bqm(data: bytes) -> MeantEnergy:
    length = struct.unpack_from("<I", data, 10)[0]
    header, at = json.loads(data[14 : 14 + length]), 14 + length
    count, couplings = header["shape"]
    offset = struct.unpack_from("<d", data, at)[0]
    rows = [struct.unpack_from("<qd", data, at + 8 + 16 * i) for i in range(count)]
    at += 8 + 16 * count
    entries = [struct.unpack_from("<id", data, at + 12 * i) for i in range(2 * couplings)]
    at += 24 * couplings
    names = json.loads(data[at + 8 :]) if header["variables"] else range(count)
    starts = [start for start, _ in rows] + [len(entries)]
    terms = [(i, i, Fraction(bias)) for i, (_, bias) in enumerate(rows)]
    for i in range(count):
        terms += [(i, j, Fraction(bias)) for j, bias in entries[starts[i] : starts[i + 1]] if j < i]
    return meant(names, terms, binary=header["vartype"] == "BINARY", offset=Fraction(offset))
