"""As few colours as can be found: bounds, proofs, budgets and what is printed of them."""

from __future__ import annotations

import json
import signal
from itertools import combinations

import networkx
import numpy as np
import pytest
from coloring_oracle import equal_ends, some_coloring
from hypothesis import given, settings
from hypothesis import strategies as st

import odesolve as ode
from odesolve.budget import UNLIMITED, Budget
from odesolve.cli.main import run
from odesolve.interrupts import forget_interrupts, remember_interrupts
from odesolve.problems.coloring.exhaustion import colored_by_exhaustion
from odesolve.problems.coloring.greedy import greedy_coloring, without_gaps
from odesolve.problems.coloring.minimum import simple_bound, without_smallest_class
from odesolve.problems.coloring.presolve import unreduced
from odesolve.problems.coloring.proofs import Infeasible, large_clique
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.graphs.neighbours import Neighbours

BUDGET = {"runs": 16, "max_steps": 2000}
MYCIELSKI_5 = np.array([*networkx.mycielski_graph(5).edges], np.int32)
#: Chromatic number 4 where no clique says so, and DSATUR needs no more.
WHEEL = networkx.wheel_graph(6)


def chromatic_number(graph: networkx.Graph, fixed=None) -> int:
    numbers = {node: number for number, node in enumerate(graph)}
    edges = [(numbers[a], numbers[b]) for a, b in graph.edges if a != b]
    held = {numbers[node]: color for node, color in (fixed or {}).items()}
    least = max(held.values(), default=0) + 1
    counts = range(least, len(numbers) + least + 1)
    return next(q for q in counts if some_coloring(len(numbers), edges, q, held) is not None)


def no_hint(graph) -> np.ndarray:
    return np.full(graph.node_count, -1, np.int64)


def neighbours_of(graph) -> Neighbours:
    return Neighbours.from_edges(graph.node_count, graph.edges)


@st.composite
def graphs(draw) -> networkx.Graph:
    nodes = draw(st.integers(1, 9))
    graph = networkx.empty_graph(nodes)
    graph.add_edges_from(
        draw(st.lists(st.sampled_from([*combinations(range(nodes), 2)] or [(0, 0)])))
    )
    graph.remove_edges_from(list(networkx.selfloop_edges(graph)))
    return graph


@given(graphs(), st.data())
def test_bounds_hold_and_greedy_colourings_are_proper(graph, data):
    fixed = {}
    if data.draw(st.booleans()):
        node = data.draw(st.sampled_from([*graph]))
        fixed[node] = data.draw(st.integers(0, 4))
    least = chromatic_number(graph, fixed)
    whole = graph_from(graph)
    bound, clique = simple_bound(whole, fixed), large_clique(neighbours_of(whole))
    colors = greedy_coloring(neighbours_of(whole), fixed, no_hint(whole))
    assert max(bound.colors, len(clique)) <= least <= colors.max() + 1
    assert equal_ends(graph.edges, colors) == 0
    assert all(colors[node] == color for node, color in fixed.items())
    if not fixed:
        for nodes in (bound.nodes, clique):
            assert all(graph.has_edge(a, b) for a, b in combinations(nodes, 2))
        assert len(bound.nodes) == bound.colors


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.data())
def test_classes_are_renumbered_not_mixed(colors, data):
    colors = np.array(colors)
    node = data.draw(st.integers(0, len(colors) - 1))
    fixed = data.draw(st.sampled_from([{}, {node: int(colors[node])}]))
    compact = without_gaps(colors, fixed)
    together = [(a, b) for a, b in combinations(range(len(colors)), 2)]
    assert all((compact[a] == compact[b]) == (colors[a] == colors[b]) for a, b in together)
    assert all(compact[n] == color for n, color in fixed.items())
    if not fixed:
        assert set(compact) == set(range(len(set(colors))))
        fewer = without_smallest_class(compact, {})
        sizes = np.bincount(compact)
        assert (fewer < 0).sum() == sizes.min()
        assert fewer.max() == len(sizes) - 2
        kept = fewer >= 0
        assert all(
            (fewer[a] == fewer[b]) == (compact[a] == compact[b])
            for a, b in together if kept[a] and kept[b]
        )  # fmt: skip


