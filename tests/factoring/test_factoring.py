"""Factoring: splits as systems, and prime factorizations found by the dynamics."""

from __future__ import annotations

import json
from math import prod

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import factorint, isprime, nextprime
from systems import evaluated, holds

from odesolve.potentials.relations.presolve import RelationContradiction
from odesolve.presets.method import Method
from odesolve.problems.arithmetic.multiplication import MULTIPLIERS
from odesolve.problems.errors import InputError
from odesolve.problems.factoring.solve import factor
from odesolve.problems.factoring.split_system import split_of, width_pairs
from odesolve.problems.factoring.splitting import Splitter
from odesolve.problems.relations.circuit import Circuit, fixed_bits
from odesolve.results import Reason, Status

SEMIPRIME_40 = 999983 * 1000003
#: Factored in turn by the dynamics; kept few, since each width of a number compiles a kernel.
FACTORED = {
    15: [(3, 1), (5, 1)],
    9: [(3, 2)],
    360: [(2, 3), (3, 2), (5, 1)],
    121: [(11, 2)],
    210: [(2, 1), (3, 1), (5, 1), (7, 1)],
    3039: [(3, 1), (1013, 1)],
    61_937: [(241, 1), (257, 1)],
}
WITHOUT_DYNAMICS = {
    1: [],
    2: [(2, 1)],
    3: [(3, 1)],
    64: [(2, 6)],
    997: [(997, 1)],
    2**20: [(2, 20)],
    12 * 2**9: [(2, 11), (3, 1)],
    2**127 - 1: [(2**127 - 1, 1)],
    2**100 * 65537: [(2, 100), (65537, 1)],
}


def primes_of_width(width: int) -> st.SearchStrategy[int]:
    """Odd primes of exactly this width."""
    numbers = st.integers(2 ** (width - 1), 2**width - 1).map(lambda n: nextprime(n - 1))
    return numbers.filter(lambda prime: prime.bit_length() == width and prime > 2)


# ------------------------------------------------------------------------------ turns


@pytest.mark.parametrize("number", [9, 3039, SEMIPRIME_40, 2**200 + 1])
def test_every_pair_gets_a_turn_and_twice_as_long_ones_later(number):
    splitter = Splitter(Method(), True, 0, None, {"runs": 1})
    pairs = width_pairs(number)
    first, second, third = (
        [splitter.slice_steps(number, pair, round_number) for pair in pairs]
        for round_number in range(3)
    )
    assert all(60 <= early <= late for early, late in zip(first, second, strict=True))
    assert third == [2 * steps for steps in second]
    # The most balanced pairs come first, and none after them gets more.
    assert second == sorted(second, reverse=True)
    assert second[0] <= 2 * sum(second[2:]) or len(pairs) < 10


def test_turns_keep_to_the_budget_of_steps():
    splitter = Splitter(Method(), True, 0, None, {"runs": 1, "max_steps": 100})
    assert splitter.slice_steps(SEMIPRIME_40, (20, 20), 3) == 100
    splitter.steps = 95
    assert splitter.slice_steps(SEMIPRIME_40, (20, 20), 3) == 5


@pytest.mark.slow
def test_a_number_with_several_unequal_factors():
    result = factor(3 * 5 * 7 * 331, seed=0)
    assert result.factors == [(3, 1), (5, 1), (7, 1), (331, 1)]
    assert len(result.splits) == 3


# ------------------------------------------------------------------------------ splits


