"""Measure one example of the article with one method; run as a process by article.py.

Standard input: a job of ``sections`` with "seeds". Standard output: {"solved", "total",
"at_start" (solved by the random start itself), "steps" (their median), "compile", "solve",
"answer"} as JSON, or {"unavailable": why}.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import odesolve
from benchmarks.article.potentials import POTENTIALS, Potential
from odesolve.potentials import Points
from odesolve.problems.relations.solve import CircuitSettings, solve_circuit

Job = dict[str, Any]
Answer = dict[str, Any]

DESCENT_STEPS, DESCENT_DT = 100, 0.1
#: The article starts at random; its graph is coloured with dt 0.05 in at most this many steps.
COLORING_STEPS, COLORING_DT = 20_000, 0.05
ZERO = 1e-6


def of_run(run: odesolve.Result, answer: str = "") -> Answer:
    """What a batch of seeds did."""
    steps = run.runs.steps[run.runs.satisfied]
    return {
        "solved": len(steps),
        "total": len(run.runs),
        "at_start": int((steps == 0).sum()),
        "steps": float(np.median(steps)) if len(steps) else None,
        "compile": run.times.compile,
        "solve": run.times.solve,
        "answer": answer,
    }


def from_start(job: Job) -> Answer:
    """The article's descent from its own start: 100 steps of 0.1, or as many as the job says."""
    # The article's numbers are float64; rounding decides when a saddle is left.
    jax.config.update("jax_enable_x64", job["double"])
    dtype = jnp.float64 if job["double"] else jnp.float32
    steps = job.get("steps", DESCENT_STEPS)
    potential = POTENTIALS[job["potential"]]()
    system, dynamics = potential.system(), odesolve.Descent()
    stepper = odesolve.Euler(dt=DESCENT_DT)
    start = dynamics.start(
        system, system.hold(jnp.full((potential.variables, 1), potential.start, dtype))
    )

    def descended(state: odesolve.State) -> odesolve.State:
        def step(_: Any, state: odesolve.State) -> odesolve.State:
            return stepper.step(state, system, dynamics)[0]

        return jax.lax.fori_loop(0, steps, step, state)

    began = time.perf_counter()
    compiled = jax.jit(descended).lower(start).compile()
    ready = time.perf_counter()
    x = jax.block_until_ready(compiled(start)).x
    return {
        "solved": int(_holds(potential, system, x)),
        "total": 1,
        "at_start": 0,
        "steps": float(steps),
        "compile": ready - began,
        "solve": time.perf_counter() - ready,
        "answer": _shown([float(x[v, 0]) for v in _free(potential)]),
    }


def _holds(potential: Potential, system: odesolve.System, x: jax.Array) -> bool:
    if potential.continuous:
        return max(float(group.value(x).max()) for group in system.groups) < ZERO
    return int(system.violated(system.decode(x)).sum()) == 0


def _free(potential: Potential) -> list[int]:
    return [v for v in range(potential.variables) if v not in potential.fixed]


def _shown(numbers: Sequence[float]) -> str:
    # Adding 0 turns -0 into 0.
    return f"[{', '.join(f'{round(number, 4) + 0.0:g}' for number in numbers)}]"


def from_random_starts(job: Job) -> Answer:
    """The same descent from random starts, decoded at every step."""
    potential = POTENTIALS[job["potential"]]()
    run = odesolve.solve(
        potential.system(), odesolve.Descent(), odesolve.Euler(dt=DESCENT_DT),
        runs=job["seeds"], all_runs=True, look_every=1, patience=None, max_steps=DESCENT_STEPS,
    )  # fmt: skip
    note = " (bits)" if potential.continuous else ""
    return of_run(run, _shown([float(run.assignment[v]) for v in _free(potential)]) + note)


def by_default(job: Job) -> Answer:
    """Our default for relations: their prime implicates under the rectified dynamics."""
    potential = POTENTIALS[job["potential"]]()
    options = {"runs": job["seeds"], "all_runs": True, "max_steps": 10_000, "time_limit": 60.0}
    settings = CircuitSettings(presolve=False, options=options)
    found = solve_circuit(potential.circuit(), potential.fixed, settings)
    note = " (bits)" if potential.continuous else ""
    first = next(found.assignments())
    bits = [float(first[v]) for v in _free(potential)]
    return of_run(found.run, _shown(bits) + note)


def coefficients(job: Job) -> Answer:
    """The Fourier expansion, in the encoding in which the table is written."""
    table = np.array(job["table"])
    transform = (
        odesolve.walsh_coefficients if (table < 0).any() else odesolve.multilinear_coefficients
    )
    return {"answer": _shown(transform(table).tolist())}


