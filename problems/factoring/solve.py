"""Prime factorization: every split of an odd composite is found by the dynamics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import isqrt
from typing import TYPE_CHECKING, Any, Unpack

from odesolve.budget import GRACE_SECONDS, Budget, OutOfTime
from odesolve.options import TargetedOptions, begun_now
from odesolve.presets.method import Method
from odesolve.problems.arguments import (
    checked_flag,
    checked_function,
)
from odesolve.problems.errors import InputError, quote
from odesolve.problems.factoring.result import FactorResult, SplitRecord
from odesolve.problems.integers import as_integer
from odesolve.problems.preparation import checked_method, checked_options
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import watched

if TYPE_CHECKING:
    from odesolve.dynamics.base import Dynamics
    from odesolve.presets.preset import Preset
    from odesolve.problems.factoring.splitting import Splitter
    from odesolve.solving import Progress
    from odesolve.steppers.base import Stepper

#: Numbers with more bits are refused: their circuits would have millions of clauses.
WIDEST = 256

#: Below this primality is decided by trial division: sympy takes half a second to load.
TRIAL_DIVISION_LIMIT = 2**20


def factor(
    number: int,
    *,
    split: bool = False,
    preset: str | Preset | None = None,
    dynamics: str | Dynamics | None = None,
    stepper: str | Stepper | None = None,
    parameters: Mapping[str, Any] | None = None,
    presolve: bool = True,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    **options: Unpack[TargetedOptions],
) -> FactorResult:
    """The prime factorization of a positive integer.

    Powers of two are read off the low bits and primality is decided by sympy (by trial division
    below a million); every other split is found by integrating a multiplier whose product is fixed.

    Arguments:
        number: an ``int`` or an integer of NumPy, from 1 to 256 bits.
        split: stop at one split: the "factors" may then be composite.
        presolve: propagate constants first; without it the dynamics get the whole multiplier.
        preset, dynamics, stepper, parameters, progress: as for ``odesolve.color``.
        seed, options: see ``odesolve.Options``; the budgets are for all splits together. A split
            that presolve decides is found however short the time limit is.

    Raises:
        InputError: if the number is not positive or has more than 256 bits, or an option cannot
            be used.

    Example:
        >>> import odesolve as ode
        >>> result = ode.factor(60, seed=0)
        >>> str(result), result.factors
        ('60 = 2^2 x 3 x 5', [(2, 2), (3, 1), (5, 1)])
    """
    number, split = _checked(number), checked_flag("split", split)
    presolve, progress = checked_flag("presolve", presolve), checked_function("progress", progress)
    began = time.perf_counter()
    given = begun_now(options)  # the time limit begins here
    budget = _budget_of({**given, "seed": seed})
    method = checked_method(
        "factoring",
        {"encoding": "clauses"},
        preset=preset,
        dynamics=dynamics,
        stepper=stepper,
        parameters=parameters,
    )
    splitting = _Splitting(method, presolve, seed, progress, given, budget)
    found = _Factors()
    try:
        found.search(number, _primality(number, budget), splitting, split)
    except OutOfTime:
        found.unsplit, splitting.reason = [number], Reason.TIME
    reason = splitting.reason if found.unsplit else Reason.SOLVED
    status = Status.UNKNOWN if found.unsplit else Status.SATISFIED
    run = splitting.described(nothing_integrated(status, reason, seed))
    run = replace(run, steps=sum(record.steps for record in found.splits))
    run.times.total = time.perf_counter() - began
    result = FactorResult(number, sorted(found.primes.items()), found.unsplit, found.splits, run)
    _verify(result)
    return result


def _budget_of(options: Mapping[str, Any]) -> Budget:
    given = {name: v for name, v in options.items() if v is not None or name == "seed"}
    return checked_options(given).budget()


def _primality(number: int, budget: Budget) -> Callable[[int], bool]:
    """The test for primes up to a number.

    Raises:
        OutOfTime: if there is no time to load sympy, which small numbers do not need.
    """
    if number < TRIAL_DIVISION_LIMIT:
        return is_small_prime

    def loaded() -> Callable[[int], bool]:
        from sympy import isprime

        return isprime

    return watched(loaded, budget.at_least(GRACE_SECONDS))


def is_small_prime(number: int) -> bool:
    """Whether a number is prime, by trial division."""
    return number > 1 and all(number % divisor for divisor in range(2, isqrt(number) + 1))


@dataclass
class _Factors:
    """The factors as far as they are found: see ``FactorResult``."""

    primes: Counter[int] = field(default_factory=Counter)
    unsplit: list[int] = field(default_factory=list)
    splits: list[SplitRecord] = field(default_factory=list)

    def search(
        self, number: int, is_prime: Callable[[int], bool], splitting: _Splitting, split: bool
    ) -> None:
        """Split until everything is prime, or a split fails."""
        twos = (number & -number).bit_length() - 1
        if twos:
            self.primes[2] += twos
        waiting = [number >> twos] if number >> twos > 1 else []
        while waiting:
            composite = waiting.pop()
            if is_prime(composite) or (split and (twos or self.splits)):
                self.primes[composite] += 1
                continue
            record = splitting.split(composite)
            self.splits.append(record)
            if record.factors is None:
                self.unsplit = [composite, *(c for c in waiting if not is_prime(c))]
                self.primes.update(c for c in waiting if is_prime(c))
                return
            waiting += record.factors


@dataclass
class _Splitting:
    """Splits by the dynamics while there is time, else by what presolve alone tells.

    Attributes:
        reason: why the last split ended.
    """

    method: Method
    presolve: bool
    seed: int
    progress: Callable[[Progress], None] | None
    options: Mapping[str, Any]
    budget: Budget
    splitter: Splitter | None = None
    reason: Reason = Reason.SOLVED

    def split(self, composite: int) -> SplitRecord:
        """Find two factors of an odd composite."""
        record = SplitRecord(composite)
        try:
            if self.splitter is None:
                self.splitter = watched(self.loaded, self.budget)
            record = self.splitter.split(composite)
            self.reason = self.splitter.reason
        except KeyboardInterrupt:  # outside the device loop, which turns it into a result
            self.reason = Reason.INTERRUPTED
        except OutOfTime:
            self.reason = Reason.TIME
        if record.factors is None and self.reason is Reason.TIME and self.presolve:
            self.look_at_presolve(record)
        return record

    def loaded(self) -> Splitter:
        """What integrates; loading JAX takes a while."""
        from odesolve.problems.factoring.splitting import Splitter

        return Splitter(self.method, self.presolve, self.seed, self.progress, self.options)

    def look_at_presolve(self, record: SplitRecord) -> None:
        """Take the factors from presolve, if it has them soon."""
        from odesolve.problems.factoring.split_system import factors_by_presolve

        grace = self.budget.at_least(GRACE_SECONDS)
        with suppress(OutOfTime):
            factors = watched(lambda: factors_by_presolve(record.number, grace.check), grace)
            if factors is not None:
                record.factors, record.integrated = factors, False
                record.decided_by_presolve = True
                record.widths = factors[0].bit_length(), factors[1].bit_length()

    def described(self, run: Result) -> Result:
        """The result with what was integrated, if anything was."""
        return run if self.splitter is None else self.splitter.described(run)


def _checked(number: Any) -> int:
    integer = as_integer(number)
    if integer is None or integer < 1:
        raise InputError("number", quote(number), "a positive integer")
    if integer.bit_length() > WIDEST:
        raise InputError("number", f"{integer.bit_length()} bits", f"at most {WIDEST} bits")
    return integer


def _verify(result: FactorResult) -> None:
    """The exact check: the factors multiply to the number in Python integers."""
    product = 1
    for base, exponent in result.factors:
        product *= base**exponent
    for composite in result.unsplit:
        product *= composite
    if product != result.number:
        raise AssertionError(f"the factors of {result.number} do not multiply to it")
