"""Graphs as lines of two names: edge lists and CSV, in all the ways these are written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import file_suffix
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.formats.headers import Header, header_of
from odesolve.problems.graphs.graph import DIRECTED_NOTE, Graph, graph_of_named_edges
from odesolve.problems.graphs.rows import (
    EDGE_DATA,
    INTEGER,
    Row,
    Table,
    is_number,
    table_of,
    weight_of_data,
)
from odesolve.problems.graphs.weights import FoundWeights

__all__ = ["Fault", "edge_list_fault", "looks_like_edge_list", "read_edge_list", "write_edge_list"]

_EXPECTED = "two node names, separated by white space, a comma, a semicolon or a tab"


class Fault(NamedTuple):
    """Where a text does not look like an edge list.

    Attributes:
        line: the line's number, from 1; 0 for the whole text.
        wrong: what breaks the pattern there.
        may_be: other formats it may be in, by name.
        forced: whether ``--format edgelist`` would read it.
    """

    line: int
    wrong: str
    may_be: tuple[str, ...] = ()
    forced: bool = True


def looks_like_edge_list(content: Content) -> bool:
    """Whether every line looks like an edge: see `edge_list_fault`."""
    # Asked more than once for a file, and slow to answer for a large one.
    if content.is_edge_list is None:
        content.is_edge_list = edge_list_fault(content.table, content.place) is None
    return content.is_edge_list


def read_edge_list(text: str, place: str) -> Graph:
    """Read one edge per line; a line with one name declares a node (with a note).

    A header such as ``source,target`` is recognised, also with its columns elsewhere. Further
    columns are ignored with a note. If all names are integers, they become integers.

    Raises:
        InputError: no edge at all, an empty name, a self-loop; with the line.
    """
    table = table_of(text, place)
    rows, header = _without_header(table, place)
    columns = header.columns if header else (0, 1)
    names: list[str] = []
    ends: list[str] = []
    lines: list[int] = []
    joined: list[Row] = []
    for row in rows:
        pair = _names_of(row, columns, place)
        names += pair
        if len(pair) == 2:
            ends += pair
            lines.append(row.line)
            joined.append(row)
    if not ends:
        raise InputError(place, "no edge: no line has two names", _EXPECTED)
    order = list(dict.fromkeys(names))  # of appearance, lone names among them
    whole = all(map(INTEGER.fullmatch, order))
    notes, ignored = _notes(table, rows, header, lone=len(rows) - len(lines))
    found = FoundWeights(lambda: _weights(table, joined, header, place), ignored or "")
    return graph_of_named_edges(
        list(map(int, ends)) if whole else ends,
        declared=list(map(int, order)) if whole else order,
        place=place,
        place_of_edge=lambda edge: f"{place}:{lines[edge]}",
        notes=notes,
        weights=found if ignored and _may_weigh(header) else None,
    )


#: Titles of the column of weights.
_WEIGHTS = ("weight", "weights", "w", "coupling", "j", "jij")


def _may_weigh(header: Header | None) -> bool:
    """Whether a further column can be the edges' weights: the only one, or one named so."""
    return header is None or len(header.titles) == 3 or bool(_weight_columns(header))


def _weight_columns(header: Header) -> list[int]:
    titles = [title.lower() for title in header.titles]
    return [i for i, t in enumerate(titles) if t in _WEIGHTS and i not in header.columns]


