"""``ising``, ``qubo`` and ``maxcut``: answers against brute force, budgets, hints and options."""

from __future__ import annotations

import threading
from fractions import Fraction
from itertools import product

import dimod
import networkx
import numpy as np
import pytest
from ising.instances import random_problem

import odesolve as ode
from odesolve.presets.choice import packaged_presets
from odesolve.problems.ising.first_guess import first_guess
from odesolve.problems.ising.statistics import success_of, time_to_target, wilson_interval
from odesolve.problems.ising.system import features
from odesolve.results import Compiled


def least(problem):
    return min(problem.energy(spins) for spins in product((-1, 1), repeat=problem.spin_count))


SMALL = {
    "sparse": random_problem(10, 14, 0),
    "fields": random_problem(9, 20, 1, largest=3, fields=4),
    "weighted": random_problem(8, 28, 2, largest=1000),
    "decimals": ode.IsingProblem.from_dicts([0.25, -1.5, 0], {(0, 1): 0.7, (1, 2): -0.3}),
    "beyond 64 bits": ode.IsingProblem.from_dicts([2**70, -1], {(0, 1): 2**71, (1, 2): -(2**69)}),
    "no couplings": ode.IsingProblem.from_dicts([1, -2, 0], {}),
    "one spin": ode.IsingProblem.from_dicts([3], {}),
    "nothing": ode.IsingProblem.from_dicts([], {}, 5),
}


@pytest.mark.parametrize("kind", SMALL)
def test_small_problems_are_decided_by_trying_everything(kind):
    problem = SMALL[kind]
    result = ode.ising(problem, time_limit=60)
    assert result.energy == least(problem) == problem.energy(result.spins)
    assert result.optimal
    assert result.satisfied
    assert result.run.device == "none"


@pytest.mark.parametrize("kind", [kind for kind in SMALL if kind != "nothing"])
def test_the_dynamics_find_the_same(kind):
    problem = SMALL[kind]
    target = least(problem)
    # All runs: one alone may be what the first guess was.
    result = ode.ising(problem, presolve=False, target=target, all_runs=True, runs=8, time_limit=60)
    assert (result.status, result.energy) == ("satisfied", target)
    assert result.run.runs.satisfied.all()
    assert not result.optimal
    assert problem.energy(result.spins) == target


@pytest.mark.core
@pytest.mark.parametrize("name", ode.ISING_DYNAMICS)
def test_every_dynamics_solves(name):
    problem = random_problem(14, 30, 5, largest=2, fields=1)
    target = least(problem)
    result = ode.ising(
        problem, dynamics=name, presolve=False, target=target, all_runs=True, runs=8, time_limit=60
    )
    assert (result.status, result.energy, result.run.dynamics) == ("satisfied", target, name)
    assert result.run.runs.satisfied.all()


def test_the_same_seed_and_steps_give_the_same_answer():
    problem = random_problem(100, 400, 6, largest=5)

    def found(seed, **options):
        result = ode.ising(problem, seed=seed, runs=4, max_steps=150, **options)
        assert result.run.steps == 150
        assert result.run.reason == "steps"
        return result.energies, result.spins.tolist()

    assert found(1) == found(1)
    assert found(1) != found(2)
    # Where run i of a seed begins does not depend on the size of the batch.
    larger = ode.ising(problem, seed=1, runs=6, max_steps=150)
    assert larger.energies[:4] == found(1)[0]


def test_every_improvement_is_told_with_its_exact_energy():
    problem = random_problem(80, 300, 7, largest=9)
    told = []
    result = ode.ising(problem, improved=told.append, runs=8, max_steps=300)
    energies = [found.energy for found in told]
    assert energies == sorted(set(energies), reverse=True)
    assert energies == [problem.energy(found.spins) for found in told]
    assert tuple(told) == result.history
    assert energies[-1] == result.energy == min(result.energies)
    assert len(result.samples) % 8 == 0
    assert set(result.energies) <= {*result.samples, *energies} | set(result.energies)


def test_without_a_limit_it_ends_after_the_longest_anneal():
    problem = random_problem(40, 90, 8)
    schedule = ode.Anneal(first_steps=10.0, growth=2.0, most_steps=40.0, generation_steps=0.0)
    result = ode.ising(problem, runs=2, stepper=schedule, presolve=False)
    assert (result.run.reason, result.run.steps) == ("steps", 10 + 20 + 40)


@pytest.mark.parametrize(
    "values",
    [
        {"most_steps": np.inf, "max_steps": 500},
        {"first_steps": np.inf, "max_steps": 20},
        {"generation_steps": np.inf, "max_steps": 120},
        {"look_every": np.inf, "max_steps": 60, "dynamics": "amplitude-control"},
        {"resume_from": 0.0, "patience": 2.0},  # no limit: generations end all the same
        {"generation_steps": 0.5, "first_steps": 0.0},
    ],
    ids=str,
)
def test_any_lengths_of_anneals_and_generations_can_be_used(values):
    options = {name: values[name] for name in ("max_steps", "dynamics") if name in values}
    usual = {"first_steps": 10.0, "most_steps": 20.0, "generation_steps": 10.0}
    own = usual | {name: value for name, value in values.items() if name not in options}
    result = ode.ising(random_problem(40, 90, 8), runs=4, presolve=False, parameters=own, **options)
    assert result.run.reason == "steps"
    assert result.run.steps == options.get("max_steps", result.run.steps) > 0


