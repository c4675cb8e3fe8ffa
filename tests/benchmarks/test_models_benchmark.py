"""The benchmark of models: what judges its solvers, and what is made of their answers."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import jax
import numpy as np
import pytest

import odesolve as ode
from benchmarks.models import gecode, puzzles, random_models, solvers, tables
from benchmarks.models.families import FAMILIES
from benchmarks.models.instances import Instance, public_instances
from benchmarks.models.rows import Row, Rows
from benchmarks.models.solvers import SOLVERS, ModelAttempt
from benchmarks.models.tables import Group, Study
from benchmarks.processes import Finished
from benchmarks.report import Report
from odesolve.problems.models.lowering import lower_model
from odesolve.problems.models.shares import compiled_shares

ROOT = Path(__file__).parents[2]
needs_gecode = pytest.mark.skipif(not gecode.available(), reason="Gecode is not installed")

DECIDED = """\
array [1..2] of int: c = [1,1];
var 1..5: x :: output_var;
var 1..5: y;
var bool: b :: var_is_introduced;
array [1..2] of var int: both :: output_array([1..2]) = [x,y];
constraint int_lin_eq(c,[x,y],7);
constraint int_le_reif(x,y,b);
solve :: int_search([x,y],input_order,indomain_min,complete) satisfy;
"""
OPTIMISED = DECIDED.replace("complete) satisfy;", "complete) maximize x;")
INDEX = "file\tgoal\tsource\nsmall.fzn\tsatisfy\t\nbest.fzn\toptimise\t\nabsent.fzn\tsatisfy\t\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two public files and their index."""
    (tmp_path / "INDEX.tsv").write_text(INDEX)
    (tmp_path / "small.fzn").write_text(DECIDED)
    (tmp_path / "best.fzn").write_text(OPTIMISED)
    return tmp_path


def attempt(status: str, seconds: float = 1.0, **more) -> ModelAttempt:
    return ModelAttempt(status, seconds, seconds, **more)


def printed(*lines: dict) -> Finished:
    return Finished(9.0, 0, "".join(json.dumps(line) + "\n" for line in lines), "", 0)


def test_files_are_named_and_say_what_they_ask(folder):
    small, best = public_instances(folder)
    assert [(i.name, i.optimises, i.family) for i in (small, best)] == [
        ("small", False, "public"), ("best", True, "public")
    ]  # fmt: skip
    assert (best.maximises, small.maximises) == (True, False)
    assert gecode.objective_name(OPTIMISED) == "x"
    assert gecode.objective_name(DECIDED) is None


@needs_gecode
def test_gecode_reads_the_file_with_all_values_fixed(folder):
    small, best = public_instances(folder)
    for x, y, b, right in ((2, 5, 1, True), (2, 5, 0, False), (2, 4, 1, False), (5, 2, 0, True)):
        values = {"x": x, "y": y, "b": b}
        assert gecode.is_solution(small.text, values) is right
        verdict, objective = best.judged(values)
        assert (verdict == "checked") is right
        assert objective == x
    # A value that is not told is none that was checked.
    assert small.judged({"x": 2, "y": 5}) == ("checked once", None)


