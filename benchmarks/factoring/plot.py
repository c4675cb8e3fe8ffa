"""The plot of the steps against the bits of N."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib

matplotlib.use("agg")
import numpy as np
from matplotlib import pyplot

if TYPE_CHECKING:
    from benchmarks.factoring.fit import Size
    from odesolve.problems.studies.reporting.lines import Line


def draw(sizes: Sequence[Size], fit: Line | None, path: Path) -> None:
    """Each instance as a point, medians and their fit, and what the others look at."""
    bits = np.array([size.bits for size in sizes])
    figure, axes = pyplot.subplots(figsize=(6.4, 4.4), layout="constrained")
    for size in sizes:
        axes.plot(np.full(len(size.steps), size.bits), size.steps, ".", color="C0", alpha=0.3)
    medians = np.array([np.median(size.steps) for size in sizes])
    axes.plot(bits, medians, "o", color="C0", label="odesolve: run-steps a solve (medians)")
    if fit is not None:
        line = fit.at(bits)
        axes.plot(bits, line, "-", color="C0", label=f"fit: 2^{fit.slope:.2f} a bit")
        axes.plot(bits, line[0] * 2.0 ** (bits - bits[0]), ":", color="0.5", label="2^1 a bit")
    axes.plot(bits, [s.guesses for s in sizes], "s--", color="C1", label="random guesses, expected")
    if all(len(size.conflicts) for size in sizes):
        conflicts = [np.median(size.conflicts) for size in sizes]
        axes.plot(bits, conflicts, "^-", color="C2", label="CaDiCaL: conflicts + 1 (medians)")
    axes.set_yscale("log", base=2)
    axes.set_xticks(bits)
    axes.set_xlabel("bits of N")
    axes.set_ylabel("count")
    axes.set_title("Factoring products of two primes of equal width")
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
