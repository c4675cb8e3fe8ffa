"""The benchmark of Ising problems: what judges its solvers, and what is made of their answers."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from ground_states import all_rows

from benchmarks.ising import gpu, process, roof_duality, scaling, solvers, tables
from benchmarks.ising.generators import cubic, dense_signs, random_qubo
from benchmarks.ising.instances import Instance, public_instances, written
from benchmarks.ising.rows import Row, Rows
from benchmarks.ising.solvers import Attempt
from benchmarks.processes import Finished
from benchmarks.report import Report
from odesolve.problems.ising.statistics import least_time_to_target

ROOT = Path(__file__).parents[2]
#: A path of three edges with weights 2, 3 and -4, and a QUBO of two bits.
CUT = "4 3\n1 2 2\n2 3 3\n3 4 -4\n"
QUBO = "2 3\n1 1 -1\n1 2 2\n2 2 -3\n"
BEST = (
    "file\tsense\tbest known\tstatus and source\n"
    "gset/G1.txt\tmaximum cut\t5\toptimum\n"
    "two.sparse\tminimum of x'Qx, entries i < j count twice\t-3\toptimum\n"
    "other.sparse\tthe same\t-3\toptimum\n"
    "absent.sparse\tthe same\t-9\toptimum\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three public files, as `BEST` tells of them."""
    (tmp_path / "gset").mkdir()
    (tmp_path / "gset" / "G1.txt").write_text(CUT)
    for name in ("two", "other"):
        (tmp_path / f"{name}.sparse").write_text(QUBO)
    (tmp_path / "BEST.tsv").write_text(BEST)
    return tmp_path


def attempt(value: int | None, seconds: float = 1.0, wall: float = 1.0) -> Attempt:
    own = None if value is None else Fraction(value)
    return Attempt(own, seconds, wall, "nothing" if value is None else "answered")


def test_files_are_named_judged_and_have_the_best_of_the_list(folder):
    cut, two, other = public_instances(folder)
    assert [(each.full_name, each.is_cut) for each in (cut, two, other)] == [
        ("gset/G1", True), ("others/two", False), ("others/other", False)
    ]  # fmt: skip
    assert cut.value(np.array([1, -1, 1, 1])) == cut.best == 5
    assert two.value(np.array([-1, 1])) == two.best == -3
    assert two.value(np.array([1, 1])) == 0  # -1 - 3 + 2 x 2
    assert cut.gap(Fraction(4), Fraction(5)) == pytest.approx(20)
    assert two.gap(Fraction(-2), Fraction(-4)) == pytest.approx(50)
    assert two.gap(Fraction(-5), Fraction(-4)) == pytest.approx(-25)
    assert cut.energy_of(Fraction(5)) == cut.problem.energy([1, -1, 1, 1])
    assert two.energy_of(Fraction(-3)) == -3


@pytest.mark.parametrize(
    ("make", "is_cut", "suffix"),
    [
        (lambda: cubic(12, 5), True, "mc"),
        (lambda: dense_signs(9, 5), False, "rudy"),
        (lambda: random_qubo(9, 0.5, 5), False, "sparse"),
    ],
)
def test_what_is_generated_is_read_back_as_it_was(make, is_cut, suffix, tmp_path):
    instance = written("new", make, tmp_path, is_cut=is_cut, suffix=suffix)
    made = make()
    spins = np.random.default_rng(0).choice([-1, 1], (5, made.spin_count))
    for own in spins:
        energy = made.energy(own)
        assert instance.value(own) == (made.cut(energy) if is_cut else energy)
    before = instance.path.stat().st_mtime_ns
    written("new", make, tmp_path, is_cut=is_cut, suffix=suffix)
    assert instance.path.stat().st_mtime_ns == before


def test_rows_survive_a_process_that_was_cut_off(tmp_path):
    path = tmp_path / "some" / "rows.jsonl"
    row = Row("G1", "odesolve", 1, 30.0, False, Attempt(Fraction(5, 2), 1.5, 30.0, "answered"), "c")
    other = Row("G1", "openjij", 1, 30.0, False, attempt(None))
    Rows(path).add(row)
    with path.open("a") as file:
        file.write('{"instance": "G1", "sol')
    Rows(path).add(other)
    read = Rows(path)
    assert read.get(row.key) == row
    assert read.get(other.key) == other
    assert Rows(path, without=["odesolve"]).get(row.key) is None
    later = Row(*row.key, attempt(3))
    read.add(later)
    assert Rows(path).get(row.key) == later


