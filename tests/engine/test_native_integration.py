"""Batches on the host: native steps and NumPy's looks come to what compiled functions come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from native_cases import CASES, clauses

import odesolve as ode
from odesolve.batch import Batch
from odesolve.integration import NativeIntegration
from odesolve.native.building import compiler
from odesolve.options import Options
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.device import on_device, on_host
from odesolve.potentials.goals import Goal, ProductGoal
from odesolve.results import Compiled
from odesolve.sharding import Shards
from odesolve.solving import padded_for

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C++ compiler")

#: Enough where compiling takes seconds.
ONE_A_KERNEL = ("surveys-widths", "memories-ball-plain", "colors-7")

CASE_NAMES = [
    pytest.param(name, marks=[] if name in ONE_A_KERNEL else pytest.mark.slow) for name in CASES
]


@pytest.fixture(autouse=True)
def uses_library(library: Path) -> None:
    """Every test has the library."""


def integration_of(name: str, runs: int, **options: object) -> tuple[NativeIntegration, Callable]:
    """What integrates a case, and where its runs begin: a function of a number."""
    system, dynamics, stepper = CASES[name](runs)
    whole = padded_for(system, dynamics, stepper)
    own = Options.of({"runs": runs, "all_runs": True, **options})

    def places(turn: int) -> np.ndarray:
        drawn = system.sample([np.random.default_rng((turn, run)) for run in range(runs)])
        return whole.starts(drawn)

    return NativeIntegration(whole.system, dynamics, stepper, own, Shards.of(None, runs)), places


def compile_function(integration: NativeIntegration, batch: Batch) -> Batch:
    """Has it go on with a compiled function."""
    integration.seconds = np.inf
    batch = integration.advanced(batch, int(batch.step) + 1)
    assert integration.work is not None
    integration.work.done.wait()
    return batch


@pytest.mark.parametrize("name", CASE_NAMES)
def test_a_compiled_function_goes_on_with_the_same_numbers(name):
    """Begun, restarted in part, and stopped between looks; compiled after some steps or never."""
    found = []
    for is_compiled in (False, True):
        integration, places = integration_of(name, 6)
        batch = integration.first(integration.empty(), lambda places=places: places(0))
        batch = integration.advanced(batch, 0)
        assert not batch.fresh
        if is_compiled:
            batch = compile_function(integration, batch)
        for turn, until in enumerate((1, 7, 10, 23)):
            batch = integration.advanced(batch, until)
            if turn == 1:
                chosen = np.arange(6) % 2 == 0
                batch = integration.begun(batch, places(1), chosen)
        assert isinstance(batch.state.x, jax.Array) is is_compiled
        integration.end()
        found.append(on_host(batch))
    jax.tree.map(np.testing.assert_array_equal, *found)
    assert found[0].step >= 5  # some are solved there
    assert found[0].restarts.tolist() == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name == "colors-7" else pytest.mark.slow) for name in CASES],
)
def test_looks_are_those_of_a_solve_by_jax(name, library, monkeypatch):
    """No step: what is seen of the starts does not depend on the kernels."""
    monkeypatch.setenv("ODESOLVE_NATIVE", str(library))
    system, dynamics, stepper = CASES[name](5)
    solve = {"runs": 5, "seed": 2, "max_steps": 0, "all_runs": True}
    native, by_jax = (
        ode.solve(system, dynamics, stepper, kernels=kernels, **solve)
        for kernels in ("native", "jax")
    )
    assert (native.kernels, by_jax.kernels) == ("native", "jax")
    assert native.runs.to_json() == by_jax.runs.to_json()
    assert native.assignment.tolist() == by_jax.assignment.tolist()


def parts_and_costs() -> ode.System:
    """Three parts, soft clauses in two of them, a fixed bit, widths that are treated apart."""
    found: list[ode.Clauses | ode.Soft] = []
    for part in range(3):
        for own in clauses(30, {1: 4, 3: 60, 9: 6}, part):
            moved = replace(own, scopes=own.scopes + 30 * part)
            found.append(ode.Soft(moved, np.arange(1, len(moved) + 1)) if part else moved)
    return ode.compile_system([(ode.Box(-1, 1), 90)], found, fixed={4: 1})


def colors() -> ode.System:
    """A circuit of five nodes, whose third may have two colours alone."""
    edges = ode.Different([[i, (i + 1) % 5] for i in range(5)])
    return ode.compile_system([(ode.Simplex(20), 5)], [edges], open_values={2: 2}, fixed={0: 3})


def product() -> ode.System:
    """Two numbers of three bits that multiply to 21; one bit is a constant, one negated."""
    goal = ProductGoal.of([1, (0, False), (1, True)], [(2, False), (3, False), (4, False)], 21)
    box = [(ode.Box(), 5)]
    return ode.compile_system(box, [ode.Or([[0, 1]], [[1, 1]])], goal=goal)


@pytest.mark.parametrize("make", [parts_and_costs, colors, product])
@pytest.mark.parametrize("runs", [1, 40])
def test_a_system_in_numpys_arrays_does_what_it_does_in_jaxs(make, runs):
    system = make()
    here = on_host(system)
    x = system.sample([np.random.default_rng((3, run)) for run in range(runs)])
    moved = (2.0 * x - 0.4).astype(np.float32)
    values = system.decode(on_device(x))
    pairs = [
        (here.decode(x), values),
        (here.rank(on_host(values)), system.rank(values)),
        (here.violated(on_host(values)), system.violated(values)),
        (here.hold(x), system.hold(on_device(x))),
    ]
    for own, expected in pairs:
        assert isinstance(own, np.ndarray)
        assert own.dtype == expected.dtype
        np.testing.assert_array_equal(own, expected)
    projected = here.project(moved)
    assert projected.dtype == np.float32
    np.testing.assert_allclose(projected, system.project(on_device(moved)), atol=1e-6)


def test_a_goal_is_reached_by_some():
    here = on_host(product())
    everything = np.array(np.meshgrid(*[[0, 1]] * 5, indexing="ij"), np.int32).reshape(5, -1)
    bits = everything.astype(int)
    first = 1 + 2 * bits[0] + 4 * (1 - bits[1])
    second = bits[2] + 2 * bits[3] + 4 * bits[4]
    reached = here.violated(everything)[0] == 0
    assert reached.tolist() == (first * second == 21).tolist()
    assert 0 < reached.sum() < len(reached)


def test_what_is_solved_at_once_compiles_nothing(library, monkeypatch):
    monkeypatch.setenv("ODESOLVE_NATIVE", str(library))
    system = ode.compile_system([(ode.Box(-1, 1), 40)], clauses(40, {3: 60}, 3))
    result = ode.solve(system, ode.Rectified(), ode.HeavyBall(), runs=4, max_steps=500)
    assert (result.kernels, result.satisfied) == ("native", True)
    assert result.compiled == Compiled()


@pytest.mark.parametrize("values", [(), (1.0,), (np.zeros(2), None)])
def test_the_namespace_is_numpys_without_an_array_of_jax(values):
    assert array_namespace(*values) is np
    assert array_namespace(*values, on_device(np.zeros(2))) is jax.numpy


def test_what_cannot_be_compiled_goes_on_on_the_host():
    integration, places = integration_of("surveys", 2)
    batch = integration.first(integration.empty(), lambda: places(0))
    assert integration.native is not None
    integration.native = replace(integration.native, target="nothing_of_this_name")
    batch = compile_function(integration, batch)
    batch = integration.advanced(batch, 20)
    assert batch.step == 20
    assert isinstance(batch.state.x, np.ndarray)


def test_nothing_is_compiled_after_the_end():
    integration, places = integration_of("memories-euler", 2)
    batch = integration.first(integration.empty(), lambda: places(0))
    integration.end()
    integration.seconds = np.inf
    integration.advanced(batch, 10)
    assert integration.work is None


@pytest.mark.parametrize(
    "number",
    [
        np.float64,
        np.int64,
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in (np.int32, np.float16, int)),
    ],
)
def test_numbers_of_any_type_are_those_of_32_bits(number, library, monkeypatch):
    """NumPy would compute with 64 bits where some are parameters or bounds."""
    monkeypatch.setenv("ODESOLVE_NATIVE", str(library))
    disjunctions = clauses(60, {3: 230}, 4)
    found = []
    for of in (float, number):
        system = ode.compile_system([(ode.Box(of(-1), of(1)), 60)], disjunctions, fixed={3: 1})
        limits = [of(1000)] * 4
        for dynamics, stepper in (
            (ode.SurveyFlow(spread=of(1), rho=of(1)), ode.Euler(of(1))),
            (ode.Memcomputing(long_limit=np.array(limits)), ode.HeavyBall(momentum=of(0))),
        ):
            result = ode.solve(
                system, dynamics, stepper, runs=4, max_steps=60, all_runs=True, kernels="native"
            )
            assert result.kernels == "native"
            found.append((result.runs.to_json(), result.assignment.tolist()))
    assert found[:2] == found[2:]


class AtLeast(Goal):
    """So many bits are true, by what JAX's arrays alone can do."""

    def reached(self, values):
        return values.at[0].get() + values[1:].sum(axis=0) >= 10


