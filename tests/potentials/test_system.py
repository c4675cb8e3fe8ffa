from __future__ import annotations

import jax
import jax.numpy as jnp
import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import (
    DYNAMICS_CASES,
    SIGNED,
    SYSTEM_CASES,
    UNIT,
    interior_state,
    random_disjunctions,
    random_relation,
    random_scopes,
)

from odesolve.dynamics.memcomputing import Memcomputing, Rectified
from odesolve.potentials import (
    Circle,
    Different,
    Or,
    Simplex,
    System,
    TruthTable,
    compile_system,
)
from odesolve.potentials.accumulation import gather_sum, incidence_of, scatter_sum
from odesolve.potentials.layout import Layout


@jax.jit
def force_on(system: System, x):
    return system.accumulate([group.forms(x).pull for group in system.groups])


def total_force(system: System, x: np.ndarray) -> np.ndarray:
    return np.asarray(force_on(system, jnp.asarray(x, jnp.float32)))


project = jax.jit(System.project)
decode = jax.jit(System.decode)
hold = jax.jit(System.hold)
started = jax.jit(lambda dynamics, system, x: dynamics.start(system, x))
violated = jax.jit(System.violated)


# ------------------------------------------------------------------------------ grouping


@pytest.mark.parametrize("pieces", [1, 3, 40])
def test_clauses_of_one_kind_are_one_group_however_they_come(pieces):
    scopes = random_scopes(0, 9, 40, 2, 1)
    batches = [Different(part) for part in np.array_split(scopes, pieces)]
    (group,) = compile_system([(Simplex(3), 9)], batches).groups
    np.testing.assert_array_equal(group.clauses.scopes, scopes)
    assert group.cells.shape == (40, 6)


def test_one_group_for_each_family_form_width_and_tuple_of_domains():
    scopes = random_scopes(0, 8, 6, 3, 2)
    signs = np.ones((6, 3))
    system = compile_system(
        [(UNIT, 8), (SIGNED, 4), (Simplex(3), 3), (Circle(3), 3)],
        [
            Or(scopes, signs),
            Or(scopes, signs, "product"),
            Or(scopes[:, :2], signs[:, :2]),
            Or(scopes, -signs),
            TruthTable.from_table(scopes, random_relation(3, 1)),
            TruthTable.from_table(scopes, random_relation(3, 2)),
            Or([[0, 8, 9], [8, 0, 9], [1, 10, 11]], np.ones((3, 3))),
            Different([[12, 13], [15, 16], [13, 14]]),
        ],
    )
    found = [
        (type(group.clauses).__name__, len(group.clauses), len(group.domains))
        for group in system.groups
    ]
    assert sorted(found) == [
        ("Different", 1, 2),
        ("Different", 2, 2),
        ("Or", 1, 3),
        ("Or", 2, 3),
        ("Or", 6, 2),
        ("Or", 6, 3),
        ("Or", 12, 3),
        ("TruthTable", 12, 3),
    ]
    assert system.clause_count == 42
    assert (system.variable_count, system.cell_count) == (18, 8 + 4 + 9 + 3)


def test_a_merged_system_is_the_sum_of_its_parts():
    blocks = [(UNIT, 7)]
    parts = [
        *(
            TruthTable.from_table(random_scopes(0, 7, 3, 3, seed), random_relation(3, seed))
            for seed in range(3)
        ),
        random_disjunctions(0, 7, 4, "min", 5),
    ]
    joined = compile_system(blocks, parts)
    alone = [compile_system(blocks, [part]) for part in parts]
    x = interior_state(joined, 3, seed=0)
    expected = sum(total_force(system, x) for system in alone)
    np.testing.assert_allclose(total_force(joined, x), expected, atol=1e-5)
    values = decode(joined, jnp.asarray(x))
    # Parts may fall into several components; their totals must agree all the same.
    expected_violated = sum(np.asarray(violated(s, values)).sum(axis=0) for s in alone)
    np.testing.assert_array_equal(np.asarray(violated(joined, values)).sum(0), expected_violated)