@pytest.mark.parametrize(
    ("hits", "seconds"),
    [
        ([None, None], None),
        ([2.0, 3.0], 3.0),
        ([None, 2.0], 2.0 * np.log(0.01) / np.log(0.5)),
        ([1.0, 90.0], 1.0 * np.log(0.01) / np.log(0.5)),
    ],
)
def test_the_time_to_target_is_that_of_the_best_restarts(hits, seconds):
    found = least_time_to_target(hits)
    assert (found and found.seconds) == (None if seconds is None else pytest.approx(seconds))


def test_a_peers_best_line_counts_and_is_added_up_again(folder):
    cut = public_instances(folder)[0]
    job = process.Job(np.zeros((0, 2), int), np.zeros(0), np.zeros(4), 0.0, 1.0, 0, 1, None)
    assert job.is_over
    lines = [
        json.dumps({"seconds": 1.0, "energy": -99.0, "spins": "AA=="}),  # all -1: a cut of 0
        json.dumps({"seconds": 2.0, "energy": -99.0, "spins": "sA=="}),  # 1011....
    ]
    cut_off = Finished(3.0, -9, f"{lines[0]}\n{lines[1][:-1]}", "", 0)
    whole = Finished(3.5, -9, "\n".join([*lines, '{"seconds": 3.4, "ene']), "", 0)
    assert solvers.best_of([cut_off], cut) == Attempt(Fraction(0), 1.0, 3.0, "answered")
    assert solvers.best_of([cut_off, whole], cut) == Attempt(Fraction(5), 2.0, 3.5, "answered")
    nothing = solvers.best_of([Finished(3.0, -9, "", "", 0)], cut)
    assert (nothing.value, nothing.status) == (None, "nothing")
    refused = Finished(1.0, 1, "", "Traceback\nMemoryError: its matrices need 9 GiB\n", 0)
    assert solvers.best_of([refused], cut).message == "its matrices need 9 GiB"
    assert solvers.best_of([refused], cut).status == "refused"


def test_a_matrix_that_cannot_fit_is_refused():
    process.check_matrix_fits(100)
    with pytest.raises(MemoryError, match="GiB"):
        process.check_matrix_fits(10**7)


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("dwave-annealing", "dwave.samplers"),
        pytest.param("dwave-tabu", "dwave.samplers", marks=pytest.mark.slow),
        ("openjij", "openjij"),
        pytest.param(
            "simulated-bifurcation", "simulated_bifurcation", marks=pytest.mark.slow
        ),
    ],
)  # fmt: skip
def test_a_peer_stops_at_the_ground_state(name, package, tmp_path):
    for needed in (package, "dimod"):
        pytest.importorskip(needed, exc_type=ImportError)
    instance = written(
        "new", lambda: random_qubo(10, 0.6, 3), tmp_path, is_cut=False, suffix="sparse"
    )
    least = min(instance.value(2 * row - 1) for row in all_rows(10))
    solver = next(each for each in solvers.SOLVERS if each.name == name)
    found = solver.attempt(instance, 60.0, 1, least)
    assert found.value == least, found
    assert found.seconds <= found.wall < 60.0


def test_a_peer_that_is_missing_is_told_apart():
    assert not solvers.Solver("none", ("no_such_package.inner",)).installed
    assert not solvers.Solver("none", ("no_such_package",)).installed
    assert solvers.Solver("one", ("numpy.linalg",)).installed


def test_ours_is_judged_by_its_spins_and_tells_when_it_found_them(folder):
    for instance in public_instances(folder)[:2]:
        found = solvers.attempt_ours(instance, 30.0, 1, instance.best)
        assert (found.value, found.status, found.steps) == (instance.best, "proved", 0)
        assert 0 < found.seconds <= found.wall


