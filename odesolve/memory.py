"""How much memory a batch takes, known before anything is compiled."""

from __future__ import annotations

import os

from odesolve.potentials import System
from odesolve.potentials.device import device

#: Arrays of one float a clause, and of one float a cell of each clause, that live at one time:
#: memories, their rates and the forces, old and new.
FLOATS_PER_CLAUSE = 10
FLOATS_PER_CLAUSE_CELL = 4
FLOATS_PER_CELL = 10


def bytes_per_run(system: System) -> int:
    """About what one run adds to the memory of a batch, in bytes."""
    floats = FLOATS_PER_CELL * system.cell_count + 3 * system.variable_count
    for group in system.groups:
        clauses, width = group.cells.shape
        floats += clauses * (FLOATS_PER_CLAUSE + FLOATS_PER_CLAUSE_CELL * width)
        floats += clauses * group.clauses.scratch_floats()
    return 4 * floats


def available_bytes() -> int | None:
    """Memory of the device that JAX will use, in bytes; None where it cannot be told."""
    statistics = device().memory_stats()
    if statistics and "bytes_limit" in statistics:
        return int(statistics["bytes_limit"])
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def check_cells(cells: int) -> None:
    """Refuse a problem whose cells alone cannot fit, before any array is made.

    Raises:
        ValueError: with the size and the limit.
    """
    available = available_bytes()
    needed = 4 * FLOATS_PER_CELL * cells
    if available is not None and needed > available:
        raise ValueError(
            f"{cells} cells need at least {needed / 2**30:.1f} GiB for one run; "
            f"the device has {available / 2**30:.1f} GiB"
        )


def check_memory(system: System, runs: int) -> None:
    """Refuse a batch that cannot fit.

    Raises:
        ValueError: saying how many runs would.
    """
    available = available_bytes()
    one = bytes_per_run(system)
    if available is not None and one * runs > available:
        raise ValueError(
            f"{runs} runs need about {one * runs / 2**30:.1f} GiB of the device's "
            f"{available / 2**30:.1f} GiB; at most {available // one} would fit"
        )