CASES = {
    "one node": networkx.empty_graph(1),
    "no edges": networkx.empty_graph(5),
    "tree": networkx.balanced_tree(2, 3),
    "even cycle": networkx.cycle_graph(8),
    "odd cycle": networkx.cycle_graph(7),
    "clique": networkx.complete_graph(6),
    "petersen": networkx.petersen_graph(),
    "mycielski": networkx.mycielski_graph(4),
    "wheel": WHEEL,
    "two parts": networkx.disjoint_union(networkx.complete_graph(4), networkx.cycle_graph(5)),
    "random": networkx.gnp_random_graph(24, 0.5, seed=1),
}


@pytest.mark.parametrize("name", CASES)
def test_the_fewest_colours_are_found(name):
    graph = CASES[name]
    seen = []
    result = ode.color(graph, "min", improved=seen.append, **BUDGET)
    least = chromatic_number(graph)
    assert result.status == "satisfied"
    assert result.color_count == least == max(result.coloring.values()) + 1
    assert equal_ends(graph.edges, result.coloring) == 0
    assert result.lower_bound <= least
    assert result.proved_fewest == (result.run.reason == "solved")
    counts = [better.color_count for better in seen]
    assert counts == sorted(set(counts), reverse=True)
    assert counts[-1] == least
    if name not in ("wheel", "mycielski", "random"):
        assert result.proved_fewest


def test_a_colouring_that_dsatur_misses_is_found_by_the_dynamics():
    graph = networkx.gnp_random_graph(32, 0.5, seed=2)
    whole = graph_from(graph)
    greedy = greedy_coloring(neighbours_of(whole), {}, no_hint(whole)).max() + 1
    # Without presolve nothing is tried but by the dynamics.
    result = ode.color(graph, "min", presolve=False, **BUDGET)
    assert result.color_count < greedy
    assert equal_ends(graph.edges, result.coloring) == 0
    assert (result.run.reason, result.run.satisfied) == ("steps", True)


def test_a_hint_is_the_first_colouring():
    graph = networkx.gnp_random_graph(60, 0.5, seed=4)
    best = ode.color(graph, "min", **BUDGET)
    seen = []
    ode.color(graph, "min", hint=best.coloring, improved=seen.append, runs=16, max_steps=0)
    assert seen[0].color_count == best.color_count
    wrong = dict.fromkeys(graph, 0)
    ode.color(graph, "min", hint=wrong, improved=seen.append, runs=16, max_steps=0)
    assert equal_ends(graph.edges, seen[-1].coloring) == 0


@pytest.mark.parametrize("encoding", ["simplex", "onehot", "modular"])
def test_runs_begin_near_the_hint(encoding):
    graph = networkx.petersen_graph()
    hint = ode.color(graph, 3, presolve=False, **BUDGET).coloring
    result = ode.color(
        graph, 3, hint=hint, encoding=encoding, presolve=False, runs=2, max_steps=20, patience=20
    )
    assert result.satisfied
    if encoding != "modular":
        assert result.coloring == hint


def test_fixed_colours_are_kept_and_bound_the_number():
    result = ode.color(networkx.path_graph(4), "min", precoloring={0: 3, 3: 1}, **BUDGET)
    assert (result.coloring[0], result.coloring[3]) == (3, 1)
    assert (result.color_count, result.lower_bound, result.proof) == (4, 4, (0,))
    assert "fixed to colour 3" in result.notes[-1]


def test_fixed_neighbours_of_one_colour_are_refused():
    with pytest.raises(ode.InputError, match="fixed to one colour"):
        ode.color([(0, 1)], "min", precoloring={0: 0, 1: 0})


