"""How many runs a batch has and how much memory it takes, known before anything is compiled."""

from __future__ import annotations

import os

import jax
import numpy as np

from odesolve.dynamics.base import Dynamics
from odesolve.options import shown
from odesolve.potentials import System
from odesolve.potentials.device import device
from odesolve.sharding import device_count, evenly

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


def _memories(devices: int, distributed: bool) -> int:
    """Among how many memories the runs are shared out: that of each GPU, or of each host."""
    if device().platform != "cpu":
        return devices
    return jax.process_count() if distributed else 1


def check_memory(system: System, runs: int, memories: int = 1) -> None:
    """Refuse a batch that cannot fit.

    Arguments:
        memories: among how many devices' memories the runs are shared out.

    Raises:
        ValueError: saying how many runs would; a TooLargeError if none.
    """
    available = available_bytes()
    available = None if available is None else available * memories
    one = bytes_per_run(system)
    if available is not None and one > available // memories:
        raise TooLargeError(
            f"one run needs about {one / 2**30:.1f} GiB; the device has "
            f"{available / memories / 2**30:.1f} GiB"
        )
    if available is not None and one * runs > available:
        owner = "device's" if memories == 1 else "devices'"
        raise ValueError(
            f"{runs} runs need about {one * runs / 2**30:.1f} GiB of the {owner} "
            f"{available / 2**30:.1f} GiB; at most {available // one} would fit"
        )


def default_runs(system: System, devices: int | None = None) -> int:
    """Runs integrated together when the user does not say.

    On a CPU about 32,000 clause states in all, and 260,000 cells, keep the arrays inside the caches
    while hiding the cost of launching each operation; each GPU needs some millions to be busy. At
    most a quarter of the memory is taken. The runs are a multiple of the devices.

    Arguments:
        system: the compiled problem.
        devices: that share the runs, see ``Options``.

    Raises:
        ValueError: if it is no ``System``.
        DeviceError: if there are not so many devices.

    Example:
        >>> import odesolve as ode
        >>> system = ode.compile_system([(ode.Box(), 3)], [ode.Or([[0, 1, 2]], [[1, 1, -1]])])
        >>> ode.default_runs(system) >= 1
        True
    """
    if not isinstance(system, System):
        raise ValueError(f"system: {shown(system)}; expected a System")
    count = device_count(devices)
    return _usual_runs(system, count, _memories(count, distributed=False))


def _usual_runs(system: System, devices: int, memories: int) -> int:
    clauses, cells = max(system.clause_count, 1), max(system.cell_count, 1)
    # A CPU has no more cores for being several devices.
    states, least, most = (32_000, 4, 64)
    if device().platform != "cpu":
        states, least, most = 2**24 * devices, 8 * devices, 1024 * devices
    # Clauses over hundreds of shares are few beside the cells.
    share = min(states / clauses, 8 * states / cells)
    runs = int(np.clip(2 ** round(np.log2(share)), least, most))
    available = available_bytes()
    if available is not None:
        runs = min(runs, available * memories // (4 * max(bytes_per_run(system), 1)))
    return evenly(max(1, runs), devices)


def checked_runs(
    system: System,
    dynamics: Dynamics,
    runs: int | None,
    devices: int | None = None,
    distributed: bool = False,
) -> int:
    """The size of a batch, before anything is compiled for it; None is the usual size.

    Arguments:
        runs: is rounded up to a multiple of the devices, which would be idle otherwise.
        devices, distributed: see ``Options``.

    Raises:
        ValueError: if it cannot fit in memory, or the dynamics does not work on the system.
        DeviceError: if there are not so many devices.
    """
    dynamics.check(system)
    count = device_count(devices, distributed)
    memories = _memories(count, distributed)
    runs = _usual_runs(system, count, memories) if runs is None else evenly(runs, count)
    check_memory(system, runs, memories)
    return runs


def rounded_note(asked: int | None, runs: int) -> tuple[str, ...]:
    """What is said where a batch is larger than it was asked to be."""
    if asked is None or asked == runs:
        return ()
    return (f"{runs} runs instead of {asked}: as many on each device",)
