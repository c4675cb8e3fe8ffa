"""Functions that are kept in files: found again, refused when damaged, odesolve's own alone."""

import json
import os
import subprocess
import sys

SCRIPT = """
import json, os, sys
from pathlib import Path
import jax
import numpy as np
import odesolve as ode
from odesolve import compiled_functions
from odesolve.dynamics.base import pytree

def own(sign):
    @pytree
    class Own(ode.Descent):
        def start(self, system, x):
            return super().start(system, sign * abs(x))

    return Own()

folder = Path(os.environ["JAX_COMPILATION_CACHE_DIR"]) / "functions"
ode.use_compilation_cache()
traced = []
jax.monitoring.register_event_duration_secs_listener(
    lambda name, seconds, **_: traced.append(name) if "jaxpr_to_mlir" in name else None
)

def solved(dynamics, seed=0, bits=9, steps=5, kept=False):
    if not kept:
        compiled_functions._kept.clear()
        jax.clear_caches()
    traced.clear()
    random = np.random.default_rng(1)
    scopes = [random.choice(bits, 3, replace=False) for _ in range(3 * bits)]
    clauses = ode.Or(scopes, random.choice([-1, 1], (3 * bits, 3)))
    system = ode.compile_system([(ode.Box(-1, 1), bits)], clauses)
    options = {"runs": 2, "seed": seed, "max_steps": steps, "all_runs": True}
    result = ode.solve(system, dynamics, ode.Euler(), **options)
    told = [result.compiled.hits, result.compiled.misses, len(traced), result.assignment.tolist()]
    return [*told, len(list(folder.glob("*")))]

found = {"first": solved(ode.Descent()), "again": solved(ode.Descent())}
found["another size"] = solved(ode.Descent(), bits=8)
found["is root"] = os.getuid() == 0
if found["is root"]:
    for path in folder.glob("*"):
        os.chown(path, 1, -1)
    found["of another user"] = solved(ode.Descent())
    for path in folder.glob("*"):
        os.chown(path, 0, -1)
for path in folder.glob("*"):
    path.write_bytes(path.read_bytes()[:-9])
found["damaged"] = solved(ode.Descent())
found["own"] = solved(own(1.0), steps=0)
found["of one name"] = solved(own(-1.0), steps=0, kept=True)
with jax.numpy_dtype_promotion("strict"):
    found["another setting"] = solved(ode.Descent())
found["left"] = [path.name for path in folder.glob("tmp*")]
print(json.dumps(found))
"""


def test_functions_are_found_in_files_without_tracing(tmp_path) -> None:
    variables = {**os.environ, "JAX_COMPILATION_CACHE_DIR": str(tmp_path), "ODESOLVE_CACHE": "on"}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=variables, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    hits, misses, traced, assignment, files = found["first"]
    assert (hits, misses, files) == (0, 2, 2)
    assert traced == 2
    assert found["again"] == [2, 0, 0, assignment, 2]
    assert found["another size"][:3] == [2, 0, 0]
    # JAX's own cache still has them, once they are traced.
    assert found["damaged"] == [2, 0, 2, assignment, 2]
    if found["is root"]:
        assert found["of another user"] == [2, 0, 2, assignment, 2]
    # What is not odesolve's is kept in no file, and another class of the same name is another one.
    ones = [1] * 9
    assert found["own"][2:] == [2, ones, 2]
    assert found["of one name"][2:] == [2, [1 - one for one in ones], 2]
    assert found["another setting"][2] == 2
    assert found["another setting"][3] == assignment
    assert found["left"] == []
