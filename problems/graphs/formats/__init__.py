"""Files of graphs: a reader and a writer for each format, and how a file's format is recognised."""

from odesolve.problems.graphs.formats.files import (
    FORMATS,
    check_format,
    parse_graph,
    read_graph,
)

__all__ = ["FORMATS", "check_format", "parse_graph", "read_graph"]
