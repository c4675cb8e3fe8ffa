"""``odesolve sat`` and ``odesolve check`` as a shell sees them: streams, files, exit codes."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from broken_formulas import BROKEN_FORMULAS
from pysat.formula import CNF
from pysat.solvers import Solver

import odesolve
import odesolve as ode
from odesolve.cli.main import run
from odesolve.problems.satisfiability import search
from odesolve.problems.satisfiability.prover import Prover, Task, encoded, models_of

PROGRAM = shutil.which("odesolve", path=sysconfig.get_path("scripts")) or "odesolve"
FULL = Path("/dev/full")

Clauses = list[list[int]]


def planted(variables: int, clauses: int, seed: int) -> Clauses:
    """Clauses of three literals, all true for one hidden assignment."""
    generator = np.random.default_rng(seed)
    hidden = generator.choice([-1, 1], variables)
    found: Clauses = []
    while len(found) < clauses:
        scope = generator.choice(variables, 3, replace=False)
        signs = generator.choice([-1, 1], 3)
        if (signs == hidden[scope]).any():
            found.append(((scope + 1) * signs).tolist())
    return found


def pigeons(pigeons: int, holes: int) -> Clauses:
    """More pigeons than holes: no model, and from eight on nothing that presolve could see."""
    sits = [[holes * p + h + 1 for h in range(holes)] for p in range(pigeons)]
    apart = [[-a[h], -b[h]] for a, b in combinations(sits, 2) for h in range(holes)]
    return sits + apart


PLANTED = planted(30, 110, 0)
UNITS = [[1], [-1, 2], [-2, -3]]
CONTRADICTION = [[1, 2], [-1, 2], [1, -2], [-1, -2]]
PIGEONS = pigeons(8, 7)

FORMULAS = {
    "planted": PLANTED,
    "units": UNITS,
    "contradiction": CONTRADICTION,
    "pigeons": PIGEONS,
}

COMMON_KEYS = {
    "status", "reason", "solution", "problem", "runs", "steps", "violated", "time", "seed",
    "compiled", "dynamics", "preset", "parameters", "device", "version",
}  # fmt: skip


def dimacs(clauses: Clauses) -> str:
    count = max(abs(literal) for clause in clauses for literal in clause)
    lines = [" ".join(map(str, [*clause, 0])) for clause in clauses]
    return "\n".join([f"p cnf {count} {len(clauses)}", *lines, ""])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a formula for every outcome."""
    for name, clauses in FORMULAS.items():
        (tmp_path / f"{name}.cnf").write_text(dimacs(clauses))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def odesolve_command(capsys) -> Callable[..., tuple[int, str, str]]:
    """Call the entry point in this process: (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        output, errors = capsys.readouterr()
        return code, output, errors

    return call


def assert_refused(outcome: tuple[int, str, str]) -> str:
    """Exit code 2 and one line on standard error; that line."""
    code, output, errors = outcome
    assert (code, output) == (2, "")
    assert re.findall(r"^odesolve: .+\n", errors, re.MULTILINE) == [errors]
    return errors


def models_in(output: str) -> list[list[int]]:
    """The models of the lines that begin with v."""
    words = [word for line in output.splitlines() if line.startswith("v ")
             for word in line.split()[1:]]  # fmt: skip
    models: list[list[int]] = [[]]
    for word in words:
        if word == "0":
            models.append([])
        else:
            models[-1].append(int(word))
    return models[:-1]


def is_model(literals: list[int], clauses: Clauses) -> bool:
    """By definition: every variable once, and a true literal in every clause."""
    count = max(abs(literal) for clause in clauses for literal in clause)
    true = set(literals)
    complete = sorted(map(abs, literals)) == list(range(1, count + 1))
    return complete and all(true.intersection(clause) for clause in clauses)


def statuses(output: str) -> list[str]:
    return [line for line in output.splitlines() if line.startswith("s ")]


# ------------------------------------------------------------------ answers, streams and exit codes

SHORT = ("--runs", "4", "--max-steps", "3000")
SOON = ("--runs", "4", "--max-steps", "50")

# file, options, exit code, line of the status
OUTCOMES = {
    "integrated": ("planted", SHORT, 10, "s SATISFIABLE"),
    "without presolve": ("planted", (*SHORT, "--no-presolve"), 10, "s SATISFIABLE"),
    "by presolve": ("units", (), 10, "s SATISFIABLE"),
    "refuted": ("contradiction", (), 20, "s UNSATISFIABLE"),
    "refuted by assumptions": ("planted", ("--assume", "5 -5"), 20, "s UNSATISFIABLE"),
    "budget": ("pigeons", SOON, 0, "s UNKNOWN"),
    "time": ("pigeons", ("--runs", "4", "--time-limit", "0"), 0, "s UNKNOWN"),
    "proved after": ("pigeons", (*SOON, "--prove", "after"), 20, "s UNSATISFIABLE"),
    "proved beside": ("pigeons", ("--runs", "4", "--prove", "beside"), 20, "s UNSATISFIABLE"),
    "proved in passing": ("pigeons", ("--runs", "4"), 20, "s UNSATISFIABLE"),
}
STATUS_OF_LINE = {
    "s SATISFIABLE": "satisfied", "s UNSATISFIABLE": "infeasible", "s UNKNOWN": "unknown",
}  # fmt: skip


@pytest.mark.parametrize("case", OUTCOMES)
def test_text_follows_the_sat_competition(case, odesolve_command):
    file, options, expected, status = OUTCOMES[case]
    code, output, errors = odesolve_command("sat", f"{file}.cnf", *options)
    assert (code, errors) == (expected, "")
    assert statuses(output) == [status]
    assert all(line[:2] in ("c ", "s ", "v ") for line in output.splitlines())
    assert all(len(line) <= 78 for line in output.splitlines() if line[0] == "v")
    models = models_in(output)
    assert len(models) == (status == "s SATISFIABLE")
    assert all(is_model(model, FORMULAS[file]) for model in models)
    quiet = odesolve_command("sat", f"{file}.cnf", *options, "-q")[1]
    assert quiet.splitlines() == [x for x in output.splitlines() if not x.startswith("c ")]


@pytest.mark.parametrize("case", OUTCOMES)
def test_json_is_one_strict_object_and_nothing_else(case, odesolve_command):
    file, options, expected, status = OUTCOMES[case]
    code, output, errors = odesolve_command("sat", f"{file}.cnf", *options, "--json")
    assert (code, errors) == (expected, "")
    assert output.count("\n") == 1
    found = json.loads(output, parse_constant=pytest.fail)
    assert found.keys() >= COMMON_KEYS
    assert found["status"] == STATUS_OF_LINE[status]
    assert (found["solution"] is not None) == (found["status"] == "satisfied")
    if found["status"] == "satisfied":
        assert is_model(found["solution"]["model"], FORMULAS[file])
        assert found["violated"] == 0
    if found["status"] == "unknown":
        true = set(found["best"]["model"])
        wrong = sum(true.isdisjoint(clause) for clause in FORMULAS[file])
        assert found["violated"] == wrong > 0
    if found["status"] == "infeasible":
        assert re.match(r"presolve: (clause|assumption) |CaDiCaL: ", found["proof"])


def test_a_step_budget_gives_the_same_output_twice(odesolve_command):
    first, second = (odesolve_command("sat", "pigeons.cnf", *SOON, "--json") for _ in range(2))
    documents = [json.loads(found[1]) for found in (first, second)]
    for document in documents:
        assert document.pop("time").keys() == {"presolve", "compile", "solve", "total"}
        assert sum(document.pop("compiled").values()) == 2
    assert documents[0] == documents[1]
    assert documents[0]["steps"] == 50
    texts = [odesolve_command("sat", "planted.cnf", *SHORT, "-q")[1] for _ in range(2)]
    assert texts[0] == texts[1]


def test_seeds_differ(odesolve_command):
    every = {odesolve_command("sat", "planted.cnf", *SHORT, "-q", "--seed", str(seed))[1]
             for seed in range(4)}  # fmt: skip
    assert len(every) > 1


def test_remarks_say_what_was_done(odesolve_command):
    _, output, _ = odesolve_command("sat", "planted.cnf", *SHORT, "-v")
    remarks = "".join(line for line in output.splitlines(True) if line.startswith("c "))
    assert "30 variables, 110 clauses" in remarks
    assert re.search(r"c \w+ \([\w-]+\) on \w+: \d+ steps of 4 runs", remarks)
    assert "found by dynamics, checked" in remarks
    _, output, _ = odesolve_command("sat", "contradiction.cnf")
    assert "proved by presolve: clause" in output
    _, output, _ = odesolve_command("sat", "pigeons.cnf", *SOON)
    assert re.search(r"c the best assignment violates \d+ constraints:\nc v -?1 ", output)


@pytest.mark.slow
def test_progress_that_is_asked_for_goes_to_standard_error(odesolve_command):
    options = ("--runs", "4", "--max-steps", "60000", "-q", "--progress")
    code, output, errors = odesolve_command("sat", "pigeons.cnf", *options)
    assert (code, output) == (0, "s UNKNOWN\n")
    assert re.search(r"\d+ steps \(\d+/s\): violated \d+ best", errors)


# ------------------------------------------------------------------- assumptions, hints and models


def test_assumptions_hold(odesolve_command):
    with Solver("cadical195", bootstrap_with=PLANTED) as solver:
        assert solver.solve()
        assumed = solver.get_model()[:6]
    words = " ".join(map(str, assumed))
    code, output, _ = odesolve_command("sat", "planted.cnf", *SHORT, "--assume", words, "--json")
    found = json.loads(output)
    assert code == 10
    assert is_model(found["solution"]["model"], PLANTED)
    assert found["solution"]["model"][:6] == assumed == found["problem"]["assumptions"]


def test_assumptions_that_leave_no_model_are_refuted(odesolve_command):
    literal = next(
        sign * v for v in range(1, 31) for sign in (1, -1) if not satisfiable(PLANTED, [sign * v])
    )
    code, output, _ = odesolve_command(
        "sat", "planted.cnf", *SOON, "--prove", "--assume", str(literal)
    )
    assert (code, statuses(output)) == (20, ["s UNSATISFIABLE"])


def satisfiable(clauses: Clauses, assumed: list[int]) -> bool:
    with Solver("cadical195", bootstrap_with=clauses) as solver:
        return bool(solver.solve(assumptions=assumed))


def test_a_model_as_hint_is_found_at_once(odesolve_command):
    assert odesolve_command("sat", "planted.cnf", *SHORT, "-o", "model.json")[0] == 10
    code, output, _ = odesolve_command(
        "sat", "planted.cnf", *SHORT, "--hint", "model.json", "--json"
    )
    found = json.loads(output)
    assert (code, found["steps"]) == (10, 0)
    assert found["solution"]["model"] == json.loads(Path("model.json").read_text())["model"]


def test_a_hint_need_not_be_complete_or_right(odesolve_command):
    Path("hint.txt").write_text("v 1 -2 3 0\n")
    code, output, _ = odesolve_command("sat", "planted.cnf", *SHORT, "--hint", "hint.txt")
    assert code == 10
    assert is_model(models_in(output)[0], PLANTED)


@pytest.mark.parametrize("prove", [(), ("--prove", "after"), ("--prove", "beside")], ids=str)
def test_different_models_are_printed_one_after_the_other(prove, odesolve_command):
    code, output, _ = odesolve_command("sat", "planted.cnf", *SHORT, "--solutions", "5", *prove)
    models = models_in(output)
    assert code == 10
    assert len(models) == len({tuple(model) for model in models}) == 5
    assert all(is_model(model, PLANTED) for model in models)


def test_presolve_alone_knows_how_many_models_there_are(odesolve_command):
    Path("few.cnf").write_text("p cnf 4 2\n1 0\n-2 0\n")
    code, output, _ = odesolve_command("sat", "few.cnf", "--solutions", "9")
    assert code == 10
    assert "c there are 4 models, and no more" in output
    assert len({tuple(model) for model in models_in(output)}) == 4
    code, output, _ = odesolve_command("sat", "few.cnf", "--solutions", "2")
    assert (code, len(models_in(output))) == (10, 2)
    assert "no more" not in output


def test_the_prover_knows_how_many_models_there_are(odesolve_command):
    clauses = [[1, 2, 3], [-1, -2], [-1, -3], [-2, -3], [1, 4, 5], [-4, 5, 2], [-5, 3, 4]]
    Path("few.cnf").write_text(dimacs(clauses))
    options = (*SHORT, "--solutions", "30", "--prove")
    code, output, _ = odesolve_command("sat", "few.cnf", *options)
    with Solver("cadical195", bootstrap_with=clauses) as solver:
        count = sum(1 for _ in solver.enum_models())
    assert code == 10
    assert f"c there are {count} models, and no more" in output
    assert len({tuple(model) for model in models_in(output)}) == count


def test_fewer_models_than_wanted_are_told(odesolve_command):
    Path("pair.cnf").write_text(dimacs([[1, 2, 3], [-1, -2, 3], [1, -2, -3], [-1, 2, -3]]))
    options = (*SHORT, "--solutions", "20", "--no-presolve")
    code, output, _ = odesolve_command("sat", "pair.cnf", *options)
    assert code == 10
    assert "c found 4 of the 20 models that were wanted" in output
    assert len(models_in(output)) == 4
    # Presolve tries all assignments of so few variables: the search knows when it has all models.
    code, output, _ = odesolve_command("sat", "pair.cnf", "--runs", "4", "--solutions", "20")
    assert code == 10
    assert "c there are 4 models, and no more" in output
    assert len(models_in(output)) == 4


# ---------------------------------------------------------------------------- other kinds of files


def test_a_formula_of_all_kinds_of_rows(odesolve_command):
    lines = ["p cnf 8 5", "1 2 3 0", "x 1 -4 5 0", "d 2 5 6 7 0", "d -1 -5 2 8 0", "n 1 7 8 0"]
    Path("mixed.cnf").write_text("\n".join([*lines, ""]))
    code, output, _ = odesolve_command("sat", "mixed.cnf", *SHORT, "-o", "mixed.sol")
    true = set(models_in(output)[0])
    assert code == 10
    assert true & {1, 2, 3}
    assert len(true & {1, -4, 5}) % 2 == 1
    assert len(true & {5, 6, 7}) >= 2
    assert len(true & {-5, 2, 8}) <= 1
    assert 0 < len(true & {1, 7, 8}) < 3
    assert odesolve_command("check", "mixed.cnf", "mixed.sol") == (
        0, "satisfied: 5 constraints\n", "",
    )  # fmt: skip


def test_contradicting_parities_are_proved(odesolve_command):
    Path("odd.cnf").write_text("p cnf 3 3\nx 1 2 0\nx 2 3 0\nx 1 3 0\n")
    code, output, _ = odesolve_command("sat", "odd.cnf", "--json")
    assert code == 20
    assert re.match(r"presolve: XOR \d .*", json.loads(output)["proof"])


def test_pseudo_boolean_rows(odesolve_command):
    Path("sum.opb").write_text("* #variable= 4 #constraint= 2\n"
                               "3 x1 +2 x2 -2 x3 >= 2 ;\n1 x2 +1 x3 +1 x4 = 2 ;\n")  # fmt: skip
    code, output, _ = odesolve_command("sat", "sum.opb", *SHORT, "--json")
    x1, x2, x3, x4 = (literal > 0 for literal in json.loads(output)["solution"]["model"])
    assert code == 10
    assert 3 * x1 + 2 * x2 - 2 * x3 >= 2
    assert x2 + x3 + x4 == 2


SOFT = "p wcnf 3 6 10\n10 1 2 0\n10 -1 -2 0\n3 1 3 0\n4 2 3 0\n2 -3 -1 0\n1 -3 -2 0\n"


def test_costs_are_printed_as_they_fall(odesolve_command):
    Path("soft.wcnf").write_text(SOFT)
    options = ("--no-presolve", "--runs", "4", "--max-steps", "500")
    code, output, errors = odesolve_command("sat", "soft.wcnf", *options, "-o", "soft.json")
    costs = [int(line[2:]) for line in output.splitlines() if line.startswith("o ")]
    assert (code, errors) == (10, "")
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == 1  # 2 and 3 true, and so -3 -2 violated
    assert "c cost 1, not proved to be the least: that is at least 0 (gap 1, 100.0%)" in output
    found = odesolve_command("check", "soft.wcnf", "soft.json")
    assert found[:2] == (0, "satisfied: 2 constraints, cost 1\n")
    code, output, _ = odesolve_command("sat", "soft.wcnf", *options, "--json")
    assert (code, json.loads(output)["cost"]) == (10, 1)


@pytest.mark.parametrize("options", [(), ("--prove",), ("--prove", "beside")], ids=str)
def test_the_least_cost_is_proved(options, odesolve_command):
    Path("soft.wcnf").write_text(SOFT)
    budget = ("--max-steps", "50") if "after" in options or options == ("--prove",) else ()
    asked = ("--no-presolve", "--runs", "4", *budget)
    code, output, errors = odesolve_command("sat", "soft.wcnf", *asked, *options)
    assert (code, errors) == (30, "")
    assert statuses(output) == ["s OPTIMUM FOUND"]
    assert [line for line in output.splitlines() if line.startswith("o ")][-1] == "o 1"


def test_hard_clauses_without_a_model_are_proved_so_beside_soft_ones(odesolve_command):
    lines = ["h " + " ".join(map(str, clause)) + " 0" for clause in PIGEONS]
    Path("hard.wcnf").write_text("\n".join([*lines, "1 1 0", "2 -1 0", ""]))
    code, output, errors = odesolve_command("sat", "hard.wcnf", "--runs", "4")
    assert (code, errors) == (20, "")
    assert "c proved by RC2: there is no model" in output


def test_an_assignment_that_violates_hard_clauses_has_no_cost_line(odesolve_command):
    every = [f"9 {a}1 {b}2 {c}3 0" for a in ("", "-") for b in ("", "-") for c in ("", "-")]
    Path("hard.wcnf").write_text("\n".join(["p wcnf 3 9 9", *every, "1 1 0", ""]))
    options = ("--no-presolve", "--runs", "2", "--max-steps", "20")
    code, output, errors = odesolve_command("sat", "hard.wcnf", *options)
    assert (code, errors) == (0, "")
    assert "c the best assignment violates 1 constraints:" in output
    assert "cost" not in output


def test_the_cost_of_a_first_guess_is_printed_once(odesolve_command):
    Path("soft.wcnf").write_text("h -1 -2 0\n3 1 0\n2 2 0\n1 3 4 5 0\n")
    options = ("--no-presolve", "--time-limit", "0.000001")
    code, output, errors = odesolve_command("sat", "soft.wcnf", *options)
    assert (code, errors) == (10, "")
    assert "c nothing was integrated; the assignment is a first guess" in output
    assert [line for line in output.splitlines() if line[0] == "o"] == ["o 2"]


def test_a_target_cost_ends_the_search(odesolve_command):
    Path("soft.wcnf").write_text(SOFT)
    # Without a prover, which might be the first to know that no cost is less.
    options = ("--no-presolve", "--target", "1", "--runs", "4", "--prove", "none")
    code, output, _ = odesolve_command("sat", "soft.wcnf", *options)
    assert code == 10
    assert "o 1\n" in output


def test_few_variables_that_presolve_leaves_are_decided_by_exhaustion(odesolve_command):
    Path("soft.wcnf").write_text(SOFT)
    code, output, errors = odesolve_command("sat", "soft.wcnf")
    assert (code, errors) == (30, "")
    lines = [line for line in output.splitlines() if line[0] != "c"]
    assert lines == ["o 1", "s OPTIMUM FOUND", "v -1 2 3 0"]
    assert re.search(r"c all 2\^\d assignments of the variables that presolve left", output)
    code, output, _ = odesolve_command("sat", "soft.wcnf", "--json")
    found = json.loads(output)
    assert (code, found["cost"], found["optimal"], found["found_by"]) == (30, 1, True, "presolve")


def test_an_optimum_that_presolve_proves(odesolve_command):
    Path("soft.wcnf").write_text("h 1 0\n5 -1 0\n2 2 0\n")
    code, output, _ = odesolve_command("sat", "soft.wcnf", "-q")
    assert code == 30
    assert output.splitlines() == ["o 5", "s OPTIMUM FOUND", "v 1 2 0"]


# ------------------------------------------------------------------------------------------- check


def test_check_names_what_is_violated(odesolve_command):
    Path("wrong.sol").write_text("s SATISFIABLE\nv 1 -2 3 0\n")
    code, output, errors = odesolve_command("check", "units.cnf", "wrong.sol")
    assert (code, errors) == (1, "")
    assert output == "violated: 1 of 3 constraints: clause 2 (-1 2)\n"
    code, output, _ = odesolve_command("check", "units.cnf", "wrong.sol", "--json")
    found = json.loads(output)
    assert code == 1
    assert (found["satisfied"], found["violated"]) == (False, {"clauses": 1})
    assert found["first"] == [{"kind": "clauses", "number": 2}]


CLAIMS = [
    ("o 9\no 1\ns SATISFIABLE\nv -1 2 3 0\n", 0, "satisfied: 2 constraints, cost 1\n", ""),
    (
        "o 1\no 0\ns OPTIMUM FOUND\nv -1 2 3 0\n",
        1,
        "satisfied: 2 constraints, cost 1 and not 0 as SOLUTION claims\n",
        "",
    ),
    (
        '{"solution": {"model": [-1, 2, 3], "cost": 4}}',
        1,
        "satisfied: 2 constraints, cost 1 and not 4 as SOLUTION claims\n",
        "",
    ),
    ('{"model": [-1, 2, 3], "cost": 1}', 0, "satisfied: 2 constraints, cost 1\n", ""),
    ("[-1, 2, 3]", 0, "satisfied: 2 constraints, cost 1\n", ""),
    ("o\nv -1 2 3 0\n", 2, "", "odesolve: answer:1: 'o'; expected o and an integer\n"),
    ("v -1 2 3 0\no 1.0\n", 2, "", "odesolve: answer:2: 'o 1.0'; expected o and an integer\n"),
]


@pytest.mark.parametrize(("answer", "code", "line", "error"), CLAIMS, ids=range(len(CLAIMS)))
def test_check_compares_the_cost_that_an_answer_claims(answer, code, line, error, odesolve_command):
    Path("soft.wcnf").write_text(SOFT)
    Path("answer").write_text(answer)
    assert odesolve_command("check", "soft.wcnf", "answer") == (code, line, error)
    if code < 2:
        found = json.loads(odesolve_command("check", "soft.wcnf", "answer", "--json")[1])
        assert (found["cost"], "claimed_cost" in found) == (1, code == 1)


def test_check_says_that_a_formula_without_costs_has_none(odesolve_command):
    Path("answer").write_text("o 3\nv 1 2 0\n")
    Path("plain.cnf").write_text("p cnf 2 1\n1 2 0\n")
    code, _, errors = odesolve_command("check", "plain.cnf", "answer")
    assert (code, errors) == (0, "SOLUTION claims a cost of 3, but the formula has none\n")


def test_check_says_which_variables_were_missing(odesolve_command):
    Path("part.sol").write_text("1 2 0\n")
    code, output, errors = odesolve_command("check", "units.cnf", "part.sol")
    assert (code, output) == (0, "satisfied: 3 constraints\n")
    assert errors.startswith("1 variables that SOLUTION does not mention")


@pytest.mark.parametrize("suffix", ["json", "sol", "txt"])
def test_what_sat_writes_passes_check(suffix, odesolve_command):
    path = f"model.{suffix}"
    assert odesolve_command("sat", "planted.cnf", *SHORT, "-o", path)[0] == 10
    assert odesolve_command("check", "planted.cnf", path) == (
        0, "satisfied: 110 constraints\n", "",
    )  # fmt: skip


@pytest.mark.parametrize("case", ["budget", "refuted"])
def test_only_a_model_is_written(case, odesolve_command):
    file, options, expected, _ = OUTCOMES[case]
    Path("old.json").write_text("old")
    code, _, errors = odesolve_command("sat", f"{file}.cnf", *options, "-o", "old.json")
    assert code == expected
    assert "old.json was not written" in errors
    assert Path("old.json").read_text() == "old"


def test_check_takes_colourings_too(odesolve_command):
    Path("graph.json").write_text(json.dumps({"edges": [["a", "b"], ["b", "c"], ["c", "d e"]]}))
    assert odesolve_command("color", "graph.json", "-q", "-o", "good.json")[0] == 0
    code, output, errors = odesolve_command("check", "graph.json", "good.json")
    assert (code, errors) == (0, "")
    assert re.fullmatch(r"satisfied: 3 constraints, [23] colours\n", output)
    Path("bad.csv").write_text("a,0\nb,1\nc,1\n")
    code, output, _ = odesolve_command("check", "graph.json", "bad.csv")
    assert code == 1
    assert output == 'violated: 2 of 4 constraints, 2 colours: b and c are both 1, "d e" has none\n'
    code, output, _ = odesolve_command("check", "graph.json", "bad.csv", "--json")
    assert (code, json.loads(output)["violated"]) == (1, 2)


@pytest.mark.parametrize("name", ["soft.wbo", "soft.txt"])
def test_check_knows_a_formula_behind_a_byte_order_mark(name, odesolve_command):
    text = "* by hand\n* #variable= 2 #constraint= 2\nsoft: ;\n+1 x1 >= 1 ;\n[3] +1 x2 >= 1 ;\n"
    Path(name).write_text(text, "utf-8-sig")
    Path("model.sol").write_text("v x1 -x2\n")
    code, output, _ = odesolve_command("check", name, "model.sol", "--json")
    assert (code, json.loads(output)["cost"]) == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("units.cnf nowhere.sol", "nowhere.sol: no such file"),
        ("nowhere.cnf units.cnf", "nowhere.cnf: no such file"),
        ("units.cnf", "Missing argument 'SOLUTION'"),
        ("units.cnf planted.cnf", r"planted.cnf:\d+: "),
        ("- -", "standard input"),
        ("units.cnf units.cnf --format zip", "unknown format 'zip'"),
    ],
)
def test_check_refuses_on_one_line(arguments, message, odesolve_command):
    line = assert_refused(odesolve_command("check", *arguments.split()))
    assert re.search(message, line), line


# ------------------------------------------------------------------------------------ refused input


@pytest.mark.parametrize(
    ("case", "name", "data", "line"), BROKEN_FORMULAS, ids=[case[0] for case in BROKEN_FORMULAS]
)
def test_broken_formulas_are_refused_on_one_line(case, name, data, line, odesolve_command):
    Path(name).write_bytes(data)
    before = sorted(Path().iterdir())
    message = assert_refused(odesolve_command("sat", name, "-o", "out.json"))
    place = name if line is None else f"{name}:{line}"
    assert message.startswith(f"odesolve: {place}: ")
    assert sorted(Path().iterdir()) == before


# arguments after `sat`, words of the message
BAD_OPTIONS = [
    ("planted.cnf --dynamics gradient", "no dynamics 'gradient'.*rectified"),
    ("planted.cnf --set omega=1", "no parameter 'omega'.*alpha"),
    ("planted.cnf --set alpha=x", "alpha needs a number"),
    ("planted.cnf --stepper leapfrog", "'heun'"),
    ("planted.cnf --preset nowhere", "nowhere"),
    ("planted.cnf --runs 0", "--runs.*0 is not in the range"),
    ("planted.cnf --max-steps 2147483647", "max_steps is at most"),
    ("planted.cnf --time-limit nan", "--time-limit.*nan"),
    ("planted.cnf --device abacus", "'cpu', 'gpu'"),
    ("planted.cnf --format zip", "unknown format 'zip'"),
    ("planted.cnf --format opb", r"planted.cnf:\d+: "),
    ("planted.cnf --plot out.png", "--plot has no use here"),
    ("planted.cnf --trace out.npy", "out.npy: .*.npz"),
    ("planted.cnf -o out.cnf", "out.cnf: .*.json or .sol or .txt"),
    ("planted.cnf -o nowhere/out.json", "there is no folder"),
    ("planted.cnf --assume x", "--assume: 'x' is no literal"),
    ("planted.cnf --assume 31", "assume: literal 31; expected numbers from 1 to 30"),
    ("planted.cnf --assume 0", "'0' is no literal"),
    ("planted.cnf --assume 1.5", "'1.5' is no literal"),
    ("planted.cnf --assume 99999999999999999999", "is no literal"),
    ("planted.cnf --assume ,", "no literals"),
    ("planted.cnf --hint nowhere.sol", "nowhere.sol: no such file"),
    ("planted.cnf --hint units.cnf", r"units.cnf:\d+: "),
    ("planted.cnf --solutions 0", "--solutions.*0"),
    ("planted.cnf --prove=never", "'after', 'beside'"),
    ("planted.cnf --prove --time-limit inf", "prove: .* no budget"),
    ("planted.cnf --target cheap", "--target.*cheap"),
    ("planted.cnf --target 3", "target: the formula has no soft clauses"),
    ("nowhere.cnf", "nowhere.cnf: no such file"),
    (".", ".: is a directory"),
    ("", "Missing argument 'FILE'"),
    ("planted.cnf units.cnf", "extra argument"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_OPTIONS, ids=[a for a, _ in BAD_OPTIONS])
def test_bad_options_are_refused_on_one_line(arguments, message, odesolve_command):
    before = sorted(Path().rglob("*"))
    line = assert_refused(odesolve_command("sat", *arguments.split()))
    assert re.search(message, line), line
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("file", ["units.cnf", "contradiction.cnf"])
@pytest.mark.parametrize("options", ["--dynamics gradient", "--set omega=1", "--preset nowhere"])
def test_bad_options_are_refused_even_where_presolve_needs_none(file, options, odesolve_command):
    assert_refused(odesolve_command("sat", file, *options.split()))


@pytest.mark.parametrize("option", ["-o", "--trace", "--dynamics", "--hint", "--assume"])
def test_an_empty_value_is_not_no_value(option, odesolve_command):
    assert_refused(odesolve_command("sat", "units.cnf", option, ""))


def test_soft_clauses_refuse_several_models(odesolve_command):
    Path("soft.wcnf").write_text("h 1 2 0\n5 -1 0\n2 -2 0\n")
    options = ("--solutions", "2")
    assert "soft clauses" in assert_refused(odesolve_command("sat", *options, "soft.wcnf"))


# ---------------------------------------------------------------------------- the installed program


def program(*arguments: str, **options) -> subprocess.CompletedProcess:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120, **options}
    return subprocess.run([PROGRAM, *arguments], **options)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input(pack):
    done = program("sat", "-", "-q", input=pack(dimacs(UNITS).encode()))
    assert (done.returncode, done.stderr) == (10, b"")
    assert done.stdout.decode() == "s SATISFIABLE\nv 1 2 -3 0\n"
    again = program("check", "units.cnf", "-", input=done.stdout)
    assert (again.returncode, again.stdout) == (0, b"satisfied: 3 constraints\n")


def test_broken_standard_input():
    done = program("sat", "-", input=b"p cnf 2 1\n1 two 0\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert re.fullmatch(rb"odesolve: standard input:2: .*\n", done.stderr)


def test_a_reader_that_stops_early_is_no_error_message():
    # More than a pipe holds, so that the reader is gone before the writer is done.
    Path("wide.cnf").write_text("p cnf 200000 1\n1 0\n")
    with subprocess.Popen(
        [PROGRAM, "sat", "wide.cnf"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(2) == b"c "
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (1, 10)  # 10 where pipes are large


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["units.cnf", "-q"], ["units.cnf", "--json"]], ids=str)
def test_a_full_disk_is_told(arguments):
    with FULL.open("wb") as full:
        done = program("sat", *arguments, stdout=full)
    assert done.returncode not in (0, 1, 10, 20)
    assert re.fullmatch(rb"odesolve: .*No space left on device\n", done.stderr)


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_an_answer_is_printed_even_if_the_trace_cannot_be_written(odesolve_command):
    Path("full.npz").symlink_to(FULL)
    code, output, errors = odesolve_command("sat", "planted.cnf", *SHORT, "--trace", "full.npz")
    assert code not in (0, 1, 10, 20)
    assert re.fullmatch(r"odesolve: full.npz: .*\n", errors)
    assert statuses(output) == ["s SATISFIABLE"]


ALONE = ("--prove", "none")
PROVING = ("--prove", "after", "--max-steps", "2000000000")


@pytest.mark.parametrize(
    ("number", "prove"),
    [
        (signal.SIGINT, ALONE),
        (signal.SIGTERM, PROVING),
        pytest.param(signal.SIGTERM, ALONE, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, PROVING, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_solve_prints_the_best_so_far(number, prove):
    with subprocess.Popen(
        [PROGRAM, "sat", "pigeons.cnf", "--runs", "4", "--json", "--progress",
         "--time-limit", "inf", "-o", "out.json", *prove],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            assert "runs solved" in process.stderr.readline()
            process.send_signal(number)
            # It has no budget: without the signal it would never end.
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in errors
    found = json.loads(output)
    assert (found["status"], found["reason"], found["solution"]) == ("unknown", "interrupted", None)
    true = set(found["best"]["model"])
    assert sum(true.isdisjoint(clause) for clause in PIGEONS) == found["violated"] > 0
    assert not Path("out.json").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--prove", "none"),
        ("--max-steps", "3000"),
        ("--dynamics", "memcomputing"),
        ("--set", "alpha=4"),
        ("--all-runs",),
        ("--trace", "trace.npz"),
        ("--checkpoint", "saved.npz"),
    ],
)
def test_options_about_the_dynamics_leave_the_answer_to_them(options, odesolve_command):
    asked = ("--runs", "4", "--time-limit", "60", "--no-presolve", "--json")
    code, output, _ = odesolve_command("sat", "planted.cnf", *asked, *options)
    assert (code, json.loads(output)["found_by"]) == (10, "dynamics")


def test_the_prover_ends_when_its_seconds_are_over(monkeypatch):
    many = pigeons(12, 11)  # the prover takes minutes for them, however late it is ended
    ode.sat(many, runs=4, max_steps=1)  # what compiling takes is no part of this
    monkeypatch.setattr(search, "AUTOMATIC_SECONDS", 0.0)
    result = ode.sat(many, runs=4, prove="auto", time_limit=3.0)
    assert (result.status, result.run.reason) == (ode.Status.UNKNOWN, ode.Reason.TIME)
    # The time may be over while the equations that come next are compiled.
    assert result.run.dynamics_ran or "found nothing in" in " ".join(result.notes)


def test_sat_needs_no_prover_and_says_so_where_it_does():
    # As where python-sat is not installed: a package of its name that cannot be imported.
    hide = "import sys; sys.modules['pysat'] = None; from odesolve.cli.main import main; main()"
    plain = [sys.executable, "-c", hide, "sat", "units.cnf", "-q"]
    done = subprocess.run(plain, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (10, b"")
    done = subprocess.run([*plain, "--prove=auto"], capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (10, b"")
    done = subprocess.run([*plain, "--prove"], capture_output=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, b"")
    assert re.fullmatch(rb"odesolve: prove: .*pip install 'odesolve\[prove\]'\n", done.stderr)


def test_help_does_not_load_jax():
    ask = (
        "import sys; from odesolve.cli.main import run; run(['sat', '--help']);"
        "run(['check', '-h']); print('jax' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "False False"
    assert "--prove [auto|after|beside|none]" in done.stdout


# ------------------------------------------------------------------------------------------ Python


@pytest.mark.parametrize("kind", ["list", "file", "python-sat", "formula"])
def test_python_takes_formulas_of_all_kinds(kind):
    problem = {
        "list": PLANTED,
        "file": Path("planted.cnf"),
        "python-sat": CNF(from_clauses=PLANTED),
        "formula": odesolve.problems.satisfiability.solve.formula_from(PLANTED)
        if kind == "formula"
        else None,
    }[kind]
    result = odesolve.sat(problem, runs=4, max_steps=3000)
    assert result.satisfied
    assert is_model(result.model, PLANTED)
    assert result.models == [result.model]


@pytest.mark.parametrize(
    ("problem", "options", "message"),
    [
        ([[1, 0]], {}, "literal 0"),
        ([[2**31]], {}, "2147483648"),
        ([["a"]], {}, "problem: clause 1: literal 'a'; expected literals from 1"),
        (7, {}, "list of lists"),
        ([[1, 2]], {"assume": [3]}, "literal 3"),
        ([[1, 2]], {"assume": [True]}, "literal True"),
        ([[1, 2]], {"hint": [1, -1]}, "both 1 and -1"),
        ([[1, 2]], {"hint": np.array([True])}, "1 truth values"),
        ([[1, 2]], {"solutions": 0}, "solutions: 0"),
        ([[1, 2]], {"prove": "never"}, "'after' or 'beside'"),
        ([[1, 2]], {"target": 0.5}, "target: 0.5"),
        ([[1, 2]], {"target": 0}, "target: the formula has no soft clauses"),
        ([[1, 2]], {"max_step": 5}, "no option 'max_step'"),
    ],
    ids=str,
)
def test_python_refuses_on_one_line(problem, options, message):
    with pytest.raises(odesolve.InputError, match=re.escape(message)) as caught:
        odesolve.sat(problem, **options)
    assert "\n" not in str(caught.value)


def test_the_result_knows_its_models():
    result = odesolve.sat([[1, 2], [-1, -2]], solutions=5, runs=4)
    assert sorted(result.models) == [[-1, 2], [1, -2]]
    assert result.truth.tolist() == [literal > 0 for literal in result.model]
    nothing = odesolve.sat(CONTRADICTION)
    assert (nothing.satisfied, nothing.model, nothing.models) == (False, [], [])
    assert nothing.status is odesolve.Status.INFEASIBLE


# -------------------------------------------------------------------------------------- the prover

PROVED = {
    "parity": ("x 1 2 3 4 5 6 7 8 9 0\n", 2**8),
    "at least": ("d 3 1 -2 3 4 0\n", 5),
    "at most": ("d -1 1 -2 3 4 0\n", 5),
    "not all equal": ("n 1 2 -3 0\n", 6),
    "impossible": ("d 3 1 2 0\n", 0),
    "nothing to ask": ("1 -1 0\nd -2 1 2 0\n", 4),
}


@pytest.mark.parametrize("case", PROVED)
def test_the_prover_finds_every_model(case):
    text, count = PROVED[case]
    Path("formula.cnf").write_text(text)
    formula = odesolve.problems.formulas.formats.read_formula("formula.cnf")
    none = np.zeros((0, formula.variable_count), bool)
    found = list(models_of(Task(formula, none, 1000)))
    assert len({truth.tobytes() for truth in found}) == len(found) == count
    if count:
        known = np.array(found[:-1], bool).reshape(-1, formula.variable_count)
        assert [t.tolist() for t in models_of(Task(formula, known, 9))] == [found[-1].tolist()]


def test_the_prover_can_be_stopped():
    formula = odesolve.problems.satisfiability.solve.formula_from(pigeons(12, 11))
    assert len(encoded(formula)[0]) == formula.hard_count
    prover = Prover(Task(formula, np.zeros((0, formula.variable_count), bool)))
    prover.wait(0.5)
    assert not prover.finished
    prover.stop()
    assert (prover.models, prover.exhausted, prover.failed) == ([], False, True)
    with pytest.raises(ProcessLookupError):
        os.kill(prover._process.pid, 0)


# ------------------------------------------------------------------------------ edges of formulas

EMPTY = {
    "p.cnf": "p cnf 0 0\n", "old.wcnf": "p wcnf 0 0 5\n", "soft.wcnf": "3 0\n",
    "free.opb": "min: ;\n", "count.cnf": "p cnf 0 1\ng 0\n",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, options) for name in EMPTY for options in ((), ("--no-presolve",))),
        *((name, ("--prove", "beside")) for name in ("p.cnf", "count.cnf")),
    ],
)
def test_a_formula_without_variables_has_one_model(name, options, odesolve_command):
    Path(name).write_text(EMPTY[name])
    code, output, errors = odesolve_command("sat", name, "--time-limit", "5", *options)
    assert (code in (10, 30), errors) == (True, "")
    assert output.splitlines()[-1] == "v 0"


def test_pseudo_boolean_rows_are_proved(odesolve_command):
    Path("even.opb").write_text("3 x1 2 x2 4 x3 = 8 ;\n3 x1 2 x2 2 x4 = 6 ;\n")
    options = ("--no-presolve", "--prove", "--runs", "4", "--max-steps", "20")
    code, output, errors = odesolve_command("sat", "even.opb", *options)
    assert (code, errors) == (20, "")
    assert "c proved by CaDiCaL" in output
