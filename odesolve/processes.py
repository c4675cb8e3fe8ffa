"""Processes that solve one problem together, joined by ``jax.distributed``; known without JAX.

Every process makes the same calls and comes to the same result; the first alone prints and writes
it. A process that leaves before the others do, or that was lost, leaves a group that cannot be
parted in order: whoever notices ends by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from odesolve.budget import Budget, OutOfTime
from odesolve.interrupts import listening
from odesolve.watching import GivenUp, watched

__all__ = ["GroupError", "abandon", "is_abandoned", "is_first", "join", "part"]

#: The processes of a group have so long to come.
JOIN_SECONDS = 300.0

#: Seconds that a process waits for the others at the end. Much longer, and JAX would abort it.
PART_SECONDS = 60

#: JAX aborts the process when this is over: `JOIN_SECONDS` comes first.
_NEVER_SECONDS = 10**6


class GroupError(RuntimeError):
    """The processes cannot be joined; the message is one line."""


@dataclass
class _Group:
    index: int = 0
    joined: bool = False
    abandoned: bool = False


_group = _Group()


def is_first() -> bool:
    """Whether this process prints and writes: the first one, and any that is alone."""
    return _group.index == 0


def abandon() -> None:
    """Remember that the group cannot be parted in order."""
    _group.abandoned = _group.joined


def is_abandoned() -> bool:
    """Whether to end without waiting for the other processes."""
    return _group.abandoned


def join(coordinator: str | None, processes: int | None, index: int | None, budget: Budget) -> None:
    """Join the group, before JAX is used; it begins when all have come.

    Arguments:
        coordinator: HOST:PORT of the first process; None, as for the others, leaves it to JAX,
            which knows jobs of SLURM and Open MPI.
        processes: how many there are.
        index: which one this is, from 0.
        budget: how long to wait for the others, `JOIN_SECONDS` at most.

    Raises:
        GroupError: if nobody says who belongs to the group, or not all come.
    """
    given = (coordinator, processes, index)

    def joined() -> int:
        import jax

        settings: Any = jax.config
        # Its handler of SIGTERM would take the place of ours, which ends a solve with its best.
        settings.update("jax_enable_preemption_service", False)
        jax.distributed.initialize(
            *given,
            # Where all is said, all devices of the host are this process's own.
            cluster_detection_method=None if None in given else "deactivate",
            initialization_timeout=_NEVER_SECONDS,
            shutdown_timeout_seconds=PART_SECONDS,
        )
        return int(jax.process_index())

    try:
        with listening() as interruption:
            waiting = budget.at_most(JOIN_SECONDS)
            _group.index = watched(joined, waiting, lambda: interruption.requested)
    except OutOfTime:
        raise GroupError("--distributed: not all processes have come in time") from None
    except GivenUp:
        raise KeyboardInterrupt from None
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        raise GroupError(f"--distributed: {_said(error, given)}") from None
    _group.joined, _group.abandoned = True, False


def _said(error: Exception, given: tuple[Any, ...]) -> str:
    """What is wrong, on one line."""
    if None in given and isinstance(error, ValueError):
        return (
            "no job of SLURM or Open MPI is found; "
            "expected --coordinator HOST:PORT, --processes N and --process-id I"
        )
    return " ".join(str(error).split()) or type(error).__name__


def part() -> None:
    """Leave the group when every process does; at once where it was abandoned."""
    if not _group.joined or _group.abandoned:
        return
    import jax

    try:
        jax.distributed.shutdown()
    except (RuntimeError, ValueError):  # another one has not come to its end
        _group.abandoned = True
    _group.joined = False
