"""How many runs a batch has and how much memory it takes, known before anything is compiled."""

from __future__ import annotations

import os

import numpy as np

from odesolve.dynamics.base import Dynamics
from odesolve.options import shown
from odesolve.potentials import System
from odesolve.potentials.device import device

#: Arrays of one float a clause, and of one float a cell of each clause, that live at one time:
#: memories, their rates and the forces, old and new.
FLOATS_PER_CLAUSE = 10
FLOATS_PER_CLAUSE_CELL = 4
FLOATS_PER_CELL = 10


class TooLargeError(ValueError):
    """A problem of which not even one run fits into memory, whatever the options.

    Attributes:
        place: where an error of input says that this is so.
    """

    place = "problem"


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
        TooLargeError: with the size and the limit.
    """
    available = available_bytes()
    needed = 4 * FLOATS_PER_CELL * cells
    if available is not None and needed > available:
        raise TooLargeError(
            f"{cells} cells need at least {needed / 2**30:.1f} GiB for one run; "
            f"the device has {available / 2**30:.1f} GiB"
        )


def check_memory(system: System, runs: int) -> None:
    """Refuse a batch that cannot fit.

    Raises:
        ValueError: saying how many runs would; a TooLargeError if none.
    """
    available = available_bytes()
    one = bytes_per_run(system)
    if available is not None and one > available:
        raise TooLargeError(
            f"one run needs about {one / 2**30:.1f} GiB; the device has {available / 2**30:.1f} GiB"
        )
    if available is not None and one * runs > available:
        raise ValueError(
            f"{runs} runs need about {one * runs / 2**30:.1f} GiB of the device's "
            f"{available / 2**30:.1f} GiB; at most {available // one} would fit"
        )


def default_runs(system: System) -> int:
    """Runs integrated together when the user does not say.

    On a CPU about 32,000 clause states in all, and 260,000 cells, keep the arrays inside the caches
    while hiding the cost of launching each operation; a GPU needs some millions to be busy. At most
    a quarter of the memory is taken.

    Raises:
        ValueError: if it is no ``System``.

    Example:
        >>> import odesolve as ode
        >>> system = ode.compile_system([(ode.Box(), 3)], [ode.Or([[0, 1, 2]], [[1, 1, -1]])])
        >>> ode.default_runs(system) >= 1
        True
    """
    if not isinstance(system, System):
        raise ValueError(f"system: {shown(system)}; expected a System")
    clauses, cells = max(system.clause_count, 1), max(system.cell_count, 1)
    on_cpu = device().platform == "cpu"
    states, least, most = (32_000, 4, 64) if on_cpu else (2**24, 8, 1024)
    # Clauses over hundreds of shares are few beside the cells.
    share = min(states / clauses, 8 * states / cells)
    runs = int(np.clip(2 ** round(np.log2(share)), least, most))
    available = available_bytes()
    fitting = runs if available is None else available // (4 * max(bytes_per_run(system), 1))
    return max(1, min(runs, fitting))


def checked_runs(system: System, dynamics: Dynamics, runs: int | None) -> int:
    """The size of a batch, before anything is compiled for it; None is the usual size.

    Raises:
        ValueError: if it cannot fit in memory, or the dynamics does not work on the system.
    """
    dynamics.check(system)
    runs = runs or default_runs(system)
    check_memory(system, runs)
    return runs
