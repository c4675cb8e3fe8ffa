"""What a graph format is: its name for people, its reader, its extensions, and how it is told."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from odesolve.problems.graphs.graph import Graph
from odesolve.problems.graphs.rows import Table, table_of

__all__ = ["Content", "Evidence", "GraphFormat"]


class Evidence(Enum):
    """How sure it is that a content is what its recogniser says."""

    MARK = "a mark that no other format has"
    COUNTS = "counts in the file, which are checked"
    LOOKS = "its looks, in every line"


class Content:
    """A file's text, and its rows as soon as a recogniser asks for them.

    Attributes:
        text: the text, with plain line feeds.
        place: what to call the file in messages.
        is_edge_list: whether it looks like one, as soon as that is known.
    """

    def __init__(self, text: str, place: str) -> None:
        self.text = text
        self.place = place
        self.is_edge_list: bool | None = None

    @cached_property
    def table(self) -> Table:
        """The text as rows of fields."""
        return table_of(self.text, self.place)


class GraphFormat(NamedTuple):
    """A format of graph files.

    Attributes:
        read: (text, place) -> graph. Reads whatever can be meant, as ``--format`` asks it to.
        extensions: of file names, lower-case.
        title: the format's name in messages.
        evidence: what `recognise` goes by.
        recognise: whether a content is in this format. May raise ``InputError`` for "no".
        write: (graph, the file's name) -> text. Need not look at what the format cannot hold:
            what is written is read again and compared.
        numbered_from: the first node's number where the format has no names; else None.
        fits: whether a content can be in this format if the extension says so; `recognise` by
            default.
    """

    read: Callable[[str, str], Graph]
    extensions: tuple[str, ...]
    title: str
    evidence: Evidence
    recognise: Callable[[Content], bool]
    write: Callable[[Graph, str], str]
    numbered_from: int | None = None
    fits: Callable[[Content], bool] | None = None
