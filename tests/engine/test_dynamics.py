from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
from tables import DYNAMICS_CASES, SYSTEM_CASES, interior_state, literal_field

from odesolve.dynamics.article import Article
from odesolve.dynamics.base import State
from odesolve.dynamics.ctds import ContinuousTime
from odesolve.dynamics.descent import Descent
from odesolve.dynamics.memcomputing import Memcomputing, Rectified, spectral_edge
from odesolve.dynamics.survey_flow import SurveyFlow
from odesolve.parameters import owned, with_parameters
from odesolve.potentials import Different, Simplex, System, compile_system
from odesolve.registry import DYNAMICS
from odesolve.steppers.euler import AdaptiveEuler, Euler

RUNS = 3

field = jax.jit(lambda dynamics, state, system: dynamics.vector_field(state, system))
confine = jax.jit(lambda dynamics, state, system: dynamics.confine(state, system))


def random_state(dynamics, system: System, runs: int = RUNS, seed: int = 3) -> State:
    """Interior variables and random memories inside their ranges."""
    generator = np.random.default_rng(seed)
    x = interior_state(system, runs, seed)
    start = dynamics.start(system, jnp.asarray(x, jnp.float32))
    low, high = (0, 3) if isinstance(dynamics, Article) else (1, 6)
    ranges = {"short": (0, 1), "long": (low, high)}
    memory = {
        name: tuple(
            jnp.asarray(generator.uniform(*ranges[name], part.shape), jnp.float32) for part in parts
        )
        for name, parts in start.memory.items()
    }
    return State(start.x, memory)


def joined(memory) -> np.ndarray:
    return np.concatenate([np.asarray(part, np.float64) for part in memory])


def memory_of(state: State, name: str, system: System, runs: int = RUNS) -> np.ndarray:
    """A memory of every clause, zeros where the dynamics has none of that name."""
    parts = state.memory.get(name)
    return np.zeros((system.clause_count, runs)) if parts is None else joined(parts)


@cache
def fields(problem: str) -> dict[str, State]:
    """What every dynamics says at its random state of a system, by one compiled function.

    What they share, which is most of it, is then compiled once.
    """
    system = SYSTEM_CASES[problem]()
    states = {name: random_state(one, system) for name, one in DYNAMICS_CASES.items()}

    def every_field(states, system):
        return {n: one.vector_field(states[n], system) for n, one in DYNAMICS_CASES.items()}

    return jax.jit(every_field)(states, system)


