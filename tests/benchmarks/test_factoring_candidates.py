"""What factoring's benchmark tries out beside the default."""

from __future__ import annotations

from itertools import product

import pytest
from systems import evaluated

from benchmarks.factoring import candidates
from benchmarks.factoring.ablations import PARAMETERS
from odesolve.presets.choice import choose
from odesolve.problems.factoring.split_system import split_of
from odesolve.problems.factoring.splitting import padded_widths
from odesolve.problems.relations.circuit import Circuit, fixed_bits
from odesolve.problems.relations.system import Shape


@pytest.mark.parametrize("modulus", [3, 5, 7, 15])
@pytest.mark.parametrize("widths", [(5, 5), (4, 7), (2, 3)])
def test_residues_allow_exactly_the_pairs_of_the_right_residue(modulus, widths):
    number = 23 * 29
    circuit = Circuit()
    p, q = circuit.bits(widths[0]), circuit.bits(widths[1])
    circuit.relations += candidates.residue_relations(circuit, number, p, q, modulus=modulus)
    for a, b in product(range(2 ** widths[0]), range(2 ** widths[1])):
        try:
            evaluated(circuit, fixed_bits(a, p) | fixed_bits(b, q))
            holds = True
        except ValueError:
            holds = False
        assert holds == ((a * b - number) % modulus == 0)


def test_further_relations_come_into_the_system():
    number, widths = 211 * 239, (8, 8)
    further = candidates.CANDIDATES["residues modulo 3, 5, 7, too"]
    own, plain = (split.simplified for split in
                  (further.split(number, widths, True), split_of(number, widths)))  # fmt: skip
    assert len(own.unknowns) > len(plain.unknowns)
    assert len(own.relations) > len(plain.relations)


def test_the_search_of_parameters_begins_at_the_preset():
    dynamics, stepper = choose("factoring", {"encoding": "clauses"}).lanes[0]
    values = {**dynamics.parameters(), **stepper.parameters()}
    assert {name: values[name] for name in PARAMETERS} == PARAMETERS


@pytest.mark.parametrize("name", candidates.CANDIDATES)
def test_every_candidate_has_a_lane_and_a_system(name, monkeypatch):
    candidate = candidates.CANDIDATES[name]
    for constant, value in candidate.constants.items():
        monkeypatch.setattr(candidates.home_of(constant), constant, value)
    split = candidate.split(211 * 239, (8, 8), presolve=True)
    system, _ = split.system(Shape(), padded_widths(211 * 239))
    dynamics, _stepper = candidate.lane(8, {})
    dynamics.check(system)
    assert system.clause_count > 0
