"""What stands in FlatZinc's expressions: integers, variables, sets of either, and their output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from odesolve.problems.models.constraints.base import Operand, Variable
from odesolve.problems.models.values import Values

#: The largest number of elements that a set variable may have, each a truth value of its own.
SET_LIMIT = 100_000

Kind: TypeAlias = Literal["bool", "int", "set"]


class Refused(Exception):
    """What a statement cannot be, before its place in the file is known.

    Attributes:
        wrong, expected: as for ``InputError``.
        token: the number of the token in its statement; None for the statement as a whole.
    """

    def __init__(self, wrong: str, expected: str = "", token: int | None = None) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.expected = expected
        self.token = token


@dataclass(frozen=True)
class SetVariable:
    """A set of integers that is looked for: a truth value for each element that it may have.

    Attributes:
        name: in the file.
        members: element -> operand that is 1 where the set has it; rising.
    """

    name: str
    members: Mapping[int, Operand]


#: A set that is known, or one that is looked for.
SetTerm: TypeAlias = Values | SetVariable

#: What an argument of a constraint may be.
Term: TypeAlias = Operand | SetTerm
Argument: TypeAlias = Term | list[Any]


def members_of(term: SetTerm) -> Mapping[int, Operand]:
    """Element -> operand that is 1 where a set has it; what is missing is not in it.

    Raises:
        Refused: if it is a known set of more than ``SET_LIMIT`` elements.
    """
    if isinstance(term, SetVariable):
        return term.members
    check_size(term)
    return dict.fromkeys(term, 1)


def check_size(values: Values) -> None:
    """Refuse sets whose elements cannot each have a truth value.

    Raises:
        Refused: if there are more than ``SET_LIMIT``.
    """
    if values.size > SET_LIMIT:
        raise Refused(f"a set of {values.size} elements", f"at most {SET_LIMIT}")


def values_of(operand: Operand) -> Values:
    """The values that an operand may take."""
    return operand.values if isinstance(operand, Variable) else Values.between(operand, operand)


def difference(left: Values, right: Values) -> Values:
    """The values of one set that are not in the other."""
    if not left:
        return left
    parts, low = [], left.lowest
    for start, end in right.ranges:
        if end >= low:
            parts.append((low, start - 1))
            low = end + 1
    parts.append((low, max(left.highest, low)))
    return Values.joined(part for a, b in parts for part in left.within(a, b).ranges)


@dataclass(frozen=True)
class Output:
    """A variable or an array of them whose values the file asks for.

    Attributes:
        name: in the file.
        kind: of its values.
        terms: in order; one where ``indices`` is None.
        indices: the first and last index of every dimension; None for a single value.
    """

    name: str
    kind: Kind
    terms: tuple[Term, ...]
    indices: tuple[tuple[int, int], ...] | None = None

    def text(self, values: Mapping[str, int]) -> str:
        """The line that FlatZinc has for it, as in ``x = 3;``."""
        shown = [self._text_of(term, values) for term in self.terms]
        if self.indices is None:
            return f"{self.name} = {shown[0]};"
        ranges = ",".join(f"{low}..{high}" for low, high in self.indices)
        return f"{self.name} = array{len(self.indices)}d({ranges},[{','.join(shown)}]);"

    def value(self, values: Mapping[str, int]) -> Any:
        """For JSON: an integer, a truth value, a list of a set's elements, or an array of these.

        Arrays of several dimensions are nested lists.
        """
        own = [self._value_of(term, values) for term in self.terms]
        if self.indices is None:
            return own[0]
        for low, high in self.indices[:0:-1]:
            width = max(high - low + 1, 1)
            own = [own[i : i + width] for i in range(0, len(own), width)]
        return own

    def _value_of(self, term: Term, values: Mapping[str, int]) -> Any:
        if isinstance(term, Values):
            return list(term)
        if isinstance(term, SetVariable):
            return [v for v, member in term.members.items() if _value(member, values)]
        value = _value(term, values)
        return bool(value) if self.kind == "bool" else value

    def _text_of(self, term: Term, values: Mapping[str, int]) -> str:
        if isinstance(term, Values | SetVariable):
            known = term if isinstance(term, Values) else Values.of(self._value_of(term, values))
            if len(known.ranges) == 1:
                return f"{known.lowest}..{known.highest}"
            return "{" + ",".join(str(value) for value in known) + "}"
        value = _value(term, values)
        return ("false", "true")[value != 0] if self.kind == "bool" else str(value)


def _value(operand: Operand, values: Mapping[str, int]) -> int:
    return values[operand.name] if isinstance(operand, Variable) else int(operand)


def kind_of(terms: Iterable[Term], truths: frozenset[int] | set[int]) -> Kind:
    """The kind of an array's elements, where its file does not say it.

    Arguments:
        truths: the numbers of the variables that were declared as truth values.
    """
    listed = list(terms)
    if any(isinstance(term, Values | SetVariable) for term in listed):
        return "set"
    truth = all(
        term.number in truths if isinstance(term, Variable) else isinstance(term, bool)
        for term in listed
    )
    return "bool" if listed and truth else "int"
