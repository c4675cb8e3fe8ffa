"""``OdeSampler`` as dimod asks of a sampler, and below its composites."""

from __future__ import annotations

import json
import unittest

import numpy as np
import pytest

import odesolve as ode

dimod = pytest.importorskip("dimod")

from dimod.testing import (  # noqa: E402
    assert_sampler_api,
    assert_sampleset_energies,
    load_sampler_bqm_tests,
)

from odesolve.dimod import OdeSampler  # noqa: E402

# dimod sets the shape of arrays, which NumPy 2.5 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Setting the shape on a NumPy array")

QUICK = {"num_reads": 4, "max_steps": 60, "seed": 1}


@load_sampler_bqm_tests(OdeSampler(**QUICK))
class TestAsDimodTestsSamplers(unittest.TestCase):
    """Filled by dimod's own tests."""


def random_model(vartype, seed=3):
    model = dimod.BinaryQuadraticModel(vartype)
    generator = np.random.default_rng(seed)
    for first in range(40):
        model.add_linear(f"v{first}", int(generator.integers(-3, 4)))
        for second in range(first):
            model.add_quadratic(f"v{first}", f"v{second}", int(generator.integers(-3, 4)))
    model.offset = 7
    return model


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_one_sample_a_read(vartype):
    model = random_model(vartype)
    sampler = OdeSampler()
    assert_sampler_api(sampler)
    samples = sampler.sample(model, **QUICK)
    assert_sampleset_energies(samples, model)
    assert samples.record.num_occurrences.sum() == len(samples) == 4
    assert samples.vartype is model.vartype
    assert {"timing", "dynamics", "preset", "parameters", "seed"} <= samples.info.keys()
    json.dumps(samples.info)
    again = sampler.sample(model, **QUICK)
    assert (again.record.sample == samples.record.sample).all()


def test_what_presolve_decides_is_one_sample_that_counts_for_all_reads():
    samples = OdeSampler().sample_ising({"a": 1}, {("a", "b"): 2}, num_reads=9)
    assert samples.record.num_occurrences.tolist() == [9]
    assert samples.info["optimal"]
    assert samples.first.energy == -3


def test_reads_begin_near_the_best_initial_state():
    model = random_model("SPIN")
    best = OdeSampler().sample(model, num_reads=8, max_steps=500, seed=1).first
    worse = dict.fromkeys(model.variables, 1)
    found = OdeSampler().sample(
        model, initial_states=[worse, best.sample], num_reads=2, max_steps=0
    )
    assert found.first.energy <= best.energy


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"num_reads": 0}, "num_reads: 0"),
        ({"speed": 3}, "speed"),
        ({"dynamics": "walking"}, "walking"),
        ({"initial_states": {"v0": 1}}, "no value for"),
    ],
)
def test_what_cannot_be_used_is_refused(given, wrong):
    with pytest.raises(ode.InputError, match=wrong):
        OdeSampler().sample(random_model("SPIN"), **given)


def test_parameters_of_the_dynamics_by_their_names():
    samples = OdeSampler(dynamics="annealed-langevin").sample(
        random_model("SPIN"), dt=0.05, **QUICK
    )
    assert samples.info["dynamics"] == "annealed-langevin"
    assert samples.info["parameters"]["dt"] == 0.05


def test_composites_work_on_it():
    model = random_model("BINARY")
    tracking = dimod.TrackingComposite(OdeSampler())
    assert_sampleset_energies(tracking.sample(model, **QUICK), model)
    assert tracking.input["bqm"] == model
    truncated = dimod.TruncateComposite(OdeSampler(), 2).sample(model, **QUICK)
    assert len(truncated) == 2
    cubic = dimod.BinaryPolynomial({"abc": -1, "a": 1, "bd": 2}, "SPIN")
    found = dimod.HigherOrderComposite(OdeSampler()).sample_poly(cubic, num_reads=3)
    assert found.first.energy == dimod.ExactPolySolver().sample_poly(cubic).first.energy
