"""Colour one graph with another solver; run as a process by solvers.py.

Standard input: {"solver", "nodes", "edges", "colors", "limit"} as JSON. Standard output:
{"status", "coloring" (null if none was found), "seconds", "lower_bound" (null if none is proved)}.
The time includes building the model and ends with the colouring; starting Python and importing the
solver is not counted. A signal ends the process one second after the limit: CaDiCaL has no limit of
its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from benchmarks.peer_solvers import timed

Job = dict[str, Any]
#: A status, a colouring if one was found, and of the fewest colours a proved lower bound.
Answer = tuple[str, list[int] | None] | tuple[str, list[int] | None, int]


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
        return "greedy", [found[node] for node in range(job["nodes"])]

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
                return "unsatisfiable", None
            true = {literal for literal in solver.get_model() if literal > 0}
        bits = ([node * q + color + 1 in true for color in range(q)] for node in range(nodes))
        return "satisfied", [row.index(True) for row in bits]

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
            return solver.status_name(status).lower(), None
        return "satisfied", [[solver.value(bit) for bit in row].index(1) for row in bits]

    return solve


def load_cp_sat_fewest() -> Callable[[Job], Answer]:
    """CP-SAT with two workers, as few colours as it can, from DSATUR's colouring."""
    from ortools.sat.python import cp_model

    dsatur = load_dsatur()

    def solve(job: Job) -> Answer:
        began = time.perf_counter()
        nodes, edges = job["nodes"], job["edges"]
        _, greedy = dsatur(job)
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
            return "greedy", greedy, bound
        return "greedy", [[solver.value(bit) for bit in row].index(1) for row in bits], bound

    return solve


LOADERS = {
    "dsatur": load_dsatur,
    "cadical": load_cadical,
    "cp-sat": load_cp_sat,
    "cp-sat-fewest": load_cp_sat_fewest,
}


def main() -> None:
    """Solve the job on standard input."""
    job = json.load(sys.stdin)
    solve = LOADERS[job["solver"]]()
    (status, coloring, *bound), seconds = timed(lambda: solve(job), job["limit"])
    answer = {"status": status, "coloring": coloring, "seconds": seconds}
    json.dump(answer | {"lower_bound": bound[0] if bound else None}, sys.stdout)


if __name__ == "__main__":
    main()
