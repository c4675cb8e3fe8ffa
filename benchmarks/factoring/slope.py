"""How the steps grow with the bits of N: run-steps for each solve, and the fitted slope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.factoring.fit import Size, fitted
from benchmarks.factoring.instances import FIRST_SEED, Instance, instances
from benchmarks.factoring.solvers import (
    CADICAL_INSTALLED,
    as_job,
    attempts_cadical,
    json_lines,
)
from benchmarks.peer_solvers import GRACE_SECONDS
from benchmarks.report import Figure, Report, note

BATCH = "benchmarks.factoring.batch"
RUNS = 32
MAX_STEPS, INSTANCE_SECONDS = 2**18, 240.0
CADICAL_LIMIT = 60.0
#: These instances are others than those of the whole processes.
SLOPE_SEED = FIRST_SEED + 10_000
ASKED_SLOPE = 0.8


def steps_of(
    chosen: Sequence[Instance],
    candidate: str = "as built",
    settings: Sequence[Mapping[str, float]] = ({},),
    seconds: float = INSTANCE_SECONDS,
) -> list[dict[str, Any]]:
    """Run-steps and solves of each instance with each setting, the right widths given."""
    job = {"instances": as_job(chosen), "runs": RUNS, "max_steps": MAX_STEPS}
    job |= {"seconds": seconds, "candidate": candidate, "settings": settings}
    limit = (seconds + 10) * len(chosen) * len(settings) + GRACE_SECONDS
    return json_lines(BATCH, job, limit)


def steps_a_solve(answers: Sequence[dict[str, Any]], count: int) -> np.ndarray:
    """One number an instance; instances without an answer or a solve count as infinite."""
    found = [a["steps"] / a["solved"] if a["solved"] else np.inf for a in answers]
    return np.array(found + [np.inf] * (count - len(found)))


def measured_size(bits: int, count: int) -> Size:
    """Measure one number of bits."""
    note(f"  slope: {bits} bits")
    chosen = instances(bits, count, SLOPE_SEED)
    answers = steps_of(chosen)
    peers = attempts_cadical(chosen, CADICAL_LIMIT, blocks=True) if CADICAL_INSTALLED else []
    conflicts = [np.inf if peer.steps is None else peer.steps + 1 for peer in peers]
    return Size(
        bits,
        steps_a_solve(answers, count),
        np.array(conflicts),
        sum(a["solved"] for a in answers),
        RUNS * count,
        float(np.mean([instance.guesses for instance in chosen])),
        sum(a["seconds"] for a in answers),
    )


def run_slope(
    report: Report, bit_sizes: Sequence[int], count: int, plot: Path | None
) -> list[Figure]:
    """Measure, print, fit and plot; what the project asks of the slope."""
    report.write("## Slope: run-steps for each solve against bits\n")
    report.write(
        f"{count} other instances a size, the right widths given. {RUNS} runs each go on until "
        f"they solve, at most {MAX_STEPS:,} steps or {INSTANCE_SECONDS:g} s; run-steps of all "
        "runs / solves, a run's start counted as one. CaDiCaL: conflicts + 1 on the same clauses. "
        "Guesses: expected random odd numbers of the right width.\n"
    )
    sizes = []
    for bits in bit_sizes:
        sizes.append(measured_size(bits, count))
        report.write(f"- {summary(sizes[-1])}")
    report.write()
    fits = {
        "median run-steps": fitted(bit_sizes, [size.steps for size in sizes]),
        "mean run-steps": fitted(bit_sizes, [size.steps for size in sizes], mean=True),
        "median CaDiCaL conflicts": fitted(bit_sizes, [size.conflicts for size in sizes]),
    }
    report.table(
        ("fitted, 2^slope for each bit", "slope [middle 90%, instances drawn anew]"),
        [[name, str(fit)] for name, fit in fits.items() if fit is not None],
    )
    if unsolved := sum(int(np.isinf(size.steps).sum()) for size in sizes):
        report.write(f"{unsolved} instances had no solve at all and are left out of the fits.\n")
    fit = fits["median run-steps"]
    if plot is not None:
        from benchmarks.factoring.plot import draw

        plot.parent.mkdir(parents=True, exist_ok=True)
        draw(sizes, fit, plot)
        report.write(f"Plot: {plot.name}\n")
    asked = f"at most 2^{ASKED_SLOPE:g} steps a bit between {bit_sizes[0]} and {bit_sizes[-1]} bits"
    if fit is None:
        return [Figure(asked, "no fit", False)]
    mean = fits["mean run-steps"]
    text = f"2^{fit} by medians" + ("" if mean is None else f", 2^{mean} by means")
    return [Figure(asked, text, fit.slope <= ASKED_SLOPE and not unsolved)]


def summary(size: Size) -> str:
    """One line a size, as it is measured."""
    text = (
        f"{size.bits} bits: median {np.median(size.steps):,.0f}, mean {np.mean(size.steps):,.0f} "
        f"run-steps a solve; {size.solved} of {size.total} runs solved; {size.seconds:.1f} s; "
        f"random guesses {size.guesses:,.0f}"
    )
    if len(size.conflicts):
        text += f"; CaDiCaL median {np.median(size.conflicts):,.0f} conflicts"
    return text