def assert_follows_equations(
    dynamics, system: System, of_run=lambda dynamics, run: dynamics, rate: State | None = None
):
    state = random_state(dynamics, system)
    rate = jax.tree.map(np.asarray, field(dynamics, state, system) if rate is None else rate)
    assert jax.tree.structure(rate) == jax.tree.structure(state)
    x = np.asarray(state.x, np.float64)
    s, long = memory_of(state, "short", system), memory_of(state, "long", system)
    for run in range(RUNS):
        force, short_rate, long_rate = literal_field(
            of_run(dynamics, run), system, x[:, run], s[:, run], long[:, run]
        )
        # float32 sums of a few dozen terms, against float64.
        np.testing.assert_allclose(rate.x[:, run], force, rtol=1e-4, atol=1e-4)
        short, slow = memory_of(rate, "short", system), memory_of(rate, "long", system)
        np.testing.assert_allclose(short[:, run], short_rate, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(slow[:, run], long_rate, rtol=1e-4, atol=1e-4)


def test_every_dynamics_is_in_the_table():
    # Messages are memories of literals, on disjunctions alone: test_survey_flow.py has them.
    elsewhere = {SurveyFlow}
    covered = {type(dynamics) for dynamics in DYNAMICS_CASES.values()}
    assert covered | elsewhere == set(DYNAMICS.values())


@pytest.mark.parametrize("name", DYNAMICS_CASES)
# Together these hold every family, form and domain.
@pytest.mark.parametrize(
    "problem", ["bits", pytest.param("signed-bits", marks=pytest.mark.slow), "mixed-domains"]
)
def test_the_vector_field_is_the_published_equations(problem, name):
    system = SYSTEM_CASES[problem]()
    assert_follows_equations(DYNAMICS_CASES[name], system, rate=fields(problem)[name])


@pytest.mark.parametrize("name", ["descent", "article", "rectified-discrete"])
def test_the_vector_field_with_fixed_variables(name):
    system = SYSTEM_CASES["simplex"](fixed={1: 2, 4: 0})
    assert_follows_equations(DYNAMICS_CASES[name], system)


def test_every_run_may_have_its_own_parameters():
    alphas, zetas = [1.0, 5.0, 9.0], [0.0, 0.1, 1.0]
    dynamics = Rectified(alpha=jnp.array(alphas), zeta=jnp.array(zetas))

    def of_run(_, run):
        return Rectified(alpha=alphas[run], zeta=zetas[run])

    assert_follows_equations(dynamics, SYSTEM_CASES["bits"](), of_run)
    assert dynamics.parameters()["alpha"] == alphas


def test_the_articles_constants_are_the_defaults():
    article = Article()
    assert article.parameters() == {
        "alpha": 5.0,
        "beta": 20.0,
        "gamma": 0.05,
        "delta": 0.2,
        "epsilon": 0.001,
        "zeta": 0.1,
    }
    system = SYSTEM_CASES["circle"]()
    start = article.start(system, jnp.zeros((system.cell_count, 2)))
    assert set(np.unique(joined(start.memory["short"]))) == {0.5}
    assert set(np.unique(joined(start.memory["long"]))) == {0.0}


def test_the_published_constants_of_2020_are_the_defaults():
    found = Memcomputing().parameters()
    expected = {"alpha": 5, "beta": 20, "gamma": 0.25, "delta": 0.05, "epsilon": 1e-3, "zeta": 0.1}
    assert {name: found[name] for name in expected} == expected
    assert found["decay"] == 0
    assert found["discreteness"] is None


def test_the_softmax_weights_survive_long_memories():
    system = SYSTEM_CASES["circle"]()
    state = random_state(Article(), system)
    far = state.memory["long"][0] + 500.0
    shifted = State(state.x, {**state.memory, "long": (far,)})
    # Softmax does not see a common offset; exp(500) alone would overflow.
    expected, found = field(Article(), state, system), field(Article(), shifted, system)
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-3, atol=1e-5)


def test_discreteness_one_follows_the_decoded_clauses_only():
    system = SYSTEM_CASES["simplex"]()
    dynamics = Memcomputing(discreteness=1.0)
    state = random_state(dynamics, system)
    (rate,) = field(dynamics, state, system).memory["long"]
    scopes = np.asarray(system.groups[0].clauses.scopes)
    values = np.asarray(jax.jit(system.decode)(state.x))
    equal = values[scopes[:, 0]] == values[scopes[:, 1]]
    np.testing.assert_allclose(rate, 5 * (equal - 0.05), rtol=1e-5)


def test_the_published_constants_of_ctds_are_the_defaults():
    found = ContinuousTime().parameters()
    assert (found["alpha"], found["growth"]) == (1, "potential")
    system = SYSTEM_CASES["bits"]()
    start = ContinuousTime().start(system, jnp.zeros((system.cell_count, 2)))
    assert set(np.unique(joined(start.memory["long"]))) == {1.0}


def test_weights_of_ctds_that_grow_without_end_keep_their_ratios():
    dynamics, system = ContinuousTime(long_limit=100.0), SYSTEM_CASES["bits"]()
    state = random_state(dynamics, system)
    factors = jnp.array([1.0, 40.0, 1e30])
    grown = State(state.x, {"long": tuple(factors * part for part in state.memory["long"])})
    inside = joined(confine(dynamics, grown, system).memory["long"])
    before = joined(grown.memory["long"])
    np.testing.assert_allclose(inside[:, 0], before[:, 0], rtol=1e-6)
    for run in (1, 2):
        largest = before[:, run].max()
        assert inside[:, run].max() == pytest.approx(100)
        np.testing.assert_allclose(inside[:, run], before[:, run] * (100 / largest), rtol=1e-5)


def test_decay_returns_the_long_memory_to_one():
    system = SYSTEM_CASES["simplex"]()
    still = Memcomputing(alpha=0.0, decay=0.5)
    state = random_state(still, system)
    (rate,) = field(still, state, system).memory["long"]
    np.testing.assert_allclose(rate, -0.5 * (state.memory["long"][0] - 1), rtol=1e-5)


