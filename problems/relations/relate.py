"""Boolean relations run in any direction: fix what is known, the rest is solved for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from odesolve.potentials.relations.relation import Relation
from odesolve.problems.arguments import checked_mapping
from odesolve.problems.errors import InputError, quote
from odesolve.problems.integers import as_integer, checked_count
from odesolve.problems.relations.answers import Answers, different_answers
from odesolve.problems.relations.circuit import Circuit
from odesolve.problems.relations.expressions import BooleanExpression, parse_boolean
from odesolve.problems.relations.solve import CircuitOptions, checked_settings, solve_circuit
from odesolve.results import Status

_LONGEST_NAME = 40


class RelationsResult(Answers):
    """The outcome of ``relate``: each solution gives every variable 0 or 1.

    Attributes:
        solutions: distinct answers, variable -> bit; checked.
        answer: presolve and run.

    Example:
        >>> import odesolve as ode
        >>> result = ode.relate("a ^ b", "b ^ c", "a ^ c")
        >>> result.status, result.solutions
        (<Status.INFEASIBLE: 'infeasible'>, ())
    """

    @property
    def reason_text(self) -> str:
        """Why there is no answer, for a person."""
        if self.status is Status.INFEASIBLE:
            return f"no values satisfy it: {self.answer.notes[0]}"
        return self.run.reason.text


def relate(
    *expressions: str,
    fixed: Mapping[str, int] | None = None,
    solutions: int = 1,
    **settings: Unpack[CircuitOptions],
) -> RelationsResult:
    """Find bits that make all Boolean expressions true.

    Arguments:
        expressions: relations of up to 12 variables each, as ``odesolve fourier`` takes them;
            variables of the same name are the same. ``"c == (a & b)"`` is an and-gate that runs
            forward where a and b are fixed, and backward where c is.
        fixed: a mapping from variable to 0 or 1.
        solutions: how many different answers.
        settings: those of ``CircuitSettings``, and budgets and policies by name (``seed``,
            ``runs``, ``time_limit``, ...).

    Raises:
        InputError: if an expression cannot be read or has no variable, a fixed variable is in
            none or its value no bit, or an option cannot be used.
        KeyboardInterrupt: if a second Ctrl-C comes before there is an answer.

    Example:
        An and-gate forward, and backward.

        >>> import odesolve as ode
        >>> ode.relate("c == (a & b)", fixed={"a": 1, "b": 0}).solutions
        ({'c': 0, 'a': 1, 'b': 0},)
        >>> ode.relate("c == (a & b)", fixed={"c": 1}).solutions
        ({'c': 1, 'a': 1, 'b': 1},)
    """
    if not expressions:
        raise InputError("relations", "none is given", "at least one")
    parsed = [parsed_relation(number, text) for number, text in enumerate(expressions, 1)]
    names = tuple(dict.fromkeys(name for own in parsed for name in own.variables))
    given = checked_bits(checked_mapping("fixed", fixed, "a mapping from variable to bit"), names)
    wanted = checked_count("solutions", solutions)
    chosen = checked_settings("arithmetic", settings)
    circuit = _circuit(parsed, names)
    numbers = {names.index(name): bit for name, bit in given.items()}
    found, answer = different_answers(
        lambda own: solve_circuit(circuit, numbers, own), _reading(parsed, names), wanted, chosen
    )
    solved = tuple(dict(zip(names, bits, strict=True)) for bits in found)
    return RelationsResult(solved, answer)


def parsed_relation(number: int, text: str) -> BooleanExpression:
    """A relation, of this number from 1.

    Raises:
        InputError: it cannot be read or has no variable.
    """
    place = f"relation {number}"
    if not isinstance(text, str):
        raise InputError(place, quote(text), "a Boolean expression")
    try:
        parsed = parse_boolean(text)
    except InputError as error:
        raise InputError(f"{place}, {error.place}", error.message) from None
    if not parsed.variables:
        raise InputError(place, f"{quote(text)} has no variables", "at least one")
    return parsed


def checked_bits(fixed: Mapping[str, Any], names: Sequence[str]) -> dict[str, int]:
    """What is fixed, as bits.

    Raises:
        InputError: a name is none of these, or a value no bit.
    """
    for name, value in fixed.items():
        if not isinstance(name, str) or name not in names:
            raise InputError("fixed", f"{quote(name)} is no variable", "one of " + ", ".join(names))
        if not isinstance(value, bool | np.bool_) and as_integer(value) not in (0, 1):
            raise InputError("fixed", f"{name} is {quote(value)}", "0 or 1")
    return {name: int(value) for name, value in fixed.items()}


def _circuit(parsed: Sequence[BooleanExpression], names: Sequence[str]) -> Circuit:
    """The relations over the numbers of their variables."""
    circuit = Circuit()
    circuit.bits(len(names))
    for number, own in enumerate(parsed, 1):
        text = own.text if len(own.text) <= _LONGEST_NAME else own.text[:_LONGEST_NAME] + " ..."
        scope = [names.index(name) for name in own.variables]
        circuit.relations.append(Relation(tuple(scope), own.table, f"relation {number}, {text},"))
    return circuit


def _reading(
    parsed: Sequence[BooleanExpression], names: Sequence[str]
) -> Callable[[Any], tuple[int, ...]]:
    """From bits to values, checked in the truth tables of the expressions as they were read."""

    def read(bits: Any) -> tuple[int, ...]:
        values = {name: int(bit) for name, bit in zip(names, bits, strict=True)}
        for own in parsed:
            row = int("".join(str(values[name]) for name in own.variables), 2)
            if not own.table[row]:
                raise AssertionError(f"the engine accepted {values} for {own.text}")
        return tuple(values.values())

    return read
