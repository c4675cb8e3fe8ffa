"""What each part of factoring's default is worth, and what else was tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.factoring.candidates import AS_BUILT, CANDIDATES, SEARCHED
from benchmarks.factoring.instances import instances
from benchmarks.factoring.slope import RUNS, SLOPE_SEED, steps_a_solve, steps_of
from benchmarks.report import Report, note

#: Enough for all that are of any use; a candidate that needs more is seen to.
SECONDS = 10.0
#: The search of parameters: settings, each number's largest factor, and instances of its own.
SETTINGS, SPREAD, SEARCH_COUNT = 40, 1.6, 6
SEARCH_SEED = SLOPE_SEED + 10_000
#: The values of the preset that is chosen, as the search's middle.
PARAMETERS = {
    "alpha": 22.0, "beta": 14.0, "gamma": 0.2, "delta": 0.18, "zeta": 0.125, "reach": 1.9,
    "ceiling": 0.19,
}  # fmt: skip


def run_ablations(report: Report, bit_sizes: Sequence[int], count: int) -> None:
    """One table a size, a row for each candidate."""
    report.write("## Candidates\n")
    report.write(
        f"Every row changes one thing of the default. Run-steps a solve as for the slope, {count} "
        f"instances a size; {RUNS} runs of each go on until they solve, at most {SECONDS:g} s. "
        "Ratio: to the first row, the geometric mean over the instances [middle 90%, instances "
        "drawn anew]; below 1 is better. The dynamics' parameters stay those of the default, for "
        "which they were searched, unless the row says otherwise.\n"
    )
    for bits in bit_sizes:
        report.write(f"### {bits} bits\n")
        chosen = instances(bits, count, SLOPE_SEED)
        rows: list[list[str]] = []
        first = np.full(count, np.nan)
        for name in CANDIDATES:
            note(f"  {bits} bits: {name}")
            setting = searched(bits) if name == SEARCHED else {}
            answers = steps_of(chosen, name, [setting], SECONDS)
            steps = steps_a_solve(answers, count)
            first = steps if name == AS_BUILT else first
            rows.append(row(name, answers, steps, first))
            if setting:
                values = ", ".join(f"{key} {value:.3g}" for key, value in setting.items())
        columns = ("candidate", "median", "mean", "ratio", "runs solved", "clauses, padded")
        report.table(columns, rows)
        report.write(
            f"The parameters searched: the best of {SETTINGS} random settings, each value within "
            f"a factor of {SPREAD:g} of the default's, on {SEARCH_COUNT} further instances: "
            f"{values}.\n"
        )


def row(
    name: str, answers: Sequence[dict[str, Any]], steps: np.ndarray, first: np.ndarray
) -> list[str]:
    """A candidate's numbers, and its ratio to the default."""
    solved = sum(answer["solved"] for answer in answers)
    clauses = np.median([answer["clauses"] for answer in answers]) if answers else np.nan
    return [
        name, f"{np.median(steps):,.0f}", f"{np.mean(steps):,.0f}", ratio(steps, first),
        f"{solved}/{RUNS * len(steps)}", f"{clauses:.0f}",
    ]  # fmt: skip


def ratio(steps: np.ndarray, first: np.ndarray) -> str:
    """The geometric mean of an instance's ratio, and how sure it is."""
    logs = np.log(steps / first)
    if not np.isfinite(logs).all():
        return f"no solve of {int(np.isinf(steps).sum())} instances"
    generator = np.random.default_rng(0)
    drawn = [np.exp(generator.choice(logs, len(logs)).mean()) for _ in range(1000)]
    low, high = np.quantile(drawn, (0.05, 0.95))
    return f"{np.exp(logs.mean()):.2f} [{low:.2f}, {high:.2f}]"


def searched(bits: int) -> dict[str, float]:
    """The random setting that needs the fewest steps on instances of its own."""
    generator = np.random.default_rng(bits)
    settings = [
        {k: v * float(SPREAD ** generator.uniform(-1, 1)) for k, v in PARAMETERS.items()}
        for _ in range(SETTINGS - 1)
    ]
    settings = [dict(PARAMETERS), *settings]
    chosen = instances(bits, SEARCH_COUNT, SEARCH_SEED)
    answers = steps_of(chosen, AS_BUILT, settings, SECONDS)
    scores = []
    for number in range(len(settings)):
        own = [answer for answer in answers if answer["setting"] == number]
        scores.append(np.log(steps_a_solve(own, SEARCH_COUNT)).mean())
    return settings[int(np.argmin(scores))]
