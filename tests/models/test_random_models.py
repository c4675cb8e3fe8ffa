"""Random models of every constraint against brute force: hundreds, and thousands when slow."""

from __future__ import annotations

import pytest
from models.random_models import brute_force, random_model

pytest.importorskip("cpmpy")  # of the prover


def assert_right(seed: int, **how: object) -> None:
    """All solutions, or the best objective, of the model of a seed, and that these are proved."""
    model = random_model(seed)
    right = brute_force(model)
    result = model.solve(seed=seed, solutions=None, **how)
    if not right:
        assert result.status == "infeasible"
        assert result.proof or how.get("prove")
        return
    assert result.satisfied
    if model.objective is None:
        found = sorted(sorted(solution.items()) for solution in result.solutions)
        assert found == sorted(sorted(solution.items()) for solution in right)
        assert result.complete
        return
    values = [
        model.objective.value({v: solution[v.name] for v in model.variables}) for solution in right
    ]
    best = max(values) if model.objective.maximize else min(values)
    assert (result.objective, result.bound, result.optimal) == (best, best, True)


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_presolve_and_exhaustion_find_exactly_the_solutions(first):
    for seed in range(first, first + 50):
        assert_right(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(200, 2000, 100))
def test_two_thousand_models(first):
    for seed in range(first, first + 100):
        assert_right(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 100, 10))
def test_the_prover_beside_the_dynamics_finds_exactly_the_solutions(first):
    for seed in range(first, first + 10):
        assert_right(seed, presolve=False, prove="beside")


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 60, 10))
def test_the_dynamics_alone_are_never_wrong(first):
    """They solve nearly all that have a solution, too."""
    unsolved = 0
    for seed in range(first, first + 10):
        model = random_model(seed)
        right = brute_force(model)
        result = model.solve(seed=seed, presolve=False, runs=8, max_steps=300)
        if result.satisfied:
            assert result.values in right or model.objective is not None
        elif result.status == "infeasible":
            assert not right
        else:
            unsolved += bool(right)
    assert unsolved <= 1