def test_a_goal_of_a_users_own_is_asked_with_jaxs_arrays(library, monkeypatch):
    monkeypatch.setenv("ODESOLVE_NATIVE", str(library))
    jax.tree_util.register_static(AtLeast)
    own = [(ode.Box(), 20)], clauses(20, {3: 300}, 5)
    system = ode.compile_system(*own, goal=AtLeast())
    result = ode.solve(system, ode.Rectified(), ode.HeavyBall(), runs=2, kernels="native")
    assert (result.kernels, result.satisfied) == ("native", True)


def test_numbers_that_overflow_warn_of_nothing(library, monkeypatch):
    monkeypatch.setenv("ODESOLVE_NATIVE", str(library))
    system, _, stepper = CASES["memories-euler-plain"](2)
    starts = np.full((90, 2), 1e38)
    with np.errstate(all="raise"):
        result = ode.solve(
            system, ode.Memcomputing(), stepper, runs=2, starts=starts, max_steps=5,
            kernels="native",
        )  # fmt: skip
    assert result.kernels == "native"


def test_the_survey_flow_is_refused_for_what_are_no_bits(library, monkeypatch):
    monkeypatch.setenv("ODESOLVE_NATIVE", str(library))
    system = ode.compile_system([(ode.Simplex(3), 4)], [])
    with pytest.raises(ValueError, match="beliefs need bits"):
        ode.solve(system, ode.SurveyFlow(), ode.Euler(), runs=2, max_steps=5, kernels="native")
