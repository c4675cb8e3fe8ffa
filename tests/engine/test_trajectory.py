from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from odesolve.batch import random_starts
from odesolve.dynamics.descent import Descent
from odesolve.dynamics.memcomputing import Rectified
from odesolve.potentials import Different, Simplex, System, compile_system
from odesolve.solving import solve
from odesolve.steppers.euler import Euler
from odesolve.trajectory import MAXIMUM_SAMPLES, Recorder, Trajectory

RULE, STEPPER, RUNS = Rectified(), Euler(dt=0.1), 4
CLIQUE = [(a, b) for a in range(4) for b in range(a)]


def clique() -> System:
    """Never solved: one of its six edges is always violated."""
    return compile_system([(Simplex(3), 4)], [Different(CLIQUE)])


def record(recorder: Recorder, system: System | None = None, **options) -> Recorder:
    solve(system or clique(), RULE, STEPPER, runs=RUNS, recorder=recorder, **options)
    return recorder


def example() -> Trajectory:
    return record(Recorder(runs=2), max_steps=12).trajectory(width=3)


def test_samples_are_the_states_that_the_equations_give():
    system = clique()
    recorded = record(Recorder(runs=RUNS, cells=100, clauses=100), system, max_steps=8).trajectory()
    x = random_starts(system, 0, np.zeros(RUNS, int), np.ones(RUNS, bool))
    state = RULE.start(system, jnp.asarray(x))
    step = jax.jit(lambda state: STEPPER.step(state, system, RULE)[0])
    assert recorded.steps.tolist() == list(range(9))
    for i in range(9):
        np.testing.assert_allclose(recorded.variables[i], state.x, atol=1e-5)
        for name, (memory,) in state.memory.items():
            np.testing.assert_allclose(recorded.memories[name][i], memory, atol=1e-4)
        values = np.asarray(state.x).reshape(4, 3, RUNS).argmax(axis=1)
        equal = [sum(values[a, run] == values[b, run] for a, b in CLIQUE) for run in range(RUNS)]
        np.testing.assert_array_equal(recorded.violated[i], equal)
        np.testing.assert_allclose(recorded.time[i], 0.1 * i, rtol=1e-5)
        state = step(state)


def test_only_the_asked_part_is_kept():
    found = record(Recorder(runs=2, cells=5, clauses=3), max_steps=6).trajectory(width=3)
    assert found.variables.shape == (7, 5, 2)
    assert {name: m.shape for name, m in found.memories.items()} == {
        "short": (7, 3, 2),
        "long": (7, 3, 2),
    }
    assert found.solved_step.tolist() == [-1, -1]
    assert found.width == 3


def test_long_solves_are_thinned_to_a_bounded_number_of_samples():
    recorder = record(Recorder(runs=1, cells=3, clauses=1), max_steps=2 * MAXIMUM_SAMPLES + 300)
    found = recorder.trajectory()
    assert MAXIMUM_SAMPLES / 4 < len(found.steps) <= MAXIMUM_SAMPLES
    assert recorder.every == 4
    assert found.steps[0] == 0
    assert (np.diff(found.steps[:-1]) == 4).all()
    assert found.steps[-1] >= 2 * MAXIMUM_SAMPLES + 296


def test_recording_does_not_change_the_answer():
    generator = np.random.default_rng(1)
    pairs = [(a, b) for a in range(12) for b in range(a) if a % 3 != b % 3]
    edges = [pairs[i] for i in generator.permutation(len(pairs))[:24]]
    system = compile_system([(Simplex(3), 12)], [Different(edges)])
    for every in (1, 3, 1000):
        recorder = Recorder(every=every)
        alone = solve(system, RULE, STEPPER, runs=RUNS, seed=3)
        watched = solve(system, RULE, STEPPER, runs=RUNS, seed=3, recorder=recorder)
        assert watched.steps == alone.steps
        np.testing.assert_array_equal(watched.assignment, alone.assignment)
        # The moment of solving is told even where it falls between two samples.
        found = recorder.trajectory()
        expected = np.where(watched.runs.satisfied, watched.runs.steps, -1)
        np.testing.assert_array_equal(found.solved_step, expected[found.number])
        # The winner comes first.
        assert found.solved_step[0] == watched.steps


