"""Boolean relations in every direction, from Python and from the command line."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import odesolve as ode
from odesolve.cli.main import run
from odesolve.problems.errors import InputError
from odesolve.problems.relations.form import Form
from odesolve.results import Reason, Status

FULL_ADDER = ("s == (a ^ b ^ c)", "d == ((a & b) | (c & (a ^ b)))")
SHORT = {"runs": 16, "max_steps": 5000}


def adder_rows(**known):
    """Rows (s, a, b, c, d) of a full adder that agree with what is known."""
    rows = []
    for a, b, c in itertools.product((0, 1), repeat=3):
        row = {"s": a ^ b ^ c, "a": a, "b": b, "c": c, "d": (a + b + c) // 2}
        if all(row[name] == bit for name, bit in known.items()):
            rows.append(row)
    return rows


FIXED = [
    {"a": 1, "b": 0, "c": 1},
    {"s": 1, "d": 1},
    {"s": 0, "d": 0},
    {"d": 1, "a": 0},
    {},
]


@pytest.mark.parametrize("presolve", [True, False])
@pytest.mark.parametrize("known", FIXED, ids=str)
def test_a_full_adder_runs_in_every_direction(known, presolve):
    rows = adder_rows(**known)
    result = ode.relate(
        *FULL_ADDER, fixed=known, solutions=len(rows), presolve=presolve, options=SHORT
    )
    assert sorted(result.solutions, key=str) == sorted(rows, key=str)


@given(st.lists(st.integers(0, 1), min_size=16, max_size=16), st.data())
def test_what_presolve_leaves_or_refutes_is_right(table, data):
    names = "wxyz"
    rows = [row for row in itertools.product((0, 1), repeat=4)
            if table[int("".join(map(str, row)), 2)]]  # fmt: skip
    minterms = ["(" + " & ".join(n if bit else f"~{n}" for n, bit in zip(names, row, strict=True))
                + ")" for row in rows]  # fmt: skip
    known = {name: data.draw(st.integers(0, 1)) for name in names[:3]}
    left = [row for row in rows if all(row[i] == known[n] for i, n in enumerate(names[:3]))]
    if not rows:
        return
    expression = " | ".join(minterms)
    # Every variable appears, whatever the rows.
    result = ode.relate(expression, fixed=known, solutions=5, options={"max_steps": 0, "runs": 1})
    found = {tuple(solution[name] for name in names) for solution in result.solutions}
    assert found == set(left)
    assert (result.status is Status.INFEASIBLE) == (not left)


def test_a_contradiction_names_the_relation():
    result = ode.relate("c == (a & b)", "a", "b", "~c")
    assert (result.status, result.run.reason) == (Status.INFEASIBLE, Reason.PROVED)
    assert "cannot be satisfied" in result.reason_text
    assert result.solutions == ()


def test_a_relation_that_always_holds_leaves_everything_open():
    result = ode.relate("a | ~a", solutions=2)
    assert [solution["a"] for solution in result.solutions] == [0, 1]


REFUSED = [
    ((), {}, "relations: none is given"),
    (("a +",), {}, "relation 1, column 3"),
    (("a", "1"), {}, "relation 2: '1' has no variables"),
    (("a", 3), {}, "relation 2: 3"),
    (("a",), {"fixed": {"b": 1}}, "fixed: 'b' is no variable; expected one of a"),
    (("a",), {"fixed": {"a": 2}}, "fixed: a is 2; expected 0 or 1"),
    (("a",), {"fixed": {"a": 1.0}}, "fixed: a is 1.0"),
    (("a",), {"solutions": 0}, "solutions: 0"),
    (("a",), {"dynamics": "magic"}, "magic"),
    (("a",), {"unheard": 1}, "unheard"),
]


@pytest.mark.parametrize(("expressions", "choices", "message"), REFUSED)
def test_what_cannot_be_used_is_refused(expressions, choices, message):
    with pytest.raises(InputError) as caught:
        ode.relate(*expressions, **choices)
    assert message in str(caught.value)


@pytest.mark.parametrize("presolve", [True, False])
@pytest.mark.parametrize("encoding", ["clauses", "relation"])
def test_a_relation_that_is_never_true_is_infeasible(presolve, encoding):
    result = ode.relate("a | b", "a & ~a", presolve=presolve, form=Form(encoding))
    assert result.status is Status.INFEASIBLE
    assert result.solutions == ()
    assert "relation 2, a & ~a, cannot be satisfied" in result.reason_text


def test_truth_values_and_numpy_bits_are_taken():
    for one in (True, np.int64(1), 1):
        result = ode.relate("c == (a & b)", fixed={"c": one})
        assert result.solutions == ({"c": 1, "a": 1, "b": 1},)


# ------------------------------------------------------------------------------ the command

LINES = [
    (["c == (a & b)", "--fix", "c=1"], 0, "c = 1, a = 1, b = 1\n"),
    (["c == (a & b)", "--fix", "a=1", "--fix", "b=0", "--no-presolve"], 0, "c = 0, a = 1, b = 0\n"),
    (["a & ~a"], 3, "infeasible: no values satisfy it: relation 1, a & ~a, cannot be satisfied\n"),
    (["a", "--fix", "a=0", "--no-presolve", "--max-steps", "5"], 1,
     "unknown: the step budget is spent\n"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "output"), LINES, ids=str)
def test_the_command(arguments, code, output, capsys):
    assert run(["relate", *arguments, "--runs", "8"]) == code
    assert capsys.readouterr().out == output


def test_its_json_has_the_common_keys(capsys):
    assert run(["relate", "c == (a & b)", "--fix", "c=1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["solution"] == {"c": 1, "a": 1, "b": 1}
    assert document["problem"] == {"variables": 2, "presolved": 2, "clauses": 0}
    assert {"status", "reason", "runs", "steps", "violated", "time", "seed", "version"} <= set(
        document
    )


WRONG = [
    [], ["a +"], ["a", "--fix", "a"], ["a", "--fix", "a=2"], ["a", "--fix", "b=1"],
    ["a", "--fix", "a=1", "--fix", "a=0"], ["a", "-o", "x.txt"], ["a", "--plot", "x.png"],
    ["a", "--encoding", "relation", "--implicates", "prime"], ["a", "--bogus"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG, ids=str)
def test_wrong_usage_is_one_line(arguments, capsys):
    assert run(["relate", *arguments]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("odesolve: ")
    assert errors.count("\n") == 1