def _weights(table: Table, rows: list[Row], header: Header | None, place: str) -> Sequence[Any]:
    """The column that a header calls the weight, or the only one behind the two names.

    Raises:
        InputError: there are several, or one of numbers that is called otherwise.
    """
    if header is not None:
        columns = _weight_columns(header)
        if len(columns) > 1:
            where = f"{place}:{table.rows[0].line}"
            raise InputError(where, "two columns of weights", "one")
        column = columns[0] if columns else next(i for i in range(3) if i not in header.columns)
        named = [row.fields[column] or None if column < len(row.fields) else None for row in rows]
        if not columns and any(value is not None and is_number(value) for value in named):
            where = f"{place}:{table.rows[0].line}"
            wrong = f"a column {quote(header.titles[column])}, which may be the edges' weights"
            raise InputError(where, wrong, "the title 'weight' if it is, or no such column")
        return named if columns else [1 for _ in rows]
    found: list[str | None] = []
    for row in rows:
        if len(row.fields) > 3:
            wrong = f"{len(row.fields)} columns, of which no header names the weight"
            raise InputError(f"{place}:{row.line}", wrong, "two names and a weight; or a header")
        data = row.fields[2] if len(row.fields) == 3 else None
        found.append(weight_of_data(table.line(row)) if data == EDGE_DATA else data)
    return found


def write_edge_list(graph: Graph, place: str) -> str:
    """Write an edge a line, then the nodes without one.

    By the extension of `place`, as ``.csv`` (with a header, names quoted where they need it),
    ``.tsv`` (likewise, with tabs), or with a space between the names.
    """
    labels = graph.labels
    rows = [[labels[a], labels[b]] for a, b in graph.edges.tolist()]
    joined = set(graph.edges.ravel().tolist())
    rows += [[label] for node, label in enumerate(labels) if node not in joined]
    separator = {"csv": ",", "tsv": "\t"}.get(file_suffix(place))
    if separator is None:
        return "".join(" ".join(row) + "\n" for row in rows)
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(
        [["source", "target"], *rows]
    )
    return text.getvalue()


def _without_header(table: Table, place: str) -> tuple[list[Row], Header | None]:
    header = header_of(table.rows, place) if table.rows else None
    return table.rows[1:] if header else table.rows, header


def _names_of(row: Row, columns: tuple[int, int], place: str) -> list[str]:
    """A row's two names, or the one name of a row that declares a node."""
    where = f"{place}:{row.line}"
    if len(row.fields) == 1:
        # With another separator than the first line's, the whole line looks like one name.
        if any(mark in row.fields[0] for mark in ",;\t|"):
            expected = "two node names, separated as in the lines above"
            raise InputError(where, quote(row.fields[0]), expected)
        return row.fields
    pair = [row.fields[i] for i in columns if i < len(row.fields)]
    if len(pair) < 2 or not all(pair):
        wrong = f"a node name is missing in {quote(','.join(row.fields))}"
        raise InputError(where, wrong, _EXPECTED)
    return pair


# --------------------------------------------------------------------- what is said of what is read


def _notes(
    table: Table, rows: list[Row], header: Header | None, lone: int
) -> tuple[list[str], str | None]:
    """What is said of a list, and the note of the columns that are not read."""
    notes = []
    columns = header.columns if header else (0, 1)
    if header:
        notes.append(f"line {table.rows[0].line} taken as a header")
        if _says_directed(rows, header):
            notes.append(DIRECTED_NOTE)
    ignored = next(_ignored(table, rows, header, columns), None)
    notes += [ignored] if ignored else []
    if lone:
        notes.append(f"{lone} line{'s' if lone > 1 else ''} with one name: a node each")
    return notes, ignored


def _says_directed(rows: list[Row], header: Header) -> bool:
    """Whether a column ``Type``, as Gephi writes one, calls an edge directed."""
    titles = [title.lower() for title in header.titles]
    if "type" not in titles:
        return False
    column = titles.index("type")
    return any(row.fields[column : column + 1] in (["Directed"], ["directed"]) for row in rows)


