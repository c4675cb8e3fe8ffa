"""Addition, subtraction and multiplication in every direction, from Python."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odesolve.problems.arithmetic.solve import add, multiply, subtract
from odesolve.problems.errors import InputError
from odesolve.problems.relations.form import Form
from odesolve.results import Reason, Status

OPERATIONS = {"add": add, "subtract": subtract, "multiply": multiply}
KEYS = {
    "add": ("a", "b", "sum"),
    "subtract": ("minuend", "subtrahend", "difference"),
    "multiply": ("a", "b", "product"),
}
#: What ``subtract`` takes in the order of its arguments, the others as they are.
HOLDS = {
    "add": lambda a, b, total: a + b == total,
    "subtract": lambda minuend, subtrahend, difference: minuend - subtrahend == difference,
    "multiply": lambda a, b, total: a * b == total,
}
_ = None
SHORT = {"runs": 8, "max_steps": 20_000}


def solved(operation: str, query, **choices):
    """The result of a query, its solutions checked against the query and Python's integers."""
    options = SHORT | choices.pop("options", {})
    arguments = [None if number is None else number for number in query]
    result = OPERATIONS[operation](*arguments, options=options, **choices)
    for solution in result.solutions:
        assert tuple(solution) == KEYS[operation]
        numbers = [solution[key] for key in KEYS[operation]]
        assert HOLDS[operation](*numbers)
        assert all(known in (None, found) for known, found in zip(query, numbers, strict=True))
    distinct = {tuple(sorted(solution.items())) for solution in result.solutions}
    assert len(distinct) == len(result.solutions)
    assert bool(result.solutions) == result.satisfied
    return result


def answer(result, operation: str):
    return tuple(result.solutions[0][key] for key in KEYS[operation])


# ------------------------------------------------------------------------------ by presolve alone

BY_PRESOLVE = [
    ("add", (155, 105, _), (155, 105, 260)),
    ("add", (155, _, 260), (155, 105, 260)),
    ("add", (_, 105, 260), (155, 105, 260)),
    ("add", (155, 105, 260), (155, 105, 260)),
    ("add", (0, 0, _), (0, 0, 0)),
    ("add", (_, _, 0), (0, 0, 0)),
    ("add", (2**64 - 1, 1, _), (2**64 - 1, 1, 2**64)),
    ("subtract", (260, 155, _), (260, 155, 105)),
    ("subtract", (260, _, 105), (260, 155, 105)),
    ("subtract", (_, 155, 105), (260, 155, 105)),
    ("subtract", (7, 7, _), (7, 7, 0)),
    ("subtract", (10**30, 1, _), (10**30, 1, 10**30 - 1)),
    ("multiply", (13, 11, _), (13, 11, 143)),
    ("multiply", (13, 11, 143), (13, 11, 143)),
    ("multiply", (_, 11, 143), (13, 11, 143)),
    ("multiply", (13, _, 143), (13, 11, 143)),
    ("multiply", (0, 200, _), (0, 200, 0)),
    ("multiply", (1, _, 77), (1, 77, 77)),
    ("multiply", (_, 3, 3 * 2**200), (2**200, 3, 3 * 2**200)),
    ("multiply", (2**64 - 1, 2**64 - 1, _), (2**64 - 1, 2**64 - 1, (2**64 - 1) ** 2)),
]


@pytest.mark.parametrize(("operation", "query", "expected"), BY_PRESOLVE)
def test_presolve_alone(operation, query, expected):
    result = solved(operation, query)
    assert answer(result, operation) == expected
    assert (result.status, result.reason_text) == (Status.SATISFIED, "solved")
    assert not result.run.dynamics_ran
    assert "it did the whole work" in result.answer.notes[0]
    assert result.answer.presolved <= result.answer.variable_count


