"""dimod's binary file of a binary quadratic model, as ``bqm.to_file()`` writes it.

Format: the documentation of ``dimod.BinaryQuadraticModel.to_file``, versions 1 and 2. It is read
here, so that nothing needs to be installed for it: a header in JSON, then arrays. Biases are
floats, and mean exactly the binary fractions that they are.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import SIZE_LIMIT
from odesolve.problems.graphs.graph import NODE_LIMIT
from odesolve.problems.ising.formats.dimod_json import numbered, rounding_notes, variable_name
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["is_dimod_file", "read_dimod_file", "write_dimod_file"]

_MAGIC = b"DIMODBQM"
_KINDS = {"SPIN": False, "BINARY": True}
_EXPECTED = "a file of dimod.BinaryQuadraticModel.to_file"


def is_dimod_file(data: bytes) -> bool:
    """Whether it begins with dimod's magic word."""
    return data.startswith(_MAGIC)


def read_dimod_file(data: bytes, place: str) -> IsingProblem:
    """Read a binary quadratic model.

    Raises:
        InputError: another version, a broken header, or data that end too early.
    """
    if not is_dimod_file(data):
        raise InputError(place, "no file of dimod", _EXPECTED)
    reader = _Reader(data, place)
    reader.at = len(_MAGIC)
    major, _, length = struct.unpack("<BBI", reader.take(6))
    if major not in (1, 2):
        raise InputError(place, f"version {major} of dimod's files", "version 1 or 2")
    header = reader.header(length)
    count, quadratic = header["shape"]
    bias, index, start = (_type(header, key, place) for key in ("dtype", "itype", "ntype"))
    kind = header["vartype"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputError(place, f"variables of type {quote(kind)}", "SPIN or BINARY")
    offset = reader.array(bias, 1)[0]
    linear = reader.array(np.dtype([("start", start), ("bias", bias)]), count)
    entries = reader.array(np.dtype([("variable", index), ("bias", bias)]), 2 * quadratic)
    ends = np.append(linear["start"].astype(np.int64), 2 * quadratic)
    if (np.diff(ends) < 0).any() or ends[0] != 0:
        raise InputError(place, "neighbourhoods that do not follow each other", _EXPECTED)
    rows = np.repeat(np.arange(count), np.diff(ends))
    columns = entries["variable"].astype(np.int64)
    if ((columns < 0) | (columns >= count)).any() or (columns == rows).any():
        raise InputError(place, "a neighbour out of range", f"variables 0 to {count - 1}")
    lower = columns < rows  # every coupling stands at both its ends
    if int(lower.sum()) != quadratic:
        raise InputError(place, "couplings that do not stand at both their ends", _EXPECTED)
    order, names = numbered(_names(header, reader, count, major))
    return IsingProblem.from_arrays(
        order[rows[lower]],
        order[columns[lower]],
        entries["bias"][lower],
        linear=linear["bias"][np.argsort(order)],
        offset=float(offset),
        variables=count,
        binary=_KINDS[kind],
        names=names,
        place=place,
    )


class _Reader:
    """Bytes, taken one after another."""

    def __init__(self, data: bytes, place: str) -> None:
        self.data, self.place, self.at = data, place, 0

    def take(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            InputError: there are not as many.
        """
        if size > len(self.data) - self.at:
            raise InputError(self.place, "the file ends too early", _EXPECTED)
        self.at += size
        return self.data[self.at - size : self.at]

    def array(self, dtype: np.dtype[Any], count: int) -> np.ndarray:
        """So many numbers."""
        if count * dtype.itemsize > SIZE_LIMIT:
            raise InputError(self.place, "the file ends too early", _EXPECTED)
        return np.frombuffer(self.take(count * dtype.itemsize), dtype)

    def header(self, length: int) -> dict[str, Any]:
        """The header's object, with the keys that are used."""
        header = self.json(length, "header")
        keys = {"shape", "dtype", "itype", "ntype", "vartype"}
        if not isinstance(header, dict) or not keys <= header.keys():
            raise InputError(self.place, "a header without its keys", _EXPECTED)
        shape = header["shape"]
        if not (
            isinstance(shape, list)
            and len(shape) == 2
            and all(type(size) is int and size >= 0 for size in shape)
        ):
            raise InputError(self.place, f"the shape {quote(shape)}", "two numbers")
        if shape[0] > NODE_LIMIT:
            raise InputError(self.place, f"{shape[0]} variables", f"at most {NODE_LIMIT}")
        return header

    def json(self, length: int, what: str) -> Any:
        """A text of JSON."""
        try:
            return json.loads(self.take(length).decode("ascii"))
        except (ValueError, RecursionError):
            raise InputError(self.place, f"a broken {what}", _EXPECTED) from None


def _type(header: dict[str, Any], key: str, place: str) -> np.dtype[Any]:
    allowed = ("float64", "float32") if key == "dtype" else (
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")  # fmt: skip
    if header[key] not in allowed:
        raise InputError(place, f"{key} {quote(header[key])}", " or ".join(allowed))
    return np.dtype(header[key]).newbyteorder("<")


def _names(header: dict[str, Any], reader: _Reader, count: int, major: int) -> list[Any]:
    said = header.get("variables", False)
    if major == 1:
        labels = said if isinstance(said, list) else list(range(count))
    elif said:
        if reader.take(4) != b"VARS":
            raise InputError(reader.place, "no section of names", _EXPECTED)
        labels = reader.json(int(struct.unpack("<I", reader.take(4))[0]), "section of names")
    else:
        labels = list(range(count))
    if not isinstance(labels, list) or len(labels) != count:
        raise InputError(reader.place, "another number of names", f"{count}, one a variable")
    return [variable_name(label, reader.place) for label in labels]


def write_dimod_file(problem: IsingProblem, place: str) -> tuple[bytes, tuple[str, ...]]:
    """Write version 2; decimals become the nearest floats, with a note.

    Raises:
        InputError: names that are not JSON, or an integer that no float holds.
    """
    from fractions import Fraction

    form: Any = problem.to_qubo() if problem.is_binary else problem
    linear = form.linear if problem.is_binary else problem.fields
    quadratic = form.quadratic if problem.is_binary else problem.couplings
    over, rounded = form.denominator, 0

    def floats(values: list[int]) -> np.ndarray:
        nonlocal rounded
        exact = [Fraction(value, over) for value in values]
        try:
            found = np.array([float(value) for value in exact], np.float64)
        except OverflowError:
            raise InputError(place, "a coefficient beyond all floats", "smaller ones") from None
        rounded += sum(Fraction(f) != e for f, e in zip(found.tolist(), exact, strict=True))
        return found

    count = problem.spin_count
    both = np.concatenate([problem.pairs, problem.pairs[:, ::-1]]).astype(np.int64)
    biases = np.tile(floats(quadratic.tolist()), 2)
    order = np.lexsort((both[:, 1], both[:, 0]))
    starts = np.searchsorted(both[order, 0], np.arange(count))
    is_named = bool(problem.names)
    header = {
        "dtype": "float64", "itype": "int32", "ntype": "int64", "shape": [count, len(quadratic)],
        "type": "BinaryQuadraticModel", "variables": is_named,
        "vartype": "BINARY" if problem.is_binary else "SPIN",
    }  # fmt: skip
    text = json.dumps(header, sort_keys=True).encode() + b"\n"
    text += b" " * (-(len(text) + len(_MAGIC) + 6) % 64)
    singles = np.zeros(count, [("start", "<i8"), ("bias", "<f8")])
    singles["start"], singles["bias"] = starts, floats(linear.tolist())
    entries = np.zeros(len(both), [("variable", "<i4"), ("bias", "<f8")])
    entries["variable"], entries["bias"] = both[order, 1], biases[order]
    parts = [
        _MAGIC, struct.pack("<BBI", 2, 0, len(text)), text,
        floats([form.offset]).astype("<f8").tobytes(), singles.tobytes(), entries.tobytes(),
    ]  # fmt: skip
    if is_named:
        try:
            labels = json.dumps(list(problem.names), allow_nan=False).encode()
        except (TypeError, ValueError):
            raise InputError(place, "names that are not JSON", "text or numbers") from None
        labels += b" " * (-(len(labels) + 8) % 64)
        parts += [b"VARS", struct.pack("<I", len(labels)), labels]
    notes = rounding_notes(rounded, form.denominator, place)
    return b"".join(parts), notes
