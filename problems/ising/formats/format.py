"""What a format of Ising problems is: its reader, its writer, its extensions, how it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from odesolve.problems.ising.problem import IsingProblem

__all__ = ["IsingFormat"]


class IsingFormat(NamedTuple):
    """A format of files that hold an Ising problem or a QUBO.

    Attributes:
        read: (content, place) -> problem. Reads whatever can be meant, as ``--format`` asks it to.
        write: (problem, place) -> content and notes for the user.
        extensions: of file names, lower-case, that say this format.
        title: the format's name in messages.
        is_marked: whether the content itself says that it is in this format, whatever the file's
            name; never for formats that are told by their extension alone.
    """

    read: Callable[[bytes, str], IsingProblem]
    write: Callable[[IsingProblem, str], tuple[bytes, tuple[str, ...]]]
    extensions: tuple[str, ...]
    title: str
    is_marked: Callable[[bytes], bool] = lambda _: False
