"""From declarations and constraints, of whatever syntax, to a ``Model`` and what to output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from odesolve.problems.errors import quote
from odesolve.problems.models.constraints.base import Constraint, Operand, Variable
from odesolve.problems.models.flatzinc.terms import (
    Argument,
    Kind,
    Output,
    Refused,
    SetVariable,
    Term,
    check_size,
    kind_of,
)
from odesolve.problems.models.model import VALUE_LIMIT, Model
from odesolve.problems.models.values import Values

#: What an integer without a domain has until the constraints have given it bounds.
UNBOUNDED = Values.between(-VALUE_LIMIT, VALUE_LIMIT)

FLOATS_EXPECTED = "integers, truth values and sets: floats are not supported"


@dataclass(frozen=True)
class FlatZinc:
    """A model that was read.

    Attributes:
        model: its variables have the names of the file; element 3 of a set ``s`` is ``s[3]``.
        outputs: what the file asks for, in its order.
    """

    model: Model
    outputs: tuple[Output, ...]

    def lines(self, values: dict[str, int]) -> list[str]:
        """The output of one solution, in FlatZinc's format.

        Arguments:
            values: by name of the model's variables.
        """
        return [output.text(values) for output in self.outputs]

    def answer(self, values: dict[str, int]) -> dict[str, Any]:
        """The output of one solution, by name, for JSON."""
        return {output.name: output.value(values) for output in self.outputs}


class Scope(dict[str, Argument]):
    """The value of every name and literal: names are put in, literals read where first met."""

    def __missing__(self, token: str) -> Argument:
        value = self[token] = literal(token)
        return value


def literal(token: str) -> int:
    """An integer in decimal, hexadecimal (0x) or octal (0o).

    Raises:
        Refused: if it is none.
    """
    digits = token.removeprefix("-")
    if digits[:1].isdigit():
        if digits[:2].lower() not in ("0x", "0o") and not digits.isdigit():
            raise Refused(f"the float {quote(token)}", FLOATS_EXPECTED)
        try:
            return int(token, {"0x": 16, "0o": 8}.get(digits[:2].lower(), 10))
        except ValueError:
            raise Refused(f"the number {quote(token)}", "an integer of fewer digits") from None
    if token[:1] == '"':
        raise Refused(f"the string {quote(token)}", "an integer, a truth value or a set")
    if token[:1].isalpha() or token[:1] == "_":
        raise Refused(f"{quote(token)} is not declared", "a name that is declared above")
    raise Refused(f"{quote(token)}", "a value")


class Builder:
    """Collects what a file declares."""

    def __init__(self) -> None:
        self.model = Model()
        self.scope = Scope({"true": True, "false": False})
        self.outputs: list[Output] = []
        self.truths: set[int] = set()
        self.has_goal = False
        self._unbounded: dict[int, Callable[[], str]] = {}
        self._fresh = 0

    def declare(self, name: str, value: Argument) -> None:
        """Give a name to a value.

        Raises:
            Refused: if the name is taken.
        """
        if name in self.scope:
            raise Refused(f"{quote(name)} is declared twice", "every name once")
        self.scope[name] = value

    def variable(
        self,
        name: str,
        kind: Kind,
        values: Values | None,
        place: Callable[[], str],
    ) -> Term:
        """Declare a variable.

        Arguments:
            values: those that it may take, or the elements that a set may have; None where the
                file does not say it.
            place: where it stands, asked for where no constraint gives an integer bounds.

        Raises:
            Refused: if the name is taken, nothing is allowed, or a set has no bounds.
        """
        if name in self.scope:
            raise Refused(f"{quote(name)} is declared twice", "every name once")
        if values is not None and not values and kind != "set":
            raise Refused(f"variable {quote(name)} has no values", "at least one value")
        term: Term
        if kind == "set":
            if values is None:
                raise Refused(f"set {quote(name)} has no bounds", "set of 1..10, or other bounds")
            check_size(values)
            members = {v: self.model.boolean(f"{name}[{v}]") for v in values}
            term = SetVariable(name, members)
        elif kind == "bool":
            term = self.model.boolean(name)
            self.truths.add(term.number)
        else:
            term = self.model.integer(name, values=UNBOUNDED if values is None else values)
            if values is None:
                self._unbounded[term.number] = place
        self.scope[name] = term
        return term

    def fresh(self) -> Variable:
        """A new truth value of our own."""
        self._fresh += 1
        return self.model.boolean(f"[{self._fresh}]")

    def fresh_integer(self, low: int, high: int) -> Variable:
        """A new integer of our own."""
        self._fresh += 1
        return self.model.integer(f"[{self._fresh}]", low, high)

    def add(self, constraints: Sequence[Constraint]) -> None:
        """Add constraints between variables of this builder."""
        # Not through Model.add: that every variable is its own is known here.
        self.model.constraints.extend(constraints)

    def output(
        self,
        name: str,
        kind: Kind | None,
        terms: Sequence[Term],
        indices: tuple[tuple[int, int], ...] | None = None,
    ) -> None:
        """Ask for the values of a variable or an array.

        Arguments:
            kind: None where the elements say it.

        Raises:
            Refused: if the indices are not those of as many values.
        """
        if indices is not None:
            size = 1
            for low, high in indices:
                size *= max(high - low + 1, 0)
            if size != len(terms):
                raise Refused(f"indices of {size} values for {len(terms)}", "as many of both")
        chosen = kind or kind_of(terms, self.truths)
        self.outputs.append(Output(name, chosen, tuple(terms), indices))

    def goal(self, method: str, term: Operand | None) -> None:
        """What is to be least or greatest; method "satisfy" for nothing.

        Raises:
            Refused: if there is one already, or it is none.
        """
        if self.has_goal:
            raise Refused("a second goal", "one solve item")
        self.has_goal = True
        if method == "satisfy":
            return
        if isinstance(term, Values | SetVariable | list) or term is None:
            raise Refused("the objective is no integer", "an integer variable")
        (self.model.minimize if method == "minimize" else self.model.maximize)([(1, term)])

    def result(self) -> FlatZinc:
        """The model, once everything is declared.

        Raises:
            InputError: if an integer has no bounds.
            Refused: if there is no goal.
        """
        if not self.has_goal:
            raise Refused("there is no solve item", "solve satisfy, minimize or maximize")
        if not self._unbounded:
            return FlatZinc(self.model, tuple(self.outputs))
        from odesolve.problems.models.flatzinc.bounds import bounded

        return bounded(self.model, tuple(self.outputs), self._unbounded)