@pytest.mark.parametrize("name", DYNAMICS_CASES)
def test_confine_brings_variables_and_memories_into_their_ranges(name):
    dynamics, system = DYNAMICS_CASES[name], SYSTEM_CASES["mixed-domains"]()
    state = random_state(dynamics, system)
    generator = np.random.default_rng(0)
    wild = jax.tree.map(
        lambda leaf: leaf + jnp.asarray(generator.normal(0, 1e8, leaf.shape), jnp.float32), state
    )
    inside = confine(dynamics, wild, system)
    again = confine(dynamics, inside, system)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), again, inside)
    for block in system.layout.blocks:
        cells = np.asarray(inside.x)[block.cells].reshape(block.count, block.domain.width, RUNS)
        if isinstance(block.domain, Simplex):
            assert cells.min() >= 0
            np.testing.assert_allclose(cells.sum(axis=1), 1, atol=1e-5)
        else:
            assert ((cells >= 0) & (cells <= getattr(block.domain, "q", 1))).all()
    if not state.memory:
        return
    long = joined(inside.memory["long"])
    if "short" in inside.memory:
        short = joined(inside.memory["short"])
        assert (short.min(), short.max()) == (0, 1)
    if isinstance(dynamics, Article):
        assert long.min() == 0
        assert long.max() > 1e6
    else:
        assert (long.min(), long.max()) == (1, dynamics.long_limit)


# ------------------------------------------------------------------------------- parameters


def test_parameters_are_changed_by_name():
    changed = with_parameters(Rectified(), {"alpha": "2.5", "satisfied_force": "rigidity"})
    assert changed == Rectified(alpha=2.5, satisfied_force="rigidity")
    assert with_parameters(Descent(), {}) == Descent()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alhpa": 1}, "no parameter 'alhpa'; it has alpha"),
        ({"alpha": "fast"}, "alpha needs a number, got 'fast'"),
        ({"alpha": None}, "alpha needs a number"),
        ({"satisfied_force": "push"}, "'rigidity', 'pull' or 'mixed', got 'push'"),
    ],
)
def test_unknown_parameters_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        with_parameters(Rectified(), changes)


@pytest.mark.parametrize("option", ["satisfied_force", "thresholds", "centring_unit"])
def test_options_of_memories_are_words(option):
    with pytest.raises(ValueError, match=f"{option} is '.*' or '.*', got 'often'"):
        Rectified(**{option: "often"})


@pytest.mark.parametrize("density", [0.1, 0.5])
def test_the_unit_of_centring_is_the_edge_of_the_spectrum(density):
    graph = nx.gnp_random_graph(200, density, seed=1)
    scopes = np.array(graph.edges)
    system = compile_system([(Simplex(4), 200)], [Different(scopes)])
    degree = 2 * len(scopes) / 200
    expected = 2 * np.sqrt(degree * (1 - degree / 200))
    assert float(spectral_edge(system)) == pytest.approx(expected, rel=1e-5)
    spectrum = np.linalg.eigvalsh(nx.to_numpy_array(graph))
    assert -spectrum[0] == pytest.approx(expected, rel=0.15)
    state = random_state(Rectified(), system)
    relative = field(Rectified(centring=0.1, centring_unit="spectrum"), state, system)
    absolute = field(Rectified(centring=0.1 * expected), state, system)
    np.testing.assert_allclose(relative.x, absolute.x, rtol=1e-4, atol=1e-4)


def test_parameters_go_to_whichever_owns_them():
    dynamics, stepper = owned(Rectified(), AdaptiveEuler(), {"alpha": 3, "reach": 0.5})
    assert (dynamics, stepper) == (Rectified(alpha=3.0), AdaptiveEuler(reach=0.5))
    with pytest.raises(
        ValueError, match="no parameter 'reach': descent has centring, rate; euler has dt"
    ):
        owned(Descent(), Euler(), {"reach": 1})


@pytest.mark.parametrize(("rigidity", "force"), [(1.0, "rigidity"), (0.0, "pull")])
def test_mixed_forces_are_either_of_the_two_at_the_ends(rigidity, force):
    system = SYSTEM_CASES["bits"]()
    state = random_state(Rectified(), system)
    mixed = field(Rectified(satisfied_force="mixed", rigidity=rigidity), state, system)
    pure = field(Rectified(satisfied_force=force), state, system)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5), mixed, pure)
