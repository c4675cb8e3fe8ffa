"""Solves on one device and on eight, which JAX makes of one CPU: run as a script, since their
number holds for the whole process.

    python tests/engine/sharded_solves.py FOLDER rectified article ...

prints one JSON object: what each dynamics found on either, and how the batch lay.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"
)

import jax
import numpy as np

import odesolve as ode
from odesolve import annealing
from odesolve.batch import LOOKS_AHEAD, Batch, advance, begun, empty_batch, random_starts
from odesolve.budget import Budget
from odesolve.potentials.device import DeviceError, on_host
from odesolve.presets.choice import choose
from odesolve.problems.ising.machine import Machine
from odesolve.problems.ising.system import features
from odesolve.registry import DYNAMICS, ISING_DYNAMICS, usual_stepper
from odesolve.sharding import Shards

DEVICES, RUNS, VARIABLES = 8, 16, 20
GENERATOR = np.random.default_rng(7)
CLAUSES = [
    ((GENERATOR.permutation(VARIABLES)[:3] + 1) * GENERATOR.choice([-1, 1], 3)).tolist()
    for _ in range(110)
]
SYSTEM = ode.compile_system([(ode.Box(-1, 1), VARIABLES)], ode.Or.from_literals(CLAUSES))
COLLECTIVES = r"(all-\w+|collective-\w+|reduce-scatter)\("
POLICIES = {"runs": RUNS, "seed": 5, "max_steps": 150, "patience": 40, "all_runs": True}
#: Three anneals, and generations.
ANNEALS = {"first_steps": 20.0, "growth": 2.0, "most_steps": 80.0, "generation_steps": 40.0}
#: Columns that a run has in a product with couplings, if several: JAX 0.10 adds up products of 32
#: columns in another order than those of 4, but those of 16 in the order of those of 2.
COLUMNS = {"oscillators": 2}
PAIRS = sorted({tuple(sorted((abs(a) - 1, abs(b) - 1))) for a, b, _ in CLAUSES})
COUPLINGS = ode.IsingProblem.from_dicts(
    {}, {pair: int(GENERATOR.integers(1, 4)) * (-1) ** sum(pair) for pair in PAIRS}
)


def found(dynamics: Any, **options: Any) -> dict[str, Any]:
    """Everything about a solve but its times, its device and what was compiled."""
    stepper = usual_stepper(dynamics)
    with jax.transfer_guard("disallow"):
        result = ode.solve(SYSTEM, dynamics, stepper, **{**POLICIES, **options})
    document = result.to_json(statistics=True)
    return {
        name: own for name, own in document.items() if name not in ("time", "device", "compiled")
    } | {
        "notes": list(result.notes),
        "assignment": result.assignment.tolist(),
        "solutions": result.solutions.tolist(),
    }


def found_energies(name: str, **options: Any) -> dict[str, Any]:
    """Everything about a search of an Ising machine, likewise."""
    runs = RUNS // COLUMNS.get(name, 1)
    given = {"dynamics": name, "runs": runs, "seed": 5, "max_steps": 220, "parameters": ANNEALS}
    recorder = ode.Recorder(every=30) if "devices" in options else None
    with jax.transfer_guard("disallow"):
        result = ode.ising(
            COUPLINGS, **{**given, **options}, presolve=False, all_runs=True, recorder=recorder
        )
    document = result.to_json(statistics=True)
    return {
        name: document[name] for name in ("status", "runs", "steps", "energies", "parameters")
    } | {
        "samples": [int(energy) for energy in result.samples],
        "assignments": result.assignments.tolist(),
        "improvements": [[found.steps, int(found.energy)] for found in result.history],
        "recorded": [] if recorder is None else [
            np.asarray(sample["variables"]).tolist() for sample in recorder.samples
        ],
    }  # fmt: skip


def laid_out() -> dict[str, Any]:
    """How the arrays of a batch lie before and after a call, and what the devices say."""
    shards = Shards.of(DEVICES, RUNS)
    equations = shards.shared((ode.Article(), ode.AdaptiveEuler()))
    system = shards.everywhere(SYSTEM)
    batch: Batch = shards.shared(empty_batch(SYSTEM, *equations, RUNS))
    everyone = np.ones(RUNS, bool)
    x = random_starts(SYSTEM, 0, np.zeros(RUNS, int), everyone)
    batch = begun(batch, system, *equations, *shards.shared((x, everyone)))
    numbers = [shards.everywhere(np.int32(number)) for number in (50, 5, 2**30)]
    lowered = advance.lower(batch, system, *equations, *numbers, ahead=LOOKS_AHEAD)
    compiled = lowered.compile()
    text, after = compiled.as_text(), compiled(batch, system, *equations, *numbers)
    leaves = jax.tree.leaves(after)
    cut = [leaf for leaf in leaves if leaf.ndim and leaf.shape[-1] == RUNS]
    return {
        "collectives": re.findall(COLLECTIVES, text),
        "cut": all(leaf.addressable_shards[0].data.shape[-1] * DEVICES == RUNS for leaf in cut),
        "arrays": len(cut),
        "whole": all(leaf.is_fully_replicated for leaf in leaves if not leaf.ndim),
        "donated": all(leaf.is_deleted() for leaf in jax.tree.leaves(batch)),
        "step": int(on_host(after.step)),
    }


def said_in_an_anneal(name: str) -> list[str]:
    """What devices say to each other while runs anneal."""
    choice = choose("ising", features(COUPLINGS), dynamics=name)
    machine = Machine(COUPLINGS, choice, ode.Options(runs=RUNS, devices=DEVICES), Budget())
    x = machine.shards.shared(np.zeros((machine.layout.count, RUNS), np.float32))
    batch = annealing.begun(x, machine.system, machine.equations)
    schedule = machine.schedule_of(50, 50, GENERATOR)
    until = machine.shards.everywhere(np.int32(50))
    lowered = annealing.advance.lower(batch, machine.system, machine.equations, schedule, until)
    return re.findall(COLLECTIVES, lowered.compile().as_text())


def resumed_search(name: str, state: Path) -> list[dict[str, Any]]:
    """One that is written by eight devices and goes on with one; and one that goes through."""
    wide = ode.ising(
        COUPLINGS, dynamics=name, runs=RUNS - 3, seed=5, max_steps=100, parameters=ANNEALS,
        presolve=False, all_runs=True, devices=DEVICES, checkpoint=state,
    )  # fmt: skip
    assert wide.run.device == f"{DEVICES} x cpu"
    assert wide.notes == (f"{RUNS} runs instead of {RUNS - 3}: as many on each device",)
    return [found_energies(name, resume=state), found_energies(name)]


def refused(**options: Any) -> str:
    try:
        ode.solve(SYSTEM, **{"dynamics": ode.Article(), **POLICIES, **options})
    except (DeviceError, ValueError) as error:
        return str(error)
    return ""


def main(folder: Path, names: list[str]) -> None:
    article = ode.Article()
    state = folder / "state.npz"
    found(article, devices=DEVICES, max_steps=100, checkpoint=state)
    stepper = usual_stepper(article)
    rounded = ode.solve(SYSTEM, article, stepper, runs=10, devices=DEVICES, max_steps=10)
    counts = (1, DEVICES)
    machines = [name for name in names if name in ISING_DYNAMICS]
    document = {
        "solves": {
            name: [found(DYNAMICS[name](), devices=count) for count in counts]
            for name in names
            if name in DYNAMICS
        },
        "searches": {
            name: [found_energies(name, devices=count) for count in counts] for name in machines
        },
        # Each is compiled once more for this.
        "said": {name: said_in_an_anneal(name) for name in machines if len(machines) > 1},
        "resumed": [found(article, resume=state), found(article)],
        "resumed searches": [resumed_search(name, folder / "search.npz") for name in machines[:1]],
        "layout": laid_out(),
        "rounded": [len(rounded.runs), rounded.device, list(rounded.notes)],
        "default": ode.default_runs(SYSTEM, devices=3) % 3,
        "refused": [
            refused(devices=9),
            refused(devices=DEVICES, runs=12, dynamics=ode.Article(alpha=np.ones(12, np.float32))),
        ],
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
