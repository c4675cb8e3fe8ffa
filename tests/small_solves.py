"""A small solve of every front end, dynamics, stepper and clause family, for one set of JAX's
global settings: run as a script, since such settings hold for the whole process.

    python tests/small_solves.py '{"jax_enable_x64": true}' color sat

prints what each solve found, its trajectory included, as one JSON object.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

import odesolve as ode
from odesolve.problems.formulas.formats import parse_formula
from odesolve.registry import DYNAMICS, STEPPERS

#: A wheel of five spokes, for which three colours are too few, and a node that hangs on it.
EDGES = [*((i, (i + 1) % 5) for i in range(5)), *((5, i) for i in range(5)), (0, 6)]
GENERATOR = np.random.default_rng(5)
CLAUSES = [
    ((GENERATOR.permutation(12)[:3] + 1) * GENERATOR.choice([-1, 1], 3)).tolist() for _ in range(48)
]
SUMS = b"""* #variable= 5 #constraint= 4
+3 x1 +2 x2 +4 x3 -1 x4 >= 4 ;
+1 x1 +1 x2 +1 x5 >= 2 ;
+5 x2 -3 x5 +2 x4 >= 1 ;
+1 x1 +1 x3 +1 x4 = 2 ;
"""
KINDS = b"""p cnf 6 4
1 2 -3 0
x 1 2 4 0
d 2 1 2 3 0
n 4 5 6 0
"""
SOFT = b"""h 1 2 3 0
h -1 -2 0
3 -1 0
2 -2 0
1 -3 0
4 1 -3 0
"""


def formula(**settings: Any) -> Any:
    """A random 3-SAT formula by a dynamics, with its trajectory."""
    recorder = ode.Recorder()
    given = {"presolve": False, "runs": 3, "max_steps": 60} | settings
    result = ode.sat([tuple(map(int, clause)) for clause in CLAUSES], recorder=recorder, **given)
    return [plain(result), drawn(recorder)]


def plain(result: Any) -> Any:
    """A result without its times and what was compiled, as JSON holds it."""
    document = result.to_json()
    for name in ("time", "compiled"):
        document.pop(name, None)
    return document


def drawn(recorder: ode.Recorder) -> str:
    """Every bit of a recorded trajectory, in short."""
    trajectory = recorder.trajectory()
    numbers = [trajectory.time, trajectory.variables, *trajectory.memories.values()]
    assert all(array.dtype == np.float32 for array in numbers)
    return hashlib.sha256(b"".join(array.tobytes() for array in numbers)).hexdigest()[:16]


def rows(text: bytes, format: str) -> Any:
    """A formula with rows of all kinds, or soft clauses."""
    problem = parse_formula(text, "formula", format)
    return plain(ode.sat(problem, presolve=False, runs=2, max_steps=60))


def colors(encoding: str, **settings: Any) -> Any:
    given = {"presolve": False, "runs": 3, "max_steps": 60} | settings
    return plain(ode.color(EDGES, 4, encoding=encoding, **given))


def tuned() -> Any:
    """Two trials on one formula."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "formula.cnf"
        lines = [" ".join(map(str, clause)) + " 0" for clause in CLAUSES]
        path.write_text(f"p cnf 12 {len(CLAUSES)}\n" + "\n".join(lines) + "\n", encoding="utf-8")
        document = ode.tune([str(path)], trials=2, runs=2, max_steps=100).to_json()
    return [document["default_score"], [trial["score"] for trial in document["trials"]]]


def system(name: str) -> Any:
    """Clauses of a family that no front end above has integrated, with its trajectory."""
    recorder = ode.Recorder()
    compiled = SYSTEMS[name]()
    result = ode.solve(compiled, ode.Rectified(), runs=2, max_steps=20, recorder=recorder)
    return [result.assignment.tolist(), result.violated, result.steps, drawn(recorder)]


SYSTEMS: dict[str, Callable[[], ode.System]] = {
    "points": lambda: ode.compile_system(
        [(ode.Box(), 2), (ode.Integer(0, 2), 2)],
        [
            ode.Points.from_points([[0, 1]], [[0, 1], [1, 0]]),
            ode.Points.from_points([[2, 3]], [[0, 2], [2, 1]], 3, "distance"),
            ode.Integral([[2], [3]]),
            ode.Gate([[0, 1]], [[1, -1]], "or"),
        ],
        fixed={0: 1},
        mobility={1: 0.5},
    ),
    "linear": lambda: ode.compile_system(
        [(ode.Integer(-3, 3), 3), (ode.Box(-1, 1), 1)],
        [
            ode.Linear([[0, 1, 3]], [[2, -1, 3]], [4], "<="),
            ode.Linear([[0, 1, 2]], [[1, 1, 1]], [-2], form="resonant"),
            ode.Soft(ode.Weighted(ode.Linear([[1, 2]], [[1, -1]], [1], ">="), 0.5), 3),
        ],
        deterministic_gather=True,
    ),
    "wide": lambda: ode.compile_system(
        [(ode.Box(), 24), (ode.Simplex(20), 2)],
        [
            ode.Cardinality([range(20)], [[1] * 20], [7], "=="),
            ode.Cardinality([range(9)], [[1] * 9], [3], form="linear"),
            ode.Threshold([range(9)], [[1] * 9], [range(1, 10)], [20], "linear"),
            ode.Xor([range(9)], [1], form="min"),
            ode.Or([range(10)], [[1] * 10]),
            ode.NotAllEqual([range(10)], [[1] * 10]),
            ode.Different([[24, 25]]),
        ],
    ),
}

SOLVES: dict[str, Callable[[], Any]] = {
    "tiny": lambda: colors("simplex", runs=1, max_steps=2),
    "color": lambda: colors("simplex"),
    "color-onehot": lambda: colors("onehot"),
    "color-modular": lambda: colors("modular", dynamics="article"),
    "sat": formula,
    "sat-rows": lambda: rows(KINDS, "cnf"),
    "max-sat": lambda: rows(SOFT, "wcnf"),
    "sums": lambda: rows(SUMS, "opb"),
    "relate": lambda: plain(ode.relate("c == (a & b)", "a ^ b ^ d", presolve=False, max_steps=60)),
    "add": lambda: plain(ode.add(None, 3, 9, presolve=False, max_steps=60, linear=True)),
    "multiply": lambda: plain(ode.multiply(3, 5, presolve=False, max_steps=60)),
    "factor": lambda: plain(ode.factor(35, presolve=False, runs=4, max_steps=400)),
    "tune": tuned,
    **{f"dynamics-{name}": partial(formula, dynamics=name) for name in sorted(DYNAMICS)},
    **{f"stepper-{name}": partial(formula, stepper=name) for name in sorted(STEPPERS)},
    **{f"system-{name}": partial(system, name) for name in SYSTEMS},
}


def main(settings: str, names: Sequence[str]) -> None:
    for name, value in json.loads(settings).items():
        if name == "jax_default_device" and isinstance(value, int):
            value = jax.devices()[value]
        jax.config.update(name, value)
    print(json.dumps({name: SOLVES[name]() for name in names or SOLVES}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
