"""What roof duality adds to the other rules of presolve: spins left without it, and with it."""

from __future__ import annotations

import statistics
import time

import numpy as np

from benchmarks.report import Report
from odesolve.problems.ising.presolve import presolved
from odesolve.problems.ising.problem import IsingProblem

#: Spins and mean number of neighbours.
SHAPES = ((500, 4), (500, 6), (500, 8), (5000, 4), (5000, 6), (5000, 8), (20_000, 4))
FIRST_SEED = 3001

#: Largest magnitude of the fields beside couplings of -1 and +1, and of the numbers of a QUBO.
LARGEST_FIELD, LARGEST_NUMBER = 3, 100

METHOD = """\
Random graphs of so many neighbours on the average: spins with couplings of -1 and +1 and fields of
-{field} to {field}, and QUBOs of numbers from -{number} to {number}. Medians of {count} instances.
Without the rule presolve leaves out spins of one or two neighbours and those whose field outweighs
their couplings, and decides small components.
"""


def run(report: Report, count: int) -> None:
    """Measure every kind and shape, and write the table."""
    report.write(METHOD.format(count=count, field=LARGEST_FIELD, number=LARGEST_NUMBER))
    rows = []
    for kind, make in (("signs", with_fields), ("QUBO", sparse_qubo)):
        for spins, degree in SHAPES:
            problems = [make(spins, degree, FIRST_SEED + seed) for seed in range(count)]
            row = [kind, f"{spins:,}", str(degree)]
            for roof_duality in (False, True):
                left, seconds = zip(*(_left(each, roof_duality) for each in problems), strict=True)
                row += [f"{statistics.median(left):,.0f}", f"{statistics.median(seconds):.2f}"]
            rows.append(row)
    header = ("kind", "spins", "degree", "left without", "seconds", "left with it", "seconds")
    report.table(header, rows)


def with_fields(spins: int, degree: int, seed: int) -> IsingProblem:
    """Couplings of -1 and +1, and fields."""
    generator = np.random.default_rng(seed)
    pairs = _pairs(spins, degree, generator)
    couplings = generator.choice([-1, 1], len(pairs))
    fields = generator.integers(-LARGEST_FIELD, LARGEST_FIELD + 1, spins)
    return IsingProblem.from_arrays(
        pairs[:, 0], pairs[:, 1], couplings, linear=fields, variables=spins
    )


def sparse_qubo(bits: int, degree: int, seed: int) -> IsingProblem:
    """A QUBO of random integers."""
    generator = np.random.default_rng(seed)
    pairs = _pairs(bits, degree, generator)
    numbers = generator.integers(-LARGEST_NUMBER, LARGEST_NUMBER + 1, len(pairs) + bits).tolist()
    own = {(bit, bit): numbers.pop() for bit in range(bits)}
    products = zip(map(tuple, pairs.tolist()), numbers, strict=True)
    return IsingProblem.from_qubo(own | dict(products))


def _pairs(spins: int, degree: int, generator: np.random.Generator) -> np.ndarray:
    """The edges of a random graph."""
    ends = generator.integers(0, spins, (2 * degree * spins, 2))
    pairs = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    return generator.permutation(pairs)[: degree * spins // 2]


def _left(problem: IsingProblem, roof_duality: bool) -> tuple[int, float]:
    """Spins that presolve leaves, and its seconds."""
    began = time.perf_counter()
    left = presolved(problem, roof_duality=roof_duality)
    return left.core.spin_count, time.perf_counter() - began
