"""The article's graph of 10 nodes: batches of seeds, then every solver."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from benchmarks.coloring.families import HEADER, ColoringSettings, compare
from benchmarks.coloring.instances import Instance, coloring_of, read_article_graph, violated_edges
from benchmarks.processes import COLD, module_command, run_process
from benchmarks.report import Figure, Report, note

BATCH = "benchmarks.coloring.batch"
SEEDS, QUICK_SEEDS, PUBLISHED_STEPS = 1000, 50, 20_000
#: The article's section "Three Coloring".
PUBLISHED = {
    "encoding": "modular",
    "dynamics": "article",
    "stepper": "euler",
    "parameters": {
        "alpha": 5,
        "beta": 20,
        "gamma": 0.05,
        "delta": 0.2,
        "epsilon": 0.001,
        "zeta": 0.1,
        "dt": 0.05,
    },
    "patience": None,
    "max_steps": PUBLISHED_STEPS,
}


def run_article(report: Report, settings: ColoringSettings) -> None:
    """Both batches, then one solve by every solver."""
    graph = read_article_graph()
    seeds = QUICK_SEEDS if settings.quick else SEEDS
    report.write(f"## article: the article's graph, {graph.node_count} nodes, 3 colours\n")
    report.write(
        f"Each of {seeds} seeds is one run of a batch that lets every run finish; presolve is "
        "off, and decoded assignments are looked at after every step. As published: forward "
        f"Euler, dt 0.05, at most {PUBLISHED_STEPS:,} steps, no restarts; a run counts as solved "
        "when its decoded colouring is proper, not when every V < delta.\n"
    )
    limit = settings.limit_or(600.0)
    default = batch(graph, seeds, time_limit=limit, max_steps=200_000)
    published = batch(graph, seeds, time_limit=limit, **PUBLISHED)
    header = ("dynamics", "solved", "median steps", "90% steps", "max steps", "restarts", "s")
    rows = [cells("default", default), cells("article, modular, as published", published)]
    report.table(header, rows)
    limit = settings.limit_or(60.0)
    report.table(HEADER, [row.cells() for row in compare([graph], limit, limit)])
    report.figures(figures(default, published), settings.shortened)


def batch(graph: Instance, seeds: int, **options: Any) -> dict[str, Any]:
    """Let every seed finish; their table of runs, with a proper colouring or none."""
    job = {"edges": graph.edges.tolist(), "colors": graph.colors, "runs": seeds}
    job |= {"all_runs": True, "look_every": 1, "presolve": False, **options}
    command = module_command(BATCH)
    ran = run_process(command, limit=1200, text=json.dumps(job), variables=COLD)
    if ran.code != 0:
        raise RuntimeError(f"the batch failed:\n{ran.errors}")
    answer: dict[str, Any] = json.loads(ran.output)
    if answer["satisfied"]:
        coloring = coloring_of(graph, answer["coloring"])
        if violated_edges(graph, coloring, graph.colors) != 0:
            raise RuntimeError("odesolve returned a colouring that is not proper")
    answer["seconds"] = ran.seconds
    note(f"  {seeds} seeds, {options.get('dynamics', 'default')}: {ran.seconds:.1f} s")
    return answer


def solved_steps(answer: dict[str, Any]) -> np.ndarray:
    """Steps of the solved runs."""
    runs = answer["runs"]
    return np.array(
        [n for n, solved in zip(runs["steps"], runs["satisfied"], strict=True) if solved]
    )


def cells(name: str, answer: dict[str, Any]) -> list[str]:
    """A row of the batches' table; steps are those of the solved runs."""
    steps, runs = solved_steps(answer), answer["runs"]
    quantiles = [f"{np.quantile(steps, q):.0f}" if len(steps) else "" for q in (0.5, 0.9, 1.0)]
    solved = f"{len(steps)}/{len(runs['steps'])}"
    return [name, solved, *quantiles, str(sum(runs["restarts"])), f"{answer['seconds']:.1f}"]


def figures(default: dict[str, Any], published: dict[str, Any]) -> list[Figure]:
    """What the project asks of the article's graph."""
    steps, seeds = solved_steps(default), len(default["runs"]["steps"])
    median = float(np.median(steps)) if len(steps) else float("inf")
    fraction = len(solved_steps(published)) / seeds
    return [
        Figure("every seed solved (1000 of 1000)", f"{len(steps)} of {seeds}", len(steps) == seeds),
        Figure("median at most 300 steps", f"{median:.0f} steps", median <= 300),
        Figure(
            "as published, some seeds and not others", f"{fraction:.1%} solved", 0 < fraction < 1
        ),
    ]
