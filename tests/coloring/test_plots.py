"""Pictures of coloured graphs and of trajectories: whole, readable, and the same every time."""

import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

import odesolve
from odesolve.pictures import PALETTE, distinct_colors, luminance, save_picture
from odesolve.problems.coloring.files import check_output_path
from odesolve.problems.coloring.plot import VIOLATED, plot_coloring
from odesolve.problems.coloring.result import ColoringResult
from odesolve.problems.coloring.solve import color
from odesolve.problems.errors import InputError
from odesolve.problems.files import check_writable
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.graphs.layout import FORCE_LAYOUT_LIMIT, layout
from odesolve.results import Reason, Result, RunTable, Status, Times
from odesolve.trajectory import Recorder, Trajectory
from odesolve.trajectory_plot import plot_trajectory

MAGIC = {".png": b"\x89PNG\r\n", ".pdf": b"%PDF-", ".svg": b"<?xml"}
AUSTRALIA = [("WA", "NT"), ("WA", "SA"), ("NT", "SA"), ("NT", "Q"), ("SA", "Q"), ("$T$", "<&>")]


def result_of(graph, colors, color_count) -> ColoringResult:
    """A result with these colours, as if a solve had found them."""
    graph = graph_from(graph)
    colors = np.asarray(colors, dtype=np.int64)
    violated = sum(int(colors[a] == colors[b]) for a, b in graph.edges.tolist())
    none = np.zeros(0, np.int64)
    run = Result(
        status=Status.UNKNOWN if violated else Status.SATISFIED,
        reason=Reason.STEPS if violated else Reason.SOLVED,
        assignment=colors,
        solutions=colors[None, :],
        violated=violated,
        steps=0,
        runs=RunTable(none.astype(bool), none, none, none, none.astype(bool)),
        seed=0,
        dynamics="none",
        parameters={},
        device="none",
        times=Times(),
    )
    return ColoringResult(graph, colors, color_count, violated, 0, 0, (), run, "simplex")


def planted(nodes, edges, colors, seed=0) -> ColoringResult:
    """A random graph that these colours colour properly."""
    generator = np.random.default_rng(seed)
    values = generator.integers(colors, size=nodes)
    pairs = generator.integers(nodes, size=(6 * edges, 2))
    pairs = pairs[values[pairs[:, 0]] != values[pairs[:, 1]]][:edges]
    graph = nx.empty_graph(nodes)
    graph.add_edges_from(pairs.tolist())
    return result_of(graph, values, colors)


COLORINGS = {
    "10 nodes": lambda: planted(10, 19, 3),
    "500 nodes": lambda: planted(500, 1100, 3),
    "disconnected": lambda: result_of(
        nx.disjoint_union_all([nx.cycle_graph(6), nx.path_graph(2), nx.empty_graph(30)]),
        [0, 1] * 19,
        2,
    ),
    "single node": lambda: result_of(nx.empty_graph(1), [2], 3),
    "no edges": lambda: result_of(nx.empty_graph(20), [0, 1] * 10, 4),
    "unsatisfied": lambda: result_of(nx.complete_graph(4), [0, 1, 2, 2], 3),
    "15 colours": lambda: planted(60, 700, 15),
    "long names": lambda: result_of([("a" * 20, "b" * 300), ("日本\n語", "$x_")], [0, 1] * 2, 2),
    "star": lambda: result_of(nx.star_graph(200), [0] + [1] * 200, 2),
    "no forces": lambda: planted(FORCE_LAYOUT_LIMIT + 1, 9000, 3),
}  # fmt: skip


def pixels(path) -> tuple[np.ndarray, np.ndarray]:
    """The distinct colours of a picture, and how many pixels have each."""
    picture = imread(path)[..., :3]
    assert min(picture.shape[:2]) >= 300
    assert max(picture.shape[:2]) <= 3000
    levels = np.rint(picture * 255).astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    found, counts = np.unique(levels, return_counts=True)
    return np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1) / 255, counts


def count_of(picture, hue, tolerance=0.005) -> int:
    """How many pixels of a picture have this colour, or one that is as near."""
    colors, counts = picture
    return int(counts[np.abs(colors - to_rgb(hue)).max(axis=1) < tolerance].sum())


def holds(picture, hue) -> bool:
    """Whether at least a small spot of the picture has exactly this colour."""
    return count_of(picture, hue) >= 5


#: Drawn by default; the others are slow.
QUICKLY_DRAWN = ("10 nodes", "disconnected", "single node", "unsatisfied", "long names")


@pytest.mark.parametrize(
    "name",
    [n if n in QUICKLY_DRAWN else pytest.param(n, marks=pytest.mark.slow) for n in COLORINGS],
)
def test_coloring_picture_shows_every_colour(name, tmp_path):
    result = COLORINGS[name]()
    plot_coloring(tmp_path / "a.png", result)
    picture = pixels(tmp_path / "a.png")
    used = np.unique(result.colors).tolist()
    hues = [PALETTE[one] for one in used] if used[-1] < len(PALETTE) else distinct_colors(len(used))
    assert [hue for hue in hues if not holds(picture, hue)] == []
    assert holds(picture, VIOLATED) == (result.violated > 0)