def test_lanes_may_not_differ_in_how_many_steps_they_take(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        '[own]\nproblems = ["ising"]\ndynamics = "discrete-bifurcation"\nstepper = "anneal"\n'
        "[[own.lanes]]\nfirst_steps = 50\n[[own.lanes]]\nfirst_steps = 100\n"
    )
    with pytest.raises(ode.InputError, match="lanes may differ in dt"):
        ode.ising(random_problem(40, 90, 8), preset=own, runs=4, presolve=False)


@pytest.mark.parametrize("limit", [0, 0.01])
def test_a_time_limit_gives_the_best_so_far(limit):
    problem = random_problem(300, 900, 9)
    result = ode.ising(problem, time_limit=limit)
    assert (result.status, result.run.reason) == ("unknown", "time")
    assert problem.energy(result.spins) == result.energy
    assert result.to_json()["best"]["energy"] == result.energy


@pytest.mark.parametrize("kind", ["sparse", "fields", "weighted", "beyond 64 bits", "nothing"])
def test_a_first_guess_is_a_local_minimum_and_no_worse_than_a_hint(kind):
    problem = SMALL[kind]
    hint = np.where(np.arange(problem.spin_count) % 3 == 0, 1, -1).astype(np.int8)
    guess = first_guess(problem, 3, hint)
    assert problem.energy(guess) <= problem.energy(hint)
    for spin in range(problem.spin_count):
        flipped = guess.copy()
        flipped[spin] = -flipped[spin]
        assert problem.energy(flipped) >= problem.energy(guess)


def test_the_caller_can_stop_it():
    asked = threading.Event()
    result = ode.ising(
        random_problem(60, 200, 10), runs=4, stop=asked.is_set, progress=lambda _: asked.set()
    )
    assert result.run.reason == "stopped"
    assert result.energy == result.problem.energy(result.spins)


def test_progress_tells_the_best_energy():
    seen = []
    result = ode.ising(random_problem(60, 200, 10), runs=4, max_steps=40, progress=seen.append)
    assert seen[-1].steps == 40
    assert seen[-1].runs == 4
    assert seen[-1].energy >= result.energy


def test_a_hint_is_where_the_search_begins():
    problem = random_problem(200, 600, 11)
    good = ode.ising(problem, runs=8, max_steps=400).spins
    hinted = ode.ising(problem, hint=good, time_limit=0)
    assert hinted.energy <= problem.energy(good)
    named = ode.IsingProblem.from_dicts({}, {("a", "b"): 1, ("b", "c"): 1})
    answer = ode.ising(named, hint={"b": 1}, presolve=False, time_limit=0).assignment
    assert answer["b"] == 1


@pytest.mark.parametrize("all_runs", [False, True], ids=["one", "all"])
def test_nothing_is_compiled_where_the_first_guess_reaches_the_target(all_runs):
    problem = random_problem(60, 200, 14)
    good = ode.ising(problem, runs=4, max_steps=60, presolve=False)
    again = ode.ising(
        problem, hint=good.spins, target=good.energy, presolve=False, runs=4, all_runs=all_runs,
        max_steps=60,
    )  # fmt: skip
    assert (again.status, again.run.reason) == ("satisfied", "solved")
    assert again.energy <= good.energy
    # All runs are asked for their own answers, which no guess can give.
    assert (again.run.device == "none") is not all_runs
    assert (again.run.times.compile == 0) is not all_runs
    # A search of this shape has compiled its functions before.
    assert good.run.compiled.hits + good.run.compiled.misses == 4
    assert again.run.compiled == Compiled(hits=4 if all_runs else 0)


def test_all_runs_go_on_until_each_has_reached_the_target():
    problem = random_problem(16, 30, 12)
    target = least(problem)
    result = ode.ising(problem, presolve=False, target=target, all_runs=True, runs=8, time_limit=60)
    assert set(result.energies) == {target}
    assert result.run.runs.satisfied.all()
    assert result.success.hits >= 8


def test_a_target_below_the_least_energy_is_infeasible():
    problem = random_problem(8, 12, 13)
    result = ode.ising(problem, target=least(problem) - 1)
    assert (result.status, result.run.reason) == ("infeasible", "proved")
    assert result.energy == least(problem)


CUTS = {
    "unweighted": networkx.gnp_random_graph(11, 0.5, seed=1),
    "weighted": networkx.gnp_random_graph(11, 0.6, seed=2),
    "complete": networkx.complete_graph(9),
}
for first, second in CUTS["weighted"].edges:
    CUTS["weighted"].edges[first, second]["weight"] = (3 * first + 5 * second) % 7 - 2


