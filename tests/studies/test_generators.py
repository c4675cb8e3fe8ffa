"""Random problems of studies: the same bytes for ever, and what they promise to be."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from math import isqrt
from pathlib import Path

import numpy as np
import pytest

from odesolve.problems.formulas.formats import parse_formula
from odesolve.problems.graphs.formats import parse_graph
from odesolve.problems.ising.formats.files import parse_ising
from odesolve.problems.models.flatzinc import parse_flatzinc
from odesolve.problems.studies.generators import GENERATORS

ROOT = Path(__file__).parents[2]

#: Size, and the first digits of the hash of what is drawn with seed 1: cells of studies are known
#: by the bytes of their instances, so that other bytes would have them all solved again.
CONTENTS = {
    "uniform": (10, "9306f1e01c7e"),
    "planted": (10, "2f2e5faa3fae"),
    "soft": (10, "1177dbc37b71"),
    "graph": (10, "3e652973d3bb"),
    "planted-graph": (10, "0783b3dd5bcf"),
    "spin-glass": (5, "ae2abfbcd959"),
    "torus": (16, "1ba298a5a8ce"),
    "semiprime": (12, "dc7d6256d124"),
    "product": (12, "38668805317f"),
    "latin-square": (4, "65229783b7d0"),
}


def content(name: str, seed: int = 1, **other: float) -> bytes:
    generator = GENERATORS[name]
    parameters = {"colors": 3.0} if generator.needs else {}
    return generator.content(CONTENTS[name][0], seed, parameters | generator.parameters | other)


@pytest.mark.parametrize("name", GENERATORS)
def test_the_same_seed_gives_the_same_bytes(name):
    assert name in CONTENTS, "every generator has a row in CONTENTS"
    assert hashlib.sha256(content(name)).hexdigest()[:12] == CONTENTS[name][1]
    assert content(name, seed=2) != content(name)


def test_the_page_names_every_generator_and_what_it_takes():
    page = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    table = page[page.index("| generator | draws |") :].split("\n\n")[0]
    for name, generator in GENERATORS.items():
        assert f"`{name}`" in table
        assert all(f"`{key}`" in table for key in generator.parameters)


def test_the_page_shows_the_example():
    page = (ROOT / "docs" / "studies.md").read_text(encoding="utf-8")
    example = (ROOT / "docs" / "examples" / "study.toml").read_text(encoding="utf-8")
    assert f"```toml\n{example.partition(chr(10))[2]}```" in page


def test_planted_formulas_have_a_model_and_their_size():
    formula = parse_formula(content("planted", ratio=9.0), "planted", None, "cnf")
    assert (formula.variable_count, len(formula.clauses)) == (10, 90)
    rows = [row.tolist() for row in formula.clauses]
    assert all(len({abs(literal) for literal in row}) == 3 for row in rows)
    bits = (np.arange(2**10)[:, None] >> np.arange(10)) & 1
    holds = [np.any([bits[:, abs(v) - 1] == (v > 0) for v in row], axis=0) for row in rows]
    assert np.all(holds, axis=0).any()


def test_soft_clauses_have_weights():
    formula = parse_formula(content("soft", heaviest=5), "soft", None, "wcnf")
    weights = np.array(formula.soft_weights)
    assert (len(formula.soft), len(formula.clauses)) == (42, 0)
    assert set(weights.tolist()) == {1, 2, 3, 4, 5}


def test_planted_graphs_have_their_degree():
    graph = parse_graph(content("planted-graph"), "graph", None, "col")
    assert (graph.node_count, graph.edge_count) == (10, 20)


def test_a_torus_has_four_neighbours_for_each_spin():
    problem = parse_ising(content("torus"), "torus", None, "mc")
    degrees = np.bincount(np.concatenate([problem.pairs[:, 0], problem.pairs[:, 1]]))
    assert degrees.tolist() == [4] * 16
    assert {abs(Fraction(int(value), problem.denominator)) for value in problem.couplings} == {1}


@pytest.mark.parametrize("bits", range(4, 20))
def test_semiprimes_have_two_factors_of_half_the_bits(bits):
    number = int(GENERATORS["semiprime"].content(bits, 0, {}))
    assert number.bit_length() == bits
    least = next(p for p in range(2, isqrt(number) + 1) if number % p == 0)
    other = number // least
    assert all(other % p for p in range(2, isqrt(other) + 1))
    assert {least.bit_length(), other.bit_length()} == {bits // 2, bits - bits // 2}


def test_latin_squares_can_be_completed():
    from odesolve.problems.models.solve import solve_model

    model = parse_flatzinc(content("latin-square").decode(), "square").model
    result = solve_model(model)
    assert result.satisfied
    square = np.array([result.values[f"x{r}_{c}"] for r in range(4) for c in range(4)])
    for line in (*square.reshape(4, 4), *square.reshape(4, 4).T):
        assert sorted(line) == [0, 1, 2, 3]