def test_tables_sum_up_hits_gaps_and_failures(folder, tmp_path):
    instances = [*public_instances(folder), Instance("new", tmp_path, True, None, "generated")]
    rows = Rows(tmp_path / "rows.jsonl")
    values = {
        "odesolve": {"G1": (5, 4), "two": (-3, -3), "other": (-3, None), "new": (70, 80)},
        "openjij": {"G1": (5, 5), "two": (-2, -3), "other": (None, None), "new": (90, 100)},
    }
    for solver, own in values.items():
        for name, found in own.items():
            for seed, value in enumerate(found, 1):
                rows.add(Row(name, solver, seed, 10.0, False, attempt(value, 2.0 * seed)))
    # Another limit: no row of the table, but a better value of the new instance.
    rows.add(Row("new", "odesolve", 1, 99.0, False, attempt(100)))
    study = tables.Study(instances, list(values), 2, 10.0, False, rows)
    assert study.best["new"] == 100
    assert study.gaps(instances[0], "odesolve") == pytest.approx([0, 20])
    assert study.hits(instances[0], "odesolve") == [2.0, None]
    assert study.gaps(instances[2], "openjij") == []
    assert study.mean_gap(instances[:2], "openjij") == pytest.approx((0 + 50 / 3) / 2)
    report = Report(tmp_path / "report.md")
    tables.write(report, study, shortened=True)
    assert report.file is not None
    report.file.close()
    text = (tmp_path / "report.md").read_text()
    told = {tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in text.splitlines()}
    assert ("G1", "5", "5 (0.000 %, 2.0 s) 1/2", "5 (0.000 %, 2.0 s) 2/2") in told
    assert ("new", "100 *", "80 (20.000 %, 4.0 s) 0/2", "100 (0.000 %, 4.0 s) 1/2") in told
    assert ("others", "odesolve", "2/2", "3/4", "0.0000", "0.0000", "2.0", "0") in told
    assert ("others", "openjij", "1/2", "1/4", "16.6667", "33.3333", "4.0", "1") in told
    assert "- other, openjij: nothing" in text
    asked = {figure.asked: figure for figure in tables.figures(study)}
    assert asked["gap beside the better annealer's, by instance"].measured == (
        "1 smaller, 0 equal, 2 larger"
    )


@pytest.mark.slow
def test_a_report_is_resumed_and_names_no_folder(folder, tmp_path):
    output, rows = tmp_path / "report.md", tmp_path / "rows.jsonl"
    Rows(rows).add(Row("two", "odesolve", 1, 20.0, True, attempt(-2)))
    command = [
        sys.executable, "-m", "benchmarks.ising", "--instances", str(folder), "--only", "G1",
        "--only", "others/two", "--solvers", "odesolve", "--time-limit", "20", "--stop-at-best",
        "--output", str(output), "--rows", str(rows),
    ]  # fmt: skip
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "G1, odesolve, seed 1: 5" in ran.stderr
    assert "two, odesolve" not in ran.stderr
    text = output.read_text()
    assert str(tmp_path) not in text
    assert "| G1       | 5          | 5 (0.000 %," in text
    assert "| two      | -3         | -2 (33.333 %," in text


@pytest.mark.slow
def test_growth_is_measured_against_the_best_of_all(tmp_path):
    ladder = scaling.Ladder("cubic", (8, 16), cubic)
    instances = ladder.instances((), 1, tmp_path)
    rows = Rows(tmp_path / "rows.jsonl")
    climb = scaling.Climb(ladder, instances, [solvers.OURS], 20.0, 30.0, rows)
    climb.measure()
    assert len(rows.found) == 4
    for size, (instance,) in instances.items():
        values = (instance.value(2 * row - 1) for row in all_rows(instance.problem.spin_count))
        if size == 8:
            assert climb.reference(instance) == min(values)
        assert climb.gaps(size, "odesolve") == [0.0]
        assert climb.samples("steps", "odesolve")[size] == [0.0]
    report = Report(tmp_path / "report.md")
    scaling.write(report, [climb], tmp_path / "growth.png")
    assert report.file is not None
    report.file.close()
    text = (tmp_path / "report.md").read_text()
    assert "| 16    | odesolve | 1/1 " in text
    assert "(growth.png)" in text
    assert (tmp_path / "growth.png").stat().st_size > 1000
    # A value that falls short of the reference is not reached, however soon it came.
    short = climb.reference(instances[8][0]) + 1
    rows.add(Row("cubic-8-2001", "odesolve", 1, 20.0, True, Attempt(short, 1.0, 1.0, "answered")))
    assert climb.reached(8, "odesolve") == [None]
    assert climb.gaps(8, "odesolve")[0] > 0


@pytest.mark.slow
def test_whole_steps_stand_beside_a_matrix_product(capsys):
    gpu.run(Report(None), (30,), 4, 0.05, None)
    cells = capsys.readouterr().out.splitlines()[2].split("|")
    assert cells[1].strip() == "dense, 30 spins"
    product, steps = (float(cell.split()[0]) for cell in cells[5:7])
    assert product > 0
    assert steps > 0


def test_roof_duality_is_measured_with_and_without(capsys, monkeypatch):
    monkeypatch.setattr(roof_duality, "SHAPES", ((300, 6),))
    roof_duality.run(Report(None), count=1)
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines() if " 300 " in line]
    left = {row[1].strip(): (int(row[4]), int(row[6])) for row in rows}
    assert list(left) == ["signs", "QUBO"]
    assert 0 < left["signs"][1] <= left["signs"][0] <= 300
    assert 0 == left["QUBO"][1] < left["QUBO"][0]
