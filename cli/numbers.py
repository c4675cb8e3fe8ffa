"""Natural numbers from the command line."""

from __future__ import annotations

import re

import click

from odesolve.cli.help import Command
from odesolve.problems.errors import InputError, quote

#: Python refuses longer texts by default; no circuit here holds such numbers.
LONGEST = 4000


class NumberCommand(Command):
    """A command whose numbers may begin with a minus sign, which is not taken for an option's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # To click an argument that begins with a space is no option; numbers are stripped.
        shielded = [f" {text}" if re.match(r"-[0-9]", text) else text for text in args]
        return super().parse_args(ctx, shielded)


def natural(text: str) -> int:
    """A natural number; single underscores may group digits.

    Raises:
        InputError: if the text is none.
    """
    grouped = text.strip()
    if not re.fullmatch(r"[0-9]+(_[0-9]+)*", grouped):
        raise InputError("number", quote(grouped), "a natural number")
    digits = grouped.replace("_", "")
    if len(digits) > LONGEST:
        raise InputError("number", f"{len(digits)} digits", f"at most {LONGEST}")
    return int(digits)


def natural_or_unknown(text: str | None) -> int | None:
    """A natural number, or None for '_' and for what was left out.

    Raises:
        InputError: if the text is neither.
    """
    return None if text is None or text.strip() in ("_", "?") else natural(text)
