"""Commands that run in several processes: joined before JAX is used, and heard of as one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from odesolve.cli.device import keep_to_device
from odesolve.problems.errors import InputError
from odesolve.processes import abandon, is_first, join, part

if TYPE_CHECKING:
    from odesolve.cli.options import SolveOptions


@contextmanager
def joined(options: SolveOptions) -> Iterator[None]:
    """A command as one of a group, from before its first word to after its last.

    Raises:
        GroupError: if the group does not come together.
    """
    keep_to_device(options.device, quiet=options.quiet, devices=options.devices)
    with _answers_alone():
        join(options.coordinator, options.processes, options.process_id, options.budget)
        try:
            with _heard_once():
                yield
        except (click.UsageError, InputError):  # the same in every process
            part()
            raise
        except BaseException:
            abandon()
            raise
        part()


@contextmanager
def _answers_alone() -> Iterator[None]:
    """Keep the answer alone on standard output: what connects the processes writes there, too."""
    usual = sys.stdout
    try:
        place = usual.fileno()
    except (AttributeError, OSError, ValueError):  # something in its place, or closed
        yield
        return
    usual.flush()
    kept = os.dup(place)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, place)
    os.close(nowhere)
    # As the usual one: what its encoding lacks is escaped.
    own = open(kept, "w", encoding=usual.encoding, errors=usual.errors, closefd=False)  # noqa: SIM115
    sys.stdout = own
    try:
        yield
    finally:
        sys.stdout = usual
        with suppress(OSError, ValueError):
            own.close()
        os.dup2(kept, place)
        os.close(kept)


@contextmanager
def _heard_once() -> Iterator[None]:
    """Let the first process alone say what was found."""
    if is_first():
        yield
        return
    usual = sys.stdout
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        sys.stdout = nowhere
        try:
            yield
        finally:
            sys.stdout = usual