@given(st.integers(0, 2**64), st.integers(0, 2**64))
def test_addition_and_subtraction_are_those_of_python(a, b):
    assert answer(add(a, b), "add") == (a, b, a + b)
    assert answer(add(a, None, a + b), "add") == (a, b, a + b)
    assert answer(subtract(a + b, a), "subtract") == (a + b, a, b)
    assert answer(subtract(None, a, b), "subtract") == (a + b, a, b)


@given(st.integers(0, 24), st.integers(0, 24), st.data())
def test_multiplication_is_that_of_python(first, second, data):
    a, b = data.draw(st.integers(0, 2**first)), data.draw(st.integers(0, 2**second))
    assert answer(multiply(a, b), "multiply") == (a, b, a * b)


def test_what_presolve_solves_never_loads_jax():
    code = """if True:
        import sys
        from odesolve import add, multiply, subtract
        assert add(155, 105).solutions[0]["sum"] == 260
        assert add(155, None, 260).solutions[0]["b"] == 105
        assert subtract(260, 155).solutions[0]["difference"] == 105
        assert multiply(13, 11).solutions[0]["product"] == 143
        assert str(add(3, None, 2).status) == "infeasible"
        assert "jax" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


# ------------------------------------------------------------------------------ by the dynamics

#: One system of 4 bits each way: the fixed bits are data, so all of a row's kind share a kernel.
BY_DYNAMICS = [
    ("add", (11, 6, _), {}),
    ("add", (11, _, 17), {}),
    ("add", (_, _, 17), {}),
    ("add", (_, _, _), {}),
    ("subtract", (17, 11, _), {}),
    ("multiply", (6, 5, _), {"bits": 3}),
    ("multiply", (_, 5, 30), {"bits": 3}),
    ("multiply", (_, _, 35), {"bits": 3}),
]


@pytest.mark.parametrize(("operation", "query", "choices"), BY_DYNAMICS)
def test_the_dynamics_alone(operation, query, choices):
    result = solved(operation, query, presolve=False, **{"bits": 4} | choices)
    assert result.satisfied
    assert result.run.dynamics_ran
    assert result.answer.presolved is None


def test_presolve_leaves_the_rest_to_the_dynamics():
    result = solved("multiply", (None, None, 35))
    assert result.satisfied
    assert set(answer(result, "multiply")) in ({5, 7, 35}, {1, 35})
    assert result.run.dynamics_ran
    assert result.answer.clause_count > 0


FORMS = [Form("clauses", "irredundant"), Form("relation")]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_other_encodings(form):
    result = solved("add", (11, 6, _), presolve=False, bits=4, form=form)
    assert answer(result, "add") == (11, 6, 17)


def test_an_irredundant_cover_has_fewer_clauses():
    options = SHORT | {"max_steps": 0}  # of the shape that other tests have compiled
    counts = {
        form: add(1, 2, bits=4, presolve=False, form=form, options=options).answer.clause_count
        for form in (Form(), *FORMS)
    }
    assert counts[Form()] > counts[FORMS[0]] > counts[FORMS[1]] == 4


@pytest.mark.parametrize("multiplier", ["array", "carry-save", "dadda"])
def test_every_multiplier_runs_forward_and_backward(multiplier):
    for query in ((13, 11, _), (_, 11, 143), (13, _, 143)):
        result = solved("multiply", query, multiplier=multiplier)
        assert answer(result, "multiply") == (13, 11, 143)
        assert not result.run.dynamics_ran


@pytest.mark.slow
@pytest.mark.parametrize("multiplier", ["carry-save", "dadda"])
def test_the_other_multipliers_by_dynamics(multiplier):
    for query in ((6, 5, _), (_, 5, 30), (_, _, 35)):
        assert solved("multiply", query, multiplier=multiplier, bits=3, presolve=False).satisfied


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "query", "bits"), [
    ("add", (155, 105, _), 8), ("add", (_, _, _), 8), ("subtract", (260, 155, _), 8),
    ("add", (2**31 + 12345, 2**32 - 9, _), 32), ("multiply", (45, 62, _), 6),
])  # fmt: skip
def test_wider_numbers_by_dynamics(operation, query, bits):
    options = {"all_runs": True, "runs": 16, "max_steps": 60_000}
    result = solved(operation, query, bits=bits, presolve=False, options=options)
    assert result.run.runs.satisfied.all()


# ------------------------------------------------------------------------------ several answers


def test_several_different_answers():
    result = solved("add", (_, _, 17), bits=4, solutions=5, presolve=False)
    assert len(result.solutions) == 5
    assert result.run.reason is Reason.SOLVED
    assert not any("found" in text for text in result.answer.notes)


def test_all_answers_when_fewer_exist_than_wanted():
    # 9 + 15 ... 15 + 9, in 4 bits; looking ends when many batches bring nothing new.
    result = solved("add", (_, _, 24), bits=4, solutions=100, presolve=False)
    assert {solution["a"] for solution in result.solutions} == set(range(9, 16))
    assert result.answer.notes[-1].startswith("found 7 of 100 answers: 30 rounds in a row")


@pytest.mark.parametrize(("operation", "query", "bits", "count"), [
    pytest.param("multiply", (_, _, 360), 9, 24, marks=pytest.mark.slow),
    pytest.param("multiply", (_, _, 210), 8, 16, marks=pytest.mark.slow),
    ("add", (_, _, 40), 6, 41),
])  # fmt: skip
def test_rare_answers_are_found_too(operation, query, bits, count):
    result = solved(operation, query, bits=bits, solutions=count, options={"runs": 32})
    assert len(result.solutions) == count


def test_there_are_no_other_answers_where_presolve_decides():
    result = solved("multiply", (_, 11, 143), solutions=3)
    assert [solution["a"] for solution in result.solutions] == [13]
    assert result.answer.notes[-1] == "found 1 of 3 answers: there are no others"
    result = solved("multiply", (0, _, 0), bits=3, solutions=100)
    assert [solution["b"] for solution in result.solutions] == list(range(8))
    assert result.answer.notes[-1] == "found 8 of 100 answers: there are no others"


BUDGETS = [
    ("add", (_, _, _), {"max_steps": 400, "runs": 2}, Reason.STEPS),
    ("multiply", (0, _, 0), {"time_limit": 0.0}, Reason.TIME),
]


@pytest.mark.parametrize(("operation", "query", "options", "reason"), BUDGETS)
def test_a_budget_ends_the_search_for_more_answers(operation, query, options, reason):
    result = solved(operation, query, bits=20, solutions=100_000, options=options)
    assert (result.status, result.run.reason) == (Status.SATISFIED, reason)
    assert 1 <= len(result.solutions) < 100_000
    assert result.answer.notes[-1].endswith(f"of 100000 answers: {reason.text}")


def test_many_answers_of_wide_numbers_are_made_one_by_one():
    result = solved("multiply", (0, _, 0), bits=64, solutions=2000)
    assert [solution["b"] for solution in result.solutions] == list(range(2000))


@pytest.mark.parametrize("presses", [1, 2])
def test_an_interrupt_between_rounds_ends_the_search_with_the_answers_so_far(presses):
    seen = []

    def press(progress):
        seen.append(progress)
        if progress.solved_runs and len(seen) > 3:
            for _ in range(presses):
                signal.raise_signal(signal.SIGINT)

    result = solved("add", (_, _, 2**31), bits=31, solutions=10_000, presolve=False, progress=press)
    assert (result.status, result.run.reason) == (Status.SATISFIED, Reason.INTERRUPTED)
    assert 1 <= len(result.solutions) < 10_000
    assert result.answer.notes[-1].endswith("of 10000 answers: interrupted")


@pytest.mark.parametrize(("operation", "query", "bits", "count"), [
    ("add", (_, _, 1), 1, 2), ("add", (_, _, 3), 2, 4), ("multiply", (0, _, 0), 2, 4),
    ("multiply", (_, 0, _), 2, 4),
])  # fmt: skip
def test_several_answers_that_presolve_leaves_open(operation, query, bits, count):
    result = solved(operation, query, bits=bits, solutions=count)
    assert len(result.solutions) == count


# ------------------------------------------------------------------------------ no answer

IMPOSSIBLE = [
    ("add", (3, _, 2), {}, "adder at bit"),
    ("add", (1, 1, 3), {}, "adder at bit"),
    ("add", (_, 300, 5), {}, "adder at bit"),
    ("subtract", (155, 260, _), {}, "adder at bit"),
    ("multiply", (_, 0, 5), {}, "product bit"),
    ("multiply", (2, _, 143), {}, ""),
    ("multiply", (13, 11, 142), {}, ""),
    ("multiply", (13, 11, 10**6), {}, "product bit"),
    ("add", (_, 3, 12), {"bits": 3}, "adder at bit"),
]


@pytest.mark.parametrize(("operation", "query", "choices", "named"), IMPOSSIBLE)
def test_presolve_proves_that_there_is_no_answer(operation, query, choices, named):
    result = solved(operation, query, **choices)
    assert (result.status, result.run.reason) == (Status.INFEASIBLE, Reason.PROVED)
    assert result.solutions == ()
    assert named in result.reason_text
    assert result.answer.notes[0] in result.reason_text
    assert result.answer.notes[0].endswith("cannot be satisfied")


def test_an_answer_that_is_too_wide_is_not_called_impossible():
    assert "natural numbers" not in add(None, 3, 12, bits=3).reason_text


def test_dynamics_never_say_that_there_is_no_answer():
    result = solved("add", (3, _, 2), bits=4, presolve=False, options={"max_steps": 50})
    assert (result.status, result.run.reason) == (Status.UNKNOWN, Reason.STEPS)
    assert result.reason_text == "the step budget is spent"


# ------------------------------------------------------------------------------ widths

WIDTHS = [
    ("add", (155, 105, _), {}, 8),
    ("add", (300, 1, _), {}, 9),
    ("add", (300, 1, _), {"bits": 20}, 20),
    ("add", (_, _, 1000), {}, 10),
    ("add", (0, 0, 0), {}, 1),
    ("multiply", (_, 11, 143), {}, 8),
    ("add", (_, 300, _), {}, 9),
    ("add", (_, 3, _), {}, 8),
    ("multiply", (_, 3, 3 * 2**200), {}, 202),
    ("multiply", (2**200, 1, _), {}, 201),
    ("multiply", (np.int64(13), np.uint8(11), _), {}, 4),
    ("multiply", (13, 11, 10**6), {}, 16),
    ("multiply", (_, 0, 0), {}, 8),
]


@pytest.mark.parametrize(("operation", "query", "choices", "bits"), WIDTHS)
def test_the_width_of_the_operands(operation, query, choices, bits):
    # No time: only the width matters here, and nothing is compiled.
    result = OPERATIONS[operation](*query, options={"time_limit": 0.0, "runs": 1}, **choices)
    assert result.bits == bits
    assert result.to_json()["problem"]["bits"] == bits


REFUSED = [
    ("add", (-1, 3, _), {}, "a: -1; expected a natural number"),
    ("subtract", (3, -4, _), {}, "subtrahend: -4"),
    ("multiply", (_, _, -143), {}, "product: -143"),
    ("add", (16, 1, _), {"bits": 4}, "a: 16 has 5 bits; expected at most 4"),
    ("add", (1, 1, 32), {"bits": 4}, "sum: 32 has 6 bits; expected at most 5"),
    ("multiply", (1, 1, 256), {"bits": 4}, "product: 256 has 9 bits; expected at most 8"),
    ("subtract", (1, 16, _), {"bits": 4}, "subtrahend: 16 has 5 bits"),
    ("add", (1, 1, _), {"bits": 0}, "bits: 0; expected an integer of at least 1"),
    ("add", (1, 1, _), {"bits": -3}, "bits: -3"),
    ("add", (1, 1, _), {"bits": 2049}, "2049 bits"),
    ("multiply", (1, 1, _), {"bits": 129}, "129 bits; expected 1 to 128"),
    ("add", (2**2048, 1, _), {}, "numbers: 2049 bits; expected at most 2048"),
    ("multiply", (2**200, 2**99, _), {}, "numbers: 201 and 100 bits; expected at most 128 and"),
    ("add", (1, 1, _), {"solutions": 0}, "solutions: 0; expected an integer of at least 1"),
    ("add", (1, 1, _), {"solutions": 2.0}, "solutions: 2.0"),
    ("add", (1, 1, _), {"bits": True}, "bits: True"),
    ("add", (1.0, 1, _), {}, "a: 1.0"),
    ("add", (True, 1, _), {}, "a: True"),
    ("add", (np.array([1, 2]), 1, _), {}, "a: array"),
    ("subtract", (np.int64(3), np.int8(-4), _), {}, "subtrahend: np.int8(-4)"),
    ("multiply", (1, 1, _), {"multiplier": "abacus"}, "'abacus'; expected array"),
    ("multiply", (1, 1, _), {"linear": True}, "linear: a product is no linear equality"),
    ("add", (1, 1, _), {"linear": True, "form": Form()}, "form: "),
    ("add", (1, 1, _), {"form": "clauses"}, "form: 'clauses'; expected a Form"),
    ("add", (1, 1, _), {"linear": True, "bits": 29}, "29 bits; expected at most 28"),
]


@pytest.mark.parametrize(("operation", "query", "choices", "message"), REFUSED)
def test_what_cannot_be_used_is_refused(operation, query, choices, message):
    with pytest.raises(InputError) as caught:
        OPERATIONS[operation](*query, **choices)
    assert message in str(caught.value)


@pytest.mark.parametrize("choices", [
    {"options": {"runs": 0}}, {"options": {"unheard": 1}}, {"dynamics": "magic"},
    {"parameters": {"no": 1}}, {"stepper": "leap"},
])  # fmt: skip
def test_options_that_cannot_be_used_are_refused(choices):
    with pytest.raises(InputError, match="options: "):
        add(1, 2, presolve=False, bits=4, **choices)


@pytest.mark.parametrize("query", [(-(10**5000), 1), (10**5000, 1)], ids=["negative", "wide"])
def test_numbers_too_long_to_print_are_refused(query):
    with pytest.raises(InputError):
        add(*query, bits=4)


# ------------------------------------------------------------------------------ JSON

JSON_KEYS = {
    "status", "reason", "solution", "solutions", "problem", "runs", "steps", "violated", "time",
    "compiled", "seed", "dynamics", "preset", "parameters", "device", "kernels", "notes",
}  # fmt: skip
OUTCOMES = {
    "by presolve": ((155, 105, _), {}, {"a": 155, "b": 105, "sum": 260}),
    "by dynamics": ((11, 6, _), {"presolve": False, "bits": 4}, {"a": 11, "b": 6, "sum": 17}),
    "infeasible": ((3, _, 2), {}, None),
    "unknown": ((3, _, 2), {"presolve": False, "bits": 4, "options": {"max_steps": 20}}, None),
}


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.parametrize("statistics", [False, True])
def test_the_json_of_a_query(name, statistics):
    query, choices, solution = OUTCOMES[name]
    result = solved("add", query, **choices)
    document = json.loads(json.dumps(result.to_json(statistics), allow_nan=False))
    assert set(document) == JSON_KEYS
    assert document["solution"] == solution
    assert document["solutions"] == ([solution] if solution else [])
    assert document["status"] == str(result.status)
    assert set(document["problem"]) == {"bits", "variables", "presolved", "clauses"}
    assert ("solved_fraction" in document["runs"]) == statistics
