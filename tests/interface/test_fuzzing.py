"""The fuzzer itself: it writes valid files, judges them rightly, and notices what is wrong."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from fuzzing.cases import Case, Outcome
from fuzzing.choices import Choices
from fuzzing.commands import MAKERS, plot_case, random_case
from fuzzing.energy_cases import check_energy_case, ising_case, maxcut_case
from fuzzing.findings import Findings
from fuzzing.formula_cases import sat_case
from fuzzing.graph_cases import color_case
from fuzzing.harness import run_case
from fuzzing.judgements import wrong_with
from fuzzing.meant_energies import MeantEnergy
from fuzzing.meant_formulas import MeantFormula, clause
from fuzzing.meant_graphs import MeantGraph
from fuzzing.model_cases import model_case
from fuzzing.quadratization_cases import lifted_case, quadratized_case
from fuzzing.tables import (
    unwritten_energy_formats,
    unwritten_graph_formats,
    written_formula_formats,
)

INPUTS = 200


def inputs(seed: int, count: int) -> list[bytes]:
    generator = random.Random(seed)
    return [generator.randbytes(20) for _ in range(count)]


def test_every_graph_format_that_is_read_is_also_written():
    assert unwritten_graph_formats() == ()


def test_every_format_of_energies_that_is_read_is_also_written():
    assert unwritten_energy_formats() == ()


def test_an_input_stands_for_one_case():
    for data in inputs(1, 50):
        first, second = (random_case(Choices(data)) for _ in range(2))
        assert replace(first, judge=second.judge) == second


@pytest.mark.slow
def test_a_few_hundred_inputs_find_nothing_new(tmp_path):
    findings = Findings(tmp_path / "worker")
    for data in inputs(2, INPUTS):
        case = random_case(Choices(data))
        outcome = run_case(case, tmp_path / "run")
        findings.count(case, outcome)
        if wrong := wrong_with(case, outcome):
            findings.fail(data, case, outcome, *wrong)
    assert findings.inputs == INPUTS
    assert findings.failures == {}


def test_every_maker_makes_a_case_that_runs(tmp_path):
    quick = [maker for _, maker in MAKERS if maker is not plot_case]  # it needs a stored trajectory
    for number, maker in enumerate(quick):
        case = maker(Choices(b"%d" % number))
        outcome = run_case(case, tmp_path / "run")
        assert outcome.traceback == "", case
        assert outcome.code is not None


def test_the_oracle_for_graphs_is_right():
    cycle = MeantGraph(5, ((0, 1), (1, 2), (2, 3), (3, 4), (0, 4)), tuple("abcde"))
    assert not cycle.colorable(2)
    assert cycle.colorable(3)
    assert not cycle.colorable(3, {0: 1, 1: 1})
    assert cycle.degeneracy == 2
    assert cycle.is_proper([0, 1, 0, 1, 2])
    assert not cycle.is_proper([0, 1, 0, 1, 0])


def test_the_oracle_for_formulas_is_right():
    formula = MeantFormula(2, (clause([1, 2]), clause([-1], 3), clause([-2], 5)), optimizes=True)
    assert sorted(formula.models()) == [(False, True), (True, False), (True, True)]
    assert [formula.cost(model) for model in ((False, True), (True, False))] == [5, 3]
    assert len(list(formula.softened().models())) == 4


def test_the_oracle_for_energies_is_right():
    linear = (Fraction(1), Fraction(-1, 2))
    problem = MeantEnergy(("a", "b"), False, linear, {(0, 1): Fraction(2)}, Fraction(3))
    every = [problem.energy(values) for values in [(-1, -1), (1, -1), (-1, 1), (1, 1)]]
    assert problem.energies() == every == [4.5, 2.5, -0.5, 5.5]
    assert problem.least() == -0.5
    assert problem.least({0: 1}) == 2.5


def answered(maker, folder, code: int, said: str) -> tuple[Case, Outcome]:
    """A case of which the command has made something, and the outcome."""
    for data in inputs(3, 400):
        case = maker(Choices(data))
        if "--json" in case.arguments:
            outcome = run_case(case, folder)
            found = outcome.code == code and said in outcome.output
            if found and wrong_with(case, outcome) is None:
                return case, outcome
    raise AssertionError("no such case")


@pytest.mark.parametrize(
    ("maker", "code", "old", "new", "kind"),
    [
        (color_case, 0, '"coloring": {', '"coloring": {"another": 0, ', "misread"),
        (color_case, 0, '"nodes": ', '"nodes": 1', "misread"),
        (color_case, 0, '{"status"', '{"x": NaN, "status"', "json"),
        (color_case, 0, '"version"', '"more": 1}\n{"version"', "json"),
        (color_case, 0, '"lower_bound": ', '"lower_bound": 1', "wrong optimum"),
        (color_case, 0, '"colors": 2, "lower_bound"', '"colors": 1, "lower_bound"',
         "wrong satisfied"),
        (sat_case, 10, '"model": [', '"model": [99, ', "misread"),
        (sat_case, 30, '"cost": ', '"cost": 1', "wrong cost"),
        (ising_case, 0, '"energy": -', '"energy": -1', "wrong energy"),
        (ising_case, 0, '"assignment": {', '"assignment": {"other": 1, ', "misread"),
        (maxcut_case, 0, '"cut": ', '"cut": 1', "wrong cut"),
        (check_energy_case, 0, '"energy": ', '"energy": 1', "wrong energy"),
        (model_case, 0, '"solutions": [{', '"solutions": [{}, {', "wrong satisfied"),
        (lifted_case, 0, '"satisfied_answers": ', '"satisfied_answers": 1', "wrong check"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_noticed(maker, code, old, new, kind, tmp_path):
    case, outcome = answered(maker, tmp_path / "run", code, old)
    found = wrong_with(case, replace(outcome, output=outcome.output.replace(old, new)))
    assert found is not None
    assert found[0] == kind


def test_a_wrong_quadratization_is_noticed(tmp_path):
    noticed, changed = 0, 0
    for data in inputs(6, 60):
        case = quadratized_case(Choices(data))
        target = case.outputs[0]
        if case.kind.startswith("convert: --factor") or not target.endswith((".qubo", ".coo")):
            continue
        outcome = run_case(case, tmp_path / "run")
        assert wrong_with(case, outcome) is None
        written = outcome.files[target]
        other = written.replace(b" -", b" -1")
        if b" -" in written:
            changed += 1
            found = wrong_with(case, replace(outcome, files={**outcome.files, target: other}))
            noticed += (found or ("",))[0].startswith("wrong")
    # Of a large problem only the number of its variables is compared.
    assert 0 < changed <= 2 * noticed


GOOD = Outcome(2, "", "odesolve: f.cnf:1: wrong; expected right\n")


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (replace(GOOD, code=None, traceback="Traceback: ValueError"), "traceback"),
        (replace(GOOD, errors=GOOD.errors * 2), "error line"),
        (replace(GOOD, errors=""), "error line"),
        (replace(GOOD, output="c something\n"), "error line"),
        (replace(GOOD, code=3), "exit code"),
        (replace(GOOD, code=130), "exit code"),
        (replace(GOOD, seconds=100.0), "hang"),
        (replace(GOOD, errors="x.py:3: UserWarning: no\n"), "warning"),
        (replace(GOOD, files={"out.json": b"{}"}), "file on failure"),
        (replace(GOOD, files={".out.json.1.tmp": b"{}"}), "stray file"),
    ],
)
def test_what_holds_for_every_command_is_judged(outcome, kind):
    case = Case(["sat", "f.cnf", "-o", "out.json"], outputs=("out.json",))
    assert wrong_with(case, GOOD) is None
    assert (wrong_with(case, outcome) or ("",))[0] == kind


def test_every_format_of_formulas_is_written_as_it_is_meant(tmp_path):
    for format in written_formula_formats():
        for data in inputs(4, 5):
            formula, text = format.write(Choices(data))
            model = [v in formula.shown for v in range(1, formula.variables + 1)]
            literals = " ".join(map(formula.named, formula.shown))
            files = {"f": text.encode(), "m": f"v {literals} 0\n".encode()}
            arguments = ["check", "f", "m", "--format", format.format]
            outcome = run_case(Case(arguments, files), tmp_path / "run")
            assert outcome.code == (0 if formula.admits(model) else 1), (text, outcome)