def _ignored(
    table: Table, rows: list[Row], header: Header | None, columns: tuple[int, int]
) -> Iterator[str]:
    """A note that names the columns that are not read, and shows the first row that has them."""
    used = {
        column
        for row in rows
        if len(row.fields) > 2
        for column, field in enumerate(row.fields)
        if field and column not in columns
    }
    if not used:
        return
    first = next(row for row in rows if any(row.fields[i : i + 1] not in ([], [""]) for i in used))
    titles = header.titles if header else []
    named = [quote(titles[i]) if i < len(titles) else str(i + 1) for i in sorted(used)]
    if any(EDGE_DATA in row.fields[2:] for row in rows):
        what = "edge data"
    else:
        what = f"column{'s' if len(named) > 1 else ''} {', '.join(named)}"
    yield f"{what} ignored, as in line {first.line}: {quote(table.line(first))}"


# ------------------------------------------------------------------- whether it looks like a list

_WITH_COLON = re.compile(r"[^:]+:[^:]+")
_WORD = re.compile(r"\w+")
_ARROW = re.compile(r"<?[-=]+>|<[-=]+|--")
_SYMBOLS = re.compile(r"[!-/:-@\[-^`{-~]+")  # not the underscore
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def edge_list_fault(table: Table, place: str) -> Fault | None:
    """What keeps a text from being taken for an edge list; None if it looks like one throughout.

    Every row has as many columns as the first, or is one name. Further columns hold numbers, or
    a header names them. No name has punctuation of another format.

    Raises:
        InputError: a header twice, with the line.
    """
    rows, header = _without_header(table, place)
    if _is_plain(rows, header):
        return None
    wide = [row for row in rows if len(row.fields) > 1]
    if not wide:
        line = rows[0].line if rows else 0
        return Fault(line, "no line has two node names", forced=False)
    if twice := _repeated_lone_name(rows):
        wrong = f"a second line with nothing but {quote(twice.fields[0])}"
        return Fault(twice.line, wrong, ("metis", "adjlist"))
    whole_text = _fault_of_all(wide)
    if whole_text:
        return whole_text
    if header and not {len(row.fields) for row in wide} <= {len(header.titles)}:
        row = next(row for row in wide if len(row.fields) != len(header.titles))
        wrong = f"{len(row.fields)} columns where the header has {len(header.titles)}"
        return Fault(row.line, wrong)
    checks: tuple[Callable[[Row], Fault | None], ...] = (
        lambda row: _fault_of_names(row, table, header),
        lambda row: _fault_of_width(row, wide[0]),
        lambda row: None if header else _fault_of_further_columns(row),
    )
    faults = (fault for row in rows for check in checks if (fault := check(row)))
    return next(faults, None)


def _is_plain(rows: list[Row], header: Header | None) -> bool:
    """Whether a list is beyond doubt: two words a line. A quick look, as most files pass it."""
    widths = {len(row.fields) for row in rows}
    if not {2} <= widths <= {1, 2} or header is not None:
        return False
    if _repeated_lone_name(rows):
        return False
    return all(map(_WORD.fullmatch, set(chain.from_iterable(row.fields for row in rows))))


def _repeated_lone_name(rows: list[Row]) -> Row | None:
    """The first row that declares a node a second time."""
    seen: set[str] = set()
    for row in rows:
        if len(row.fields) == 1:
            if row.fields[0] in seen:
                return row
            seen.add(row.fields[0])
    return None


def _fault_of_all(rows: list[Row]) -> Fault | None:
    """Rows that are alike, but are something else."""
    first = rows[0]
    width = len(first.fields)
    if width > 2 and first.fields[0] in ("a", "e") and _all_begin_with_a_letter(rows):
        wrong = f"every line begins with {quote(first.fields[0])}, as in DIMACS without its header"
        return Fault(first.line, wrong, ("dimacs",))
    colons = all(_WITH_COLON.fullmatch(row.fields[0]) for row in rows)
    if colons and not any(":" in field for row in rows for field in row.fields[1:]):
        return Fault(
            first.line, "a colon in every line's first name, and in no other", ("adjlist",)
        )
    # A matrix, or what is left of one, with its nodes' names before the numbers or without.
    named = width > 3 and not first.fields[0].isdigit()
    bits = {"0", "1"}
    if width > 2 and all(bits.issuperset(row.fields[named:]) for row in rows):
        wrong = f"nothing but 0 and 1 in {len(rows)} lines of {width} columns"
        return Fault(first.line, wrong, ("matrix",))
    if 2 < width == len(rows) and all(
        len(row.fields) == width and row.fields[i] in ("0", "0.0") for i, row in enumerate(rows)
    ):
        wrong = f"{width} lines of {width} columns with zeros on the diagonal, as in a matrix"
        return Fault(first.line, wrong, ("matrix",))
    return None


