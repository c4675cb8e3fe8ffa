"""Which systems the native function for edges of graphs takes, and what it needs of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import odesolve as ode
from odesolve.native.colors import MOST_DENSE_CELLS, ColorsKernel
from odesolve.native.kernels import kernel_for
from odesolve.potentials.layout import Layout
from odesolve.potentials.pair_products import PairProducts
from odesolve.solving import padded_for

TRIANGLE = [[0, 1], [1, 2], [2, 0]]
DYNAMICS, STEPPER = ode.Rectified(), ode.HeavyBall()


def system_of(domain: ode.potentials.Domain, edges, **options) -> ode.System:
    nodes = max(map(max, edges)) + 1
    return ode.compile_system([(domain, nodes)], [ode.Different(edges)], **options)


def test_edges_of_sparse_graphs_are_covered():
    system = padded_for(system_of(ode.Simplex(3), TRIANGLE), DYNAMICS, STEPPER).system
    assert isinstance(kernel_for(system, DYNAMICS, STEPPER), ColorsKernel)


@pytest.mark.parametrize(
    "system",
    [
        system_of(ode.Circle(3), TRIANGLE),
        system_of(ode.Simplex(3), TRIANGLE, open_values={1: 2}),
        system_of(ode.Simplex(3), TRIANGLE, deterministic_gather=True),
        ode.compile_system(
            [(ode.Simplex(3), 2), (ode.Simplex(4), 2)],
            [ode.Different([[0, 1]]), ode.Different([[2, 3]])],
        ),
    ],
    ids=["circle", "lists", "gathered", "two-simplices"],
)
def test_other_systems_are_not(system):
    assert not ColorsKernel.covers(system, DYNAMICS, STEPPER)


def test_edges_of_dense_graphs_are_covered():
    edges = [[a, b] for b in range(40) for a in range(b)]
    system = padded_for(system_of(ode.Simplex(12), edges), DYNAMICS, STEPPER).system
    assert system.groups[0].products is not None
    assert isinstance(kernel_for(system, DYNAMICS, STEPPER), ColorsKernel)


def test_the_largest_dense_graphs_stay_products_of_matrices():
    system = system_of(ode.Simplex(12), TRIANGLE)
    products = PairProducts(np.zeros((3, 2), np.int32), 0, 3, 12)
    dense = replace(system, groups=(replace(system.groups[0], products=products),))
    assert ColorsKernel.covers(dense, DYNAMICS, STEPPER)
    many = Layout.of([(ode.Simplex(12), MOST_DENSE_CELLS)])
    assert not ColorsKernel.covers(replace(dense, layout=many), DYNAMICS, STEPPER)


@pytest.mark.parametrize(
    ("dynamics", "stepper"),
    [(ode.Article(), STEPPER), (ode.Descent(), ode.Euler()), (DYNAMICS, ode.Heun())],
)
def test_other_equations_are_not(dynamics, stepper):
    assert not ColorsKernel.covers(system_of(ode.Simplex(3), TRIANGLE), dynamics, stepper)
