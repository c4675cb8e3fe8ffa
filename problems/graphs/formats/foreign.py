"""Contents that people take for graph files and that are none: said by name, not guessed at."""

from __future__ import annotations

import re

from odesolve.problems.errors import InputError, quote

__all__ = ["refuse_foreign"]

_STATUS = (
    r"(?:[45][0-9][0-9]\b[ :]*[A-Za-z ]+|(?:page |file )?not found|forbidden|bad gateway"
    r"|unauthorized|(?:access|permission) denied|bad request|(?:internal )?server error"
    r"|(?:service )?(?:temporarily )?unavailable)[.!]?"
)
_FOREIGN = (
    (re.compile(r"\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--.*?-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
                re.IGNORECASE | re.DOTALL), "a web page, perhaps an error saved as a file"),
    (re.compile(r"\s*+<\?xml[^>]*+>\s*+<Error>|\s*+<Error>"), "an error message in XML"),
    (re.compile(rf"\s*+{_STATUS}\s*+\Z", re.IGNORECASE), "an error message saved as a file"),
    (re.compile(r"version https://git-lfs\.github\.com/"),
     "a pointer of Git LFS and not the file itself (git lfs pull fetches it)"),
    (re.compile(r"\s*+<gexf\b|\s*+<\?xml[^>]*+>\s*+<gexf\b"), "GEXF, which is not read"),
)  # fmt: skip


def refuse_foreign(text: str, place: str, expected: str = "a graph") -> None:
    """Refuse a content that is known to hold no graph, nor any other problem.

    Raises:
        InputError: with what it is.
    """
    for pattern, what in _FOREIGN:
        if pattern.match(text):
            number, line = next((i, s) for i, s in enumerate(text.split("\n"), 1) if s.strip())
            wrong = f"{quote(line.strip())} is {what}"
            raise InputError(f"{place}:{number}", wrong, expected)
