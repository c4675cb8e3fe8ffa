"""The file that a solve is resumed from: what it holds, written atomically; known without JAX.

A command may integrate several batches, one after another: turns of widths, falling bounds, rounds
for other answers. Each is a *stage*. The file holds what every finished stage came to, and the
whole batch of the one that was under way. Whoever resumes begins the same command again: finished
stages give their results at once, the one under way goes on where it was, and later ones follow as
usual.

A file is a ZIP archive of NumPy arrays (``.npz``) without pickled objects. One of them, ``header``,
is JSON text.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from odesolve.budget import CHECKPOINT_SECONDS

__all__ = ["FORMAT", "Checkpoint", "CheckpointError", "Contents"]

#: The version of the format; other versions are refused.
FORMAT = 1

#: Stages that end sooner than this after the last writing are written with a later one.
LEAST_SECONDS = 1.0

_HEADER = "header"

PathLike = str | os.PathLike[str]


class CheckpointError(ValueError):
    """A checkpoint that cannot be used or written; the message is one line.

    Attributes:
        place: the file.
        message: what is wrong with it.
    """

    def __init__(self, path: PathLike, message: str) -> None:
        name = os.fsdecode(path)
        self.place = name if name.isprintable() else name.encode("unicode_escape").decode()
        self.message = message
        super().__init__(f"{self.place}: {message}")


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        header: versions, the stage that was under way, and what is plain of those before it.
        arrays: name -> array.
    """

    header: dict[str, Any]
    arrays: dict[str, np.ndarray]


@dataclass
class Checkpoint:
    """Where a command writes its state and where it resumes from; one for all of its stages.

    Attributes:
        path: written; None writes nothing.
        every: seconds between two writings.
        resumed: what was read; None begins from the start.
        source: the file that it was read from.
        stages: how many stages have begun.
        finished: header and arrays of each stage that has ended, the first first.
        ended: those of a stage that has ended last, before another begins.
        written: when, by ``time.perf_counter``; before the first writing, when it began.
        writings: how many files were written.
        failure: why the last one could not be.
    """

    path: PathLike | None
    every: float = CHECKPOINT_SECONDS
    resumed: Contents | None = None
    source: PathLike = ""
    stages: int = 0
    finished: list[Contents] = field(default_factory=list)
    ended: Contents | None = None
    written: float = field(default_factory=time.perf_counter)
    writings: int = 0
    failure: str | None = None

    @classmethod
    def begun(
        cls,
        path: PathLike | None,
        every: float = CHECKPOINT_SECONDS,
        resume: PathLike | None = None,
    ) -> Checkpoint:
        """A checkpoint before the first stage; the file to resume from is read.

        Raises:
            CheckpointError: if it cannot be read, is of another version, or ``path`` could not be
                written later.
        """
        if path is not None:
            _check_writable(path)
        if resume is None:
            return cls(path, every)
        return cls(path, every, read(resume), resume)

    def is_due(self) -> bool:
        """Whether it is time to write."""
        return self.path is not None and self.seconds_since_writing() >= self.every

    def seconds_since_writing(self) -> float:
        """Seconds since the last writing, or since the command began."""
        return time.perf_counter() - self.written

    def write(
        self, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray], *, at_end: bool = False
    ) -> None:
        """Write the finished stages, and the state of the one under way.

        A file that was written once and cannot be written again is no reason to end a solve: the
        failure is kept for whoever reports.

        Arguments:
            at_end: whether the solve is over: what it found is not lost with the file.

        Raises:
            CheckpointError: if not even the first file can be written while the solve goes on.
        """
        if self.path is None:
            return
        joined: dict[str, Any] = {
            "format": FORMAT,
            "odesolve": _version(),
            **header,
            "finished": [stage.header for stage in self.finished],
        }
        every = dict(arrays)
        for number, stage in enumerate(self.finished):
            every |= {f"finished{number}.{name}": own for name, own in stage.arrays.items()}
        every[_HEADER] = np.array(json.dumps(joined))
        try:
            _write_atomically(self.path, every)
        except OSError as error:
            reason = f"cannot be written: {error.strerror or error}"
            if not (self.writings or at_end):
                raise CheckpointError(self.path, reason) from None
            before = "; the one before is still there" if self.writings else ""
            self.failure = f"{os.fspath(self.path)}: {reason}{before}"
        else:
            self.writings, self.failure = self.writings + 1, None
        self.written = time.perf_counter()

    def leave_to_others(self) -> None:
        """Note that another process has written."""
        self.writings += 1
        self.written = time.perf_counter()


