"""Split an odd composite: all widths of its factors in turn, the most balanced first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from odesolve.budget import OutOfTime
from odesolve.options import begun_now
from odesolve.potentials.relations.presolve import RelationContradiction
from odesolve.potentials.system import System
from odesolve.presets.method import Method
from odesolve.presets.solve import Prepared
from odesolve.problems.errors import unusable
from odesolve.problems.factoring.result import SplitRecord
from odesolve.problems.factoring.split_system import Split, split_of, width_pairs
from odesolve.problems.relations.system import Shape
from odesolve.results import Compiled, Reason, Result
from odesolve.watching import watched

if TYPE_CHECKING:
    from odesolve.solving import Progress

#: Runs of a batch and steps after which a run starts anew, unless told otherwise.
RUNS, RUN_LENGTH = 32, 3000

#: Variables, and clauses by their width, that hold nearly every number of at most so many bits,
#: counted on 40 systems each: numbers of one length then share what is compiled.
USUAL_SIZES = {
    12: (50, {3: 298, 5: 230, 8: 0, 12: 0}),
    16: (102, {3: 614, 5: 663, 8: 8, 12: 0}),
    20: (170, {3: 1019, 5: 1468, 8: 496, 12: 0}),
    24: (249, {3: 1494, 5: 1929, 8: 894, 12: 0}),
}


class Splitter:
    """Splits numbers one after the other, out of one budget.

    Attributes:
        reason: why the last split ended.
    """

    def __init__(
        self,
        method: Method,
        presolve: bool,
        seed: int,
        progress: Callable[[Progress], None] | None,
        options: Mapping[str, Any],
    ) -> None:
        try:
            self.choice = method.choose("factoring", {"encoding": "clauses"})
            given = begun_now({name: value for name, value in options.items() if value is not None})
            self.options = self.choice.with_options(
                {"seed": seed} | given,
                runs=RUNS, run_length=RUN_LENGTH, look_every=1, patience=None,
            )  # fmt: skip
        except (TypeError, ValueError) as error:
            raise unusable(error) from None
        self.presolve, self.progress = presolve, progress
        self.budget = self.options.budget()
        self.steps = 0
        self.reason = Reason.SOLVED
        self.shape, self.padded = Shape(), (0, 0)
        self.last: Result | None = None
        self.compiled = Compiled()
        self.compile_seconds = self.solve_seconds = self.presolve_seconds = 0.0

    def split(self, number: int) -> SplitRecord:
        """Find factors of an odd composite, each greater than 1."""
        record = SplitRecord(number, runs=self.options.runs or RUNS)
        systems: dict[tuple[int, int], tuple[Split, Prepared]] = {}
        pairs, round_number = width_pairs(number), 0
        while pairs:
            for pair in list(pairs):
                if pair not in systems:
                    try:
                        systems[pair] = watched(partial(self.built, number, pair), self.budget)
                    except RelationContradiction:
                        pairs.remove(pair)
                        continue
                    except OutOfTime:
                        self.reason = Reason.TIME
                        return record
                split, ready = systems[pair]
                result = self.integrate(ready, self.slice_steps(number, pair, round_number))
                record.steps += result.steps
                if result.satisfied:
                    record.clauses = split.clause_count()
                    return self.found(record, split, split.factors(result.assignment.tolist()))
                if self.budget_is_spent(result):
                    return record
            round_number += 1
        raise AssertionError(f"{number} is composite, but presolve excluded every width")

    def built(self, number: int, pair: tuple[int, int]) -> tuple[Split, Prepared]:
        """The split of a pair of widths, and its system.

        Raises:
            RelationContradiction: if presolve proves that there are no such factors.
        """
        began = time.perf_counter()
        try:
            split = self.prepared(number, pair)
        finally:
            self.presolve_seconds += time.perf_counter() - began
        try:
            return split, Prepared.of(self.choice, self.system(split), vars(self.options))
        except ValueError as error:
            raise unusable(error) from None

    def system(self, split: Split) -> System:
        """The split's system, in the shape of those before it: one compilation serves all."""
        own = padded_widths(split.number)
        self.padded = max(self.padded[0], own[0]), max(self.padded[1], own[1])
        bits = split.number.bit_length()
        usual = next((sizes for most, sizes in USUAL_SIZES.items() if bits <= most), None)
        least = self.shape if usual is None else self.shape.holding(*usual)
        system, self.shape = split.system(least, self.padded)
        return system

    def prepared(self, number: int, pair: tuple[int, int]) -> Split:
        """The split for the dynamics: presolved, unless presolve would do their whole work."""
        check = self.budget.check
        split = split_of(number, pair, presolve=self.presolve, check=check)
        if not split.simplified.solved:
            return split
        whole = split_of(number, pair, presolve=False, check=check)
        return replace(whole, decided_by_presolve=True)

    def found(self, record: SplitRecord, split: Split, factors: tuple[int, int]) -> SplitRecord:
        """The record with factors that are checked in Python integers."""
        p, q = factors
        if p * q != record.number or 1 in factors:
            raise AssertionError(f"the engine accepted {p} x {q} for {record.number}")
        record.factors, record.widths = (p, q), split.widths
        record.decided_by_presolve = split.decided_by_presolve
        return record

    def slice_steps(self, number: int, pair: tuple[int, int], round_number: int) -> int:
        """Steps of one turn of a pair.

        A short first round finds what is easy at any widths. The most balanced pair has up to four
        times the steps there, enough for each of 250 balanced numbers of 20 bits: one for which
        they are not waits for all other pairs. In later rounds, each twice as long as the one
        before, the two most balanced pairs get nearly half of the steps.
        """
        half = min(number.bit_length() // 2, 24)
        full = 60 + 3 * 2 ** max(min(pair[0], half), half - 3) // 16
        if round_number > 0:
            steps = full * 2 ** min(round_number - 1, 20)
        else:
            short = max(full // 8, 60)
            steps = min(4 * short, full) if pair == width_pairs(number)[0] else short
        left = self.options.max_steps
        return steps if left is None else min(steps, left - self.steps)

    def integrate(self, ready: Prepared, steps: int) -> Result:
        # Each turn starts its runs at new places.
        seed = self.options.seed + self.steps
        result = ready.solve(progress=self.progress, max_steps=steps, seed=seed)
        self.steps += result.steps
        self.compile_seconds += result.times.compile
        self.solve_seconds += result.times.solve
        self.compiled += result.compiled
        self.last = result
        return result

    def budget_is_spent(self, result: Result) -> bool:
        self.reason = result.reason
        if result.reason in (Reason.INTERRUPTED, Reason.TIME):
            return True
        return self.options.max_steps is not None and self.steps >= self.options.max_steps

    def described(self, run: Result) -> Result:
        """The result with what was integrated, and how long everything took."""
        run.times.presolve = self.presolve_seconds
        run.times.compile, run.times.solve = self.compile_seconds, self.solve_seconds
        if self.last is None:
            return run
        return replace(
            run,
            dynamics=self.last.dynamics,
            device=self.last.device,
            kernels=self.last.kernels,
            parameters=self.last.parameters,
            preset=self.choice.preset,
            compiled=self.compiled,
        )


def padded_widths(number: int) -> tuple[int, int]:
    """Widths that hold both factors for every pair of widths."""
    bits = number.bit_length()
    return (bits + 1) // 2 + 1, bits