@pytest.mark.parametrize("refused", [{"all_runs": True}, {"recorder": ode.Recorder()}])
def test_what_needs_one_number_of_colours_is_refused(refused):
    with pytest.raises(ode.InputError):
        ode.color([(0, 1)], "min", **refused)


def test_a_spent_time_limit_still_gives_the_greedy_colouring():
    result = ode.color(WHEEL, "min", time_limit=0)
    assert (result.status, result.run.reason) == ("satisfied", "time")
    assert equal_ends(WHEEL.edges, result.coloring) == 0
    assert result.lower_bound == 3


@settings(max_examples=200)
@given(graphs(), st.integers(1, 4), st.data())
def test_trying_all_colourings_decides_small_graphs(graph, colors, data):
    fixed = data.draw(st.sampled_from([{}, {0: colors - 1}]))
    whole = graph_from(graph)
    edges = whole.edges.tolist()
    reduced = unreduced(whole.node_count, whole.edges, fixed)
    feasible = some_coloring(whole.node_count, edges, colors, fixed) is not None
    try:
        found = colored_by_exhaustion(reduced, colors)
    except Infeasible as proof:
        assert not feasible
        # The nodes that are named prove it by themselves.
        inside = [(a, b) for a, b in edges if a in proof.nodes and b in proof.nodes]
        held = {node: color for node, color in fixed.items() if node in proof.nodes}
        assert some_coloring(whole.node_count, inside, colors, held) is None
        return
    assert feasible
    assert found.max() < colors
    assert equal_ends(edges, found) == 0
    assert all(found[node] == color for node, color in fixed.items())


def test_trying_all_colourings_ends_with_its_budget():
    edges = np.array([*networkx.mycielski_graph(6).edges], np.int32)
    with pytest.raises(Infeasible):
        colored_by_exhaustion(unreduced(23, MYCIELSKI_5, {}), 4)
    assert colored_by_exhaustion(unreduced(47, edges, {}), 5, Budget(0.0)) is None


def test_fewer_colours_are_proved_impossible_by_a_part_of_the_graph():
    graph = networkx.disjoint_union(WHEEL, networkx.gnp_random_graph(20, 0.2, seed=3))
    result = ode.color(graph, "min", **BUDGET)
    assert (result.color_count, result.lower_bound, result.run.reason) == (4, 4, "solved")
    assert set(result.proof) <= set(WHEEL)
    assert "with 3 colours were tried" in result.notes[-1]


def hub_graph(hubs: int, rim: int) -> networkx.Graph:
    """A cycle, and hubs that see all of it."""
    graph = networkx.cycle_graph(rim)
    graph.add_edges_from((rim + hub, node) for hub in range(hubs) for node in range(rim))
    return graph


@pytest.mark.parametrize("budget", [Budget(0.0), UNLIMITED.until(lambda: True)])
def test_the_first_colouring_and_the_bound_end_with_the_budget(budget):
    graph = hub_graph(3, 20)
    whole = graph_from(graph)
    around = neighbours_of(whole)
    hint = np.arange(whole.node_count)
    for near in (no_hint(whole), hint):
        colors = greedy_coloring(around, {2: 9}, near, budget)
        assert (equal_ends(whole.edges.tolist(), colors), colors[2]) == (0, 9)
        assert colors.max() == 9
    assert large_clique(around, budget) == []
    assert len(large_clique(around)) == 3


def test_part_of_a_hint_is_completed_and_used():
    graph = networkx.gnp_random_graph(60, 0.5, seed=4)
    whole = graph_from(graph)
    around = neighbours_of(whole)
    best = np.array([*ode.color(graph, "min", **BUDGET).coloring.values()])
    greedy = greedy_coloring(around, {}, no_hint(whole)).max()
    assert best.max() < greedy
    half = np.where(np.arange(60) < 57, best, -1)
    moved = np.where(half >= 0, 1000 * half + 1, -1)  # from 1, and with gaps
    clash = half.copy()
    clash[0] = clash[next(iter(graph[0]))]
    for hint in (half, moved, clash):
        begun = greedy_coloring(around, {}, hint)
        assert equal_ends(whole.edges.tolist(), begun) == 0
        assert begun.max() < greedy
    seen = []
    hint = {node: color + 1 for node, color in enumerate(best.tolist())}
    ode.color(graph, "min", hint=hint, improved=seen.append, runs=16, max_steps=0)
    assert seen[0].color_count == best.max() + 1


