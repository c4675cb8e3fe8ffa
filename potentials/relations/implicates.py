"""Prime implicates and prime implicants of truth tables, and clauses made of them.

A term is a row of -1, 0 and +1, one entry a variable. As an implicate (a clause that the relation
implies) +1 is the variable, -1 its negation, 0 absent; as an implicant (a conjunction that
implies the relation) likewise. Prime means that no entry can be left out.

Over the 3^n subcubes of the 2^n rows (each variable 0, 1 or free) "every row of the subcube
belongs to the set" takes one pass a variable, and so does "no wider subcube does".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int, UInt64

from odesolve.potentials.relations.relation import Relation

Terms = Int[np.ndarray, "terms arity"]
Kind = Literal["prime", "irredundant"]


def prime_implicates(allowed: Bool[np.ndarray, " rows"]) -> Terms:
    """All prime implicates, shortest first: together they are equivalent to the relation.

    A full relation has none; that of an empty one is the empty clause.
    """
    return -_prime_cubes(~np.asarray(allowed, bool))


def prime_implicants(allowed: Bool[np.ndarray, " rows"]) -> Terms:
    """All prime implicants, shortest first: together they cover the satisfying rows."""
    return _prime_cubes(np.asarray(allowed, bool))


def _prime_cubes(rows: Bool[np.ndarray, " rows"]) -> Terms:
    """The maximal subcubes inside a set of rows; entry 0 is a free variable."""
    arity = rows.size.bit_length() - 1
    if rows.size != 2**arity:
        raise ValueError(f"a truth table has 2^n rows, got {rows.size}")
    inside = rows.reshape((2,) * arity)
    for axis in range(arity):
        low, high = inside.take([0], axis), inside.take([1], axis)
        # In the order -1, 0, +1, so that an index less one is the entry.
        inside = np.concatenate([low, low & high, high], axis)
    prime = inside.copy()
    for axis in range(arity):
        narrow = (slice(None),) * axis + (slice(None, None, 2),)
        prime[narrow] &= ~inside.take([1], axis)
    terms = np.argwhere(prime).astype(np.int8) - np.int8(1)
    return terms[np.argsort((terms != 0).sum(axis=1), kind="stable")]


def irredundant_cover(implicates: Terms, allowed: Bool[np.ndarray, " rows"]) -> Terms:
    """Some of the implicates that are still equivalent to the relation, none of them spare.

    Essential ones first, then the one that rules out most of the rows left, again and again;
    at last those that the others made superfluous are taken out.

    Arguments:
        implicates: such as `prime_implicates` yields; together equivalent to the relation.
        allowed: the relation, ``[2**arity]``.
    """
    forbidden = np.flatnonzero(~np.asarray(allowed, bool))
    excludes = _excluded_rows(implicates, forbidden)
    times = np.zeros(excludes.shape[1] * 64, np.int64)
    for words in excludes:
        times += _flags(words)
    chosen = (excludes & _words(times == 1)).any(axis=1)
    left = _words(times > 0) & ~np.bitwise_or.reduce(excludes[chosen], axis=0)
    while left.any():
        best = int(np.bitwise_count(excludes & left).sum(axis=1, dtype=np.int64).argmax())
        chosen[best] = True
        left &= ~excludes[best]
    kept = np.flatnonzero(chosen)
    times[:] = 0
    for i in kept:
        times += _flags(excludes[i])
    # The longest are tried first: short clauses say more.
    for i in kept[::-1]:
        own = _flags(excludes[i])
        if (times[own] > 1).all():
            times -= own
            chosen[i] = False
    return implicates[chosen]


def _excluded_rows(
    implicates: Terms, rows: Int[np.ndarray, " rows"]
) -> UInt64[np.ndarray, "terms words"]:
    """The rows that each implicate rules out, 64 a word."""
    weights = 1 << np.arange(implicates.shape[1] - 1, -1, -1)
    mask, value = (implicates != 0) @ weights, (implicates < 0) @ weights
    excludes = np.zeros((len(implicates), -(-len(rows) // 64)), np.uint64)
    for i in range(len(implicates)):
        excludes[i] = _words((rows & mask[i]) == value[i])
    return excludes


def _words(flags: Bool[np.ndarray, " flags"]) -> UInt64[np.ndarray, " words"]:
    """Flags, 64 a word; zeros fill the last one."""
    return np.packbits(np.pad(flags, (0, -len(flags) % 64))).view(np.uint64)


def _flags(words: UInt64[np.ndarray, " words"]) -> Bool[np.ndarray, " flags"]:
    return np.unpackbits(words.view(np.uint8)).astype(bool)


def terms_of(relation: Relation, kind: Kind = "prime") -> Terms:
    """The implicates of a relation, computed once for each distinct truth table (read-only).

    Raises:
        ValueError: if ``kind`` is neither ``prime`` nor ``irredundant``.
    """
    if kind not in ("prime", "irredundant"):
        raise ValueError(f"clauses are 'prime' or 'irredundant' implicates, got {kind!r}")
    return _terms_of_table(relation.table, kind)


@lru_cache(1024)
def _terms_of_table(table: bytes, kind: Kind) -> Terms:
    allowed = np.frombuffer(table, bool)
    terms = prime_implicates(allowed)
    if kind == "irredundant":
        terms = irredundant_cover(terms, allowed)
    terms.flags.writeable = False
    return terms


def clause_arrays(
    relations: Sequence[Relation],
    kind: Kind = "prime",
    check: Callable[[], None] | None = None,
) -> list[Int[np.ndarray, "clauses width"]]:
    """The distinct clauses of many relations, as one array of DIMACS literals a width.

    The literals of a clause are ordered by variable. Relations of one truth table are treated
    together, so the time depends on the number of clauses only. ``check`` is called for each such
    table; what it raises ends the work.
    """
    scopes: dict[bytes, list[Relation]] = {}
    for relation in relations:
        scopes.setdefault(relation.table, []).append(relation)
    of_width: dict[int, list[np.ndarray]] = {}
    for same in scopes.values():
        if check is not None:
            check()
        variables = np.array([relation.variables for relation in same], np.int64) + 1
        terms = terms_of(same[0], kind)
        widths = (terms != 0).sum(axis=1)
        for width in map(int, np.unique(widths)):
            signs = terms[widths == width]
            positions = np.nonzero(signs)[1].reshape(len(signs), width)
            literals = variables[:, positions] * np.take_along_axis(signs, positions, axis=1)
            of_width.setdefault(width, []).append(literals.reshape(len(same) * len(signs), width))
    return [_distinct(np.concatenate(of_width[width])) for width in sorted(of_width)]


def _distinct(literals: Int[np.ndarray, "clauses width"]) -> Int[np.ndarray, "clauses width"]:
    """Each clause once, its literals ordered by variable."""
    order = np.argsort(np.abs(literals), axis=1)
    return np.unique(np.take_along_axis(literals, order, axis=1), axis=0)
