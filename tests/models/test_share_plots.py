"""Heat maps of shares: stored with names and values, drawn whole, and the same every time."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

import odesolve as ode
from odesolve.cli.main import run
from odesolve.trajectory import Trajectory

NAMES, VALUES = ("x", "a long name that must be cut", "$y$\n"), ([2, 3, 5], [-4, 0], range(40))


def trajectory_of(samples=30, runs=2, **changed):
    """Shares that decide within some steps, as if a solve had recorded them."""
    generator = np.random.default_rng(0)
    parts = []
    for values in VALUES:
        ending = generator.integers(len(values), size=runs)
        start = generator.dirichlet(np.ones(len(values)), runs).T
        end = np.arange(len(values))[:, None] == ending
        time = np.linspace(0, 1, samples)[:, None, None]
        parts.append((1 - time) * start + time * end)
    made = Trajectory(
        steps=np.arange(samples) * 5,
        time=np.cumsum(np.ones((samples, runs)), axis=0),
        violated=np.linspace(9, 0, samples)[:, None] * np.ones(runs),
        variables=np.concatenate(parts, axis=1).astype(np.float32),
        memories={"short": np.zeros((samples, 4, runs), np.float32)},
        number=np.array([7, 3])[:runs],
        solved_step=np.array([5 * samples - 5, -1])[:runs],
        width=1,
        names=NAMES,
        values=tuple(np.array(own) for own in VALUES),
    )
    return replace(made, **changed)


@pytest.fixture
def figures(monkeypatch):
    """The figures that are made, to look into."""
    made = []
    build = Figure.__init__

    def kept(self, *given, **options):
        made.append(self)
        build(self, *given, **options)

    monkeypatch.setattr(Figure, "__init__", kept)
    return made


def test_names_and_values_are_stored(tmp_path):
    trajectory = trajectory_of()
    trajectory.save(tmp_path / "trace.npz")
    again = Trajectory.load(tmp_path / "trace.npz")
    assert again.names == NAMES
    assert [own.tolist() for own in again.values] == [list(own) for own in VALUES]
    for name in NAMES:
        assert (again.shares(name) == trajectory.shares(name)).all()
    assert again.shares(NAMES[1]).shape == (30, 2, 2)
    with pytest.raises(ValueError, match="'z': its shares were not recorded"):
        again.shares("z")


@pytest.mark.parametrize("damaged", [
    {"names": np.arange(3)},
    {"names": np.array(["x", "y"])},
    {"value_counts": np.array([3, 2, 39])},
    {"value_counts": np.array([3, 2, -1])},
    {"value_counts": np.array([3.0, 2.0, 40.0])},
    {"values": np.array(["1"] * 45)},
    {"variables": np.zeros((30, 44, 2), np.float32)},
])  # fmt: skip
def test_damaged_names_are_refused(damaged, tmp_path):
    trajectory_of().save(tmp_path / "trace.npz")
    with np.load(tmp_path / "trace.npz") as stored:
        np.savez(tmp_path / "damaged.npz", **{**stored, **damaged})
    with pytest.raises(ValueError, match="not a trajectory"):
        Trajectory.load(tmp_path / "damaged.npz")


def test_each_variable_has_a_panel_with_its_values(tmp_path, figures):
    ode.plot_shares(tmp_path / "shares.png", trajectory_of())
    panels = figures[0].axes[:4]
    assert [panel.get_ylabel() for panel in panels[1:]] == ["x", "a long name tha…", "$y$\\n"]
    assert panels[0].get_title() == "run 7: solved at step 145"
    for panel, name, values in zip(panels[1:], NAMES, VALUES, strict=True):
        drawn = np.asarray(panel.collections[0].get_array())
        assert np.allclose(drawn, trajectory_of().shares(name)[:, :, 0].T)
        ticks = [text.get_text() for text in panel.get_yticklabels()]
        assert ticks == [str(n) for n in list(values)[:: -(-len(values) // 8)]]


def test_chosen_variables_and_runs(tmp_path, figures):
    trajectory = trajectory_of()
    ode.plot_shares(tmp_path / "shares.svg", trajectory, variables=["x"], run=1)
    panels = figures[0].axes
    assert panels[0].get_title() == "run 3: not solved"
    assert np.allclose(panels[1].collections[0].get_array(), trajectory.shares("x")[:, :, 1].T)


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_the_same_trajectory_gives_the_same_picture(suffix, tmp_path):
    for name in ("one", "two"):
        ode.plot_shares(tmp_path / f"{name}{suffix}", trajectory_of(), variables=["x"])
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_single_sample_is_drawn(tmp_path, figures):
    ode.plot_shares(tmp_path / "shares.png", trajectory_of(samples=1))
    assert figures[0].axes[1].collections[0].get_array().shape == (3, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"variables": ["z"]}, "'z': its shares were not recorded"),
        ({"variables": []}, "no variables to draw"),
        ({"run": 2}, "run 2: the trajectory has runs 0 to 1"),
        ({"path": "shares.bmp"}, "a picture is"),
        ({"trajectory": trajectory_of(names=(), values=())}, "not one of a model"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=said):
        ode.plot_shares(**{"path": "shares.png", "trajectory": trajectory_of(), **given})
    assert list(tmp_path.iterdir()) == []


def test_the_command_draws_what_was_stored(tmp_path, monkeypatch, figures):
    monkeypatch.chdir(tmp_path)
    trajectory_of().save("trace.npz")
    assert run(["plot", "trace.npz", "--run", "3", "-o", "shares.png"]) == 0
    assert figures[0].axes[0].get_title() == "run 3: not solved"
    assert figures[0].axes[1].get_ylabel() == "x"
    assert run(["plot", "trace.npz", "--run", "4", "-o", "shares.png"]) == 2


def test_a_trace_of_a_model_has_its_names(tmp_path, monkeypatch, figures):
    """Eight queens from a file; all that is recorded is drawn."""
    monkeypatch.chdir(tmp_path)
    lines = [f"var 1..8: q{row} :: output_var;" for row in range(8)]
    lines += [
        f"constraint int_lin_ne([1,-1],[q{a},q{b}],{slope * (b - a)});"
        for a, b in itertools.combinations(range(8), 2)
        for slope in (-1, 0, 1)
    ]
    (tmp_path / "queens.fzn").write_text("\n".join([*lines, "solve satisfy;\n"]), encoding="utf-8")
    assert run(["model", "queens.fzn", "--trace", "trace.npz", "-o", "answer.json", "-q"]) == 0
    trajectory = Trajectory.load("trace.npz")
    assert trajectory.names == tuple(f"q{row}" for row in range(7))  # of 60 shares
    answer = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    for name, values in zip(trajectory.names, trajectory.values, strict=True):
        assert answer[name] == values[trajectory.shares(name)[-1, :, 0].argmax()]
    assert run(["plot", "trace.npz", "-o", "shares.png"]) == 0
    assert [panel.get_ylabel() for panel in figures[-1].axes[1:8]] == list(trajectory.names)


def test_a_recorder_keeps_whole_variables():
    from odesolve.trajectory import VariableShares

    shares = [VariableShares(name, 7 * k, np.arange(4)) for k, name in enumerate("abc")]
    recorder = ode.Recorder(cells=9, every=3)
    fresh = recorder.fresh(shares)
    assert [own.name for own in fresh.shares] == ["a", "b"]
    assert (fresh.every, fresh.samples) == (3, [])
    assert recorder.shares == ()
