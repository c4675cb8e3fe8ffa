"""Solves with native kernels on one device and on eight: run as a script.

    python tests/engine/sharded_native.py surveys memories-ball ...

prints one JSON object: for each of the named cases what was found on either.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=8"
)
sys.path.insert(0, str(Path(__file__).parents[1]))

from native_cases import CASES

import odesolve as ode


def found(name: str, devices: int) -> dict[str, Any]:
    """Everything about the runs of a solve, of which each of eight devices has 16."""
    system, dynamics, stepper = CASES[name](128)
    result = ode.solve(
        system, dynamics, stepper, runs=128, seed=5, max_steps=300, patience=None,
        all_runs=True, devices=devices, kernels="native",
    )  # fmt: skip
    return {
        "kernels": result.kernels,
        "device": result.device,
        "runs": result.runs.to_json(),
        "assignment": result.assignment.tolist(),
    }


if __name__ == "__main__":
    print(json.dumps({name: [found(name, 1), found(name, 8)] for name in sys.argv[1:]}))