def coloring(job: Job) -> Answer:
    """The graph of 10 nodes."""
    from benchmarks.coloring.instances import read_article_graph

    graph = read_article_graph()
    choices: Job = {"max_steps": 200_000, "time_limit": 120.0}
    if job.get("published"):
        choices = {
            "encoding": "modular", "dynamics": "article", "stepper": "euler",
            "parameters": {"dt": COLORING_DT}, "patience": None, "look_every": 1,
            "max_steps": COLORING_STEPS,
        }  # fmt: skip
    edges = np.asarray(graph.edges)
    result = odesolve.color(edges, 3, presolve=False, runs=job["seeds"], all_runs=True, **choices)
    colors = [result.coloring[node] for node in sorted(result.coloring)]
    proper = all(result.coloring[int(a)] != result.coloring[int(b)] for a, b in edges)
    if result.satisfied and not proper:
        raise AssertionError("the colouring is not proper")
    return of_run(result.run, "".join(map(str, colors)) if result.satisfied else "")


def arithmetic_choices(job: Job, runs: int, seed: int = 0) -> Job:
    """Keywords of ``odesolve.add`` and ``odesolve.multiply``."""
    options = job["options"] | {"runs": runs, "all_runs": True, "seed": seed}
    choices: Job = {"bits": job["bits"], "presolve": False, "options": options}
    if job.get("linear"):
        choices["linear"] = True
    if job.get("published"):
        choices |= {"form": odesolve.Form("relation"), "dynamics": "article"}
    return choices


def arithmetic(job: Job) -> Answer:
    """One query, many seeds."""
    add = job["operation"] == "add"
    solve = odesolve.add if add else odesolve.multiply
    try:
        result = solve(*job["numbers"], **arithmetic_choices(job, job["seeds"]))
    except NotImplementedError:
        return {"unavailable": "not available"}
    return of_run(result.run, _equation(result, add))


def _equation(result: odesolve.ArithmeticResult, add: bool) -> str:
    """The first answer, checked here once more."""
    if not result.solutions:
        return ""
    a, b, c = result.solutions[0].values()
    if c != (a + b if add else a * b):
        raise AssertionError(f"wrong: {a}, {b}, {c}")
    return f"{a} {'+' if add else 'x'} {b} = {c}"


def linear_addition(job: Job) -> Answer:
    """The article's own attempt: one squared linear equality and V1 for every bit."""
    bits = job["bits"]
    places = [2**i for i in range(bits + 1)]
    weights = [*places[:bits], *places[:bits], *(-place for place in places)]
    count = len(weights)
    equality = odesolve.Linear([list(range(count))], [weights], [0])
    largest = max(2 * (2**bits - 1), 2 ** (bits + 1) - 1)
    undone = odesolve.Weighted(equality, largest**2 / float(np.square(weights).sum()))
    discrete = Points.from_points([[v] for v in range(count)], [(0,), (1,)])
    operands = (range(bits), range(bits, 2 * bits), range(2 * bits, count))
    fixed = {
        variable: number >> place & 1
        for number, variables in zip(job["numbers"], operands, strict=True)
        if number is not None
        for place, variable in enumerate(variables)
    }
    domains = [(odesolve.Box(), count)]
    system = odesolve.compile_system(domains, [undone, discrete], fixed=fixed)
    options = job["options"] | {"runs": job["seeds"], "all_runs": True}
    run = odesolve.solve(system, odesolve.Article(), odesolve.Euler(dt=0.1), **options)
    return of_run(run)


def pairs(job: Job) -> Answer:
    """Many multiplications forward, one seed each: equal shapes share one compilation."""
    steps, compile_seconds, solve_seconds = [], [], []
    for seed, (a, b) in enumerate(job["pairs"]):
        result = odesolve.multiply(a, b, None, **arithmetic_choices(job, 1, seed))
        compile_seconds.append(result.run.times.compile)
        solve_seconds.append(result.run.times.solve)
        if result.satisfied:
            _equation(result, add=False)
            steps.append(result.run.steps)
    return {
        "solved": len(steps),
        "total": len(job["pairs"]),
        "at_start": sum(n == 0 for n in steps),
        "steps": statistics.median(steps) if steps else None,
        "compile": max(compile_seconds),
        "solve": sum(solve_seconds),
        "answer": "",
    }


def factor(job: Job) -> Answer:
    """The whole factorization with as many seeds, one after the other."""
    results = [odesolve.factor(job["number"], seed=s, max_steps=1000) for s in range(job["seeds"])]
    solved = [result for result in results if result.satisfied]
    steps = [sum(record.steps for record in result.splits) for result in solved]
    return {
        "solved": len(solved),
        "total": len(results),
        "at_start": sum(n == 0 for n in steps),
        "steps": statistics.median(steps) if steps else None,
        "compile": max(result.times.compile for result in results),
        "solve": sum(result.times.solve for result in results),
        "answer": str(solved[0]) if solved else "",
    }


KINDS: dict[str, Callable[[Job], Answer]] = {
    "start": from_start,
    "descent": from_random_starts,
    "relations": by_default,
    "coefficients": coefficients,
    "coloring": coloring,
    "arithmetic": arithmetic,
    "linear addition": linear_addition,
    "pairs": pairs,
    "factor": factor,
}


def main() -> None:
    """Measure the job on standard input."""
    job = json.load(sys.stdin)
    json.dump(KINDS[job["kind"]](job), sys.stdout)


if __name__ == "__main__":
    main()
