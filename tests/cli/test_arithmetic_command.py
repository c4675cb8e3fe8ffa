"""``odesolve add``, ``subtract``, ``multiply`` and ``factor`` as a shell sees them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from odesolve.cli.main import run


@pytest.fixture
def odesolve(capsys):
    """Call the entry point in this process: (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        output, errors = capsys.readouterr()
        return code, output, errors

    return call


def equations(output: str) -> list[tuple[int, str, int, int]]:
    """(left, sign, right, result) of every line."""
    lines = [line.split() for line in output.splitlines()]
    assert all(line[3] == "=" and len(line) == 5 for line in lines)
    return [(int(line[0]), line[1], int(line[2]), int(line[4])) for line in lines]


ANSWERS = [
    ("add 155 105", "155 + 105 = 260"),
    ("add 155 _ 260", "155 + 105 = 260"),
    ("add ? 105 260", "155 + 105 = 260"),
    ("add 155 105 _", "155 + 105 = 260"),
    ("add 1_000 1", "1000 + 1 = 1001"),
    ("subtract 260 155", "260 - 155 = 105"),
    ("subtract _ 155 105", "260 - 155 = 105"),
    ("multiply 13 11", "13 x 11 = 143"),
    ("multiply _ 11 143", "13 x 11 = 143"),
    ("multiply 13 11 --multiplier dadda", "13 x 11 = 143"),
    ("factor 1", "1 = 1"),
    ("factor 97", "97 = 97"),
    ("factor 1024", "1024 = 2^10"),
    ("factor 15 --runs 8", "15 = 3 x 5"),
    ("factor 360 --runs 8", "360 = 2^3 x 3^2 x 5"),
    ("factor 360 --split", "360 = 2^3 x 45"),
]


@pytest.mark.parametrize(("line", "answer"), ANSWERS)
def test_the_answer_is_one_line_and_notes_go_to_standard_error(line, answer, odesolve):
    code, output, errors = odesolve(*line.split())
    assert (code, output) == (0, f"{answer}\n")
    assert "Traceback" not in errors
    if not line.startswith("factor"):
        assert "it did the whole work" in errors
    assert odesolve(*line.split(), "-q") == (0, output, "")


def test_three_different_sums(odesolve):
    code, output, _ = odesolve("add", "_", "_", "260", "--solutions", "3", "--runs", "8")
    found = equations(output)
    assert code == 0
    assert len(set(found)) == len(found) == 3
    assert all(a + b == total == 260 and sign == "+" for a, sign, b, total in found)


@pytest.mark.parametrize("line", ["add 3 _ 2", "subtract 5 6", "multiply 2 _ 7"])
def test_what_is_proved_impossible_exits_with_3(line, odesolve):
    code, output, errors = odesolve(*line.split())
    assert code == 3
    assert output.startswith("infeasible: ")
    assert output.count("\n") == 1
    assert "cannot be satisfied" in output
    assert errors == ""


SPENT = [
    "add 3 _ 2 --bits 4 --no-presolve --max-steps 20 --runs 8",
    "add 3 _ 2 --bits 4 --no-presolve --time-limit 0 --runs 8",
    "factor 61937 --max-steps 0 --runs 2",
]


@pytest.mark.parametrize("line", SPENT)
def test_a_spent_budget_exits_with_1(line, odesolve):
    code, output, errors = odesolve(*line.split())
    assert code == 1
    assert "unknown: " in output
    assert ("time limit" if "--time-limit" in line else "step budget") in output
    assert "Traceback" not in errors
    code, output, _ = odesolve(*line.split(), "--json")
    document = json.loads(output)
    assert (code, document["status"], document["solution"]) == (1, "unknown", None)


JSON = [
    ("add 155 105", {"a": 155, "b": 105, "sum": 260}),
    ("subtract 260 155", {"minuend": 260, "subtrahend": 155, "difference": 105}),
    ("multiply _ 11 143", {"a": 13, "b": 11, "product": 143}),
    ("factor 360 --runs 8", {"factors": [[2, 3], [3, 2], [5, 1]]}),
    ("factor 1", {"factors": []}),
]
COMMON_KEYS = {
    "status", "reason", "solution", "problem", "runs", "steps", "violated", "time", "seed",
    "compiled", "dynamics", "preset", "parameters", "device", "version",
}  # fmt: skip


def strict(text: str):
    def refuse(constant: str):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize(("line", "solution"), JSON)
def test_json_is_one_object_on_one_line(line, solution, odesolve):
    code, output, errors = odesolve(*line.split(), "--json", "-q")
    assert (code, errors, output.count("\n")) == (0, "", 1)
    document = strict(output)
    assert document["solution"] == solution
    assert list(document["solution"]) == list(solution)
    assert set(document) >= COMMON_KEYS
    assert (document["status"], document["violated"]) == ("satisfied", 0)


def test_the_json_of_an_impossible_query(odesolve):
    code, output, _ = odesolve("add", "3", "_", "2", "--json")
    document = strict(output)
    assert (code, document["status"], document["reason"]) == (3, "infeasible", "proved")
    assert document["solution"] is None
    assert document["violated"] is None
    assert document["solutions"] == []


REFUSED = [
    "add", "add 3", "add 1 2 3 4", "add x 3", "add 3.5 2", "add 1e3 2", "add 3 -- -5",
    "add -- -3 5",
    "add 16 1 --bits 4", "add 1 2 --bits 0", "add 1 2 --solutions 0", "add 1 2 --encoding cnf",
    "add 1 2 --dynamics magic --no-presolve", "add 1 2 --set alpha=x --no-presolve",
    "add 1 2 --set alpha", "add 1 2 --multiplier dadda", "multiply 1 2 --linear",
    "multiply 1 2 --multiplier abacus", "multiply 1 2 --bits 129", "add 1 2 --bits 5000",
    "factor", "factor 0", "factor -5", "factor -- -5", "factor 15.0", "factor fifteen", "factor _",
    "add 1_ 5", "add 1__0 5", "add 1 2 --encoding relation --implicates prime",
    "add 1 2 --linear --encoding clauses",
    "subtract 2 1 --linear --implicates irredundant", "add --sed 3", "add 1 --sed 3",
    "multiply _ 11 --solution=3", "subtract -x 3", "add 1 2 -5",
    "factor 15 16", "factor 15 --bogus", "factor --bogus", "factor 15 --runs 0",
    "factor 15 --dynamics magic", "factor 15 --set no=1", f"factor {10**100}",
    "factor " + "9" * 4001, "factor " + "9" * 4000, "add 1 " + "9" * 4001,
    "add 1 2 -o sum.txt", "add 1 2 --plot sum.png", "subtract 2 1 --output sum.txt",
    "multiply 1 2 --plot product.png", "factor 15 -o factors.txt", "factor 15 --plot factors.png",
    "factor 15 --trace factors.npz", "factor 15 --all-runs", "add 1 2 --trace trace.txt",
]  # fmt: skip


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: line[:40])
def test_what_cannot_be_used_is_refused_in_one_line(line, odesolve, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output, errors = odesolve(*line.split())
    assert (code, output) == (2, "")
    assert errors.startswith("odesolve: ")
    assert errors.count("\n") == 1
    assert len(errors) < 500
    assert not list(tmp_path.iterdir())


def test_a_negative_number_is_called_that_and_not_an_option(odesolve):
    assert "expected a natural number" in odesolve("factor", "-5")[2]


@pytest.mark.parametrize("command", ["add", "subtract", "multiply"])
def test_a_negative_operand_is_called_that_and_not_an_option(command, odesolve):
    assert "natural number" in odesolve(command, "-3", "5")[2]


@pytest.mark.parametrize("line", ["add --sed 3", "multiply _ 11 --bit 8", "factor --sed"])
def test_a_mistyped_option_is_called_that_and_not_a_number(line, odesolve):
    assert "No such option" in odesolve(*line.split())[2]


def test_how_many_answers_there_are_is_said(odesolve):
    code, output, errors = odesolve("multiply", "_", "11", "143", "--solutions", "3")
    assert (code, output) == (0, "13 x 11 = 143\n")
    assert "found 1 of 3 answers: there are no others" in errors


@pytest.mark.slow
def test_an_interrupted_search_for_more_answers_prints_those_so_far():
    line = "add _ _ 65536 --bits 16 --solutions 100000 --no-presolve --json"
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "odesolve.cli.main", *line.split(), "--progress"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.read(1)  # the first progress: integration has begun
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    document = strict(output)
    assert process.returncode == 130
    assert (document["status"], document["reason"]) == ("satisfied", "interrupted")
    assert document["notes"][-1].endswith("of 100000 answers: interrupted")


LOST_ERRORS = [("add 155 105", 0), ("add 3 _ 2", 3), ("add x 5", 2), ("factor 15 --progress", 0)]


@pytest.mark.parametrize(
    ("line", "code", "stream"),
    [
        # What loads JAX takes seconds: the others show the same.
        pytest.param(*case, stream, marks=[pytest.mark.slow] * (case is LOST_ERRORS[-1]))
        for case in LOST_ERRORS
        for stream in ("/dev/full", "&-")
    ],
)
def test_standard_error_that_cannot_be_written_changes_no_exit_code(line, code, stream):
    command = f"{sys.executable} -m odesolve.cli.main {line} 2>{stream}"
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert ran.returncode == code
    assert ran.stdout.count("\n") == (code != 2)


def test_the_statistics_of_all_runs(odesolve):
    line = "add _ _ 260 --runs 8 --all-runs --max-steps 20000"
    code, output, errors = odesolve(*line.split())
    assert code == 0
    assert "runs solved: " in output
    assert "steps of 8 runs" in errors
    document = strict(odesolve(*line.split(), "--json")[1])
    assert document["runs"]["total"] == 8
    assert "solved_fraction" in document["runs"]


def test_a_trace_is_stored_or_said_not_to_be(odesolve, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, errors = odesolve("add", "1", "2", "--trace", "t.npz")
    assert code == 0
    assert "no trace was written" in errors
    assert not list(tmp_path.iterdir())
    line = "add _ _ 260 --runs 8 --max-steps 20000 --trace t.npz"
    assert odesolve(*line.split())[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["t.npz"]


@pytest.mark.parametrize("command", ["add", "subtract", "multiply", "factor"])
def test_help_names_every_argument(command, odesolve):
    code, output, _ = odesolve(command, "--help")
    assert code == 0
    assert command in output
    assert "--no-presolve" in output
