"""Addition, subtraction and multiplication in every direction."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from odesolve.options import Options
from odesolve.problems.adders import ripple_adder
from odesolve.problems.circuit_solving import CircuitAnswer, Settings, solve_circuit
from odesolve.problems.circuits import Circuit, fixed_bits, number_in
from odesolve.problems.errors import InputError, quote, unusable
from odesolve.problems.multipliers import MULTIPLIERS
from odesolve.problems.relation_forms import Form
from odesolve.results import Result, Status

#: Widest numbers: beyond these a circuit has millions of clauses.
WIDEST = {"add": 2048, "multiply": 128}
#: Width of numbers when nothing tells it.
DEFAULT_BITS = 8
#: Seeds in a row without a new answer after which the search for more of them ends.
STALE_ROUNDS = 30

_SETTINGS = frozenset(Settings.__dataclass_fields__)

Attempt = Callable[[Settings], CircuitAnswer]


@dataclass(frozen=True)
class ArithmeticResult:
    """The outcome of an arithmetic query.

    Attributes:
        names: what the three numbers are called, the result last.
        solutions: distinct answers, each with all three numbers; checked in Python integers.
        bits: width of the two operands.
        bits_given: whether the user asked for that width.
        answer: presolve and run.
    """

    names: tuple[str, str, str]
    solutions: tuple[dict[str, int], ...]
    bits: int
    bits_given: bool
    answer: CircuitAnswer

    @property
    def run(self) -> Result:
        return self.answer.run

    @property
    def status(self) -> Status:
        return self.run.status

    @property
    def satisfied(self) -> bool:
        return self.run.satisfied

    @property
    def reason_text(self) -> str:
        """Why there is no answer, for a person."""
        if self.status is Status.INFEASIBLE:
            numbers = f"numbers of {self.bits} bits" if self.bits_given else "natural numbers"
            return f"no {numbers} satisfy it: {self.answer.notes[0]}"
        return self.run.reason.text

    def to_json(self, statistics: bool = False) -> dict[str, Any]:
        """One JSON object; ``solution`` is null unless the equation holds."""
        common = self.run.to_json(statistics)
        own = {
            "solution": self.solutions[0] if self.solutions else None,
            "solutions": list(self.solutions),
            "problem": {
                "bits": self.bits,
                "variables": self.answer.variable_count,
                "presolved": self.answer.presolved,
                "clauses": self.answer.clause_count,
            },
        }
        head = {"status": common.pop("status"), "reason": common.pop("reason")}
        return head | own | common | {"notes": list(self.answer.notes)}


def add(a: int | None, b: int | None, total: int | None = None, **choices: Any) -> ArithmeticResult:
    """a + b = sum in natural numbers; None is unknown.

    Arguments:
        choices: ``bits`` (width of a and b), ``solutions`` (how many different answers),
            ``linear`` (one linear equality instead of adders), those of ``Settings``, and
            budgets and policies by name (``seed``, ``runs``, ``time_limit``, ...).

    Raises:
        InputError: if a number is negative or does not fit, or an option cannot be used.
    """
    return _solve("add", ("a", "b", "sum"), (a, b, total), **choices)


def subtract(
    minuend: int | None, subtrahend: int | None, difference: int | None = None, **choices: Any
) -> ArithmeticResult:
    """minuend - subtrahend = difference in natural numbers, as an addition run backwards.

    Raises:
        InputError: as ``add``.
    """
    names = ("subtrahend", "difference", "minuend")
    return _solve("add", names, (subtrahend, difference, minuend), **choices)


def multiply(
    a: int | None, b: int | None, product: int | None = None, **choices: Any
) -> ArithmeticResult:
    """a b = product in natural numbers; None is unknown. ``multiplier`` names the circuit.

    Raises:
        InputError: as ``add``.
    """
    return _solve("multiply", ("a", "b", "product"), (a, b, product), **choices)


def _solve(
    operation: str,
    names: tuple[str, str, str],
    numbers: Sequence[int | None],
    *,
    bits: int | None = None,
    solutions: int = 1,
    linear: bool = False,
    multiplier: str = "array",
    **settings: Any,
) -> ArithmeticResult:
    for name, number in zip(names, numbers, strict=True):
        wrong = isinstance(number, bool) or not isinstance(number, int | None)
        if wrong or (number is not None and number < 0):
            raise InputError(name, quote(number), "a natural number or None")
    bits, solutions = _count("bits", bits, None), _count("solutions", solutions, 1)
    if solutions < 1:
        raise InputError("solutions", quote(solutions), "at least 1")
    settings = _checked(settings, linear)
    width = bits if bits is not None else _width(operation, numbers)
    _check_widths(operation, names, numbers, width, bits is not None)
    if multiplier not in MULTIPLIERS:
        raise InputError("multiplier", repr(multiplier), " or ".join(MULTIPLIERS))
    if linear:
        from odesolve.problems.linear_addition import linear_attempt

        attempt, operands = linear_attempt(width, numbers)
    else:
        attempt, operands = _circuit_attempt(operation, width, numbers, multiplier)
    found, answer = _collect(attempt, operation, names, operands, solutions, settings)
    return ArithmeticResult(names, found, width, bits is not None, answer)


def _count(name: str, value: Any, default: int | None) -> Any:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(name, quote(value), "an integer of at least 1")
    return value


def _checked(settings: Mapping[str, Any], linear: bool) -> dict[str, Any]:
    """Settings whose options are gathered, refused before presolve if they cannot be used."""
    chosen = {name: value for name, value in settings.items() if name in _SETTINGS}
    options = {name: value for name, value in settings.items() if name not in _SETTINGS}
    chosen["options"] = {**(chosen.get("options") or {}), **options}
    own = Settings(**chosen).chosen
    try:
        Options.of(chosen["options"])
        if any(own.values()):
            from odesolve.preset_choice import choose

            features = {} if linear else {"encoding": chosen.get("form", Form()).encoding}
            choose("linear-addition" if linear else "arithmetic", features, **own)
    except (TypeError, ValueError) as error:
        raise unusable(error) from None
    return chosen


def _circuit_attempt(
    operation: str, width: int, numbers: Sequence[int | None], multiplier: str
) -> tuple[Attempt, list[list[int]]]:
    """The query as a circuit, and the variables of its three numbers."""
    circuit = Circuit()
    first, second = circuit.bits(width), circuit.bits(width)
    build = ripple_adder if operation == "add" else MULTIPLIERS[multiplier]
    operands = [first, second, build(circuit, first, second)]
    fixed: dict[int, int] = {}
    for number, variables in zip(numbers, operands, strict=True):
        if number is not None:
            fixed |= fixed_bits(number, variables)
    return (lambda settings: solve_circuit(circuit, fixed, settings)), operands


def _width(operation: str, numbers: Sequence[int | None]) -> int:
    """A width in which every answer fits, or a usual one where nothing bounds the answers."""
    known = [number.bit_length() for number in numbers if number is not None]
    unbounded = numbers[2] is None or (operation == "multiply" and numbers[2] == 0)
    if unbounded and None in numbers[:2]:
        return max([DEFAULT_BITS, *known])
    return max([1, *known])


def _check_widths(
    operation: str, names: Sequence[str], numbers: Sequence[int | None], width: int, given: bool
) -> None:
    if not 1 <= width <= WIDEST[operation]:
        place = "bits" if given else "numbers"
        raise InputError(place, f"{width} bits", f"1 to {WIDEST[operation]} to {operation}")
    widths = (width, width, width + 1 if operation == "add" else 2 * width)
    for name, number, most in zip(names, numbers, widths, strict=True):
        if number is not None and number.bit_length() > most:
            raise InputError(
                name, f"{quote(number)} has {number.bit_length()} bits", f"at most {most}"
            )


def _collect(
    attempt: Attempt,
    operation: str,
    names: tuple[str, str, str],
    operands: Sequence[Sequence[int]],
    wanted: int,
    settings: Mapping[str, Any],
) -> tuple[tuple[dict[str, int], ...], CircuitAnswer]:
    """Solve from seed after seed until there are enough different answers, or no new ones come."""
    budget = _Budget(dict(settings.get("options") or {}))
    recorder = settings.get("recorder")
    found: dict[tuple[int, ...], dict[str, int]] = {}
    rounds: list[CircuitAnswer] = []
    stale = 0
    while True:
        own = {"options": budget.left(), "recorder": recorder if not rounds else None}
        try:
            answer = attempt(Settings(**{**settings, **own, "answers": wanted}))
        except KeyboardInterrupt:
            if not found:
                raise
            return tuple(found.values())[:wanted], _joined(rounds)
        rounds.append(answer)
        budget.spend(answer.run)
        before = len(found)
        if answer.run.satisfied:
            for bits in answer.assignments:
                numbers = tuple(number_in(variables, bits) for variables in operands)
                _check(operation, numbers)
                found.setdefault(numbers, dict(zip(names, numbers, strict=True)))
        stale = stale + 1 if len(found) == before else 0
        exhausted = not answer.run.satisfied or not answer.run.dynamics_ran
        if len(found) >= wanted or exhausted or budget.is_spent() or stale >= STALE_ROUNDS:
            return tuple(found.values())[:wanted], _joined(rounds)


def _joined(rounds: Sequence[CircuitAnswer]) -> CircuitAnswer:
    """The first round, with the steps and times of all."""
    first = rounds[0]
    for later in rounds[1:]:
        for name in ("compile", "solve", "total"):
            spent = getattr(first.run.times, name) + getattr(later.run.times, name)
            setattr(first.run.times, name, spent)
    if len(rounds) == 1:
        return first
    steps = sum(answer.run.steps for answer in rounds)
    return replace(first, run=replace(first.run, steps=steps))


class _Budget:
    """What is left of the budgets after each round; every round has a seed of its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.began = time.perf_counter()
        self.rounds = self.steps = 0

    def spend(self, run: Result) -> None:
        self.rounds += 1
        self.steps += run.steps

    def left(self) -> dict[str, Any]:
        """The options of the next round."""
        left = dict(self.options)
        if self.rounds:
            left["seed"] = left.get("seed", 0) + self.rounds
        if left.get("time_limit") is not None:
            left["time_limit"] -= time.perf_counter() - self.began if self.rounds else 0.0
            left["time_limit"] = max(left["time_limit"], 0.0)
        if left.get("max_steps") is not None:
            left["max_steps"] = max(left["max_steps"] - self.steps, 0)
        return left

    def is_spent(self) -> bool:
        left = self.left()
        return left.get("time_limit") == 0.0 or left.get("max_steps") == 0


def _check(operation: str, numbers: Sequence[int]) -> None:
    """The exact check, in Python integers; a wrong answer here is a defect of ours."""
    a, b, result = numbers
    if result != (a + b if operation == "add" else a * b):
        raise AssertionError(f"the engine accepted {a}, {b}, {result} for {operation}")
