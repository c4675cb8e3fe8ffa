"""The generated models of the benchmark: each has a solution, and its checker is right."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from model_oracle import all_solutions

from benchmarks.models import puzzles, random_models
from benchmarks.models.families import FAMILIES
from odesolve.problems.models.constraints import AllDifferent

SMALL = {
    "queens": lambda seed: puzzles.queens(5),
    "send-more": lambda seed: puzzles.send_more(),
    "magic": lambda seed: puzzles.magic_square(3),
    "langford": lambda seed: puzzles.langford(4),
    "all-interval": lambda seed: puzzles.all_interval(6),
    "golfers": lambda seed: puzzles.golfers(2, 2, 3),
    "sudoku": lambda seed: puzzles.sudoku(30, seed),
    "latin": lambda seed: puzzles.latin_square(6, 15, seed),
    "rb": lambda seed: random_models.model_rb(7, seed, forced=True),
    "subset-sum": lambda seed: random_models.subset_sum(8, 2, seed),
    "job-shop": lambda seed: random_models.job_shop(3, 3, seed),
}


def solution_of(generated):
    """The one that is known, or the first that trying finds."""
    return generated.solution or next(all_solutions(generated.model))


def violates(generated, values):
    """Whether values violate a constraint, or a variable cannot have its value."""
    own = {v: values[v.name] for v in generated.model.variables}
    return bool(generated.model.violated(own)) or any(x not in v.values for v, x in own.items())


@pytest.mark.parametrize("name", SMALL)
def test_the_checker_and_the_model_say_the_same(name):
    generator = random.Random(name)
    verdicts = Counter()
    for seed in range(3):
        generated = SMALL[name](seed)
        solution = solution_of(generated)
        variables = generated.model.variables
        assert set(solution) == {v.name for v in variables}
        tried = [solution]
        for count in (1, 1, 2, 2, 3, len(variables)):
            # Two values changed places, or some were drawn anew.
            changed = dict(solution)
            a, b = generator.sample(variables, 2)
            changed[a.name], changed[b.name] = changed[b.name], changed[a.name]
            drawn = dict(solution)
            for variable in generator.sample(variables, min(count, len(variables))):
                drawn[variable.name] = generator.choice(list(variable.values))
            tried += [changed, drawn]
        for values in tried:
            # The checkers look at values only: those that a variable cannot have are told apart.
            assert generated.check(values) is not violates(generated, values) or any(
                values[v.name] not in v.values for v in variables
            ), values
            verdicts[generated.check(values)] += 1
        assert generated.check(solution)
        assert not violates(generated, solution)
    assert verdicts[True] >= 3
    assert verdicts[False] >= 3


@pytest.mark.parametrize("name", ["sudoku", "latin", "rb", "subset-sum", "job-shop"])
def test_an_instance_follows_from_its_seed(name):
    first, again, other = (
        [(str(c), str(c.operands), getattr(c, "tuples", "")) for c in model.constraints]
        + [(str(v), v.values) for v in model.variables]
        for model in (SMALL[name](seed).model for seed in (4, 4, 5))
    )
    assert first == again != other


@pytest.mark.parametrize("order", [1, 2, 5, 12])
def test_random_latin_squares_are_latin(order):
    squares = [puzzles.random_latin_square(order, random.Random(seed)) for seed in range(3)]
    for square in squares:
        for line in [*square, *zip(*square, strict=True)]:
            assert sorted(line) == list(range(order))
    if order == 12:
        assert squares[0] != squares[1]


def test_random_latin_squares_are_nearly_uniform():
    # There are 12 of order 3; the walk sees each of them about as often.
    counts = Counter(
        str(puzzles.random_latin_square(3, random.Random(seed))) for seed in range(1200)
    )
    assert len(counts) == 12
    assert sum((count - 100) ** 2 / 100 for count in counts.values()) < 31.3  # 11 degrees, p = .001


@pytest.mark.parametrize("clues", [26, 28])
def test_a_sudoku_has_as_many_clues_and_one_solution(clues):
    generated = puzzles.sudoku(clues, 1)
    fixed = [v for v in generated.model.variables if v.values.size == 1]
    assert len(fixed) == clues
    # Boxes, rows and columns: every cell is in three of them.
    counted = Counter(v for c in generated.model.constraints for v in c.variables)
    assert set(counted.values()) == {3}
    assert all(isinstance(c, AllDifferent) for c in generated.model.constraints)
    grid = [v.values.lowest if v.values.size == 1 else 0 for v in generated.model.variables]
    solutions = list(puzzles.completions(grid, random.Random(0)))
    assert solutions == [list(generated.solution.values())]


def test_model_rb_is_at_its_threshold():
    model = random_models.model_rb(20, 1, forced=False).model
    assert {v.values.size for v in model.variables} == {11}  # 20^.8 = 10.98
    assert len(model.constraints) == 167  # .8 / ln(4/3) x 20 x ln 20 = 166.6
    assert {len(c.tuples) for c in model.constraints} == {30}  # .25 x 121


def test_latin_squares_have_as_many_holes():
    model = puzzles.latin_square(20, 168, 1).model
    assert sum(v.values.size > 1 for v in model.variables) == 168


def test_langford_says_where_there_is_a_solution():
    for pairs in (2, 3, 4):
        generated = puzzles.langford(pairs)
        assert generated.satisfiable is any(True for _ in all_solutions(generated.model))


def test_families_have_names_of_their_own_and_objectives_as_they_say():
    instances = [each for family in FAMILIES for each in family.instances(1)]
    assert len({each.name for each in instances}) == len(instances)
    for family in FAMILIES:
        if family.name.startswith(("job-shop", "subset", "magic", "rb")):
            (instance,) = family.instances(1)
            assert (instance.generated.model.objective is not None) is family.optimises
