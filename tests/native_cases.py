"""Systems and equations that the native kernels cover: name -> a function of the number of runs."""

from __future__ import annotations

from collections.abc import Callable

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


def surveys(widths: dict[int, int], fixed: bool = False, **parameters: object) -> Case:
    """The survey flow on random clauses."""

    def case(runs: int) -> tuple[ode.System, ode.Dynamics, ode.Stepper]:
        held = {3: 1, 8: 0} if fixed else {}
        system = ode.compile_system([(ode.Box(-1, 1), 90)], clauses(90, widths, 1), fixed=held)
        own = {
            name: np.linspace(*value, runs).astype(np.float32) if isinstance(value, tuple) else value
            for name, value in parameters.items()
        }
        return system, ode.SurveyFlow(**own), ode.Euler(dt=0.8)

    return case


CASES: dict[str, Case] = {
    "surveys": surveys({3: 350}, rho=(0.9, 1.0), growth=0.002, onset=0.02),
    "surveys-memory": surveys(
        {3: 350}, rho=1.0, growth=0.002, onset=0.1, clause_memory="long", alpha=(0.0, 0.4)
    ),
    "surveys-widths": surveys(
        {1: 3, 2: 30, 3: 200, 5: 40, 9: 10}, fixed=True, theta=(0.0, 0.5), rho=(0.0, 0.9),
        clause_memory="long",
    ),
}  # fmt: skip