@pytest.mark.parametrize("presolve", [True, False])
@pytest.mark.parametrize("kind", CUTS)
def test_cuts_are_the_largest(kind, presolve):
    graph = CUTS[kind]
    weight = "weight" if kind == "weighted" else None
    best = max(
        networkx.cut_size(graph, [n for n, side in enumerate(sides) if side], weight=weight)
        for sides in product((0, 1), repeat=len(graph))
    )
    result = ode.maxcut(graph, target=best, presolve=presolve, time_limit=60)
    assert (result.status, result.cut) == ("satisfied", best)
    below, above = result.sides
    assert networkx.cut_size(graph, below, above, weight=weight) == best
    assert result.to_json()["solution"]["cut"] == best


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_models_of_dimod_are_read_whole(vartype):
    model = dimod.BinaryQuadraticModel({"a": 1, "b": -0.5}, {"ab": 1.25, "bc": -2}, 0.75, vartype)
    for solve in (ode.ising, ode.qubo) if vartype == "BINARY" else (ode.ising,):
        result = solve(model)
        assert result.energy == model.energy(result.assignment)
        assert result.energy == dimod.ExactSolver().sample(model).first.energy


def test_a_qubo_answers_in_bits():
    matrix = np.array([[-3, 2, 2], [0, -3, 2], [0, 0, -3]])
    result = ode.qubo(matrix)
    assert (result.energy, int(result.bits.sum())) == (-4, 2)
    assert set(result.assignment.values()) == {0, 1}
    assert ode.qubo(matrix, hint=[1, 1, 0], presolve=False, time_limit=0).energy == -4


def test_decimals_give_the_nearest_float_in_json():
    problem = ode.IsingProblem.from_dicts({}, {(0, 1): Fraction(1, 3)})
    document = ode.ising(problem).to_json(statistics=True)
    assert document["solution"]["energy"] == -1 / 3
    assert document["optimal"]


BROKEN = {
    "problem": lambda: ode.ising(3),
    "option": lambda: ode.ising({(0, 1): 1}, patience=5),
    "unknown dynamics": lambda: ode.ising({(0, 1): 1}, dynamics="article"),
    "another's dynamics": lambda: ode.ising({(0, 1): 1}, dynamics=ode.Article()),
    "another's stepper": lambda: ode.ising({(0, 1): 1}, stepper="euler"),
    "another's preset": lambda: ode.ising({(0, 1): 1}, preset="sat-ctds", presolve=False),
    "parameter": lambda: ode.ising({(0, 1): 1}, parameters={"alpha": 3}),
    "target": lambda: ode.ising({(0, 1): 1}, target="low"),
    "hint of one": lambda: ode.ising({(0, 1): 1}, hint=[1]),
    "hint of zeros": lambda: ode.ising({(0, 1): 1}, hint=[0, 1]),
    "hint of strangers": lambda: ode.ising({(0, 1): 1}, hint={"z": 1}),
    "time": lambda: ode.ising({(0, 1): 1}, time_limit=-1),
    "fields in a cut": lambda: ode.maxcut(ode.IsingProblem.from_dicts([1, 0], {(0, 1): 1})),
    "weights": lambda: ode.maxcut([(0, 1)], [1, 2]),
    "an Ising dynamics elsewhere": lambda: ode.sat([[1]], dynamics="discrete-bifurcation"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_what_cannot_be_used_is_refused_in_one_line(kind):
    with pytest.raises(ode.InputError) as raised:
        BROKEN[kind]()
    assert "\n" not in str(raised.value)


def test_every_dynamics_has_a_preset_of_its_own():
    named = {own.dynamics for own in packaged_presets().values() if "ising" in own.problems}
    assert named <= set(ode.ISING_DYNAMICS)
    last = [own for own in packaged_presets().values() if "ising" in own.automatic][-1]
    assert not last.when  # whatever the features, one is chosen


def test_features_describe_a_problem():
    own = features(random_problem(20, 60, 1, largest=1))
    assert (own["spins"], own["couplings"], own["weights"], own["fields"]) == (
        20,
        60,
        "signs",
        "no",
    )
    assert own["density"] == pytest.approx(60 / 190)
    assert features(ode.IsingProblem.from_graph([(0, 1), (1, 2)]))["weights"] == "equal"
    assert features(SMALL["weighted"])["weights"] == "many"


def test_statistics_of_success():
    low, high = wilson_interval(5, 10)
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert time_to_target(2.0, 0.5) == pytest.approx(2 * np.log(0.01) / np.log(0.5))
    assert time_to_target(2.0, 0.0) is None
    assert time_to_target(2.0, 1.0) == 2.0
    success = success_of([-3, -2, -3, -1], -3, 8.0)
    assert (success.hits, success.anneals, success.probability) == (2, 4, 0.5)
    assert success.seconds == time_to_target(2.0, 0.5)
    assert success_of([], -3, 0.0).seconds is None
