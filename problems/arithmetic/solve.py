"""Addition, subtraction and multiplication in every direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from odesolve.budget import GRACE_SECONDS, Budget, OutOfTime
from odesolve.problems.arguments import checked_flag, checked_word
from odesolve.problems.arithmetic.adders import ripple_adder
from odesolve.problems.arithmetic.multiplication import MULTIPLIERS, Multiplier
from odesolve.problems.errors import InputError, quote
from odesolve.problems.integers import as_integer, checked_count
from odesolve.problems.relations.answers import Answers, Attempt, different_answers
from odesolve.problems.relations.circuit import Circuit, fixed_bits, number_in
from odesolve.problems.relations.solve import (
    CircuitOptions,
    CircuitSettings,
    checked_settings,
    nothing_found,
    solve_circuit,
)
from odesolve.results import Status
from odesolve.watching import watched

#: Widest operands: beyond these a circuit has millions of clauses. Where one operand of a product
#: is narrower, the other may be wider.
WIDEST = {"add": 2048, "multiply": 128}
#: Width of numbers when nothing tells it.
DEFAULT_BITS = 8


class ArithmeticOptions(CircuitOptions, total=False):
    """What every arithmetic query takes by keyword: see ``add``."""

    bits: int | None
    solutions: int


class AdditionOptions(ArithmeticOptions, total=False):
    """Those of additions and subtractions."""

    linear: bool


@dataclass(frozen=True)
class ArithmeticResult(Answers):
    """The outcome of an arithmetic query; each solution holds all three numbers.

    Attributes:
        bits: width of the operands, of the wider one where they differ.
        bits_given: whether the user asked for that width.

    Example:
        >>> import odesolve as ode
        >>> result = ode.add(3, None, 2)
        >>> result.status, result.solutions, result.bits
        (<Status.INFEASIBLE: 'infeasible'>, (), 2)
    """

    bits: int
    bits_given: bool

    @property
    def reason_text(self) -> str:
        """Why there is no answer, for a person."""
        if self.status is Status.INFEASIBLE:
            numbers = f"numbers of {self.bits} bits" if self.bits_given else "natural numbers"
            return f"no {numbers} satisfy it: {self.answer.notes[0]}"
        return self.run.reason.text

    def problem(self) -> dict[str, Any]:
        return {"bits": self.bits} | super().problem()


def add(
    a: int | None, b: int | None, total: int | None = None, **choices: Unpack[AdditionOptions]
) -> ArithmeticResult:
    """a + b = sum in natural numbers; None is unknown.

    Arguments:
        a, b, total: natural numbers of any size (``int`` or NumPy's), or None.
        choices: ``bits`` (width of a and b), ``solutions`` (how many different answers),
            ``linear`` (one linear equality instead of adders), those of ``CircuitSettings``, and
            budgets and policies by name (``seed``, ``runs``, ``time_limit``, ...).

    Raises:
        InputError: if a number is negative or does not fit, or an option cannot be used.
        KeyboardInterrupt: if a second Ctrl-C comes before there is an answer.

    Example:
        >>> import odesolve as ode
        >>> ode.add(155, None, 260).solutions
        ({'a': 155, 'b': 105, 'sum': 260},)
    """
    query = Query("add", {"a": a, "b": b, "sum": total}, ("a", "b", "sum"))
    return _solve(query, **choices)


def subtract(
    minuend: int | None,
    subtrahend: int | None,
    difference: int | None = None,
    **choices: Unpack[AdditionOptions],
) -> ArithmeticResult:
    """minuend - subtrahend = difference in natural numbers, as an addition run backwards.

    Arguments:
        minuend, subtrahend, difference: natural numbers of any size, or None.
        choices: as for ``add``.

    Raises:
        InputError, KeyboardInterrupt: as ``add``.

    Example:
        >>> import odesolve as ode
        >>> ode.subtract(260, 155).solutions[0]["difference"]
        105
    """
    numbers = {"minuend": minuend, "subtrahend": subtrahend, "difference": difference}
    return _solve(Query("add", numbers, ("subtrahend", "difference", "minuend")), **choices)


def multiply(
    a: int | None,
    b: int | None,
    product: int | None = None,
    *,
    multiplier: str = "array",
    **choices: Unpack[ArithmeticOptions],
) -> ArithmeticResult:
    """a b = product in natural numbers; None is unknown. ``multiplier`` names the circuit.

    Arguments:
        a, b, product: natural numbers of any size (``int`` or NumPy's), or None.
        multiplier: "array" (long multiplication), "carry-save" or "dadda" (a tree).
        choices: as for ``add``, but for ``linear``.

    Raises:
        InputError, KeyboardInterrupt: as ``add``.

    Example:
        >>> import odesolve as ode
        >>> ode.multiply(None, 11, 143).solutions[0]["a"]
        13
    """
    multiplier = checked_word("multiplier", multiplier, tuple(MULTIPLIERS))
    query = Query("multiply", {"a": a, "b": b, "product": product}, ("a", "b", "product"))
    return _solve(query, multiplier=multiplier, **choices)


class Query:
    """What is asked: an addition or a multiplication, and which of its numbers are known.

    Attributes:
        names: what the numbers are called, in the order of print.
        order: the same names, both operands first and the sum or product last.
        numbers: the numbers in that order; None is unknown.
    """

    def __init__(
        self, operation: str, numbers: Mapping[str, Any], order: tuple[str, str, str]
    ) -> None:
        self.operation, self.names, self.order = operation, tuple(numbers), order
        known = {name: _natural(name, number) for name, number in numbers.items()}
        self.numbers = tuple(known[name] for name in order)

    def reading(self, operands: Sequence[Sequence[int]]) -> Callable[[Any], tuple[int, ...]]:
        """From bits to the numbers in the order of print, checked in Python integers."""
        places = [self.order.index(name) for name in self.names]

        def read(bits: Any) -> tuple[int, ...]:
            numbers = [number_in(variables, bits) for variables in operands]
            a, b, result = numbers
            if result != (a + b if self.operation == "add" else a * b):
                raise AssertionError(f"the engine accepted {a}, {b}, {result} to {self.operation}")
            return tuple(numbers[place] for place in places)

        return read


def _solve(
    query: Query,
    *,
    bits: int | None = None,
    solutions: int = 1,
    linear: bool = False,
    multiplier: str | None = None,
    **settings: Unpack[CircuitOptions],
) -> ArithmeticResult:
    bits = None if bits is None else checked_count("bits", bits)
    solutions = checked_count("solutions", solutions)
    linear = checked_flag("linear", linear)
    if linear and query.operation != "add":
        raise InputError("linear", "a product is no linear equality", "an addition or subtraction")
    if linear and "form" in settings:
        raise InputError("form", "one linear equality has no cells", "no choice with linear")
    chosen = checked_settings("linear-addition" if linear else "arithmetic", settings)
    widths = operand_widths(query) if bits is None else (bits, bits)
    check_widths(query, widths, bits is not None)
    budget = CircuitSettings(**chosen).budget.at_least(GRACE_SECONDS)

    def prepared() -> tuple[Attempt, list[list[int]]]:
        if linear:
            from odesolve.problems.arithmetic.linear_addition import linear_attempt

            return linear_attempt(widths[0], query.numbers)
        build = ripple_adder if multiplier is None else MULTIPLIERS[multiplier]
        return _circuit_attempt(build, widths, query.numbers, budget)

    try:
        attempt, operands = watched(prepared, budget)
    except OutOfTime as error:
        answer = nothing_found(error, CircuitSettings(**chosen))
        return ArithmeticResult((), answer, max(widths), bits is not None)
    reading = query.reading(operands)
    found, answer = different_answers(attempt, reading, solutions, chosen)
    named = tuple(dict(zip(query.names, numbers, strict=True)) for numbers in found)
    return ArithmeticResult(named, answer, max(widths), bits is not None)


def _natural(name: str, number: Any) -> int | None:
    if number is None:
        return None
    natural = as_integer(number)
    if natural is None or natural < 0:
        raise InputError(name, quote(number), "a natural number or None")
    return natural


def _circuit_attempt(
    build: Multiplier, widths: tuple[int, int], numbers: Sequence[int | None], budget: Budget
) -> tuple[Attempt, list[list[int]]]:
    """The query as a circuit, and the variables of its three numbers."""
    circuit = Circuit(budget.check)
    first, second = circuit.bits(widths[0]), circuit.bits(widths[1])
    operands = [first, second, build(circuit, first, second)]
    fixed: dict[int, int] = {}
    for number, variables in zip(numbers, operands, strict=True):
        if number is not None:
            fixed |= fixed_bits(number, variables)
    return (lambda settings: solve_circuit(circuit, fixed, settings)), operands


def operand_widths(query: Query) -> tuple[int, int]:
    """Widths in which every answer fits, or usual ones where nothing bounds the answers."""
    *operands, result = query.numbers
    known = [number.bit_length() for number in query.numbers if number is not None]
    unbounded = result is None or (query.operation == "multiply" and result == 0)
    width = max([DEFAULT_BITS if unbounded and None in operands else 1, *known])
    if query.operation == "add":
        return width, width
    first, second = (width if n is None else max(n.bit_length(), 1) for n in operands)
    # The product's bits are as many as those of both factors.
    return first, max(second, known[-1] - first if result is not None else 1)


def check_widths(query: Query, widths: tuple[int, int], given: bool) -> None:
    """Raises InputError for widths that are too large, or in which a number does not fit."""
    widest = WIDEST[query.operation]
    if given and widths[0] > widest:
        raise InputError("bits", f"{quote(widths[0])} bits", f"1 to {widest} to {query.operation}")
    if query.operation == "add" and widths[0] > widest:
        raise InputError("numbers", f"{widths[0]} bits", f"at most {widest} to add")
    if widths[0] * widths[1] > widest**2:
        text = f"{widths[0]} and {widths[1]} bits"
        raise InputError("numbers", text, f"at most {widest} and {widest}, or as large a product")
    most = (*widths, widths[0] + 1 if query.operation == "add" else sum(widths))
    for name, number, bits in zip(query.order, query.numbers, most, strict=True):
        if number is not None and number.bit_length() > bits:
            raise InputError(
                name, f"{quote(number)} has {number.bit_length()} bits", f"at most {bits}"
            )
