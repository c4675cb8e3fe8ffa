"""The prover of models: never wrong, in a process of its own that is gone when it is not wanted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import product

import pytest

pytest.importorskip("cpmpy")
pytest.importorskip("pysat")

from models.random_constraints import random_model

from odesolve.problems.errors import InputError
from odesolve.problems.models.constraints import AllDifferent, Product, Sum
from odesolve.problems.models.model import Model
from odesolve.problems.models.prover import Prover, Task, answers_of, check_prover


def solutions_of(model):
    """All solutions as tuples, by trying every assignment."""
    return sorted(
        values
        for values in product(*(variable.values for variable in model.variables))
        if not model.violated(dict(zip(model.variables, values, strict=True)))
    )


def check_against_enumeration(seed):
    has_objective = seed % 3 == 0
    model = random_model(seed, 1 + seed % 3, has_objective)
    right = solutions_of(model)
    *found, last = answers_of(Task(model, None))
    assert last.status == "exhausted"
    values = [tuple(answer.values.values()) for answer in found]
    if not has_objective:
        assert sorted(values) == right
        return
    assert set(values) <= set(right)
    objectives = [
        model.objective.value(dict(zip(model.variables, each, strict=True))) for each in right
    ]
    best = (max if model.objective.maximize else min)(objectives, default=None)
    assert last.objective == best
    assert not found or found[-1].objective == best


def test_random_models_have_all_solutions_and_the_optimum():
    for seed in range(60):
        check_against_enumeration(seed)


@pytest.mark.slow
def test_two_thousand_random_models():
    for seed in range(1000, 3000):
        check_against_enumeration(seed)


def queens(count, places):
    """Queens that do not attack each other; without diagonals, pigeons in holes."""
    model = Model()
    columns = [model.integer(f"q{i}", 0, places - 1) for i in range(count)]
    for i, first in enumerate(columns):
        for j, second in enumerate(columns[:i]):
            model.add(Sum([1, -1], [first, second], "!=", 0))
            if count == places:
                model.add(Sum([1, -1], [first, second], "!=", i - j))
                model.add(Sum([1, -1], [first, second], "!=", j - i))
    return model


def said(prover):
    answers = []
    while (answer := prover.poll()) is not None:
        answers.append(answer)
    return answers


def test_all_queens_with_some_known_before():
    model = queens(5, 5)
    right = solutions_of(model)
    names = [variable.name for variable in model.variables]
    with Prover(model, solutions=None) as prover:
        prover.offer(dict(zip(names, right[0], strict=True)))
        prover.wait(60)
        *found, last = said(prover)
    assert last.status == "exhausted"
    assert prover.finished
    others = {tuple(answer.values[name] for name in names) for answer in found}
    assert others | {right[0]} == set(right)


def test_one_solution_is_enough():
    with Prover(queens(5, 5)) as prover:
        prover.wait(60)
        (answer,) = said(prover)
    assert answer.status == "solution"


def test_better_and_better_from_what_was_offered():
    model = queens(5, 5)
    model.minimize([(i, variable) for i, variable in enumerate(model.variables)])
    best = min(
        model.objective.value(dict(zip(model.variables, values, strict=True)))
        for values in solutions_of(model)
    )
    with Prover(model) as prover:
        prover.offer({}, best + 3)
        prover.wait(60)
        *found, last = said(prover)
    assert (last.status, last.objective) == ("exhausted", best)
    objectives = [answer.objective for answer in found]
    assert objectives == sorted(set(objectives), reverse=True)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_it_is_gone_at_once():
    prover = Prover(queens(12, 11))
    prover.wait(1)
    assert prover.poll() is None
    assert not prover.finished
    prover.stop()
    assert prover.finished
    assert prover.poll() is None
    assert not is_alive(prover._process.pid)


PARENT = """
import time
from models.test_model_prover import queens
from odesolve.problems.models.prover import Prover
prover = Prover(queens(12, 11))
print(prover._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux to end it")
def test_it_does_not_outlive_a_killed_parent():
    tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = {**os.environ, "PYTHONPATH": tests}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, env=environment, text=True
    )
    with parent:
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        for _ in range(200):
            if not is_alive(pid):
                break
            time.sleep(0.05)
        assert not is_alive(pid)


def test_what_is_too_wide_is_said():
    model = Model()
    x = model.integer("x", 0, 10**6)
    model.add(Product(x, x, 49))
    with Prover(model) as prover:
        prover.wait(60)
        (answer,) = said(prover)
    assert answer.status == "gave up"
    assert "x takes 1,000,001 values" in answer.note


def test_a_missing_package_is_named(monkeypatch):
    check_prover()
    monkeypatch.setitem(sys.modules, "cpmpy", None)
    with pytest.raises(InputError, match=r"cpmpy is not installed.*odesolve\[cpmpy\]"):
        Prover(Model())


def test_nothing_to_decide():
    model = Model()
    model.add(AllDifferent([1, 2, 1]))
    assert [answer.status for answer in answers_of(Task(model))] == ["exhausted"]
    assert [answer.status for answer in answers_of(Task(Model()))] == ["solution"]
