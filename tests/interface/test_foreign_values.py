"""Every entry point of the public API, handed values of every type.

A value is taken whole, and the answer is right, or it is refused in one line: never a part of it,
and never an error from deep inside.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import foreign_values
import numpy as np
import pytest

import odesolve as ode

CNF = [[1, 2], [-1, 2], [3, -3]]
PATH = [("a", "b"), ("b", "c")]


def left_to_the_dynamics() -> str:
    """A random formula, of which presolve decides nothing."""
    random = np.random.default_rng(1)
    rows = [random.choice(60, 3, replace=False) + 1 for _ in range(230)]
    signed = np.array(rows) * random.choice([-1, 1], (230, 3))
    return "p cnf 60 230\n" + "".join(f"{a} {b} {c} 0\n" for a, b, c in signed.tolist())


HARD = left_to_the_dynamics()


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("hard.cnf").write_text(HARD)
    Path("graph.json").write_text('[["a", "b"]]')


def sat(name: str) -> Callable[[Any], Any]:
    """Whether a formula is satisfied when an option has a foreign value."""
    return lambda value: ode.sat(CNF, **{name: value}).satisfied


def color(name: str) -> Callable[[Any], Any]:
    return lambda value: ode.color(PATH, **{name: value}).satisfied


def relate(name: str) -> Callable[[Any], Any]:
    return lambda value: ode.relate("a == b", "b == 1", **{name: value}).solutions[0]["a"] == 1


def add(name: str) -> Callable[[Any], Any]:
    return lambda value: ode.add(1, 2, 3, **{name: value}).satisfied


def factor(name: str) -> Callable[[Any], Any]:
    return lambda value: ode.factor(14, **{name: value}).factors == [(2, 1), (7, 1)]


def tune(name: str) -> Callable[[Any], Any]:
    usual = {"files": ["hard.cnf"], "trials": 1, "time_limit": 0}
    return lambda value: ode.tune(**{**usual, name: value}).reason == "time"


def solve(name: str) -> Callable[[Any], Any]:
    usual = {"dynamics": ode.Memcomputing(), "runs": 2, "max_steps": 0}

    def call(value: Any) -> bool:
        system = ode.compile_system([(ode.Box(), 2)], [])
        return ode.solve(**{"system": system, **usual, name: value}).satisfied

    return call


def compiled(name: str) -> Callable[[Any], Any]:
    usual = {"domains": [(ode.Box(), 9)], "clauses": []}
    return lambda value: ode.compile_system(**{**usual, name: value}).variable_count == 9


INTEGERS = ("7", "int64", "uint8", "0-d array")
SECONDS = ("7", "1.5", "7.0", "float32", "int64", "uint8", "0-d array", "0")
FLAGS = ("True", "False", "bool_")
FUNCTIONS = ("None", "type", "function", "nodes", "degrees")  # networkx's views can be called
LITERALS = ("set", "frozenset", "generator", "list of integers", "array")
CHOSEN = {"preset": ("None",), "dynamics": ("None",), "stepper": ("None",)}
SHARED = {
    **CHOSEN,
    "parameters": ("None", "empty dict"),
    "presolve": FLAGS,
    "seed": ("0", *INTEGERS),
    "progress": FUNCTIONS,
    "runs": ("None", *INTEGERS),
    "max_steps": ("None", "0", *INTEGERS),
    "time_limit": ("None", *SECONDS),
    "checkpoint": ("None", "text", "path"),
    "checkpoint_every": SECONDS,
    "resume": ("None",),
    "all_runs": FLAGS[:2],
    "patience": ("None", *INTEGERS),
    "look_every": INTEGERS,
    "run_length": ("None", *INTEGERS),
}
SAT = {
    **SHARED,
    "assume": ("empty list", *LITERALS),
    "hint": ("None", "empty list", *LITERALS),
    "solutions": INTEGERS,
    "prove": ("None", "False"),
    "recorder": ("None",),
    "target": ("None",),
    "improved": FUNCTIONS,
}
COLOR = {
    **SHARED,
    "colors": INTEGERS,
    "encoding": (),
    "precoloring": ("None", "empty dict"),
    "recorder": ("None",),
}
CIRCUIT = {
    **{name: SHARED[name] for name in ("seed", "parameters", "progress", *CHOSEN)},
    "solutions": INTEGERS,
    "form": (),
    "recorder": ("None",),
    "options": ("None", "empty dict"),
    "several": (),
}
FACTOR = {
    **{name: SHARED[name] for name in ("seed", "parameters", "progress", "runs", *CHOSEN)},
    "split": FLAGS,
}
TUNE = {
    "vary": ("empty list",),
    "trials": ("None", *INTEGERS),
    "runs": INTEGERS,
    "name": ("text",),
    "report": FUNCTIONS,
    "files": (),
}
SOLVE = {
    "system": (),
    "dynamics": (),
    "stepper": ("None",),
    "options": ("None",),
    "progress": FUNCTIONS,
    "recorder": ("None",),
    "improved": FUNCTIONS,
    "stop": FUNCTIONS,
    "starts": ("None", "rows"),
}
COMPILED = {
    "clauses": ("empty list",),
    "fixed": ("None", "empty dict"),
    "mobility": ("None", "empty dict", "dict of integers"),
    "goal": ("None",),
    "deterministic_gather": ("None", *FLAGS[:2]),
}
TABLE = (
    (sat, SAT),
    (color, COLOR),
    (relate, CIRCUIT | {"fixed": ("None", "empty dict")}),
    (add, CIRCUIT | {"bits": ("None", *INTEGERS)}),
    (factor, FACTOR),
    (tune, TUNE),
    (solve, SOLVE),
    (compiled, COMPILED),
)
OPTIONS = [
    pytest.param(make(name), accepted, id=f"{make.__name__}-{name}")
    for make, options in TABLE
    for name, accepted in options.items()
]


def assert_taken_or_refused(call: Callable[[Any], Any], accepted: Any) -> None:
    """``accepted``: for each foreign value that is a right one, what has to come back."""
    for name, make in foreign_values.FOREIGN.items():
        if name in accepted:
            assert call(make()) == accepted[name], name
            continue
        with pytest.raises(ValueError, match=r".") as caught:
            pytest.fail(f"{name} gave {call(make())!r}")
        message = str(caught.value)
        assert message.isprintable(), (name, message)
        assert len(message) < 420, (name, message)
        inside = ("truth value of an array", "object has no", "invalid literal", "inhomogeneous")
        assert not any(words in message for words in inside), (name, message)


@pytest.mark.parametrize(("call", "accepted"), OPTIONS)
def test_options(call, accepted):
    assert_taken_or_refused(call, dict.fromkeys(accepted, True))


SEVEN = {"0": False, **dict.fromkeys(("None", *INTEGERS), True)}
TWO_ROWS = [[1, -2], [2, -2]]
ROWS = ("rows", "generator of lists", "dict values")
NUMBERS = (
    "list of integers",
    "list of floats",
    "array",
    "array of floats",
    "rows of floats",
    "table of floats",
    "bytearray",
)
TRUTHS = ("list of truth values", "array of truth values", "rows of truth values")
PROBLEMS = {
    "sat": (
        lambda value: (lambda f: [row.tolist() for row in f.clauses])(ode.sat(value).formula),
        {
            "empty list": [],
            **dict.fromkeys(ROWS, TWO_ROWS),
            "table": [[1, -2], [2, -2], [1, 2]],
        },
    ),
    "color": (
        lambda value: (lambda g: (g.names, g.edge_count))(ode.color(value).graph),
        {
            "empty list": ((), 0),
            "empty dict": ((), 0),
            **dict.fromkeys(ROWS, ((1, -2, 2), 2)),
            "table": ((1, -2, 2), 3),
            "rows of floats": ((1.0, 2.0), 1),
            "rows of truth values": ((True, False), 1),
            "rows of text": (("1", "2"), 1),
        },
    ),
    "relate": (lambda value: ode.relate(value), {}),
    "add": (lambda value: ode.add(value, 1, 8).satisfied, SEVEN),
    "subtract": (lambda value: ode.subtract(9, value, 2).satisfied, SEVEN),
    "multiply": (lambda value: ode.multiply(value, 1, 7).satisfied, SEVEN),
    "multiplier": (lambda value: ode.multiply(2, 3, multiplier=value), {}),
    "factor": (lambda value: str(ode.factor(value)), dict.fromkeys(INTEGERS, "7 = 7")),
    "read_graph": (lambda value: ode.read_graph(value), {}),
    "load_presets": (lambda value: ode.load_presets(value), {}),
    "preset_named": (lambda value: ode.preset_named(value), {}),
    "with_parameters": (lambda value: ode.with_parameters(value, {}), {}),
    "changes": (
        lambda value: ode.with_parameters(ode.Euler(0.5), value).dt,
        {"empty dict": 0.5},
    ),
    "changed value": (
        lambda value: ode.with_parameters(ode.Euler(), {"dt": value}).dt,
        {"0": 0, "-7": -7, "1.5": 1.5, "float32": 2.5, **dict.fromkeys(("7.0", *INTEGERS), 7)},
    ),
    "changed word": (
        lambda value: ode.with_parameters(ode.Memcomputing(), {"satisfied_force": value}),
        {},
    ),
    "lanes": (lambda value: ode.interleaved(value, 3), {}),
    "lane runs": (
        lambda value: ode.interleaved([ode.Euler(0.5), ode.Euler(0.25)], value).dt.shape,
        dict.fromkeys(INTEGERS[:3], (7,)),
    ),
    "default_runs": (lambda value: ode.default_runs(value), {}),
    "Options": (
        lambda value: ode.Options(value).runs,
        {"None": None, **dict.fromkeys(INTEGERS, 7)},
    ),
    "Recorder": (lambda value: ode.Recorder(value).runs, dict.fromkeys(INTEGERS[:3], 7)),
    "Form": (lambda value: ode.Form(value), {}),
    "Formula": (lambda value: ode.sat(ode.Formula(2, value)), {}),
    "variable_count": (
        lambda value: len(ode.sat(ode.Formula(value)).model),
        {"0": 0, **dict.fromkeys(INTEGERS, 7)},
    ),
    "Graph": (lambda value: ode.color(ode.Graph(("a", "b"), value)), {}),
    "names": (lambda value: ode.color(ode.Graph(value, np.array([[0, 1]]))), {}),
    "domains": (lambda value: ode.compile_system(value, []).cell_count, {"empty list": 0}),
    "one pair of a domain": (lambda value: ode.compile_system([value], []), {}),
    "one clause": (lambda value: ode.compile_system([(ode.Box(), 2)], [value]), {}),
    "scopes": (
        lambda value: ode.compile_system([(ode.Circle(3), 9)], ode.Different(value)).clause_count,
        {"empty list": 0},
    ),
    "from_literals": (
        lambda value: sum(len(batch) for batch in ode.Or.from_literals(value)),
        {"empty list": 0, "edges": 1, **dict.fromkeys(ROWS, 2), "table": 3},
    ),
    "walsh": (
        lambda value: tuple(ode.walsh_coefficients(value).tolist()),
        {
            **dict.fromkeys(NUMBERS, (1.5, 0.5)),
            **dict.fromkeys(TRUTHS, (0.5, -0.5)),
            "rows": (-0.25, -1.75, 0.25, -0.25),
            "cube": (1.0, *[0.0] * 7),
        },
    ),
}


@pytest.mark.parametrize(("call", "accepted"), PROBLEMS.values(), ids=PROBLEMS)
def test_problems_and_parts(call, accepted):
    assert_taken_or_refused(call, accepted)


def test_a_stored_trajectory_is_looked_for_in_files_alone():
    for name in ("None", "7", "int64", "list of text", "bytes"):
        with pytest.raises(ValueError, match="expected a file"):
            ode.Trajectory.load(foreign_values.FOREIGN[name]())


def test_precolourings_are_taken_whole():
    result = ode.color(PATH, colors=3, precoloring={"a": np.int8(2), "b": 1})
    assert result.satisfied
    assert result.colors[:2].tolist() == [2, 1]
    for wrong in ({"a": True}, {"a": 1.0}, {"a": None}, {"z": 1}, {"a": np.array([1])}, {None: 1}):
        with pytest.raises(ode.InputError) as caught:
            ode.color(PATH, precoloring=wrong)
        assert str(caught.value).isprintable()


def test_fixed_bits_are_taken_whole():
    found = ode.relate("c == (a ^ b)", fixed={"a": np.True_, "b": np.int8(0)}).solutions
    assert found == ({"c": 1, "a": 1, "b": 0},)
    for wrong in ({"a": 1.0}, {"a": 2}, {"a": "1"}, {"a": None}, {"z": 1}, {1: 1}):
        with pytest.raises(ode.InputError) as caught:
            ode.relate("c == (a ^ b)", fixed=wrong)
        assert str(caught.value).isprintable()


FLAG_WORDS = [
    lambda value: ode.add(1, 2, linear=value),
    lambda value: ode.add(1, 2, presolve=value),
    lambda value: ode.factor(6, presolve=value),
]


@pytest.mark.parametrize("call", FLAG_WORDS, ids=["linear", "presolve", "factor"])
@pytest.mark.parametrize("value", ["no", 0, None, np.array([1, 2]), []], ids=str)
def test_words_and_numbers_are_no_truth_values(call, value):
    with pytest.raises(ode.InputError, match="expected True or False"):
        call(value)


@pytest.mark.parametrize("hint", [[1, 1, 1], np.ones(3, int), {1: True}, [0, 1, 1], [True, 2]])
def test_a_hint_that_can_be_read_in_two_ways_is_refused(hint):
    with pytest.raises(ode.InputError, match=r"^hint: "):
        ode.sat(CNF, hint=hint)
