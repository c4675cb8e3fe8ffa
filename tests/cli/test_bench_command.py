"""``odesolve bench`` and what it measures with: everything but the speed itself."""

from __future__ import annotations

import json

import numpy as np
import pytest

from odesolve import coupling_throughput, throughput
from odesolve.cli.main import run
from odesolve.coupling_throughput import Shape, measure_products, random_couplings
from odesolve.dynamics.ising.layout import has_fast_half, laid_out
from odesolve.potentials import Box, compile_system
from odesolve.problems.endless import endless
from odesolve.throughput import SETTINGS, measure, uniform_clauses


@pytest.fixture(autouse=True)
def short_measurements(monkeypatch):
    """What the machine could do is measured for an instant, as nothing here asks how fast it is."""
    monkeypatch.setattr(throughput, "COPY_BYTES", 2**16)
    monkeypatch.setattr(throughput, "COPY_SECONDS", 0.01)
    monkeypatch.setattr(coupling_throughput, "MATRIX_SECONDS", 0.01)


SMALL = ("bench", "--variables", "30", "--steps", "5", "--device", "cpu")


def test_json_has_a_result_for_every_batch_size(capsys):
    assert run([*SMALL, "--runs", "1", "--runs", "3", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["clauses"] == 126
    assert [result["runs"] for result in document["results"]] == [1, 3]
    for result in document["results"]:
        steps = document["clauses"] * result["runs"] * result["steps"]
        assert result["steps"] == 5
        assert result["clause_steps_per_second"] == pytest.approx(steps / result["seconds"])
        # Two memories read and written, three cells read, three forces written, 4 bytes each.
        assert result["bytes_per_clause_step"] == 40
        bytes_per_second = 40 * result["clause_steps_per_second"]
        fraction = bytes_per_second / document["copy_bytes_per_second"]
        assert result["bandwidth_fraction"] == pytest.approx(fraction)


def test_the_table_has_a_line_for_every_batch_size(capsys):
    options = ("--runs", "2", "--clauses", "40", "--width", "4", "--dynamics", "memcomputing")
    assert run([*SMALL, *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "30 variables, 40 clauses of 4 literals" in lines[0]
    assert lines[-1].split()[0] == "2"
    assert "48.0" in lines[-1].split()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--ratio", "4", "--clauses", "99"), "exclude each other"),
        (("--clauses", "7"), "at least 3 variables and 8 clauses"),
        (("--variables", "2", "--clauses", "99"), "at least 3 variables"),
        (("--runs", "2000000000"), "would fit"),
        (("--dynamics", "descent"), "descent"),
        (("--ising",), "--variables is not of --ising"),
        (("--spins", "9"), "--spins needs --ising"),
        (("--of", "sat"), "--variables is not of --of"),
        (("--size", "9"), "--size needs --of"),
    ],
)
def test_what_cannot_be_measured_is_refused(options, said, capsys):
    assert run([*SMALL, *options]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("width", [1, 3, 5])
def test_the_instance_is_uniform_but_unsatisfiable(width):
    clauses = uniform_clauses(6, 200, width, seed=1)
    assert clauses.scopes.shape == (200, width)
    assert all(len(set(scope)) == width for scope in clauses.scopes.tolist())
    corners = (np.arange(64)[None, :] >> np.arange(6)[:, None]) & 1
    system = compile_system([(Box(-1.0, 1.0), 6)], [clauses])
    assert (np.asarray(system.violated(corners)) > 0).all()
    assert np.array_equal(uniform_clauses(6, 200, width, seed=1).scopes, clauses.scopes)


def test_time_limited_measurements_take_whole_stretches():
    law, stepper = SETTINGS["rectified"]
    clauses = uniform_clauses(10, 40, 3, seed=0)
    system = compile_system([(Box(-1.0, 1.0), 10)], [clauses])
    (result,) = measure(system, lambda _: (law, stepper), [2], bandwidth=1e9, seconds=0.01)
    assert result.steps % 5 == 0
    assert result.bytes_per_second == 40 * result.clause_steps_per_second


@pytest.mark.parametrize(
    ("command", "size", "preset"),
    [
        ("color", 40, "coloring-simplex"),
        pytest.param("sat", 40, "sat-uniform", marks=pytest.mark.slow),
        pytest.param("factor", 10, "circuit-clauses-memcomputing", marks=pytest.mark.slow),
    ],
)
def test_what_a_command_chooses_is_measured_on_a_problem_without_end(command, size, preset, capsys):
    options = ("--of", command, "--size", str(size), "--steps", "5", "--device", "cpu", "--json")
    assert run(["bench", *options]) == 0
    document = json.loads(capsys.readouterr().out)
    ready = endless(command, size).ready
    assert document["of"] == command
    assert document["preset"] == ready.choice.preset == preset
    assert document["clauses"] == ready.system.clause_count
    (result,) = document["results"]
    assert result["runs"] == ready.runs
    steps = document["clauses"] * result["runs"] * result["steps"]
    assert result["clause_steps_per_second"] == pytest.approx(steps / result["seconds"])
    assert not ready.solve(max_steps=20).satisfied


@pytest.mark.parametrize(
    ("command", "size"), [("color", 11), ("factor", 7), ("sat", 2), ("tune", 9)]
)
def test_problems_without_end_have_a_least_size(command, size):
    with pytest.raises(ValueError, match=r"expected|at least"):
        endless(command, size)


ISING = ("bench", "--ising", "--steps", "2", "--device", "cpu", "--json")


def test_ising_measures_every_way_to_multiply(capsys):
    assert run([*ISING, "--spins", "40", "--degree", "39", "--spins", "50", "--runs", "4"]) == 0
    document = json.loads(capsys.readouterr().out)
    methods = ["gather", "segment sums", "float32", *(["bfloat16"] if has_fast_half() else [])]
    results = document["results"]
    assert [result["method"] for result in results] == 2 * methods
    assert [result["couplings"] for result in results] == len(methods) * [780] + len(methods) * [
        975
    ]
    for own in (results[: len(methods)], results[len(methods) :]):
        assert sum(result["chosen"] for result in own) == 1
    for result in results:
        speed = 4 * 2 / result["seconds"]
        assert result["spin_updates_per_second"] == pytest.approx(result["spins"] * speed)
        updates = 2 * result["couplings"] * speed
        assert result["coupling_updates_per_second"] == pytest.approx(updates)
        rate = document["multiply_adds_per_second"].get(result["method"])
        if rate is not None:
            assert result["bound"] == "matrix product"
            assert result["bound_fraction"] == pytest.approx(result["spins"] ** 2 * speed / rate)


def test_the_bytes_of_a_sparse_product_are_those_of_its_couplings():
    (result,) = measure_products(
        [Shape(40, 39)], 3, bandwidth=1e9, rates={"float32": 1.0}, seconds=1.0, products=2,
        methods=["segment sums"],
    )  # fmt: skip
    # 1,560 spins read and 40 sums written for each run, 1,560 numbers and weights once.
    least = 4 * 3 * (1560 + 40) + 8 * 1560
    assert result.bound_fraction == pytest.approx(2 * least / result.seconds / 1e9)


def test_the_table_of_products_marks_what_a_solve_would_use(capsys):
    assert run([*ISING[:-1], "--spins", "30", "--degree", "29"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "copy bandwidth" in lines[1]
    assert [line.split()[:3] for line in lines[3:5]] == 2 * [["30", "435", "64"]]
    assert sum(" * " in line for line in lines) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--width", "3"), "--width is not of --ising"),
        (("--degree", "3"), "--degree needs --spins"),
        (("--spins", "9", "--degree", "9"), "expected from 1 to 8"),
        (("--spins", "2"), "2 spins of 3 neighbours"),
        (("--spins", "1000000", "--runs", "2000000000"), "would fit"),
    ],
)
def test_products_that_cannot_be_measured_are_refused(options, said, capsys):
    assert run([*ISING, *options]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("shape", [Shape(12, 11), Shape(12, 7), Shape(60, 3), Shape(9, 1)])
def test_random_couplings_are_different_pairs_of_signs(shape):
    pairs, weights = random_couplings(shape, seed=1)
    assert len(pairs) == len(weights) == shape.couplings
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert len(np.unique(pairs, axis=0)) == shape.couplings
    assert set(weights) <= {-1.0, 1.0}
    assert laid_out(pairs, weights, np.zeros(shape.spins)).count == shape.spins
