"""``odesolve report``: figures of rows whose answers are known."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.stats import binomtest

from odesolve.cli.main import run
from odesolve.cli.study_table import StudyTable
from odesolve.problems.studies.reporting.statistics import Measured
from odesolve.problems.studies.reporting.tables import markdown
from odesolve.problems.studies.result import StudyProgress
from odesolve.problems.studies.rows import Row, StudyRow
from odesolve.problems.studies.solve import study


def row(instance: str, setting: str, seed: int = 0, kind: str = "sat", **found: object) -> StudyRow:
    own = {"status": "satisfied", "reason": "solved", "seconds": 1.0} | found
    cell = f"{instance} {setting} {seed}"
    return StudyRow(instance, kind, setting, seed, Row(cell=cell, began="now", host="here", **own))


def unsolved(instance: str, setting: str, seed: int = 0, **found: object) -> StudyRow:
    return row(instance, setting, seed, **{"status": "unknown", "reason": "time"} | found)


@pytest.mark.parametrize(("exponent", "doubling"), [(2.0, None), (None, 0.25)])
def test_exponents_are_those_that_the_steps_have(exponent, doubling):
    random = np.random.default_rng(1)
    rows = []
    for size in (10, 20, 40, 80):
        for number in range(15):
            steps = size**exponent if exponent else 2.0 ** (doubling * size)
            steps *= math.exp(0.2 * random.standard_normal())
            for seed in range(3):
                name = f"{size}-{number}"
                rows.append(row(name, "a", seed, size=size, steps=round(1000 * steps), runs=4))
    [growth] = Measured(rows).growths()
    found, low, high = growth.exponent if exponent else growth.doubling
    assert found == pytest.approx(exponent or doubling, abs=0.1 if exponent else 0.01)
    assert low < found < high
    assert (growth.sizes, growth.left_out) == ((10, 20, 40, 80), ())


def test_sizes_that_are_not_solved_are_left_out():
    rows = [row(f"{size}", "a", size=size, steps=size) for size in (2, 4, 8)]
    rows.append(unsolved("16", "a", size=16, steps=100))
    [growth] = Measured(rows).growths()
    assert (growth.sizes, growth.left_out) == ((2, 4, 8), (16,))
    assert growth.exponent == pytest.approx((1.0, 1.0, 1.0))


def test_where_there_are_energies_the_best_counts():
    rows = [
        row("x", "a", 0, "maxcut", status="unknown", energy=7, found_after=0.5),
        row("x", "a", 1, "maxcut", status="unknown", energy=6, found_after=0.2),
        row("y", "a", 0, "ising", status="unknown", energy=-7, found_after=0.5),
        row("y", "a", 1, "ising", status="unknown", energy=-6, found_after=0.2),
        row("z", "a", 0, "ising", energy=-6, found_after=0.1),  # the target was reached
        row("z", "b", 0, "ising", energy=-8, found_after=0.3),
    ]
    own = Measured(rows)
    assert [own.hit(each) for each in rows] == [0.5, None, 0.5, None, 0.1, 0.3]
    assert {(each.kind, each.setting): each.solved for each in own.summaries()} == {
        ("maxcut", "a"): 1,
        ("ising", "a"): 2,
        ("ising", "b"): 1,
    }


def test_the_time_to_solution_is_that_of_the_best_restarts():
    rows = [row("x", "a", seed, seconds=float(seed + 1)) for seed in range(2)]
    rows += [unsolved("x", "a", seed) for seed in (2, 3)]
    found = Measured(rows).restart_times()["x", "a"]
    assert found.seconds == pytest.approx(2 * math.log(0.01) / math.log(0.5))
    low, high = found.interval
    assert low < found.seconds < high
    # One success, whose interval begins near none.
    assert Measured(rows[:1]).restart_times() == {}
    assert Measured([*rows[2:]]).restart_times() == {("x", "a"): None}


def outcomes(better: int, equal: int, worse: int, second: str) -> list[StudyRow]:
    rows = []
    for number in range(better + equal + worse):
        mine = 1.0 if number < better else 2.0
        theirs = 2.0 if number < better + equal else 1.0
        rows.append(row(f"i{number}", "a", seconds=mine))
        rows.append(row(f"i{number}", second, seconds=theirs))
    return rows


def test_two_settings_are_compared_by_a_sign_test():
    [found] = Measured(outcomes(9, 3, 1, "b")).comparisons()
    assert (found.better, found.equal, found.worse) == (9, 3, 1)
    assert found.p_value == pytest.approx(binomtest(9, 10).pvalue)
    assert found.corrected == found.p_value
    assert found.speed == pytest.approx(2 ** (8 / 13))


def test_more_solved_seeds_are_better_then_energy_then_time():
    rows = [
        row("solved", "a", seconds=9.0), unsolved("solved", "b", seconds=1.0),
        row("energy", "a", kind="sat", energy=2, seconds=9.0),
        row("energy", "b", kind="sat", energy=3, seconds=1.0),
        row("cut", "a", kind="maxcut", energy=3, seconds=9.0),
        row("cut", "b", kind="maxcut", energy=2, seconds=1.0),
        row("time", "a", seconds=1.0), row("time", "b", seconds=9.0),
        unsolved("none", "a"), unsolved("none", "b"),
    ]  # fmt: skip
    [found] = Measured(rows).comparisons()
    assert (found.better, found.equal, found.worse) == (4, 1, 0)


def test_many_comparisons_are_corrected_by_holm():
    rows = [*outcomes(9, 0, 1, "b"), *outcomes(10, 0, 0, "c")[1::2]]
    found = {(each.first, each.second): each for each in Measured(rows).comparisons()}
    values = sorted(each.p_value for each in found.values())
    wanted = []
    for rank, value in enumerate(values):
        wanted.append(max([min(value * (3 - rank), 1.0), *wanted]))
    assert sorted(each.corrected for each in found.values()) == pytest.approx(wanted)


def test_what_failed_is_named():
    rows = [row("x", "a|b", status="wrong", reason="wrong", message="it violates 3")]
    text = markdown("name", Measured(rows), 2)
    assert "- x, a|b, seed 0: wrong: it violates 3" in text
    assert "| a\\|b " in text
    assert "- Cells: 1 with a row, 2 without" in text


def test_the_table_on_a_terminal_counts_what_comes():
    console = Console(file=io.StringIO(), width=100)
    with StudyTable(console).live() as table:
        table.update(StudyProgress(3, 0, 2))
        table.update(StudyProgress(3, 1, 2, row("x", "first", seconds=2.0)))
        table.update(StudyProgress(3, 2, 1, unsolved("y", "second", seconds=4.0)))
    lines = console.file.getvalue().splitlines()
    assert lines[1].split() == ["first", "1", "1", "2.00", "x:", "satisfied"]
    assert lines[2].split() == ["second", "1", "0", "4.00", "y:", "unknown"]
    assert "2/3" in lines[3]


@pytest.fixture
def results(tmp_path, monkeypatch) -> Path:
    """A study of three sizes that presolve decides."""
    monkeypatch.chdir(tmp_path)
    tables = {
        "seeds": 2,
        "instances": [{"generator": "spin-glass", "sizes": [4, 6, 8], "seeds": 2}],
        "settings": [{"name": "default"}, {"name": "again", "time_limit": 60}],
    }
    assert study(tables, results="glass.sqlite", workers=1).complete
    return Path("glass.sqlite")


def sections(text: str) -> Sequence[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def test_a_report_is_printed_and_drawn(results, capsys):
    assert run(["report", str(results), "-o", "glass.md"]) == 0
    shown = capsys.readouterr().out
    assert sections(shown) == [
        "# glass", "## Solved", "## Steps against size", "## Time to solution",
        "## Settings compared",
    ]  # fmt: skip
    written = Path("glass.md").read_text(encoding="utf-8")
    assert sections(written) == sections(shown)
    for name in ("glass-cactus.png", "glass-steps.png"):
        assert f"]({name})" in written
        assert Path(name).read_bytes().startswith(b"\x89PNG")
    assert run(["report", str(results), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["setting"], each["solved"], each["cells"]) for each in told["summary"]] == [
        ("default", 12, 12),
        ("again", 12, 12),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.toml"], "none.sqlite: no such file"),
        (["text.sqlite"], "text.sqlite: "),
        (["text.sqlite", "-o", "x.txt"], "x.txt: unknown kind of output file"),
    ],
)
def test_what_is_no_study_is_refused(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("text.sqlite").write_text("no database at all, but long enough to be one " * 20, "utf-8")
    assert run(["report", *arguments]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"odesolve: {said}")
    assert shown.count("\n") == 1
