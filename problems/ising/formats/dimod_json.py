"""dimod's JSON: what ``json.dumps(bqm.to_serializable())`` writes."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.exact_text import decimal_text, exact_number
from odesolve.problems.files import decode_text
from odesolve.problems.graphs.graph import NODE_LIMIT
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.json_text import parse_json

__all__ = [
    "is_dimod_json",
    "numbered",
    "read_dimod_json",
    "rounding_notes",
    "variable_name",
    "write_dimod_json",
]

_MARK = re.compile(r'"(?:linear_biases|variable_type|bqm_schema)"')
_KINDS = {"SPIN": False, "BINARY": True}
_EXPECTED = "dimod's JSON: an object with variable_type, linear_biases, quadratic_biases, ..."
_NUMBER_TYPES = (int, float, Fraction)


def is_dimod_json(data: bytes) -> bool:
    """Whether it begins as a JSON object and has keys of dimod's."""
    text = data.lstrip()
    return text[:1] == b"{" and _MARK.search(text.decode("utf-8", "replace")) is not None


def read_dimod_json(data: bytes, place: str) -> IsingProblem:
    """Read a binary quadratic model; decimals mean what they say, not the floats nearby.

    Raises:
        InputError: not JSON, not dimod's, lists of other lengths, an index out of range.
    """
    document = parse_json(decode_text(data, place), place, exact=lambda t: exact_number(t, place))
    if not isinstance(document, dict) or "variable_type" not in document:
        raise InputError(place, "JSON of something else", _EXPECTED)
    if document.get("use_bytes") is not False:
        raise InputError(place, 'no "use_bytes": false', "biases as lists of numbers")
    kind = document["variable_type"]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputError(place, f"variables of type {quote(kind)}", "SPIN or BINARY")
    linear = _numbers(document, "linear_biases", place)
    values = _numbers(document, "quadratic_biases", place)
    rows, columns = (_indices(document, f"quadratic_{end}", place) for end in ("head", "tail"))
    count = len(linear)
    for what, found, wanted in (
        ("num_variables", document.get("num_variables", count), count),
        ("num_interactions", document.get("num_interactions", len(values)), len(values)),
        ("quadratic_head", len(rows), len(values)),
        ("quadratic_tail", len(columns), len(values)),
    ):
        if found != wanted:
            raise InputError(f"{place}: {what}", quote(found), f"{wanted}, as there are biases")
    labels = document.get("variable_labels")
    if labels is None or not isinstance(labels, list) or len(labels) != count:
        raise InputError(f"{place}: variable_labels", _kind(labels), f"a list of {count}")
    names = [variable_name(label, f"{place}: variable_labels") for label in labels]
    if len(set(names)) < count:
        raise InputError(f"{place}: variable_labels", "a name that stands twice", "each once")
    for number, (first, second) in enumerate(zip(rows, columns, strict=True), 1):
        where = f"{place}: quadratic term {number}"
        if not (0 <= first < count and 0 <= second < count):
            raise InputError(where, f"variables {first} and {second}", f"0 to {count - 1}")
        if first == second:
            raise InputError(where, f"variable {first} with itself", "two variables")
    offset = document.get("offset", 0)
    if type(offset) not in _NUMBER_TYPES:
        raise InputError(f"{place}: offset", _kind(offset), "a number")
    order, names = numbered(names)
    return IsingProblem.from_arrays(
        order[np.array(rows, np.int64)],
        order[np.array(columns, np.int64)],
        values,
        linear=[linear[at] for at in np.argsort(order).tolist()],
        offset=offset,
        variables=count,
        binary=_KINDS[kind],
        names=names,
        place=place,
    )


def numbered(names: list[Any]) -> tuple[np.ndarray, list[Any]]:
    """Where each variable goes, and the names left: where all are 0 to n-1, by these, and none."""
    count = len(names)
    if all(type(name) is int for name in names) and set(names) == set(range(count)):
        return np.array(names, np.int64), []
    return np.arange(count), names


def variable_name(label: Any, where: str) -> Any:
    """A name as JSON holds it: text, a number, or a list of these, which is a tuple.

    Raises:
        InputError: something else.
    """
    if isinstance(label, list):
        return tuple(variable_name(part, where) for part in label)
    if isinstance(label, Fraction):
        return float(label)
    if type(label) not in (str, int, float):
        raise InputError(where, f"a name that is {_kind(label)}", "text, a number or a list")
    return label


def _numbers(document: dict[str, Any], key: str, place: str) -> list[Any]:
    values = document.get(key)
    if not isinstance(values, list) or len(values) > NODE_LIMIT * 10:
        raise InputError(f"{place}: {key}", _kind(values), "a list of numbers")
    for value in values:
        if type(value) not in _NUMBER_TYPES:
            raise InputError(f"{place}: {key}", _kind(value), "numbers")
    return values


def _indices(document: dict[str, Any], key: str, place: str) -> list[int]:
    values = _numbers(document, key, place)
    for value in values:
        if type(value) is not int or not 0 <= value <= NODE_LIMIT:
            raise InputError(f"{place}: {key}", quote(value), "numbers of variables from 0")
    return values


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or quote(value)


def rounding_notes(rounded: int, denominator: int, place: str) -> tuple[str, ...]:
    """What is said of coefficients that no float holds exactly.

    Raises:
        InputError: they are whole or binary fractions, whose ground states are to be exact.
    """
    if not rounded:
        return ()
    if denominator & (denominator - 1) == 0:
        raise InputError(place, f"{rounded} coefficients with more digits than a float holds",
                         "a format of text, as .coo")  # fmt: skip
    return (f"{rounded} coefficients rounded to floats",)


def write_dimod_json(problem: IsingProblem, place: str) -> tuple[bytes, tuple[str, ...]]:
    """Write what dimod reads; decimals become the nearest floats, with a note.

    Raises:
        InputError: a name that JSON cannot hold, or an integer that no float holds.
    """
    form: Any = problem.to_qubo() if problem.is_binary else problem
    linear = form.linear if problem.is_binary else problem.fields
    quadratic = form.quadratic if problem.is_binary else problem.couplings
    rounded = 0

    def number(value: Any) -> str:
        nonlocal rounded
        exact = Fraction(int(value), form.denominator)
        try:
            near = float(exact)
        except OverflowError:
            raise InputError(place, "a coefficient beyond all floats", "smaller numbers") from None
        rounded += Fraction(near) != exact
        # The shortest text of a float is another decimal, unless it is short.
        text = repr(near) if Fraction(repr(near)) == exact else decimal_text(exact)
        return repr(near) if text is None else text

    document = {
        "type": "BinaryQuadraticModel",
        "version": {"bqm_schema": "3.0.0"},
        "use_bytes": False,
        "index_type": "int32",
        "bias_type": "float64",
        "num_variables": problem.spin_count,
        "num_interactions": len(quadratic),
        "variable_labels": list(problem.labels),
        "variable_type": "BINARY" if problem.is_binary else "SPIN",
        "info": {},
        "quadratic_head": problem.pairs[:, 0].tolist(),
        "quadratic_tail": problem.pairs[:, 1].tolist(),
    }
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(place, f"a name that is not JSON ({error})", "text or numbers") from None
    biases = {"linear_biases": linear.tolist(), "quadratic_biases": quadratic.tolist()}
    lists = [f'"{key}": [{", ".join(map(number, values))}]' for key, values in biases.items()]
    text = ", ".join([text.removesuffix("}"), f'"offset": {number(form.offset)}', *lists]) + "}\n"
    notes = rounding_notes(rounded, form.denominator, place)
    return text.encode(), notes