@pytest.mark.parametrize(
    "suffix", [".svg", *(pytest.param(s, marks=pytest.mark.slow) for s in (".png", ".pdf"))]
)
def test_kind_of_picture_follows_the_extension(suffix, tmp_path):
    result = COLORINGS["10 nodes"]()
    for name in ("a", "b"):
        plot_coloring(tmp_path / f"{name}{suffix}", result)
        plot_trajectory(tmp_path / f"{name}-run{suffix}", moving())
    for kind in ("", "-run"):
        first, second = ((tmp_path / f"{name}{kind}{suffix}").read_bytes() for name in "ab")
        assert first.startswith(MAGIC[suffix])
        assert first == second


def test_same_large_graph_gives_the_same_picture(tmp_path):
    for name in ("a.png", "b.png"):
        plot_coloring(tmp_path / name, COLORINGS["500 nodes"]())
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_svg_holds_names_and_title_as_text(tmp_path):
    result = color(AUSTRALIA, 3)
    plot_coloring(tmp_path / "a.svg", result)
    text = (tmp_path / "a.svg").read_text()
    for label in ("WA", "NT", "SA", "Q", "$T$", "&lt;&amp;&gt;"):
        assert f">{label}</text>" in text
    assert "satisfied: 6 nodes, 6 edges, 3 colours" in text


def test_unsatisfied_result_is_reported_in_the_title(tmp_path):
    plot_coloring(tmp_path / "a.svg", COLORINGS["unsatisfied"]())
    text = (tmp_path / "a.svg").read_text()
    assert "unknown: 4 nodes, 6 edges, 3 colours, 1 edge violated" in text


def test_names_that_do_not_fit_are_left_out(tmp_path):
    plot_coloring(tmp_path / "a.svg", COLORINGS["500 nodes"]())
    assert ">499</text>" not in (tmp_path / "a.svg").read_text()


def test_result_without_colours_is_refused(tmp_path):
    result = color(nx.complete_graph(4), 3)
    assert result.status == "infeasible"
    with pytest.raises(ValueError, match="no colouring"):
        plot_coloring(tmp_path / "a.png", result)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "graph",
    [
        nx.cycle_graph(9),
        nx.convert_node_labels_to_integers(nx.grid_2d_graph(15, 20)),
        nx.star_graph(180),
        nx.path_graph(400),
        nx.disjoint_union(nx.gnm_random_graph(200, 450, seed=1), nx.empty_graph(50)),
        nx.cycle_graph(FORCE_LAYOUT_LIMIT + 1),
    ],
    ids=str,
)
def test_layout_keeps_nodes_apart_on_a_bounded_sheet(graph):
    edges = np.array(graph.edges, dtype=np.int32)
    places = layout(len(graph), edges)
    assert places.shape == (len(graph), 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places.round(3), axis=0)) >= 0.99 * len(graph)
    assert np.prod(np.ptp(places, axis=0) + 1) < 4 * len(graph) + 40
    np.testing.assert_array_equal(places, layout(len(graph), edges))


def test_layout_puts_neighbours_nearer_than_others():
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(20, 20))
    places = layout(400, np.array(graph.edges))
    ends = places[np.array(graph.edges)]
    lengths = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    spread = np.linalg.norm(places[:200] - places[::-1][:200], axis=1)
    assert lengths.max() < 0.5 * np.median(spread)


@pytest.mark.parametrize("count", [1, 3, 10, 11, 15, 40])
def test_colours_are_distinct(count):
    hues = distinct_colors(count)
    assert len(set(hues)) == count
    assert all(0 <= luminance(hue) <= 1 for hue in hues)
    between = np.abs(np.array([to_rgb(a) for a in hues])[:, None] - [to_rgb(a) for a in hues])
    assert (between.max(axis=2) + np.eye(count)).min() > 0.05


def moving(samples=50, runs=3, width=3, names=("short", "long"), solved=(-1, 30, 20), seed=0):
    """A trajectory of random motion."""
    generator = np.random.default_rng(seed)
    shape = (samples, 9, runs)
    return Trajectory(
        steps=np.arange(samples) * 2,
        time=np.arange(samples)[:, None] * np.full(runs, 0.1),
        violated=generator.integers(0, 9, size=(samples, runs)).astype(np.float64),
        variables=generator.random(shape),
        memories={name: np.exp(6 * generator.random(shape)) for name in names},
        number=np.arange(runs),
        solved_step=np.array(solved[:runs]),
        width=width,
    )


def with_nan(trajectory: Trajectory) -> Trajectory:
    trajectory.violated[3:] = np.nan
    trajectory.variables[:, 0, :] = np.inf
    for values in trajectory.memories.values():
        values[5:] = np.nan
        values[0, 0, 0] = np.inf
    return trajectory


