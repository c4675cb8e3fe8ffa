"""Lines through the logarithms of medians."""

from __future__ import annotations

import numpy as np
import pytest

from odesolve.problems.studies.reporting.lines import line_through


def test_the_line_goes_through_the_medians():
    sizes = np.array([10, 20, 40, 80])
    line = line_through(np.log2(sizes), [[3 * n**2] * 3 for n in sizes])
    assert line.estimate == pytest.approx((2.0, 2.0, 2.0))
    assert line.at(np.log2(sizes)) == pytest.approx(3 * sizes**2)


def test_a_narrower_middle_is_inside_a_wider_one():
    random = np.random.default_rng(0)
    samples = [2.0**n * random.lognormal(size=20) for n in range(4)]
    wide, narrow = (line_through(np.arange(4.0), samples, middle) for middle in (0.95, 0.5))
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.slope == narrow.slope


def test_means_may_take_the_place_of_medians():
    samples = [[1.0, 1.0, 7.0], [1.0, 1.0, 22.0]]
    assert line_through(np.arange(2.0), samples).slope == 0
    assert line_through(np.arange(2.0), samples, summary=np.mean).slope == pytest.approx(
        np.log2(8 / 3)
    )


def test_resamples_without_a_finite_median_are_left_out():
    samples = [[2.0, 2.0, np.inf], [4.0, 4.0, np.inf], [8.0, 8.0, np.inf]]
    assert line_through(np.arange(3.0), samples).estimate == pytest.approx((1.0, 1.0, 1.0))