@pytest.mark.parametrize("when", ["at once", "after the first"])
def test_an_interrupt_gives_the_best_so_far(when):
    graph = networkx.gnp_random_graph(60, 0.5, seed=4)

    def press(result) -> None:
        signal.raise_signal(signal.SIGINT)

    if when == "at once":
        remember_interrupts()
        with pytest.raises(KeyboardInterrupt):
            press(None)
    try:
        result = ode.color(graph, "min", improved=press if when != "at once" else None, **BUDGET)
    finally:
        forget_interrupts()
    assert (result.status, result.run.reason) == ("satisfied", "interrupted")
    assert equal_ends(graph.edges, result.coloring) == 0
    assert not result.run.dynamics_ran


# -------------------------------------------------------------------------------- the command line


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "wheel.json"
    path.write_text(json.dumps({"edges": [list(edge) for edge in WHEEL.edges]}))
    return str(path)


def test_the_command_prints_each_better_colouring_and_the_bound(wheel, capsys):
    assert (
        run(
            [
                "color",
                wheel,
                "--colors",
                "min",
                "--max-steps",
                "50",
                "--runs",
                "16",
                "--no-presolve",
            ]
        )
        == 0
    )
    output = capsys.readouterr().out.splitlines()
    assert output[0].startswith("4 colours after ")
    assert output[1] == "satisfied: 6 nodes, 10 edges, 4 colours"
    assert output[2].startswith("  at least 3 colours are needed: they form a clique of 3: 0, ")
    assert output[3] == "  the step budget is spent; fewer colours may do"


def test_the_command_says_when_fewer_are_proved_not_to_do(tmp_path, capsys):
    path = tmp_path / "clique.json"
    path.write_text(json.dumps({"edges": [*combinations(range(4), 2)]}))
    assert run(["color", str(path), "--colors", "min"]) == 0
    assert "fewer than 4 colours do not do: they form a clique of 4: 0, 1, 2, 3" in (
        capsys.readouterr().out
    )


def test_the_command_says_that_all_colourings_were_tried(wheel, capsys):
    assert run(["color", wheel, "--colors", "min", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["colors"], answer["lower_bound"], answer["reason"]) == (4, 4, "solved")
    assert sorted(answer["proof"]) == [*"012345"]
    assert answer["notes"][-1] == (
        "fewer than 4 colours do not do: all ways to colour these 6 with 3 colours were tried"
    )


def test_json_has_the_colours_and_the_bound(wheel, tmp_path, capsys):
    out = tmp_path / "out.json"
    arguments = ["color", wheel, "--colors", "min", "--max-steps", "50", "--json", "-o", str(out)]
    assert run([*arguments, "--runs", "16", "--no-presolve"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["colors"], answer["lower_bound"], answer["violated"]) == (4, 3, 0)
    assert answer["problem"]["colors"] == 4
    assert len(answer["proof"]) == 3
    coloring = json.loads(out.read_text())["coloring"]
    assert equal_ends([(str(a), str(b)) for a, b in WHEEL.edges], coloring) == 0

    assert run(["color", wheel, "--colors", "min", "--hint", str(out), "--time-limit", "0"]) == 0


@pytest.mark.parametrize(
    "options", [["--all-runs"], ["--trace", "t.npz"], ["--colors", "least"], ["--colors", "0"]]
)
def test_the_command_refuses_what_has_no_use(wheel, options, capsys):
    assert run(["color", wheel, "--colors", "min", *options]) == 2
    assert capsys.readouterr().err.startswith(("odesolve:", "Usage:"))
