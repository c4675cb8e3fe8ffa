"""Colour one graph with another solver; run as a process by solvers.py.

Standard input: {"solver", "nodes", "edges", "colors", "limit", "seed"} as JSON; those that draw
nothing leave the seed alone. Standard output: {"status", "coloring" (null if none was found),
"seconds", "lower_bound" (null if none is proved), "steps" (null if they are not counted)}. The time
includes building the model and ends with the colouring; starting Python, importing the solver and
compiling it is not counted. A signal ends the process one second after the limit: CaDiCaL has no
limit of its own.

With words instead, SOLVER FILE COLORS SEED LIMIT, it is a command for studies, and the answer has
"solution" and "found_after" besides.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.coloring.instances import Instance, read_dimacs
from benchmarks.peer_solvers import timed

Job = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a solver says.

    Attributes:
        coloring: None if none was found.
        lower_bound: of the fewest colours, if that was proved.
        steps: of a local search.
    """

    status: str
    coloring: list[int] | None = None
    lower_bound: int | None = None
    steps: int | None = None


def clique(nodes: int, edges: Iterable[tuple[int, int]], most: int) -> list[int]:
    """A clique of at most ``most`` nodes, greedily by degree: its colours break the symmetry."""
    neighbours: list[set[int]] = [set() for _ in range(nodes)]
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    if not nodes:
        return []
    members = [max(range(nodes), key=lambda node: len(neighbours[node]))]
    common = neighbours[members[0]]
    while common and len(members) < most:
        members.append(max(common, key=lambda node: len(neighbours[node])))
        common = common & neighbours[members[-1]]
    return members


def load_dsatur() -> Callable[[Job], Answer]:
    """The greedy DSATUR of networkx: as many colours as it takes."""
    import networkx

    def solve(job: Job) -> Answer:
        graph = networkx.Graph()
        graph.add_nodes_from(range(job["nodes"]))
        graph.add_edges_from(job["edges"])
        found = networkx.greedy_color(graph, strategy="DSATUR")
        return Answer("greedy", [found[node] for node in range(job["nodes"])])

    return solve


def load_cadical() -> Callable[[Job], Answer]:
    """CaDiCaL on one bit for every node and colour."""
    from pysat.solvers import Cadical195

    def solve(job: Job) -> Answer:
        nodes, q = job["nodes"], job["colors"]
        with Cadical195() as solver:
            for node in range(nodes):
                solver.add_clause([node * q + color + 1 for color in range(q)])
            for a, b in job["edges"]:
                for color in range(q):
                    solver.add_clause([-(a * q + color + 1), -(b * q + color + 1)])
            for color, node in enumerate(clique(nodes, job["edges"], q)):
                solver.add_clause([node * q + color + 1])
            if not solver.solve():
                return Answer("unsatisfiable")
            true = {literal for literal in solver.get_model() if literal > 0}
        bits = ([node * q + color + 1 in true for color in range(q)] for node in range(nodes))
        return Answer("satisfied", [row.index(True) for row in bits])

    return solve


def load_cp_sat() -> Callable[[Job], Answer]:
    """CP-SAT with two workers on the same bits."""
    from ortools.sat.python import cp_model

    def solve(job: Job) -> Answer:
        began = time.perf_counter()
        nodes, q = job["nodes"], job["colors"]
        model = cp_model.CpModel()
        bits = [[model.new_bool_var("") for _ in range(q)] for _ in range(nodes)]
        for row in bits:
            model.add_exactly_one(row)
        for a, b in job["edges"]:
            for color in range(q):
                model.add_bool_or(bits[a][color].negated(), bits[b][color].negated())
        for color, node in enumerate(clique(nodes, job["edges"], q)):
            model.add(bits[node][color] == 1)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 2
        solver.parameters.max_time_in_seconds = max(
            job["limit"] - (time.perf_counter() - began), 0.01
        )
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer(solver.status_name(status).lower())
        found = [[solver.value(bit) for bit in row].index(1) for row in bits]
        return Answer("satisfied", found)

    return solve