def read(path: PathLike) -> Contents:
    """What a file holds.

    Raises:
        CheckpointError: if it is missing, damaged, no checkpoint, or of another version.
    """
    from tokenize import TokenError
    from zipfile import BadZipFile  # takes a while, and few solves read one

    try:
        # Opened here: NumPy leaves a damaged file open.
        with open(path, "rb") as opened:
            file = np.load(opened, allow_pickle=False)
            if not isinstance(file, np.lib.npyio.NpzFile) or _HEADER not in file.files:
                raise CheckpointError(path, "no checkpoint; expected a file of --checkpoint")
            header = json.loads(str(file[_HEADER][()]))
            known = isinstance(header, dict) and header.get("format") == FORMAT
            if not known or header.get("odesolve") != _version():
                _refuse_version(path, header if isinstance(header, dict) else {})
            arrays = {name: file[name] for name in file.files if name != _HEADER}
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CheckpointError(path, f"{reason}; expected a checkpoint") from None
    except CheckpointError:
        raise
    # NumPy reads what an array's header says as Python, by its tokens where it is damaged.
    except (ValueError, KeyError, EOFError, BadZipFile, NotImplementedError, TokenError):
        raise CheckpointError(path, "damaged, or no checkpoint; expected a whole one") from None
    finished = header.get("finished")
    if not isinstance(finished, list) or not isinstance(header.get("identity"), dict):
        raise CheckpointError(path, "damaged; expected a whole checkpoint")
    return Contents(header, arrays)


def _refuse_version(path: PathLike, header: Mapping[str, Any]) -> None:
    """Raises CheckpointError naming both versions."""
    theirs = f"format {header.get('format')} of odesolve {header.get('odesolve')}"
    raise CheckpointError(
        path, f"is of another version ({theirs}); expected format {FORMAT} of {_version()}"
    )


def _version() -> str:
    from odesolve import __version__

    return __version__


def _check_writable(path: PathLike) -> None:
    """Refuse, before a long solve, a file that could not be written.

    Raises:
        CheckpointError: if there is no such folder, or it is none that can be written to.
    """
    try:
        target = Path(os.path.realpath(path))
        has_folder, is_folder = target.parent.is_dir(), target.is_dir()
    except (OSError, ValueError):  # a name too long or with a null character
        raise CheckpointError(str(path), "cannot be written; expected a file name") from None
    if not has_folder:
        raise CheckpointError(
            path, f"there is no folder {str(target.parent)!r}; expected an existing folder"
        )
    if is_folder or not os.access(target.parent, os.W_OK):
        raise CheckpointError(path, "cannot be written; expected a file in a writable folder")


def _write_atomically(path: PathLike, arrays: Mapping[str, np.ndarray]) -> None:
    """A reader, or whoever is killed in the midst of it, finds the old file or the whole new one.

    The temporary file has one name, so that kills leave one behind at most.
    """
    target = Path(os.path.realpath(path))  # through a link, so that the link survives
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        with open(temporary, "wb") as file:
            # The stub knows no arrays by computed names.
            save: Any = np.savez
            save(file, **arrays)
            file.flush()
            os.fsync(file.fileno())  # the name must not reach the disk before the content
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