# ---------------------------------------------------------------------------- accumulation


@pytest.mark.parametrize("name", ["bits", "mixed-domains"])
def test_gathering_and_scattering_give_the_same_forces(name):
    scattered = SYSTEM_CASES[name](deterministic_gather=False)
    gathered = SYSTEM_CASES[name](deterministic_gather=True)
    assert scattered.incidence is None
    assert gathered.incidence is not None
    x = interior_state(scattered, 3, seed=1)
    np.testing.assert_allclose(total_force(gathered, x), total_force(scattered, x), atol=1e-5)


@settings(max_examples=40)
@given(
    cells=st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.lists(st.integers(0, n - 1), min_size=2, max_size=2), max_size=40),
        )
    )
)
def test_the_incidence_lists_every_force_of_every_cell_once(cells):
    count, scopes = cells
    table = np.array(scopes, np.int32).reshape(-1, 2)
    incidence = incidence_of([table], count)
    joined = [row for rows in incidence.rows for row in np.asarray(rows)]
    for cell in range(count):
        listed = joined[int(incidence.position[cell])]
        found = sorted(int(i) for i in listed if i < table.size)
        assert found == np.flatnonzero(table.ravel() == cell).tolist()


def test_a_star_of_high_degree_is_gathered_without_widening_the_table():
    leaves = 1000
    edges = np.column_stack([np.zeros(leaves, np.int32), np.arange(1, leaves + 1)]).astype(np.int32)
    pull = np.random.default_rng(0).normal(size=(leaves, 2, 2)).astype(np.float32)
    incidence = incidence_of([edges], leaves + 1)
    assert sum(rows.size for rows in incidence.rows) < 4 * leaves
    gathered = jax.jit(gather_sum)([jnp.asarray(pull)], incidence)
    scatter = jax.jit(scatter_sum, static_argnums=2)
    scattered = scatter([jnp.asarray(pull)], [jnp.asarray(edges)], (leaves + 1, 2))
    np.testing.assert_allclose(gathered, scattered, atol=1e-3)
    np.testing.assert_allclose(np.asarray(gathered)[0], pull[:, 0].sum(axis=0), atol=1e-3)


# ------------------------------------------------------------------- components, violated, fixed


@settings(max_examples=40)
@given(
    graph=st.integers(1, 14).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=n),
        )
    )
)
def test_components_are_those_of_the_graph(graph):
    count, edges = graph
    system = compile_system([(Simplex(3), count)], [Different(np.array(edges, int).reshape(-1, 2))])
    reference = networkx.Graph(edges)
    parts = list(networkx.connected_components(reference))
    component = np.asarray(system.component)
    assert system.component_count == max(len(parts), 1)
    numbers = [{int(component[node]) for node in part} for part in parts]
    assert all(len(found) == 1 for found in numbers)
    assert len(set.union(set(), *numbers)) == len(parts)
    assert ((component >= 0) & (component < system.component_count)).all()
    for group in system.groups:
        ends = component[np.asarray(group.clauses.scopes)]
        np.testing.assert_array_equal(ends, np.asarray(group.component)[:, None].repeat(2, 1))


def test_violated_clauses_are_counted_by_component():
    system = compile_system([(Simplex(3), 5)], [Different([[0, 1], [1, 2], [3, 4]])])
    values = jnp.asarray([[0, 0, 0], [0, 1, 0], [0, 1, 1], [2, 2, 2], [2, 1, 2]])
    counted = np.asarray(violated(system, values))
    component = np.asarray(system.component)
    np.testing.assert_array_equal(counted[component[0]], [2, 1, 1])
    np.testing.assert_array_equal(counted[component[3]], [1, 0, 1])


