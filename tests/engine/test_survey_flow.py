"""The survey flow against a literal transcription, and against exact marginals."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import exp, log, prod

import jax
import numpy as np
import pytest
from tables import SYSTEM_CASES

import odesolve as ode
from odesolve.cli.main import run
from odesolve.dynamics.base import State
from odesolve.dynamics.survey_flow import SurveyFlow
from odesolve.potentials import Box, Or, System, compile_system
from odesolve.potentials.clauses import LEAST_CHANCE
from odesolve.presets.choice import choose
from odesolve.steppers.euler import Euler

RUNS = 3
#: Of mixed widths; some share a kernel, one of them padded. The last are too wide to be unrolled.
FORMULA = [
    *([1, -2], [-1, 3], [2, -3, 5], [-4, 5, -6], [4, -1, 6, -7], [-2, 3, -5, 7], [6, -7, 1]),
    *([1, 2, -3, 4, 5, -6, 7, 8], [-1, 2, 3, -4, -5, 6, -7, 8, -9]),
]

started = jax.jit(lambda dynamics, system, x: dynamics.start(system, x))
restarted = jax.jit(lambda dynamics, fresh, old: dynamics.restarted(fresh, old))
field = jax.jit(lambda dynamics, state, system: dynamics.vector_field(state, system))


def system_of(clauses: list[list[int]], **options) -> System:
    batches = Or.from_literals(clauses)
    for at in range(len(batches) - 2, 0, -2):
        batches[at] = batches[at].padded(batches[at + 1].scopes.shape[1])
    count = max(abs(literal) for clause in clauses for literal in clause)
    return compile_system([(Box(), count)], batches, **options)


def random_state(dynamics: SurveyFlow, system: System) -> State:
    generator = np.random.default_rng(5)
    start = started(
        dynamics, system, generator.random((system.cell_count, RUNS)).astype(np.float32)
    )

    def drawn(low: float, high: float, parts):
        return tuple(generator.uniform(low, high, p.shape).astype(np.float32) for p in parts)

    messages = drawn(0, 1, start.memory["message"])
    memory = {
        # Padding is always false.
        "message": tuple(
            np.where(np.asarray(first) == 1.0, np.float32(1), own)
            for first, own in zip(start.memory["message"], messages, strict=True)
        ),
        "field": drawn(-2, 2, start.memory["field"]),
        "reinforcement": drawn(0, 1, start.memory["reinforcement"]),
    }
    if "long" in start.memory:
        memory["long"] = drawn(1, 4, start.memory["long"])
    return State(start.x, memory)


def by_group(state: State, system: System) -> list[np.ndarray]:
    """The messages of each group, ``[clauses, width, runs]``; narrow ones are kept by position."""
    left = iter(np.asarray(part) for part in state.memory["message"])
    return [
        np.stack([next(left) for _ in range(group.cells.shape[1])], axis=1)
        if group.by_position
        else next(left)
        for group in system.groups
    ]


def literal_rates(
    p: SurveyFlow,
    clauses: list[list[tuple[int, int]]],
    f: list[list[float]],
    fields: list[float],
    trust: float,
    fixed: dict[int, int],
    long: list[float],
) -> tuple[list[list[float]], list[float], float]:
    """df/dt, dF/dt and dr/dt of one run; a clause is its (variable, sign) pairs."""
    w = [
        [
            long[m] * log(max(1 - prod(f[m][j] for j in range(len(c)) if j != i), LEAST_CHANCE))
            for i in range(len(c))
        ]
        for m, c in enumerate(clauses)
    ]
    against, towards, rates = [], [], []
    for v, own in enumerate(fields):
        at = [(m, i, s) for m, c in enumerate(clauses) for i, (u, s) in enumerate(c) if u == v]
        one = sum(w[m][i] for m, i, s in at if s > 0)
        two = sum(w[m][i] for m, i, s in at if s < 0)
        lean = trust * own - p.theta / 2 * sum(s for *_, s in at)
        if v in fixed:
            one, two, lean = 0.0, 0.0, 30.0 * (2 * fixed[v] - 1)
        one, two = max(one - 2 * max(lean, 0), -60), max(two - 2 * max(-lean, 0), -60)
        free_one = 1 - p.rho * exp(one) + LEAST_CHANCE
        free_two = 1 - p.rho * exp(two) + LEAST_CHANCE
        total = 0.5 * (two - one + log(free_one / free_two))
        rates.append(p.inertia * (min(max(total, -30), 30) - own))
        against.append(one)
        towards.append(two)
    slopes = []
    for m, c in enumerate(clauses):
        row = []
        for i, (v, sign) in enumerate(c):
            same, other = (against, towards) if sign > 0 else (towards, against)
            s, u = same[v] - w[m][i], other[v]
            free = 1 - p.rho * exp(u)
            odds = exp(min(max(u - s, -30), 30))
            row.append(min(max(free / (free + odds + 1e-12), 0), 1) - f[m][i])
        slopes.append(row)
    return slopes, rates, p.growth * (p.limit - trust)


@pytest.mark.parametrize(
    ("fixed", "gather"), [({}, False), ({2: 1, 4: 0}, True)], ids=["free", "fixed, gathered"]
)
@pytest.mark.parametrize(
    ("rho", "theta", "clause_memory"),
    [(0.0, 0.0, "none"), (0.95, 0.4, "long"), (1.0, 0.0, "none"), (1.0, 0.0, "long")],
)
def test_the_vector_field_is_the_documented_equations(rho, theta, clause_memory, fixed, gather):
    dynamics = SurveyFlow(rho=rho, theta=theta, clause_memory=clause_memory)
    system = system_of(FORMULA, fixed=fixed, deterministic_gather=gather)
    state = random_state(dynamics, system)
    rate = field(dynamics, state, system)
    assert jax.tree.structure(rate) == jax.tree.structure(state)
    assert not np.asarray(rate.x).any()
    assert any((np.asarray(group.clauses.signs) == 0).any() for group in system.groups)
    for one in range(RUNS):
        clauses, messages, found = [], [], []
        weights = [float(own) for part in state.memory.get("long", ()) for own in part[:, one]]
        for group, message, slope in zip(
            system.groups, by_group(state, system), by_group(rate, system), strict=True
        ):
            signs = np.asarray(group.clauses.signs)
            for m, scope in enumerate(np.asarray(group.clauses.scopes)):
                real = np.flatnonzero(signs[m])
                clauses.append([(int(scope[i]), int(signs[m, i])) for i in real])
                messages.append(np.asarray(message[m, :, one], np.float64)[real].tolist())
                found.append(np.asarray(slope[m, :, one])[real])
        slopes, rates, growth = literal_rates(
            dynamics,
            clauses,
            messages,
            np.asarray(state.memory["field"][0][:, one], np.float64).tolist(),
            float(state.memory["reinforcement"][0][0, one]),
            fixed,
            weights or [1.0] * len(clauses),
        )
        for own, expected in zip(found, slopes, strict=True):
            np.testing.assert_allclose(own, expected, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(rate.memory["field"][0][:, one], rates, rtol=1e-3, atol=2e-4)
        assert float(rate.memory["reinforcement"][0][0, one]) == pytest.approx(growth, rel=1e-4)
        falsehood = [
            min(0.5 - sign * (float(state.x[v, one]) - 0.5) for v, sign in clause)
            for clause in clauses
        ]
        grown = [own[:, one] for own in rate.memory.get("long", ())]
        if clause_memory == "long":
            np.testing.assert_allclose(
                np.concatenate(grown),
                [
                    dynamics.alpha * max(v - dynamics.delta, 0) - dynamics.decay * (w - 1)
                    for v, w in zip(falsehood, weights, strict=True)
                ],
                atol=1e-5,
            )


def test_without_reinforcement_a_tree_settles_at_its_exact_marginals():
    tree = [[1, -2, 3], [-3, 4], [-3, -5, 6], [4, 7]]
    system, count = system_of(tree), 7
    flow = SurveyFlow(rho=0.0, growth=0.0)
    state = random_state(flow, system)
    state.memory["reinforcement"] = (np.zeros((1, RUNS), np.float32),)
    step = jax.jit(lambda state: Euler(dt=0.5).step(state, system, flow)[0])
    for _ in range(60):
        state = step(state)
    models = np.array(
        [
            bits
            for bits in product((0, 1), repeat=count)
            if all(any(bits[abs(n) - 1] == (n > 0) for n in clause) for clause in tree)
        ]
    )
    expected = np.tile(models.mean(axis=0)[:, None], (1, RUNS))
    np.testing.assert_allclose(state.x, expected, atol=1e-3)


def test_a_restart_keeps_what_it_says():
    system = system_of(FORMULA)
    flow = SurveyFlow(message_kept=0.5, field_kept=0.25, onset=0.02)
    old = random_state(flow, system)
    fresh = started(flow, system, np.full((system.cell_count, RUNS), 0.5, np.float32))
    again = restarted(flow, fresh, old)
    for group, new, was in zip(
        system.groups, by_group(again, system), by_group(old, system), strict=True
    ):
        padded = np.asarray(group.clauses.signs)[:, :, None] == 0
        np.testing.assert_allclose(new, np.where(padded, 1.0, 0.25 + 0.5 * was), atol=1e-6)
    np.testing.assert_allclose(
        again.memory["field"][0], 0.25 * np.asarray(old.memory["field"][0]), atol=1e-6
    )
    for begun in (fresh, again):
        np.testing.assert_array_equal(begun.memory["reinforcement"][0], np.float32(0.02))
    forgets = replace(flow, message_kept=0.0, field_kept=0.0)
    jax.tree.map(np.testing.assert_array_equal, restarted(forgets, fresh, old), fresh)


def test_a_restart_forgets_the_clauses():
    system = system_of(FORMULA)
    flow = SurveyFlow(clause_memory="long")
    old = random_state(flow, system)
    fresh = started(flow, system, np.full((system.cell_count, RUNS), 0.5, np.float32))
    assert all((np.asarray(part) > 1).all() for part in old.memory["long"])
    for part in restarted(flow, fresh, old).memory["long"]:
        np.testing.assert_array_equal(part, np.float32(1.0))


def test_a_memory_of_clauses_is_none_or_long():
    with pytest.raises(ValueError, match="clause_memory is 'none' or 'long', got 'short'"):
        SurveyFlow(clause_memory="short")


@pytest.mark.parametrize("problem", ["simplex", "circle", "bits"])
def test_other_clauses_are_refused(problem):
    with pytest.raises(ValueError, match="survey-flow works on disjunctions of bits only"):
        ode.solve(SYSTEM_CASES[problem](), SurveyFlow(), max_steps=1)


def test_the_command_refuses_other_problems_on_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.col").write_text("p edge 3 3\ne 1 2\ne 2 3\ne 1 3\n", encoding="utf-8")
    assert run(["color", "g.col", "--no-presolve", "--dynamics", "survey-flow"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("odesolve: options: survey-flow works on disjunctions of bits only")


def test_a_trace_of_messages_is_drawn(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = "".join(" ".join(map(str, [*clause, 0])) + "\n" for clause in FORMULA)
    (tmp_path / "f.cnf").write_text(f"p cnf 7 {len(FORMULA)}\n{rows}", encoding="utf-8")
    words = "sat f.cnf --no-presolve --runs 2 --max-steps 50 --dynamics survey-flow --trace t.npz"
    assert run(words.split()) == 10
    assert run(["plot", "t.npz", "-o", "t.png"]) == 0
    assert (tmp_path / "t.png").stat().st_size > 0
    capsys.readouterr()


def test_small_formulas_get_steps_that_the_messages_can_follow():
    # Adaptive steps look at the velocity of x, which is 0 here.
    for dynamics in ("survey-flow", SurveyFlow()):
        ((_, stepper),) = choose("sat", {"variables": 7}, dynamics=dynamics).lanes
        assert stepper == Euler()


def test_steps_that_are_too_long_do_not_break_it():
    system = system_of(FORMULA)
    found = ode.solve(system, SurveyFlow(), Euler(dt=50.0), runs=2, max_steps=20, all_runs=True)
    assert found.runs.finite.all()
