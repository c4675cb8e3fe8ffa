"""The arguments of a FlatZinc constraint, checked to be of the kinds that its name asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from odesolve.problems.models.constraints.base import Variable
from odesolve.problems.models.flatzinc.terms import Argument, Refused, SetVariable
from odesolve.problems.models.values import TRUTH, Values

__all__ = ["check_arguments"]


_INTEGER = (int, Variable)
_SET = (Values, SetVariable)


def _is_integer(term: Argument) -> bool:
    return isinstance(term, _INTEGER)


def _is_known(term: Argument) -> bool:
    return isinstance(term, int)


def _is_truth(term: Argument) -> bool:
    if isinstance(term, Variable):
        own = term.values
        return own is TRUTH or (own.lowest >= 0 and own.highest <= 1)
    return isinstance(term, int) and 0 <= term <= 1


def _is_known_truth(term: Argument) -> bool:
    return isinstance(term, int) and 0 <= term <= 1


def _is_set(term: Argument) -> bool:
    return isinstance(term, _SET)


def _is_known_set(term: Argument) -> bool:
    return isinstance(term, Values)


#: Letter of a signature -> (test, what is expected, the same of an array).
KINDS: dict[str, tuple[Callable[[Any], bool], str, str]] = {
    "i": (_is_known, "an integer", "an array of integers"),
    "x": (_is_integer, "an integer or integer variable", "an array of integer variables"),
    "b": (_is_truth, "a truth value or Boolean variable", "an array of Boolean variables"),
    "c": (_is_known_truth, "true or false", "an array of truth values"),
    "s": (_is_known_set, "a set of integers", "an array of sets"),
    "S": (_is_set, "a set or set variable", "an array of set variables"),
}


#: Letter -> types of which every value is right: most arrays need no look at each element.
_PLAIN: dict[str, frozenset[type]] = {
    "i": frozenset({int, bool}),
    "x": frozenset({int, bool, Variable}),
    "s": frozenset({Values}),
    "S": frozenset({Values, SetVariable}),
}


def check_arguments(name: str, signature: str, arguments: list[Argument]) -> None:
    """Refuse arguments of other kinds than a signature says.

    Arguments:
        signature: a word for each argument: a letter of ``KINDS``, with ``*`` for an array.

    Raises:
        Refused: naming the first that is wrong.
    """
    words = _words(signature)
    if len(words) != len(arguments):
        raise Refused(f"{name} with {len(arguments)} arguments", str(len(words)))
    for number, (word, argument) in enumerate(zip(words, arguments, strict=True), 1):
        test, single, several = KINDS[word[0]]
        if len(word) == 1:
            if isinstance(argument, list) or not test(argument):
                raise Refused(f"argument {number} of {name} is {_shown(argument)}", single)
        elif not isinstance(argument, list):
            raise Refused(f"argument {number} of {name} is {_shown(argument)}", several)
        elif word[0] not in _PLAIN or not _PLAIN[word[0]].issuperset(map(type, argument)):
            for element in argument:
                if not test(element):
                    wrong = f"argument {number} of {name} holds {_shown(element)}"
                    raise Refused(wrong, several)


@cache
def _words(signature: str) -> list[str]:
    return signature.split()


def _shown(argument: Argument) -> str:
    if isinstance(argument, list):
        return "an array"
    if isinstance(argument, Values):
        return "a set"
    if isinstance(argument, SetVariable):
        return f"the set variable {argument.name}"
    if isinstance(argument, Variable):
        low, high = argument.values.lowest, argument.values.highest
        return f"{argument.name}, an integer from {low} to {high}"
    return str(argument).lower()