@pytest.mark.parametrize("dynamics", ["descent", "rectified-pull"])
def test_fixed_variables_never_move(dynamics):
    fixed = {0: 2, 5: 1, 8: 0}
    system = compile_system(
        [(Simplex(3), 4), (UNIT, 3), (Circle(3), 3)],
        [
            Different([[0, 1], [1, 2], [2, 3], [7, 8], [8, 9]]),
            Or([[4, 5, 6]], [[1, -1, 1]], "product"),
        ],
        fixed=fixed,
    )
    rule = DYNAMICS_CASES[dynamics]

    @jax.jit
    def moved(state):
        rate = rule.vector_field(state, system)
        # Even a force that tries to move them.
        return rate, rule.confine(state._replace(x=state.x + 0.3 * rate.x + 0.1), system)

    sampled = system.sample([np.random.default_rng(run) for run in range(2)])
    state = started(rule, system, hold(system, jnp.asarray(sampled)))
    held = ~np.isnan(np.asarray(system.fixed)[:, 0])
    assert held.sum() == 3 + 1 + 1
    before = np.asarray(state.x)
    for _ in range(3):
        rate, state = moved(state)
        assert not np.asarray(rate.x)[held].any()
    np.testing.assert_array_equal(np.asarray(state.x)[held], before[held])
    assert (np.asarray(state.x)[~held] != before[~held]).any()
    values = np.asarray(decode(system, state.x))
    for variable, value in fixed.items():
        assert (values[variable] == value).all()


@pytest.mark.parametrize("name", SYSTEM_CASES)
def test_samples_and_corners_survive_projection_and_decoding(name):
    system = SYSTEM_CASES[name]()
    generators = [np.random.default_rng(run) for run in range(3)]
    x = system.sample(generators)
    assert x.shape == (system.cell_count, 3)
    np.testing.assert_allclose(project(system, jnp.asarray(x)), x, atol=1e-6)
    assert decode(system, jnp.asarray(x)).shape == (system.variable_count, 3)


@pytest.mark.parametrize(
    ("blocks", "clauses", "fixed", "message"),
    [
        ([(Simplex(3), 2)], [Different([[0, 2]])], {}, "variable 2, but there are only 2"),
        ([(Simplex(3), 2), (UNIT, 1)], [Different([[0, 2]])], {}, "same Simplex or Circle"),
        ([(Simplex(3), 3)], [Or([[0, 1]], [[1, 1]])], {}, "Or works on Box"),
        ([(Simplex(3), -1)], [], {}, "-1 variables"),
        ([(Simplex(3), 2)], [], {2: 0}, "fixed variable 2 does not exist"),
        ([(Simplex(3), 2)], [], {-1: 0}, "fixed variable -1 does not exist"),
        ([(Simplex(3), 2)], [], {1: 3}, "variable 1 has values 0 to 2, not 3"),
        ([(UNIT, 2)], [], {1: -1}, "variable 1 has values 0 to 1, not -1"),
        ([(Simplex(3), 2)], [], {1: 0.5}, "variable 1"),
    ],
)
def test_impossible_systems_are_refused(blocks, clauses, fixed, message):
    with pytest.raises(ValueError, match=message):
        compile_system(blocks, clauses, fixed=fixed)


def test_blocks_without_variables_change_nothing():
    layout = Layout.of([(UNIT, 0), (Simplex(3), 2), (SIGNED, 0), (UNIT, 2)])
    assert (layout.variable_count, layout.cell_count) == (4, 8)
    system = compile_system(
        [(UNIT, 0), (Simplex(3), 2), (SIGNED, 0), (UNIT, 2)], [Different([[0, 1]])]
    )
    x = jnp.asarray(interior_state(system, 2, seed=0), jnp.float32)
    np.testing.assert_allclose(project(system, x), x, atol=1e-6)
    assert decode(system, x).shape == (4, 2)


def test_a_relation_of_no_variables_is_a_constant():
    for allowed in (True, False):
        empty = TruthTable.from_table(np.zeros((1, 0), int), [allowed])
        system = compile_system([(UNIT, 2)], [empty, Or([[0, 1]], [[1, 1]])])
        values = jnp.ones((2, 1), jnp.int32)
        assert int(np.asarray(violated(system, values)).sum()) == (not allowed)


