"""Measure changes of the memory law on uniform 3-SAT: steps of the first 6,000, 16 runs a formula.

Run in the repository root: python -m benchmarks.memory_laws --help
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import click
import jax
import jax.numpy as jnp
import numpy as np

import odesolve as ode
from benchmarks.report import begun, note
from benchmarks.satisfiability.generators import uniform_clauses
from odesolve.dynamics.base import Dynamics, State, pytree
from odesolve.dynamics.memcomputing import Rectified
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler
from odesolve.throughput import SETTINGS

#: (variables, clauses for each); other formulas than those of peers.py.
SIZES = ((250, 4.15), (800, 4.1))
FIRST_SEED = 20266001
FORMULAS, RUNS, STEPS, RESTART = 4, 16, 6000, 1000

METHOD = f"""\
The dynamics is one lane of the preset for uniform formulas, without its other lanes, and every
row changes one thing. {FORMULAS} formulas a size, some of them perhaps without a model; {RUNS} runs
of each go on to {STEPS:,} steps. An unsolved run counts as infinitely many steps.
"""


@pytree
@dataclass(frozen=True)
class AdaptiveAlpha(Rectified):
    """The long memory grows faster (or slower) where it is above its run's mean logarithm."""

    name: ClassVar[str] = "adaptive-alpha"
    strength: float = 0.0

    def vector_field(self, state: State, system: ode.System) -> State:
        rate = super().vector_field(state, system)
        long = []
        for growth, memory in zip(rate.memory["long"], state.memory["long"], strict=True):
            above = jnp.log(memory) - jnp.log(memory).mean(axis=0)
            long.append(growth * jnp.clip(1.0 + self.strength * above, 0.2, 5.0))
        return rate._replace(memory={**rate.memory, "long": tuple(long)})


@pytree
@dataclass(frozen=True)
class WarmRestart(Rectified):
    """A restart keeps the variables, times ``sign``, and half of what the long memory has grown."""

    name: ClassVar[str] = "warm-restart"
    sign: float = 1.0

    def restarted(self, fresh: State, old: State) -> State:
        long = tuple(1.0 + (memory - 1.0) / 2.0 for memory in old.memory["long"])
        return State(self.sign * old.x, {**fresh.memory, "long": long})


@pytree
@dataclass(frozen=True)
class ExactMemory(AdaptiveEuler):
    """The short memory's linear equation solved exactly over each step, V being held."""

    name: ClassVar[str] = "exact-memory"

    def step(self, state: State, system: ode.System, dynamics: Dynamics) -> tuple[State, Any]:
        assert isinstance(dynamics, Rectified)
        moved, dt = super().step(state, system, dynamics)
        short = []
        for group, s in zip(system.groups, state.memory["short"], strict=True):
            away = group.value(state.x) - dynamics.gamma
            leak = dynamics.kappa * jax.nn.sigmoid(-away / dynamics.tau)
            rise = dynamics.beta * jnp.maximum(away, 0.0)
            fall = dynamics.beta * (1.0 + dynamics.eta) * (jnp.maximum(-away, 0.0) + leak)
            rate = rise + fall + 1e-9
            rest = (rise - dynamics.epsilon * fall) / rate
            short.append(jnp.clip(rest + (s - rest) * jnp.exp(-rate * dt), 0.0, 1.0))
        return moved._replace(memory={**moved.memory, "short": tuple(short)}), dt


def changes() -> dict[str, tuple[Dynamics, Stepper, dict[str, int]]]:
    """Name -> dynamics, stepper and options of ``solve``."""
    base, stepper = SETTINGS["rectified"]
    assert isinstance(base, Rectified)
    values = base.parameters()
    exact = ExactMemory(**stepper.parameters())
    cold = {"run_length": RESTART}
    return {
        "as it is": (base, stepper, {}),
        "short memory by exact steps": (base, exact, {}),
        "alpha larger where memory is large": (AdaptiveAlpha(**values, strength=0.2), stepper, {}),
        "alpha smaller where it is large": (AdaptiveAlpha(**values, strength=-0.2), stepper, {}),
        "alpha / 2": (replace(base, alpha=base.alpha / 2), stepper, {}),
        "alpha x 2": (replace(base, alpha=base.alpha * 2), stepper, {}),
        "long memory decays, 0.02": (replace(base, decay=0.02), stepper, {}),
        f"cold restarts every {RESTART:,} steps": (base, stepper, cold),
        "warm restarts": (WarmRestart(**values), stepper, cold),
        "mirrored restarts": (WarmRestart(**values, sign=-1.0), stepper, cold),
    }


def measured(system: ode.System, dynamics: Dynamics, stepper: Stepper, options: Any) -> np.ndarray:
    """Steps of every run, infinite where it did not solve."""
    result = ode.solve(
        system, dynamics, stepper, runs=RUNS, seed=0, all_runs=True, max_steps=STEPS,
        **{"patience": None, **options},
    )  # fmt: skip
    return np.where(result.runs.satisfied, result.runs.steps, np.inf)


@click.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.md")
def main(output: Path | None) -> None:
    """Compare changes of the memory law, as a Markdown table."""
    report = begun(output, "Changes of the memory law")
    report.write(METHOD)
    systems = []
    for variables, ratio in SIZES:
        drawn = [
            uniform_clauses(variables, round(ratio * variables), 3, FIRST_SEED + i)
            for i in range(FORMULAS)
        ]
        systems.append(
            [
                ode.compile_system([(ode.Box(-1, 1), variables)], ode.Or.from_literals(c.tolist()))
                for c in drawn
            ]
        )
    rows = []
    for name, (dynamics, stepper, options) in changes().items():
        note(name)
        row = [name]
        for own in systems:
            steps = np.concatenate([measured(s, dynamics, stepper, options) for s in own])
            solved, quarter = np.isfinite(steps).mean(), np.quantile(steps, 0.25, method="lower")
            row += [f"{solved:.0%}", f"{quarter:,.0f}" if np.isfinite(quarter) else "unsolved"]
        rows.append(row)
    columns = [f"N = {n}, ratio {r:g}: {what}" for n, r in SIZES for what in ("solved", "25% by")]
    report.table(("change", *columns), rows)


if __name__ == "__main__":
    sys.exit(main())
