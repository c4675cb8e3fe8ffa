"""Memory and compile time of 1,000 and of 100,000 spins with three couplings each."""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from benchmarks.ising.generators import cubic
from benchmarks.ising.instances import written
from benchmarks.processes import COLD, Finished, module_command, run_process
from benchmarks.report import Figure, Report

SIZES = (1000, 100_000)
SEED = 2001
STEPS = 100
LIMIT_SECONDS = 300.0
MOST_BYTES, MOST_SECONDS, MOST_RATIO = 4 * 2**30, 3.0, 1.5


def run(report: Report, repeats: int, folder: Path) -> None:
    """Measure both sizes in turn, and write the table and the figures."""
    measured: dict[int, list[tuple[Finished, dict[str, float]]]] = {size: [] for size in SIZES}
    for _ in range(repeats):
        for size in SIZES:
            measured[size].append(_measured(size, folder))
    rows, compiling, peaks = [], {}, {}
    for size, found in measured.items():
        compiling[size] = statistics.median(times["compile"] for _, times in found)
        peaks[size] = max(ran.peak_bytes for ran, _ in found)
        rows.append([
            f"{size:,}",
            f"{statistics.median(times['presolve'] for _, times in found):.2f}",
            f"{compiling[size]:.2f}",
            f"{statistics.median(times['solve'] for _, times in found):.2f}",
            f"{statistics.median(ran.seconds for ran, _ in found):.2f}",
            f"{peaks[size] / 2**30:.2f}",
        ])  # fmt: skip
    report.write(
        f"Medians of {repeats} whole processes, of the memory the largest, without a compilation "
        f"cache; JAX is loaded before the clock of compiling starts, which includes laying out the "
        f"couplings. {STEPS} steps of the default runs.\n"
    )
    header = ("spins", "presolve s", "compile s", "solve s", "whole process s", "peak GiB")
    report.table(header, rows)
    small, large = SIZES
    peak, seconds = peaks[large], compiling[large]
    ratio = seconds / compiling[small]
    report.figures(
        [
            Figure("100,000 spins: under 4 GiB", f"{peak / 2**30:.2f} GiB", peak < MOST_BYTES),
            Figure("trace and compile under 3 s", f"{seconds:.2f} s", seconds < MOST_SECONDS),
            Figure(
                "at most 1.5 times those of 1,000 spins", f"{ratio:.2f} times", ratio <= MOST_RATIO
            ),
        ],
        shortened=False,
    )


def _measured(size: int, folder: Path) -> tuple[Finished, dict[str, float]]:
    name = f"cubic-{size}-{SEED}"
    file = written(name, lambda: cubic(size, SEED), folder, is_cut=False, suffix="rudy").path
    job = json.dumps({"file": str(file), "steps": STEPS})
    command = module_command("benchmarks.ising.footprint")
    ran = run_process(command, limit=LIMIT_SECONDS, text=job, variables=COLD)
    if ran.code != 0:
        raise RuntimeError(ran.errors)
    return ran, json.loads(ran.output)


def main() -> None:
    """Solve the job on standard input, {"file", "steps"}; print the times of its parts."""
    job = json.load(sys.stdin)
    import jax

    import odesolve

    jax.block_until_ready(jax.numpy.zeros(1) + 1)
    problem = odesolve.read_ising(job["file"])
    times = odesolve.ising(problem, max_steps=job["steps"]).run.times
    parts = {"presolve": times.presolve, "compile": times.compile, "solve": times.solve}
    json.dump(parts, sys.stdout)


if __name__ == "__main__":
    main()