@needs_gecode
def test_all_variables_are_asked_for():
    ran = subprocess.run(
        [gecode.PROGRAM, "-"], input=gecode.asking_for_all(DECIDED), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    values = dict(filter(None, map(gecode.value_of, ran.stdout.splitlines())))
    assert set(values) == {"x", "y", "b"}
    assert values["x"] + values["y"] == 7
    assert values["b"] == (values["x"] <= values["y"])


@needs_gecode
@pytest.mark.parametrize(
    ("make", "satisfiable"),
    [
        (lambda: puzzles.queens(6), True),
        (lambda: puzzles.queens(3), False),
        (lambda: puzzles.send_more(), True),
        (lambda: puzzles.langford(5), False),
        (lambda: puzzles.all_interval(7), True),
        (lambda: puzzles.golfers(3, 2, 3), True),
        (lambda: puzzles.golfers(2, 2, 4), False),
        (lambda: puzzles.sudoku(30, 1), True),
        (lambda: random_models.model_rb(8, 1, forced=True), True),
        (lambda: random_models.subset_sum(10, 3, 1), True),
        (lambda: random_models.job_shop(3, 3, 1), True),
    ],
)
def test_models_are_written_for_gecode_as_they_are(make, satisfiable, tmp_path):
    generated = make()
    path = tmp_path / "model.fzn"
    path.write_text(gecode.flatzinc_of(generated.model))
    ran = subprocess.run([gecode.PROGRAM, str(path)], capture_output=True, text=True, check=True)
    found = dict(filter(None, map(gecode.value_of, ran.stdout.splitlines())))
    assert bool(found) is satisfiable
    assert ("=====UNSATISFIABLE=====" in ran.stdout) is not satisfiable
    if satisfiable:
        values = {v.name: found[f"v{v.number}"] for v in generated.model.variables}
        assert generated.check(values)


def test_what_is_not_written_for_gecode_is_named():
    import odesolve as ode

    model = ode.Model()
    x, y = model.integer("x", 0, 3), model.integer("y", 0, 9)
    model.add(ode.constraints.Product(x, x, y))
    with pytest.raises(gecode.Unwritable, match="Product"):
        gecode.flatzinc_of(model)


def test_solutions_are_judged_here():
    instance = Instance("four", "magic", False, lambda: puzzles.magic_square(3))
    square = dict(zip([f"r{r}c{c}" for r in range(3) for c in range(3)],
                      (2, 7, 6, 9, 5, 1, 4, 3, 8), strict=True))  # fmt: skip
    line = {"seconds": 2.0, "objective": None, "values": square}
    end = {"end": "satisfied", "seconds": 2.1, "message": "", "steps": 5, "found_by": "dynamics"}
    found = solvers.judged(printed(line, end), instance, 10.0)
    assert (found.status, found.seconds, found.checked) == ("satisfied", 2.0, "checked")
    assert (found.steps, found.found_by) == (5, "dynamics")
    # Cut off after the solution: nothing is lost.
    assert solvers.judged(printed(line), instance, 10.0).status == "satisfied"
    assert solvers.judged(printed(line, end), instance, 1.0).status == "late"
    swapped = square | {"r0c0": 7, "r0c1": 2}
    wrong = solvers.judged(printed(line | {"values": swapped}, end), instance, 10.0)
    assert (wrong.status, wrong.answers) == ("wrong", False)
    outside = solvers.judged(printed(line | {"values": square | {"r0c0": 0}}), instance, 10.0)
    assert outside.message == "wrong: r0c0 = 0 is none of its values"
    refuted = {"end": "infeasible", "seconds": 1.0, "message": ""}
    assert solvers.judged(printed(refuted), instance, 10.0).status == "wrong"
    killed = Finished(13.0, -9, "", "", 0)
    assert solvers.judged(killed, instance, 10.0).message == "ended at its limit"


def test_the_best_solution_of_those_in_time_counts():
    instance = Instance("shop", "job-shop", True, lambda: random_models.job_shop(2, 2, 1))
    solution = instance.generated.solution
    value = solution["makespan"]
    first = {"seconds": 1.0, "objective": value, "values": solution}
    end = {"end": "optimal", "seconds": 3.0, "message": ""}
    found = solvers.judged(printed(first, end), instance, 10.0)
    assert (found.status, found.objective, found.seconds) == ("optimal", value, 1.0)
    # The proof came too late, the solution did not.
    assert solvers.judged(printed(first, end), instance, 2.0).status == "satisfied"
    lied = solvers.judged(printed(first | {"objective": value - 1}), instance, 10.0)
    assert (lied.status, lied.objective) == ("wrong", None)


def test_tables_sum_up_solved_gaps_failures_and_figures(folder, tmp_path):
    rows = Rows(tmp_path / "rows.jsonl")
    family = next(each for each in FAMILIES if each.name == "rb-20-forced")
    group = Group(family.name, family.instances(), 60.0, 1, family)
    public = Group("public", public_instances(folder), 60.0, 1)
    chosen = [s for s in SOLVERS if s.name in ("dynamics", "CP-SAT")]
    study = Study([group, public], chosen, False, rows)
    failed = attempt("unknown", 60.0, violated={"Table": 2, "Sum": 1})
    for number, instance in enumerate(group.instances, 1):
        own = failed if number > 8 else attempt("satisfied", float(number), checked="checked")
        rows.add(Row(instance.name, "dynamics", 1, 60.0, False, own))
        rows.add(Row(instance.name, "CP-SAT", 1, 60.0, False, attempt("satisfied", 0.5)))
    # Another limit: no row of the tables, but a better objective, and a model's satisfiability.
    rows.add(Row("best", "CP-SAT", 1, 99.0, False, attempt("optimal", objective=5)))
    rows.add(Row("best", "dynamics", 1, 60.0, False, attempt("satisfied", objective=4)))
    rows.add(Row("small", "CP-SAT", 1, 60.0, False, attempt("satisfied", 3.0)))
    rows.add(Row("small", "dynamics", 1, 60.0, False, attempt("infeasible", 2.0)))
    again = Rows(tmp_path / "rows.jsonl")
    assert again.found == rows.found
    assert study.best == {"best": 5}
    report = Report(tmp_path / "report.md")
    tables.write(report, study, shortened=False)
    assert report.file is not None
    report.file.close()
    text = (tmp_path / "report.md").read_text()
    told = {tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in text.splitlines()}
    # (1 + 2 + ... + 8 + 2 x 120) / 10
    assert (family.name, "60", "8/10, 4.5 s, 27.6", "10/10, 0.5 s, 0.5") in told
    assert ("best", "5", "4 (20.0 %, 1.0 s)", "") in told
    assert (family.name, "dynamics", "2/10", "violated: 4 Table, 2 Sum") in told
    assert ("small", "wrong", "3.0 s") in told
    assert ("solved", "0/1", "1/1") in told
    asked = {figure.asked: figure for figure in tables.figures(study)}
    assert asked[family.asked].reached
    assert asked[family.asked].measured == "8 of 10, median 4.5 s"
    assert not asked["odesolve: no wrong answer"].reached
    shorter = Study([Group(family.name, group.instances[:8], 60.0, 1, family)], chosen, False, rows)
    assert not next(tables.figures(shorter)).reached


@pytest.mark.slow
def test_a_report_of_every_solver_is_resumed_and_names_no_folder(folder, tmp_path):
    output, rows = tmp_path / "report.md", tmp_path / "rows.jsonl"
    command = [
        sys.executable, "-m", "benchmarks.models", "--instances", str(folder), "--only", "queens-8",
        "--only", "send-more", "--only", "public", "--seeds", "1", "--time-limit", "60",
        "--output", str(output), "--rows", str(rows),
    ]  # fmt: skip
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    text = output.read_text()
    assert str(tmp_path) not in text
    found = Rows(rows).found
    there = [solver for solver in SOLVERS if solver.installed]
    assert len(found) == 4 * len(there)
    for row in found.values():
        assert row.attempt.status in ("satisfied", "optimal"), row
        if row.instance == "best" and row.solver != "dynamics":
            assert (row.attempt.status, row.attempt.objective) == ("optimal", 5)
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    assert ", seed " not in again.stderr


def test_soft_shares_cost_what_the_objective_lacks():
    from benchmarks.models.soft_objective import softened

    model = ode.Model()
    x, y, fixed = (
        model.integer("x", -1, 2),
        model.integer("y", values=[0, 3, 5]),
        model.integer("z", 4, 4),
    )
    model.add(ode.constraints.Sum([1, 1], [x, y], "<=", 5))
    model.maximize([(3, x), (-2, y), (7, fixed)])
    lowered = lower_model(model)
    shares = compiled_shares(lowered.store, lowered.rows)
    system = softened(model, shares, 0.1)
    grid = np.array(list(product(range(4), range(3)))).T.astype(np.int32)
    places = [shares.variables.index(v.number) for v in (x, y)]
    cost = np.asarray(jax.jit(lambda s, g: s.cost(g).sum(axis=0))(system, grid[np.argsort(places)]))
    values = [(-1 + a, (0, 3, 5)[b]) for a, b in grid.T.tolist()]
    assert cost.tolist() == [6 - (3 * a - 2 * b) for a, b in values]