def load_cp_sat_fewest() -> Callable[[Job], Answer]:
    """CP-SAT with two workers, as few colours as it can, from DSATUR's colouring."""
    from ortools.sat.python import cp_model

    dsatur = load_dsatur()

    def solve(job: Job) -> Answer:
        began = time.perf_counter()
        nodes, edges = job["nodes"], job["edges"]
        greedy = dsatur(job).coloring
        assert greedy is not None
        q = max(greedy, default=-1) + 1
        model = cp_model.CpModel()
        bits = [[model.new_bool_var("") for _ in range(q)] for _ in range(nodes)]
        used = [model.new_bool_var("") for _ in range(q)]
        for row, color in zip(bits, greedy, strict=True):
            model.add_exactly_one(row)
            for number, bit in enumerate(row):
                model.add_hint(bit, number == color)
                model.add_implication(bit, used[number])
        for first, second in pairwise(used):
            model.add_implication(second, first)
        for a, b in edges:
            for color in range(q):
                model.add_bool_or(bits[a][color].negated(), bits[b][color].negated())
        for color, node in enumerate(clique(nodes, edges, q)):
            model.add(bits[node][color] == 1)
        model.minimize(sum(used))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 2
        left = job["limit"] - (time.perf_counter() - began)
        solver.parameters.max_time_in_seconds = max(left, 0.01)
        status = solver.solve(model)
        bound = max(int(-(-solver.best_objective_bound // 1)), 0)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer("greedy", greedy, bound)
        found = [[solver.value(bit) for bit in row].index(1) for row in bits]
        return Answer("greedy", found, bound)

    return solve


def load_search(name: str) -> Callable[[Job], Answer]:
    """A local search of ``tabu``, which is compiled here."""
    from benchmarks.coloring.tabu import SEARCHES, Adjacency, warm_up

    warm_up()

    def solve(job: Job) -> Answer:
        edges = np.array(job["edges"], np.int64).reshape(-1, 2)
        graph = Adjacency.of(job["nodes"], edges)
        found = SEARCHES[name](graph, job["colors"], job["seed"], job["limit"])
        status = "unknown" if found.coloring is None else "satisfied"
        return Answer(status, found.coloring, steps=found.steps)

    return solve


def load_tabucol_fewest() -> Callable[[Job], Answer]:
    """TabuCol with a colour less than DSATUR, and one less again whenever it succeeds."""
    from benchmarks.coloring.tabu import Adjacency, tabucol, warm_up

    warm_up()
    dsatur = load_dsatur()

    def solve(job: Job) -> Answer:
        began = time.perf_counter()
        best, steps = dsatur(job).coloring, 0
        assert best is not None
        graph = Adjacency.of(job["nodes"], np.array(job["edges"], np.int64).reshape(-1, 2))
        while (fewer := max(best, default=-1)) > 0:
            left = job["limit"] - (time.perf_counter() - began)
            found = tabucol(graph, fewer, job["seed"], left)
            steps += found.steps
            if found.coloring is None:
                break
            best = found.coloring
        return Answer("greedy", best, steps=steps)

    return solve


LOADERS: dict[str, Callable[[], Callable[[Job], Answer]]] = {
    "dsatur": load_dsatur,
    "cadical": load_cadical,
    "cp-sat": load_cp_sat,
    "cp-sat-fewest": load_cp_sat_fewest,
    **{name: partial(load_search, name) for name in ("tabucol", "partialcol", "head")},
    "tabucol-fewest": load_tabucol_fewest,
}


def job_of(solver: str, graph: Instance, limit: float, seed: int = 0) -> Job:
    """What a solver is told on standard input."""
    job: Job = {"solver": solver, "nodes": graph.node_count, "edges": graph.edges.tolist()}
    return job | {"colors": graph.colors, "seed": seed, "limit": limit}


def job_of_words(solver: str, file: str, colors: str, seed: str, limit: str) -> Job:
    """The job that the words of a command line describe."""
    return job_of(solver, read_dimacs(Path(file), int(colors)), float(limit), int(seed))


def main() -> None:
    """Solve the job on standard input, or that of the command line."""
    words = sys.argv[1:]
    job = job_of_words(*words) if words else json.load(sys.stdin)
    solve = LOADERS[job["solver"]]()
    found, seconds = timed(lambda: solve(job), job["limit"])
    answer = asdict(found) | {"seconds": seconds}
    if words:
        answer |= {"solution": found.coloring, "found_after": seconds}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
