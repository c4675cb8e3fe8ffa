"""A case to run, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """What a command did.

    Attributes:
        code: its exit code; None if an exception escaped.
        output: standard output.
        errors: standard error.
        files: the files that are new or changed, by name.
        traceback: of an exception that escaped; empty without one.
        seconds: of processor time.
    """

    code: int | None
    output: str
    errors: str
    files: dict[str, bytes] = field(default_factory=dict)
    traceback: str = ""
    seconds: float = 0.0


def nothing_to_say(outcome: Outcome) -> str | None:
    """The judgement where no right answer is known."""
    return None


@dataclass(frozen=True)
class Case:
    """A command line with its files.

    Attributes:
        arguments: behind ``odesolve``.
        files: name -> content, in the folder in which the command runs.
        stdin: bytes of standard input.
        kind: what is tried, in words, for the report's tables.
        outputs: files that the command may write if it finds an answer, and not otherwise.
        judge: says what is wrong about an outcome, beyond what is wrong for every command.
    """

    arguments: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    kind: str = ""
    outputs: tuple[str, ...] = ()
    judge: Callable[[Outcome], str | None] = nothing_to_say
