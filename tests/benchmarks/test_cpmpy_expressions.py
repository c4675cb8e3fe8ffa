"""The benchmark of CPMpy's expressions: what it asks, and how it judges."""

from __future__ import annotations

import pytest

pytest.importorskip("cpmpy")
pytest.importorskip("ortools")

import cpmpy as cp

from benchmarks.models import cpmpy_expressions
from benchmarks.models.cpmpy_expressions import expressions, solved
from benchmarks.report import Report


def test_every_kind_stands_alone_and_behind_truth_values():
    every = expressions()
    assert len(every) % 4 == 0
    texts = [str(each) for each in every]
    assert len(set(texts)) > 0.9 * len(texts)
    for kind in ("alldifferent", "circuit", "cumulative", "nvalue", "xor", "mod", "lex_less"):
        own = [text for text in texts if kind in text.lower()]
        assert any("-> (t)" in text for text in own), kind


@pytest.mark.parametrize(
    ("expression", "right"),
    [(cp.intvar(0, 3, name="q") > 2, True), (cp.intvar(0, 3, name="q") > 4, True)],
    ids=["satisfied", "without a solution"],
)
def test_answers_are_judged(expression, right):
    import odesolve.cpmpy  # noqa: F401

    assert solved(expression, 30.0, prove="beside", presolve=True).right is right


@pytest.mark.slow
def test_a_short_run_reports_its_sample(capsys):
    cpmpy_expressions.run(Report(None), 6, 3, 30.0, prove="beside", presolve=True)
    output = capsys.readouterr().out
    assert "| 6 of 6   | yes (not the full run) |" in output