def test_dynamics_without_memories_are_recorded():
    recorder = Recorder()
    solve(clique(), Descent(), STEPPER, runs=RUNS, max_steps=3, recorder=recorder)
    assert recorder.trajectory().memories == {}


def test_states_that_are_not_finite_have_no_violated_clauses():
    # Several components, whose marks must not overflow when they are added.
    parts = [(a + shift, b + shift) for shift in (0, 4, 8, 12, 16) for a, b in CLIQUE]
    system = compile_system([(Simplex(3), 20)], [Different(parts)])
    recorder = Recorder()
    solve(system, RULE, Euler(dt=np.nan), runs=RUNS, max_steps=3, recorder=recorder)
    violated = recorder.trajectory().violated
    assert np.isfinite(violated[0]).all()
    assert np.isnan(violated[1:]).all()


def test_nothing_recorded_is_an_error():
    with pytest.raises(ValueError, match="nothing was recorded"):
        Recorder().trajectory()


# -------------------------------------------------------------------------------------- files


def test_a_saved_trajectory_comes_back(tmp_path):
    trajectory = example()
    path = tmp_path / "trace.of.a.solve"
    trajectory.save(path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    loaded = Trajectory.load(path)
    for name in ("steps", "time", "violated", "variables", "solved_step"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(trajectory, name))
    assert loaded.width == trajectory.width == 3
    assert loaded.memories.keys() == trajectory.memories.keys() == {"short", "long"}
    for name, memory in trajectory.memories.items():
        np.testing.assert_array_equal(loaded.memories[name], memory)


def changed(**changes):
    return lambda path: dataclasses.replace(example(), **changes).save(path)


def arrays(**changes):
    """A file whose arrays are whatever they are."""
    trajectory = example()
    parts = {f.name: getattr(trajectory, f.name) for f in dataclasses.fields(trajectory)}
    parts.pop("memories")
    parts |= changes
    kept = {name: value for name, value in parts.items() if value is not None}

    def write(path):
        with open(path, "wb") as file:
            np.savez(file, **kept)

    return write


def truncated(path):
    example().save(path)
    path.write_bytes(path.read_bytes()[:-100])


def damaged(path):
    example().save(path)
    content = bytearray(path.read_bytes())
    content[60:90] = bytes(30)
    path.write_bytes(content)


def pickled(path):
    with open(path, "wb") as file:
        np.savez(file, steps=np.array([{"a": 1}], dtype=object))


def plain_array(path):
    with open(path, "wb") as file:
        np.save(file, np.arange(5))


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("time,violated\n0,3\n"),
        lambda path: path.write_bytes(bytes(range(256))),
        truncated,
        damaged,
        pickled,
        plain_array,
        lambda path: arrays(time=None)(path),
        lambda path: arrays(steps=np.array(3))(path),
        lambda path: arrays(solved_step=np.array(3))(path),
        lambda path: arrays(steps=np.zeros((13, 2), int))(path),
        lambda path: arrays(steps=np.array(["a"] * 13))(path),
        lambda path: arrays(time=np.zeros((12, 2)))(path),
        lambda path: arrays(variables=np.zeros((13, 2)))(path),
        lambda path: arrays(variables=np.zeros((13, 4, 2, 1)))(path),
        lambda path: arrays(width=np.array([1, 2]))(path),
        lambda path: arrays(width=0)(path),
        lambda path: arrays(memory_long=np.zeros((13, 4, 3)))(path),
        lambda path: arrays(steps=np.zeros(0, int))(path),
        lambda path: arrays(energy=np.zeros((12, 2)))(path),
        lambda path: arrays(energy=np.zeros(13))(path),
        lambda path: arrays(energy=np.full((13, 2), "low"))(path),
    ],
)
def test_files_that_are_not_trajectories_are_refused(tmp_path, write):
    path = tmp_path / "bad.npz"
    write(path)
    with pytest.raises(ValueError, match="trajectory"):
        Trajectory.load(path)


def test_a_missing_file_is_an_operating_system_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Trajectory.load(tmp_path / "none.npz")