def test_width_pairs_cover_the_factors_of_every_composite():
    for number in range(9, 2000, 2):
        pairs = width_pairs(number)
        assert len(set(pairs)) == len(pairs)
        for p in range(3, number, 2):
            if p * p <= number and number % p == 0:
                assert (p.bit_length(), (number // p).bit_length()) in pairs


def test_width_pairs_begin_with_the_most_balanced():
    for number in (9, 15, 3039, SEMIPRIME_40, 2**255 + 1):
        differences = [c - a for a, c in width_pairs(number)]
        assert differences == sorted(differences)
        assert differences[0] >= 0


def assert_split_keeps(p: int, q: int, multiplier: str) -> None:
    """The true factors satisfy all that presolve leaves, and come back from its bits."""
    widths = p.bit_length(), q.bit_length()
    split = split_of(p * q, widths, multiplier=multiplier)
    circuit = Circuit()
    bits = circuit.bits(widths[0]), circuit.bits(widths[1])
    MULTIPLIERS[multiplier](circuit, *bits)
    truth = evaluated(circuit, fixed_bits(p, bits[0]) | fixed_bits(q, bits[1]))
    simplified = split.simplified
    assert all(holds(relation, truth) for relation in simplified.relations)
    assert all(truth[variable] == bit for variable, bit in simplified.values.items())
    # Factors of one width may be left open up to their order: a free bit then chooses.
    known = {int(v): truth[v] for v in (*simplified.unknowns, *simplified.free)}
    np.testing.assert_array_equal(simplified.lift(known), truth)
    assert sorted(split.factors(truth[simplified.unknowns])) == [p, q]
    assert sum(len(relations) for relations, _ in split.classes) == len(simplified.relations)


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
@settings(max_examples=20)
@given(st.integers(2, 20).flatmap(primes_of_width), st.integers(2, 20).flatmap(primes_of_width))
@example(3, 3)
@example(11, 11)
@example(3, 1013)
@example(1031, 1069)
@example(999983, 1000003)
def test_presolve_of_the_true_widths_keeps_the_true_factors(multiplier, first, second):
    assert_split_keeps(*sorted((first, second)), multiplier)


def test_a_split_without_presolve_holds_what_is_known():
    split = split_of(15, (2, 3), presolve=False)
    assert split.simplified.fixed_count == 0
    position = {int(v): i for i, v in enumerate(split.simplified.unknowns)}
    ends = [split.p[0], split.p[-1], split.q[0], split.q[-1]]
    assert [split.held[position[variable]] for variable in ends] == [1, 1, 1, 1]
    assert split_of(15, (2, 3)).held == {}


@pytest.mark.parametrize(("number", "widths"), [(15, (2, 2)), (9, (2, 3)), (2**20 + 7, (2, 19))])
def test_presolve_excludes_widths_of_no_factor(number, widths):
    assert not any(
        number % p == 0 and p.bit_length() == widths[0] and (number // p).bit_length() == widths[1]
        for p in range(3, 2 ** widths[0])
    )
    with pytest.raises(RelationContradiction):
        split_of(number, widths)


def test_every_factor_bit_has_a_place_in_the_system():
    # A bit that presolve left without any relation would have none.
    for number in [n for n in range(9, 400, 2) if not isprime(n)]:
        for widths in width_pairs(number):
            try:
                split = split_of(number, widths)
            except RelationContradiction:
                continue
            known = set(split.simplified.values) | set(split.simplified.unknowns.tolist())
            roots = {split.simplified.aliases.get(v, (v, False))[0] for v in split.p + split.q}
            assert split.simplified.solved or roots <= known


# ------------------------------------------------------------------------------ factorizations


def assert_factored(result, number: int) -> None:
    assert result.status is Status.SATISFIED
    assert result.reason is Reason.SOLVED
    assert result.factors == sorted(factorint(number).items())
    assert not result.unsplit
    for record in result.splits:
        assert record.factors is not None
        assert prod(record.factors) == record.number
        assert tuple(f.bit_length() for f in record.factors) == record.widths


@pytest.mark.parametrize("number", WITHOUT_DYNAMICS)
def test_nothing_is_integrated_for_powers_of_two_and_primes(number):
    result = factor(number)
    assert_factored(result, number)
    assert result.factors == WITHOUT_DYNAMICS[number]
    assert (result.splits, result.run.dynamics) == ([], "none")


QUICK = (15, 360)


@pytest.mark.parametrize(
    "number", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in FACTORED]
)
def test_the_dynamics_find_every_split(number):
    result = factor(number, max_steps=20_000, runs=8)
    assert_factored(result, number)
    assert result.factors == FACTORED[number]
    odd = sum(exponent for prime, exponent in result.factors if prime > 2)
    assert len(result.splits) == odd - 1
    assert all(record.clauses > 0 for record in result.splits)
    assert result.run.dynamics == "memcomputing"


@pytest.mark.slow
@pytest.mark.parametrize("number", [25, 49, 77, 1001, 3**5, 5 * 7 * 11 * 13, 2 * 15, 169])
def test_more_small_composites(number):
    assert_factored(factor(number, max_steps=20_000, runs=8), number)


FORMATTED = {
    1: "1 = 1",
    7: "7 = 7",
    8: "8 = 2^3",
    6: "6 = 2 x 3",
    2**4 * 97: "1552 = 2^4 x 97",
}


@pytest.mark.parametrize("number", FORMATTED)
def test_the_text_of_a_factorization(number):
    assert str(factor(number)) == FORMATTED[number]


def test_one_split_may_leave_composites():
    assert factor(360, split=True).factors == [(2, 3), (45, 1)]
    assert factor(8, split=True).factors == [(2, 3)]
    assert factor(13, split=True).factors == [(13, 1)]
    result = factor(105, split=True, runs=8)
    assert len(result.splits) == 1
    (p, one), (q, other) = result.factors
    assert (p * q, one, other) == (105, 1, 1)
    assert result.status is Status.SATISFIED


def test_without_presolve_the_dynamics_get_the_whole_multiplier():
    with_presolve, without = factor(15, runs=8), factor(15, runs=8, presolve=False)
    assert_factored(without, 15)
    assert without.splits[0].clauses >= with_presolve.splits[0].clauses
    assert not without.splits[0].decided_by_presolve


def test_a_spent_budget_leaves_the_composite():
    result = factor(4 * 3 * 61_937, max_steps=0, runs=2)
    assert (result.status, result.reason) == (Status.UNKNOWN, Reason.STEPS)
    assert not result.satisfied
    assert prod(p**e for p, e in result.factors) * prod(result.unsplit) == result.number
    assert result.factors[0] == (2, 2)
    assert str(result).startswith(f"{result.number} = 2^2 x ")
    assert f"({result.unsplit[0]})" in str(result)
    document = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert (document["status"], document["reason"]) == ("unknown", "steps")
    assert document["solution"] is None
    assert document["best"]["unsplit"] == result.unsplit
    assert document["best"]["factors"][0] == [2, 2]
    assert document["violated"] == 1
    assert document["steps"] == 0


def test_a_time_limit_of_zero_ends_at_once():
    result = factor(SEMIPRIME_40, time_limit=0, runs=2)
    assert (result.status, result.reason) == (Status.UNKNOWN, Reason.TIME)
    assert result.unsplit == [SEMIPRIME_40]


def test_the_json_of_a_factorization():
    result = factor(15, seed=3, runs=8)
    document = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert document["solution"] == {"factors": [[3, 1], [5, 1]]}
    common = (
        "status reason solution problem runs steps violated time compiled seed dynamics parameters"
    )
    own = {"preset", "device", "kernels", "compiled", "splits", "notes"}
    assert set(document) == {*common.split(), *own}
    assert document["problem"] == {"number": 15, "bits": 4}
    assert document["seed"] == 3
    assert document["violated"] == 0
    assert document["splits"][0]["factors"] in ([3, 5], [5, 3])
    assert document["runs"] == {"total": 8, "satisfied": 1}
    assert factor(1).to_json()["solution"] == {"factors": []}


def test_the_same_seed_gives_the_same_factors_and_steps():
    def outcome(seed: int):
        result = factor(8137, seed=seed, runs=8)
        return [(r.factors, r.steps) for r in result.splits], result.factors

    first = outcome(1)
    assert outcome(1) == first
    # Nothing is factored beyond the first seed that takes other steps.
    assert any(outcome(seed)[0][0][1] != first[0][0][1] for seed in (0, 2, 3, 4, 5))


@pytest.mark.parametrize("number", [0, -1, -5, True, False, 2.0, "15", None])
def test_numbers_that_have_no_factorization_are_refused(number):
    with pytest.raises(InputError, match=r"number: .* expected a positive integer"):
        factor(number)


@pytest.mark.parametrize("number", [3**200, 10**600, 10**5000 + 1], ids=int.bit_length)
def test_numbers_beyond_any_circuit_are_refused(number):
    with pytest.raises(InputError, match="at most 256 bits"):
        factor(number)


@pytest.mark.parametrize(
    "choices",
    [{"runs": 0}, {"dynamics": "magic"}, {"parameters": {"alpha": "x"}}, {"stepper": "leap"},
     {"unheard": 1}, {"max_steps": -1}, {"seed": -1}],
)  # fmt: skip
def test_options_that_cannot_be_used_are_refused(choices):
    with pytest.raises(InputError, match="options: "):
        factor(15, **choices)


@pytest.mark.slow
def test_every_composite_below_1000():
    for number in range(1, 1000):
        assert_factored(factor(number, max_steps=50_000), number)


@pytest.mark.slow
def test_random_semiprimes_of_20_bits():
    generator = np.random.default_rng(20)
    for _ in range(20):
        p, q = (int(nextprime(int(generator.integers(520, 1000)))) for _ in range(2))
        assert_factored(factor(p * q, time_limit=120), p * q)
