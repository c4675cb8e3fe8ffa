"""``odesolve ising`` and ``odesolve maxcut``, and what ``odesolve check`` says of their answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import networkx
import numpy as np
import pytest
from ising.instances import random_problem

import odesolve as ode
from odesolve.cli.main import run
from odesolve.problems.ising.answers import read_answer

RING = "5 5\n1 2 1\n2 3 1\n3 4 1\n4 5 1\n5 1 1\n"
QUICK = ("--runs", "4", "--max-steps", "200", "--seed", "1")


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("ring.mc").write_text(RING, encoding="utf-8")
    Path("two.qubo").write_text("p qubo 0 2 2 1\n0 0 -1\n1 1 -2\n0 1 3\n", encoding="utf-8")
    ode.write_ising(random_problem(80, 400, 3), "hard.rudy")


def test_a_cut_is_printed_with_its_two_sides(capsys):
    assert run(["maxcut", "ring.mc", "-q"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("cut 4 after ")
    assert lines[1] == "cut 4: proved the best"
    sides = [line.split(":") for line in lines[2:]]
    assert [value.strip() for value, _ in sides] == ["-1", "1"]
    assert sorted(" ".join(names for _, names in sides).split()) == list("12345")


def test_bits_are_printed_as_bits(capsys):
    assert run(["ising", "two.qubo", "-q"]) == 0
    assert capsys.readouterr().out.endswith("energy -2: proved the best\n   0: 0\n   1: 1\n")


@pytest.mark.parametrize(
    ("arguments", "code", "verdict"),
    [
        (("--target", "-1"), 0, "the target is reached"),
        (("--target", "-99999"), 1, "the best so far; the step budget is spent"),
        ((), 1, "the best so far; the step budget is spent"),
    ],
)
def test_the_exit_code_says_whether_it_is_good_enough(arguments, code, verdict, capsys):
    assert run(["ising", "hard.rudy", *QUICK, *arguments, "-q"]) == code
    assert verdict in capsys.readouterr().out


def test_a_target_that_is_proved_out_of_reach(capsys):
    assert run(["maxcut", "ring.mc", "--target", "5", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["status"], found["solution"]) == ("infeasible", None)


def test_improvements_are_printed_as_they_are_found(capsys):
    run(["ising", "hard.rudy", *QUICK, "-q"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    energies = [int(words[1]) for words in lines if words[2:3] == ["after"]]
    assert energies == sorted(set(energies), reverse=True)
    assert ["energy", f"{energies[-1]}:"] in [words[:2] for words in lines]


@pytest.mark.parametrize("presolve", ["--presolve", "--no-presolve"])
def test_fixed_values(presolve, capsys):
    fix = ("--fix", "1=1", "--fix", "2=1", "--fix", "3=1")
    run(["maxcut", "ring.mc", *QUICK, presolve, *fix, "--json"])
    found = json.loads(capsys.readouterr().out)
    answer = found["solution"] or found["best"]
    assert [answer["assignment"][name] for name in "123"] == [1, 1, 1]
    assert answer["cut"] == 2


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--fix", "1"), "--fix: '1'; expected NAME=VALUE"),
        (("--fix", "9=1"), "there is no variable '9'"),
        (("--fix", "1=0"), "'0' for '1'; expected -1 or 1"),
        (("--fix", "1=1", "--fix", "1=-1"), "variable '1' is fixed twice"),
        (("--target", "much"), "--target: 'much'; expected a number"),
        (("--format", "cnf"), "unknown format 'cnf'"),
        (("--hint", "none.csv"), "none.csv: no such file"),
        (("-o", "answer.xyz"), "unknown kind of output file"),
        (("--patience", "3"), "--patience has no use here"),
        (("--kernels", "native"), "--kernels has no use here"),
        (("--dynamics", "rectified"), "rectified"),
        (("--set", "speed=3"), "speed"),
    ],
)
def test_what_cannot_be_used_is_one_line(arguments, part, capsys):
    assert run(["maxcut", "ring.mc", *arguments]) == 2
    printed = capsys.readouterr()
    assert part in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("suffix", ["json", "csv", "sol", "txt"])
@pytest.mark.parametrize("command", ["ising", "maxcut"])
def test_answers_are_written_read_and_checked(command, suffix, capsys):
    name = f"answer.{suffix}"
    run([command, "hard.rudy", *QUICK, "-o", name, "-q"])
    printed = capsys.readouterr().out
    cut = ["--cut"] if command == "maxcut" else []
    assert run(["check", "hard.rudy", name, *cut]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert f"{line}: the best so far" in printed
    # It is a hint that the search does not fall behind.
    run([command, "hard.rudy", "--hint", name, "--max-steps", "0", "--json"])
    best = json.loads(capsys.readouterr().out)["best"]
    value = float(line.split()[1])
    assert best["cut"] >= value if cut else best["energy"] <= value


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        ("1 -1 1 -1 1\n", [1, -1, 1, -1, 1]),
        ("10101\n", [1, -1, 1, -1, 1]),
        ("0\n1\n0\n1\n0\n", [-1, 1, -1, 1, -1]),
        ("variable,value\n1,1\n4,0\n", [1, 0, 0, -1, 0]),
        ("c a comment\nv 2 -1\nv 3 1\n", [0, -1, 1, 0, 0]),
        ('{"assignment": {"5": 0}}', [0, 0, 0, 0, -1]),
        ("[1, 1, 1, 1, -1]", [1, 1, 1, 1, -1]),
    ],
)
def test_answers_of_every_kind(answer, values):
    Path("answer").write_text(answer, encoding="utf-8")
    assert read_answer("answer", ode.read_ising("ring.mc")).spins.tolist() == values


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ("1 -1 1\n", "a name and its value"),
        ("1 2\n", "'2' for '1'"),
        ("9 1\n", "there is no variable '9'"),
        ("1 0\n2 -1\n", "0 here and -1 elsewhere"),
        ("1 1\n1 -1\n", "two values for '1'"),
        ("1 1\n", "4 variables have no value"),
        ("[1, 1]", "2 values; expected 5"),
        ('{"assignment": 3}', "no variable 'assignment'"),
        ("", "the file is empty"),
    ],
)
def test_answers_that_are_none(answer, part, capsys):
    Path("answer").write_text(answer, encoding="utf-8")
    assert run(["check", "ring.mc", "answer"]) == 2
    printed = capsys.readouterr()
    assert part in printed.err
    assert printed.err.count("\n") == 1


def test_a_claim_that_is_false(capsys):
    claim = {"assignment": dict(zip("12345", [1, -1, 1, -1, 1], strict=True)), "cut": 5}
    Path("answer.json").write_text(json.dumps(claim), encoding="utf-8")
    assert run(["check", "ring.mc", "answer.json", "--cut"]) == 1
    assert "cut 4, and not the cut of 5 that SOLUTION claims" in capsys.readouterr().out
    assert run(["check", "ring.mc", "answer.json", "--cut", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["cut"], found["claimed_cut"]) == (4, 5)


def test_statistics_of_all_runs(capsys):
    run(["maxcut", "hard.rudy", *QUICK, "--all-runs", "-q"])
    shown = capsys.readouterr().out
    for part in ("anneals: ", " or better: ", "seen with 99 % in "):
        assert part in shown
    run(["maxcut", "hard.rudy", *QUICK, "--all-runs", "--json"])
    success = json.loads(capsys.readouterr().out)["success"]
    low, high = success["interval"]
    assert 0 <= low <= success["probability"] <= high <= 1
    assert success["hits"] >= 1


@pytest.mark.parametrize("command", ["ising", "maxcut"])
def test_pictures(command):
    run([command, "hard.rudy", *QUICK, "--plot", "cut.png"])
    run([command, "ring.mc", "--plot", "small.svg"])
    assert Path("cut.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in Path("small.svg").read_text(encoding="utf-8")


def test_any_graph_is_cut(capsys):
    Path("a.dot").write_text("graph { a -- b [weight=2]; b -- c; c -- a }", encoding="utf-8")
    assert run(["maxcut", "a.dot", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["solution"]["cut"] == 3
    assert found["notes"][0] == "2 edges without a weight: 1 taken"


@pytest.mark.parametrize("seed", range(3))
def test_the_largest_cut_of_small_graphs(seed, capsys):
    graph = networkx.gnm_random_graph(10, 22, seed=seed)
    text = "".join(f"{a} {b}\n" for a, b in graph.edges)
    Path("graph.edges").write_text(text, encoding="utf-8")
    bits = (np.arange(2**10)[:, None] >> np.arange(10)) & 1
    best = max(sum(row[a] != row[b] for a, b in graph.edges) for row in bits)
    assert run(["maxcut", "graph.edges", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["solution"]["cut"] == best


def test_what_presolve_decides_loads_no_jax():
    code = (
        "import sys; from odesolve.cli.main import run\n"
        "assert run(['maxcut', 'ring.mc']) == 0\n"
        "assert run(['ising', 'two.qubo', '--json']) == 0\n"
        "assert 'jax' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
