"""Systems and equations that the native kernels cover: name -> a function of the number of runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import odesolve as ode

#: Runs that fill the processor's vectors in different ways.
RUNS = (1, 3, 16, 22)

Case = Callable[[int], tuple[ode.System, ode.Dynamics, ode.Stepper]]


def clauses(variables: int, widths: dict[int, int], seed: int) -> list[ode.Or]:
    """Random disjunctions, so many of each width, some of them padded."""
    generator = np.random.default_rng(seed)
    found = []
    for width, count in widths.items():
        rows = [generator.choice(variables, width, replace=False) for _ in range(count)]
        signs = generator.choice([-1.0, 1.0], (count, width))
        if width > 2:
            signs[: count // 5, -1] = 0.0
        found.append(ode.Or(rows, signs))
    return found


def spread(parameters: dict[str, object], runs: int) -> dict[str, Any]:
    """Parameters of which pairs are values from one to the other, one for each run."""
    return {
        name: np.linspace(*value, runs).astype(np.float32) if isinstance(value, tuple) else value
        for name, value in parameters.items()
    }


def surveys(widths: dict[int, int], fixed: bool = False, **parameters: object) -> Case:
    """The survey flow on random clauses."""

    def case(runs: int) -> tuple[ode.System, ode.Dynamics, ode.Stepper]:
        held = {3: 1, 8: 0} if fixed else {}
        system = ode.compile_system([(ode.Box(-1, 1), 90)], clauses(90, widths, 1), fixed=held)
        return system, ode.SurveyFlow(**spread(parameters, runs)), ode.Euler(dt=0.8)

    return case


#: One width, and all that clauses and bits may be besides: padded, weighted, soft, fixed, slow.
MEMORY_CLAUSES = {"3": {3: 350}, "widths": {1: 3, 2: 30, 3: 200, 5: 40, 9: 10, 32: 3}}


def memories(
    dynamics: type[ode.Dynamics], stepper: ode.Stepper, kind: str = "3", **parameters: object
) -> Case:
    """A law with two memories on random clauses."""

    def case(runs: int) -> tuple[ode.System, ode.Dynamics, ode.Stepper]:
        batches: list[ode.Clauses | ode.Weighted | ode.Soft]
        batches = [*clauses(90, MEMORY_CLAUSES[kind], 1)]
        options: dict = {}
        box = ode.Box(-1, 1)
        if kind == "widths":
            box, options = ode.Box(), {"fixed": {3: 1, 8: 0}, "mobility": {5: 0.3, 9: 2.0}}
            batches += [ode.Weighted(clauses(90, {4: 40}, 2)[0], 1.7)]
            batches += [ode.Soft(clauses(90, {7: 20}, 3)[0], 3)]
        system = ode.compile_system([(box, 90)], batches, **options)
        return system, dynamics(**spread(parameters, runs)), stepper

    return case


def colorings(
    q: int,
    dynamics: type[ode.Dynamics],
    stepper: ode.Stepper,
    nodes: int = 70,
    fixed: bool = False,
    weighted: bool = False,
    **parameters: object,
) -> Case:
    """Edges of a random graph, one of them twice; all pairs where there are few nodes."""

    def case(runs: int) -> tuple[ode.System, ode.Dynamics, ode.Stepper]:
        generator = np.random.default_rng(2)
        # Of few nodes all pairs, which are products of matrices for XLA.
        edges = [(a, b) for b in range(nodes) for a in range(b)]
        if nodes > 40:
            edges = [generator.choice(nodes, 2, replace=False) for _ in range(3 * nodes)]
            edges.append(edges[0])
        batch = ode.Different(edges)
        if weighted:
            batch = ode.Weighted(batch, generator.uniform(0.5, 2.0, len(edges)))
        system = ode.compile_system(
            [(ode.Simplex(q), nodes)],
            [batch],
            fixed={0: 1, 7: 0} if fixed else {},
            mobility={3: 0.5, 4: 2.0} if fixed else {},
        )
        return system, dynamics(**spread(parameters, runs)), stepper

    return case


RATES = {"alpha": (1.4, 5.0), "beta": 10.0, "gamma": 0.05, "delta": 0.1, "decay": 0.1}

CASES: dict[str, Case] = {
    "surveys": surveys({3: 350}, rho=(0.9, 1.0), growth=0.002, onset=0.02),
    "surveys-memory": surveys(
        {3: 350}, rho=1.0, growth=0.002, onset=0.1, clause_memory="long", alpha=(0.0, 0.4)
    ),
    "surveys-widths": surveys(
        {1: 3, 2: 30, 3: 200, 5: 40, 9: 10}, fixed=True, theta=(0.0, 0.5), rho=(0.0, 0.9),
        clause_memory="long",
    ),
    "memories-ball": memories(
        ode.Rectified, ode.HeavyBall(reach=0.4, momentum=0.5, stride=0.3),
        satisfied_force="mixed", rigidity=(0.0, 1.0), tilt=(0.0, 0.5), kappa=(0.0, 0.05),
        discreteness=(0.0, 0.3),
    ),
    "memories-ball-plain": memories(
        ode.Memcomputing, ode.HeavyBall(reach=0.3), "widths", satisfied_force="rigidity",
        decay=0.1, long_limit=(1.2, 3.0), centring=(-0.1, 0.2), centring_unit="spectrum",
    ),
    "memories-adaptive": memories(
        ode.Rectified, ode.AdaptiveEuler(reach=0.2), "widths", discreteness=0.2, tau=(0.02, 0.2),
    ),
    "memories-adaptive-plain": memories(
        ode.Memcomputing, ode.AdaptiveEuler(reach=0.3), satisfied_force="rigidity", centring=0.1,
    ),
    "memories-euler": memories(
        ode.Rectified, ode.Euler(dt=0.03), "widths", satisfied_force="mixed", rigidity=0.3,
    ),
    "memories-euler-plain": memories(
        ode.Memcomputing, ode.Euler(dt=0.05), alpha=(1.0, 6.0), thresholds="relative",
    ),
    "colors-2": colorings(2, ode.Rectified, ode.HeavyBall(), weighted=True, **RATES),
    "colors-3": colorings(
        3, ode.Rectified, ode.HeavyBall(reach=1.3, stride=0.7), centring=(0.2, 0.5), **RATES
    ),
    "colors-4": colorings(4, ode.Memcomputing, ode.HeavyBall(momentum=0.6), fixed=True, **RATES),
    "colors-7": colorings(
        7, ode.Rectified, ode.HeavyBall(), fixed=True, discreteness=(0.1, 0.9),
        thresholds="relative", centring=0.1, centring_unit="spectrum", **RATES
    ),
    "colors-dense": colorings(12, ode.Rectified, ode.HeavyBall(reach=0.3), nodes=33, **RATES),
    "colors-16": colorings(16, ode.Memcomputing, ode.AdaptiveEuler(reach=0.5), **RATES),
    "colors-21": colorings(
        21, ode.Rectified, ode.AdaptiveEuler(reach=0.5), discreteness=0.2, weighted=True, **RATES
    ),
    "colors-40": colorings(40, ode.Rectified, ode.Euler(dt=0.2), thresholds="relative", **RATES),
}  # fmt: skip