#: A trajectory, its number of panels, the run that is asked for, and what is said of the drawn one.
TRAJECTORIES = {
    "memories": (moving(), 4, None, "run 2: solved at step 20"),
    "no memories": (moving(names=()), 2, 0, "run 0: not solved"),
    "other names": (
        moving(names=("rigidity", "a", "$\\frac$")), 5, 1, "run 1: solved at step 30",
    ),
    "one sample": (moving(samples=1, runs=1), 4, None, "run 0: not solved"),
    "two samples": (moving(samples=2, width=1), 4, None, "run 2: solved at step 20"),
    "one cell for each variable": (
        moving(width=1, solved=(-1, -1, -1)), 4, None, "run 0: not solved",
    ),
    "wider than what was kept": (
        moving(width=12, solved=(5, -1, 0)), 4, None, "run 2: solved at step 0",
    ),
    "not finite": (with_nan(moving()), 4, None, "run 2: solved at step 20"),
    "never finite": (with_nan(moving(samples=1, runs=1)), 4, None, "run 0: not solved"),
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        own if number % 3 == 0 else pytest.param(own, marks=pytest.mark.slow)
        for number, own in enumerate(TRAJECTORIES)
    ],
)
def test_trajectory_picture_has_all_panels_and_names_its_run(name, tmp_path):
    trajectory, panels, run, title = TRAJECTORIES[name]
    plot_trajectory(tmp_path / "a.svg", trajectory, run)
    text = (tmp_path / "a.svg").read_text()
    assert sum(f'<g id="axes_{number}">' in text for number in range(1, 20)) == panels
    assert "violated clauses" in text
    assert "integrated time" in text
    assert all(f"{memory}" in text for memory in trajectory.memories)
    assert title in text


@pytest.mark.parametrize(
    "name",
    ["memories", *(pytest.param(n, marks=pytest.mark.slow) for n in ("one sample", "not finite"))],
)
def test_trajectory_picture_is_not_blank(name, tmp_path):
    plot_trajectory(tmp_path / "a.png", TRAJECTORIES[name][0])
    picture = pixels(tmp_path / "a.png")
    assert holds(picture, "white")
    assert count_of(picture, PALETTE[1], 0.1) > 20


@pytest.mark.parametrize("run", [-1, 3])
def test_unknown_run_is_refused(run, tmp_path):
    with pytest.raises(ValueError, match="runs 0 to 2"):
        plot_trajectory(tmp_path / "a.png", moving(), run)


def test_integrated_time_adds_up_over_restarts(tmp_path):
    trajectory = moving(samples=5, runs=1)
    trajectory.time[:, 0] = [0, 1, 2, 0.5, 1.5]
    plot_trajectory(tmp_path / "a.svg", trajectory)
    assert "integrated time of run 0: 3.5, 1 restart" in (tmp_path / "a.svg").read_text()


@pytest.mark.parametrize(("dynamics", "panels"), [("memcomputing", 4), ("descent", 2)])
def test_recorded_solve_is_drawn_after_loading(dynamics, panels, tmp_path):
    recorder = Recorder()
    options = {"dynamics": dynamics, "presolve": False, "runs": 4, "max_steps": 200}
    result = odesolve.color(nx.cycle_graph(5), 3, recorder=recorder, **options)
    assert result.satisfied
    recorder.trajectory(result.drawn_width).save(tmp_path / "a.npz")
    plot_trajectory(tmp_path / "a.svg", Trajectory.load(tmp_path / "a.npz"))
    text = (tmp_path / "a.svg").read_text()
    assert f"axes_{panels}" in text
    assert f"axes_{panels + 1}" not in text


def test_drawing_needs_neither_jax_nor_pyplot():
    program = """
import sys
import odesolve.trajectory_plot
assert "networkx" not in sys.modules
import odesolve.problems.coloring.plot
assert not {"jax", "matplotlib.pyplot"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_picture_of_unknown_kind_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match=r"\.png or \.pdf or \.svg"):
        save_picture(tmp_path / "a.txt", None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.txt", "unknown kind of output file; expected .png or .svg"),
        ("a", "unknown kind"),
        ("missing/a.png", "there is no folder"),
        ("file/a.png", "there is no folder"),
        ("folder.png", "cannot be written"),
        ("a" * 300 + ".png", "cannot be written"),
        ("a\0.png", "cannot be written"),
    ],
)
def test_output_is_refused_before_a_long_solve(name, message, tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught:
        check_writable(tmp_path / name, (".png", ".svg"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "check", [lambda path: check_writable(path, (".json",)), check_output_path]
)
def test_output_that_can_be_written_passes(check, tmp_path):
    check(tmp_path / "a.JSON")
    (tmp_path / "b.json").touch()
    check(tmp_path / "b.json")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["b.json"]
