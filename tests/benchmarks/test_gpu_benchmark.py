"""The scripts for a GPU and for many devices run anywhere, on small sizes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.report import Report

ROOT = Path(__file__).parents[2]


def test_what_there_is_no_time_for_is_left_out(capsys):
    clock = gpu.Clock(time.perf_counter() - 1.0)
    [figure] = gpu.once_each(Report(None), gpu.SMALL, clock)
    assert gpu.repeated(Report(None), gpu.SMALL, clock) == []
    gpu.factoring(Report(None), gpu.SMALL, clock)
    said = capsys.readouterr().out
    assert "No time was left for a factorization.\n" in said
    assert "No time was left for survey flow, 250 clauses, again.\n" in said
    assert figure.reached is False
    assert figure.measured == "0 run, 21 left out"


def test_the_largest_batch_that_fits_is_measured():
    system, _ = gpu._formula(60, 250, "rectified")
    assert gpu._fitting(system, 4) == 4
    fitting = gpu._fitting(system, 2**30)
    assert 4 < fitting < 2**30
    assert fitting & (fitting - 1) == 0


def cells(text: str, first: str) -> list[str]:
    [line] = [line for line in text.splitlines() if line.startswith(f"| {first} ")]
    return [cell.strip() for cell in line.split("|")[1:-1]]


@pytest.mark.slow
def test_everything_is_measured_on_small_sizes(capsys):
    clock = gpu.Clock(time.perf_counter() + 600)
    gpu.run(Report(None), gpu.SMALL, clock, None, shortened=True)
    said = capsys.readouterr().out
    assert "No time was left" not in said
    for name in ("3-SAT, 250 clauses", "survey flow, 250 clauses", "factoring, 8 bits"):
        assert cells(said, f"{name}: the same bits")[1:] == ["yes", "yes (not the full run)"]
    assert cells(said, "every dynamics and stepper stays finite")[1] == "21 run"
    assert "143 = 11 x 13: " in said
    assert cells(said, "dense, 30 spins")[1] == "4"


@pytest.mark.slow
def test_devices_are_measured_in_turn():
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.devices", "--small"],
        capture_output=True, text=True, cwd=ROOT, env=os.environ, timeout=600,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    every = [line.split("|")[1:-1] for line in ran.stdout.splitlines() if line.startswith("|")]
    rows = [row for row in every if row[0].strip() == "400"]  # not what is asked of 400 clauses
    assert [int(row[2]) for row in rows] == [1, 2, 8]
    asked = [cell.strip() for cell in every[0]].index("all-reduces a question")
    assert [int(row[asked]) for row in rows] == [0, 1, 1]
    assert all(float(row[4]) > 0 for row in rows)
