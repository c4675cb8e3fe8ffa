"""Sets of integers as ranges, compared with Python's sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odesolve.problems.models.values import TRUTH, Values

MEMBERS = st.sets(st.integers(-12, 12), max_size=12)
RANGES = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=6)


@given(MEMBERS)
def test_members_come_back_in_rising_order(members):
    values = Values.of(members)
    assert list(values) == sorted(members) == values.to_array().tolist()
    assert values.size == len(members)
    assert bool(values) == bool(members)
    assert {n for n in range(-15, 16) if n in values} == members
    if members:
        assert (values.lowest, values.highest) == (min(members), max(members))


@given(RANGES)
def test_ranges_are_disjoint_with_a_gap_after_each(ranges):
    values = Values.joined(ranges)
    assert set(values) == {n for low, high in ranges for n in range(low, high + 1)}
    assert all(low <= high for low, high in values.ranges)
    before = None
    for low, high in values.ranges:
        assert before is None or low > before + 1
        before = high


@given(MEMBERS, MEMBERS, st.integers(-13, 13), st.integers(-13, 13))
def test_cuts_are_those_of_sets(members, others, low, high):
    values = Values.of(members)
    assert set(values.within(low, high)) == {n for n in members if low <= n <= high}
    assert set(values.without(low)) == members - {low}
    assert set(values.common(Values.of(others))) == members & others


@given(st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([1, -1, 2]))
def test_a_range_of_python_is_taken_as_it_is(start, stop, step):
    own = range(start, stop, step)
    assert list(Values.of(own)) == sorted(own)


def test_large_ranges_are_not_written_out():
    values = Values.between(-(2**60), 2**60)
    assert values.size == 2**61 + 1
    assert 2**59 in values
    assert values.without(0).ranges == ((-(2**60), -1), (1, 2**60))
    assert Values.of(range(10**12)).ranges == ((0, 10**12 - 1),)


@pytest.mark.parametrize("end", ["lowest", "highest"])
def test_nothing_has_no_ends(end):
    with pytest.raises(IndexError):
        getattr(Values.between(3, 2), end)


def test_a_truth_value_is_0_or_1():
    assert list(TRUTH) == [0, 1]