# ------------------------------------------------------------------------- cost of compiling


def equations(jaxpr) -> list:
    """Every equation of a jaxpr and of the jaxprs inside it."""
    found = []
    for equation in jaxpr.eqns:
        found.append(equation)
        for parameter in jax.tree.leaves(
            list(equation.params.values()), is_leaf=lambda p: hasattr(p, "jaxpr")
        ):
            inner = getattr(parameter, "jaxpr", parameter)
            if hasattr(inner, "eqns"):
                found += equations(inner)
    return found


def traced(system: System, dynamics, runs: int = 2) -> list:
    x = jnp.zeros((system.cell_count, runs), jnp.float32)
    state = dynamics.start(system, x)
    return equations(
        jax.make_jaxpr(lambda state, system: dynamics.vector_field(state, system))(
            state, system
        ).jaxpr
    )


def mixture(variables: int, clauses: int, gather: bool) -> System:
    return compile_system(
        [(UNIT, variables), (Simplex(3), variables)],
        [
            random_disjunctions(0, variables, clauses, "min", 1),
            random_disjunctions(0, variables, clauses, "product", 2),
            TruthTable.from_table(
                random_scopes(0, variables, clauses, 4, 3), random_relation(4, 0)
            ),
            Different(random_scopes(variables, variables, clauses, 2, 4)),
        ],
        deterministic_gather=gather,
    )


def test_the_trace_does_not_depend_on_the_number_of_clauses():
    few, many = mixture(10, 10, gather=False), mixture(10, 2000, gather=False)
    for dynamics in DYNAMICS_CASES.values():
        assert len(traced(few, dynamics)) == len(traced(many, dynamics))


@pytest.mark.parametrize("gather", [False, True])
def test_nothing_of_size_clauses_times_variables_is_formed(gather):
    variables, clauses, runs = 200, 300, 2
    system = mixture(variables, clauses, gather)
    for dynamics in (Memcomputing(satisfied_force="rigidity"), Rectified(discreteness=0.5)):
        formed = traced(system, dynamics, runs)
        assert len(formed) > 20
        sizes = [np.prod(v.aval.shape) for equation in formed for v in equation.outvars]
        assert max(sizes) < clauses * variables


def test_problems_of_one_shape_share_one_compilation():
    compilations = 0

    @jax.jit
    def field(state, system, dynamics):
        nonlocal compilations
        compilations += 1  # runs when it is traced, not when it is called
        return dynamics.vector_field(state, system)

    forces = []
    for seed, alpha in ((0, 5.0), (1, 5.0), (1, 2.5)):
        system = compile_system([(UNIT, 6)], [random_disjunctions(0, 6, 12, "min", seed)])
        dynamics = Memcomputing(alpha=alpha)
        state = started(dynamics, system, np.full((6, 2), 0.3, np.float32))
        forces.append(field(state, system, dynamics))
    assert compilations == 1
    assert (np.asarray(forces[0].x) != np.asarray(forces[1].x)).any()
    first, second = (np.asarray(f.memory["long"][0]) for f in forces[1:])
    np.testing.assert_allclose(first, 2 * second, rtol=1e-6)


def test_literals_that_are_padding_are_not_counted():
    random = np.random.default_rng(1)
    widths = random.integers(2, 8, 40)
    clauses = np.zeros((40, 7), int)
    signs = np.zeros((40, 7), int)
    for row, width in enumerate(widths):
        clauses[row, :width] = random.choice(30, width, replace=False)
        signs[row, :width] = random.choice([-1, 1], width)
    system = compile_system([(UNIT, 30)], [Or(clauses, signs)])
    count, degree = system.counted()
    assert float(count) == 30
    assert float(degree) == pytest.approx(widths.sum() / 30)