def _all_begin_with_a_letter(rows: list[Row]) -> bool:
    letter = rows[0].fields[0]
    return all(
        row.fields[0] == letter and all(map(INTEGER.fullmatch, row.fields[1:3])) for row in rows
    )


def _width(row: Row) -> int:
    """Columns, without the edge data of networkx, which may be empty."""
    return len(row.fields) - (row.fields[-1] == EDGE_DATA)


def _fault_of_width(row: Row, first: Row) -> Fault | None:
    if len(row.fields) == 1 or _width(row) == _width(first):
        return None
    wrong = f"{_width(row)} columns where line {first.line} has {_width(first)}"
    return Fault(row.line, wrong, ("adjlist",))


def _fault_of_further_columns(row: Row) -> Fault | None:
    for number, field in enumerate(row.fields[2:], 3):
        if not is_number(field):
            wrong = f"column {number} holds {quote(field)}, neither a number nor named by a header"
            return Fault(row.line, wrong, ("adjlist",))
    return None


def _fault_of_names(row: Row, table: Table, header: Header | None) -> Fault | None:
    if table.separator is not None and '"' in table.line(row):
        return None  # what is quoted may hold anything
    columns = header.columns if header else (0, 1)
    fields = row.fields
    names = fields if len(fields) == 1 else [fields[i] for i in columns if i < len(fields)]
    for name in names:
        if _WORD.fullmatch(name):
            continue
        wrong, may_be = _wrong_with(name, table.separator)
        if wrong:
            return Fault(row.line, f"{quote(table.line(row))} holds {wrong}", may_be)
    if other := table.other_separator(row):
        wrong = f"{quote(other)} holds a second separator"
        return Fault(row.line, wrong)
    numbers = next(filter(_is_two_numbers, names), None)
    if numbers is not None:
        where = " as the lines above have" if len(names) == 1 else " within"
        return Fault(row.line, f"{quote(numbers)} has no separator{where}")
    return None


def _is_two_numbers(name: str) -> bool:
    parts = name.split()
    return len(parts) > 1 and all(map(is_number, parts))


def _wrong_with(name: str, separator: str | None) -> tuple[str, tuple[str, ...]]:
    """Punctuation that a name of an edge list would not have, and formats that have it."""
    if not name:
        return "an empty name", ()
    if _ARROW.search(name):
        return "an arrow", ("dot",)
    if name.endswith(":") or ": " in name:
        return "a colon behind a name", ("adjlist",)
    if _unbalanced(name) or name[0] in "[({<":
        return "brackets", ()
    if separator is None and '"' in (name[0], name[-1]):
        return "a quoted name, which needs commas between the names", ()
    if name[0] == "*":
        return "a star, as sections of Pajek begin", ("pajek",)
    if _SYMBOLS.fullmatch(name):
        return f"{quote(name)} for a name", ()
    if name[-1] in ",;" or (separator is None and ("," in name or ";" in name)):
        return "a separator that the first line does not have", ()
    return "", ()


def _unbalanced(name: str) -> bool:
    opened: list[str] = []
    for character in name:
        if character in "([{":
            opened.append(character)
        elif character in _BRACKETS and (not opened or opened.pop() != _BRACKETS[character]):
            return True
    return bool(opened)
