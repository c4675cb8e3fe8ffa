"""How docstrings are read for the reference: examples as sessions, equations line by line."""

from __future__ import annotations

import re
from typing import Any

import griffe

_EQUATION = re.compile(r"^\s|\s(=|<-|-=)\s")


class Docstrings(griffe.Extension):
    """Headings and paragraphs as Griffe and Markdown understand them."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Mend the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = shown(obj.docstring.value)


def shown(docstring: str) -> str:
    """The docstring with ``Examples:`` for ``Example:``, and equations as blocks of code."""
    first, *others = re.split(r"\n\n", re.sub(r"^Example:$", "Examples:", docstring, flags=re.M))
    return "\n\n".join([first, *map(_with_equations, others)])


def _with_equations(paragraph: str) -> str:
    lines = paragraph.split("\n")
    if not lines[0].startswith(" ") and all(map(_EQUATION.search, lines)):
        return "\n".join("    " + line for line in lines)
    return paragraph
