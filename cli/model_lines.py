"""An assignment as the lines that solvers print: literals, names or bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool

    from odesolve.problems.formulas.formula import Formula

#: How answers are written: as the SAT competition, the pseudo-Boolean competition and the MaxSAT
#: evaluation do.
LITERALS, NAMES, BITS = "literals", "names", "bits"

#: Columns of a line of literals.
LINE_WIDTH = 78

LITERALS_AT_ONCE = 100_000


def model_lines(
    formula: Formula, truth: Bool[np.ndarray, " variables"], prefix: str, style: str | None = None
) -> Iterator[str]:
    """An assignment on lines of at most ``LINE_WIDTH`` columns, but bits on a single one.

    Arguments:
        formula: the formula, for its names.
        truth: ``[variables]``, without auxiliary ones.
        prefix: what every line begins with.
        style: ``LITERALS`` and a 0, as in ``1 -2 0``; ``NAMES``, as in ``x1 -x2``; or ``BITS``, as
            in ``10``. None is names where the formula has them, literals otherwise.

    Yields:
        Many lines at once, but not all: there may be a hundred million literals.
    """
    style = style or (NAMES if formula.names else LITERALS)
    if style == BITS:
        bits = (np.asarray(truth, np.uint8) + ord("0")).tobytes().decode("ascii")
        yield f"{prefix} {bits}"
        return
    line = prefix
    for start in range(0, len(truth) + 1, LITERALS_AT_ONCE):
        lines = []
        part = truth[start : start + LITERALS_AT_ONCE].tolist()
        names = _names(formula, style, start, len(part))
        words = [name if true else f"-{name}" for name, true in zip(names, part, strict=True)]
        is_last = start + LITERALS_AT_ONCE > len(truth)
        if is_last and style == LITERALS:
            words.append("0")
        for word in words:
            if len(line) + 1 + len(word) > LINE_WIDTH and line != prefix:
                lines.append(line)
                line = prefix
            line += f" {word}"
        if is_last:
            lines.append(line)
        yield "\n".join(lines)


def _names(formula: Formula, style: str, start: int, count: int) -> list[str]:
    """What the variables behind ``start`` are called."""
    if style == LITERALS:
        return [str(number) for number in range(start + 1, start + count + 1)]
    if formula.names:
        return list(formula.names[start : start + count])
    return [f"x{number}" for number in range(start + 1, start + count + 1)]
