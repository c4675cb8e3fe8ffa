"""Formats of formulas, programs and proofs that are not read: recognised, to be named."""

from __future__ import annotations

import re

__all__ = ["unread_format"]

_SEEN = 10_000  # bytes by which a format is told

# Comments of other formats; possessive, so that a million of them leave nothing to go back to.
_SKIPPED = re.compile(rb"(?:[ \t]*+(?:(?:;|#|\\|//)[^\n]*+)?+\n)*+[ \t]*+")

#: Headers ``p KIND``.
_KINDS = {
    b"sat": "DIMACS SAT, a formula in parentheses",
    b"satx": "DIMACS SAT, a formula in parentheses",
    b"sate": "DIMACS SAT, a formula in parentheses",
    b"satex": "DIMACS SAT, a formula in parentheses",
    b"dnf": "DIMACS DNF",
    b"inccnf": "incremental CNF (iCNF)",
    b"gcnf": "group CNF",
    b"knf": "KNF, clauses and cardinalities in 'k' lines",
    b"max": "a DIMACS maximum-flow problem",
    b"min": "a DIMACS minimum-cost-flow problem",
    b"sp": "a DIMACS shortest-path problem",
    b"asn": "a DIMACS assignment problem",
    b"edge": "a graph",
    b"edges": "a graph",
    b"col": "a graph",
}
_HEADER = re.compile(rb"[ \t]*p[ \t]+([a-z]+)[ \t\n]", re.IGNORECASE)

#: What such a file begins with, behind comments and blank lines.
_BEGINNINGS = (
    ("QCIR", rb"#QCIR"),
    ("a PDF document", rb"%PDF-"),
    ("an HTML page", rb"(?i:<!doctype html|<html)"),
    ("XCSP", rb"(?:<\?xml[^>]*>\s*)?<instance\b"),
    ("XML", rb"<\?xml"),
    ("JSON", rb"\{|\[\s*[\[{\"]"),
    ("SMT-LIB", rb"\((?:set-|declare-|define-|assert|check-sat)"),
    ("AIGER", rb"a[ai]g(?: [0-9]+){5}"),
    ("BLIF", rb"\.(?:model|inputs|outputs|names)\b"),
    ("a circuit (ISCAS bench)", rb"(?:INPUT|OUTPUT)[ \t]*\("),
    ("Verilog", rb"module[ \t]+\w+[ \t]*[(;]"),
    ("MPS", rb"(?:NAME\b[^\n;<>=]*\n(?:[^\n]*\n)*?)?ROWS[ \t]*\n"),
    (
        "CPLEX LP",
        rb"(?i:(?:minimi[sz]e|maximi[sz]e|minimum|maximum|min|max)[ \t]*(?:\n|[a-z]\w*[ \t]*:))",
    ),
    (
        "MiniZinc",
        rb"var[ \t]+(?:bool|int|float|set|\{|-?[0-9]+\.\.)|array[ \t]*\[|predicate[ \t]+\w+\(|"
        rb"include[ \t]*\"",
    ),
    ("d-DNNF", rb"nnf(?: [0-9]+){3}"),
    ("a VeriPB proof", rb"pseudo-Boolean proof version"),
    ("a DRAT proof", rb"o proof D"),
    ("an LRAT proof", rb"[0-9]+ d [0-9]"),
    ("the answer of a solver", rb"s (?:UN)?SATISFIABLE\b|s OPTIMUM FOUND\b|v -?x?[0-9]"),
)
_MEANT = tuple((name, re.compile(pattern)) for name, pattern in _BEGINNINGS)

_QUANTIFIERS = re.compile(rb"^[ \t]*[ae][ \t]+[0-9]", re.MULTILINE)
_DELETIONS = re.compile(rb"^[ \t]*d[ \t]+-?[0-9]", re.MULTILINE)
_PROOFS = ("drat", "drup", "frat", "grat", "lrat", "pr", "proof", "pbp")


def unread_format(data: bytes, start: int, suffix: str, is_dimacs: bool) -> tuple[str, int] | None:
    """The name of a format that is not read, and the byte at which it shows; None otherwise.

    Arguments:
        data: the file.
        start: the byte behind the blank lines and comments at its begin.
        suffix: the file's extension, without the dot.
        is_dimacs: whether the extension promises DIMACS CNF.
    """
    if suffix in _PROOFS:
        return "a proof, by its extension", start
    if header := _HEADER.match(data, start, start + _SEEN):
        if name := _KINDS.get(header[1].lower()):
            return name, start
        quantifiers = _QUANTIFIERS.search(data, start, start + _SEEN)
        return ("QDIMACS, with quantifiers", quantifiers.start()) if quantifiers else None
    skipped = _SKIPPED.match(data, start)
    behind = skipped.end() if skipped else start
    for begin in (start, behind):
        for name, pattern in _MEANT:
            if pattern.match(data, begin, begin + _SEEN):
                return name, begin
    if not is_dimacs and (deletion := _DELETIONS.search(data, start, start + _SEEN)):
        return "a DRAT proof, or cardinalities without a header", deletion.start()
    return None
