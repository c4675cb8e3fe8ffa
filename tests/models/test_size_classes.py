"""Size classes: every shape fits into its class, and no other cuts would cost less."""

from __future__ import annotations

import itertools
from collections import Counter
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odesolve.problems.models.size_classes import SHAPES, size_classes

SIZES = st.lists(st.tuples(st.integers(1, 30)), min_size=1, max_size=14)
PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6)), min_size=1, max_size=12)
OVERHEADS = st.sampled_from([0, 1, 10, 100, 10_000])


def cost(shapes, classes, overhead):
    padded = sum(prod(max(extent, 1) for extent in classes[shape]) for shape in shapes)
    return padded + overhead * len(set(classes.values()))


@given(st.one_of(SIZES, PAIRS), OVERHEADS)
def test_every_shape_fits_into_its_class(shapes, overhead):
    classes = size_classes(shapes, overhead)
    assert set(classes) == set(shapes)
    for shape, padded in classes.items():
        assert all(a <= b for a, b in zip(shape, padded, strict=True))


@given(st.lists(st.tuples(st.integers(1, 20)), min_size=1, max_size=7), OVERHEADS)
def test_no_other_cuts_cost_less(shapes, overhead):
    found = cost(shapes, size_classes(shapes, overhead), overhead)
    distinct = sorted(set(shapes))
    counts = Counter(shapes)
    for count in range(len(distinct)):
        for cuts in itertools.combinations(range(1, len(distinct)), count):
            parts = [distinct[a:b] for a, b in itertools.pairwise([0, *cuts, len(distinct)])]
            other = sum(max(part)[0] * sum(counts[s] for s in part) + overhead for part in parts)
            assert found <= other


@pytest.mark.parametrize(("overhead", "classes"), [(0, 3), (10, 2), (10_000, 1)])
def test_overhead_joins_classes(overhead, classes):
    assert len(set(size_classes([(3,), (4,), (4,), (90,)], overhead).values())) == classes


def test_no_shapes_have_no_classes():
    assert size_classes([], 10) == {}


def test_more_shapes_than_are_looked_at_one_by_one():
    shapes = [(n,) for n in range(1, 5 * SHAPES)]
    classes = size_classes(shapes, overhead=0)
    assert set(classes) == set(shapes)
    assert all(shape <= padded for shape, padded in classes.items())
    assert len(set(classes.values())) <= SHAPES
