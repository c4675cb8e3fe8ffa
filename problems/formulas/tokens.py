"""Numbers out of DIMACS-like bytes, by whole arrays: millions of literals in a second."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Int, UInt8, UInt64

from odesolve.problems.errors import InputError, quote

__all__ = [
    "COMMENT_BEHIND",
    "DIGIT_LIMIT",
    "VARIABLE_LIMIT",
    "Tokens",
    "check_literals",
    "letter",
    "plain_lines",
    "quote_at",
    "read_count",
    "refuse_first",
    "tokenize",
    "where_in",
]

VARIABLE_LIMIT = 2**27
"""Largest variable number: four times what the largest competition files have."""

DIGIT_LIMIT = 1000
"""Longest number, in digits; Python itself refuses to convert more than 4,300."""

COMMENT_BEHIND = re.compile(rb"(?<![^ \t])-?0+[ \t]+(?=c(?:[ \t]|$)|#|//)")
"""The 0 of a clause and blanks, behind which a comment begins on the same line."""

_CHUNK = 2**20  # bytes at a time, so that the temporary arrays stay in the cache
_LONGEST_INT64 = 18  # digits that surely fit
_NEWLINE = 10
# Bit 0 marks what a number consists of.
_BLANK, _DIGIT, _MINUS, _LETTER, _OTHER = 0, 1, 3, 4, 8
_KINDS = np.full(256, _OTHER, np.uint8)
_KINDS[list(b" \t\n\v\f\r")] = _BLANK
_KINDS[list(b"0123456789")] = _DIGIT
_KINDS[ord("-")] = _MINUS
_LETTER_BASE = -(2**62)


def letter(name: str) -> int:
    """The value that stands, among `Tokens.values`, for a letter that begins a line."""
    return _LETTER_BASE - ord(name)


@dataclass(frozen=True, eq=False)
class Tokens:
    """The numbers of a file in order, and the letters that begin its lines.

    Attributes:
        data: the bytes read.
        place: the file's name, for messages.
        values: int64 ``[tokens]``; a letter is `letter` of it; beyond 18 digits, see ``large``.
        positions: int32 ``[tokens]``: the byte at which each token begins.
        large: token -> value, where int64 may not hold it; ``values`` has plus or minus 10^18.
        end: the byte at which reading stopped: the file's end, or a line that begins with ``%``.
        comments: the byte at which each comment behind a clause begins.
    """

    data: bytes
    place: str
    values: Int[np.ndarray, " tokens"]
    positions: Int[np.ndarray, " tokens"]
    large: dict[int, int] = field(default_factory=dict)
    end: int = 0
    comments: tuple[int, ...] = ()

    def where(self, token: int) -> str:
        """FILE:LINE of a token."""
        return where_in(self.data, self.place, int(self.positions[token]))

    def text(self, token: int) -> str:
        """A token as the file spells it, quoted."""
        return quote_at(self.data, int(self.positions[token]))

    @cached_property
    def letters(self) -> Int[np.ndarray, " letters"]:
        """The tokens that are letters."""
        return np.flatnonzero(self.values <= _LETTER_BASE)

    def lines(self, tokens: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """The line of each of these tokens, from 1."""
        breaks = np.flatnonzero(np.frombuffer(self.data, np.uint8) == _NEWLINE)
        return np.searchsorted(breaks, self.positions[tokens]) + 1


def where_in(data: bytes, place: str, position: int) -> str:
    """FILE:LINE of a byte."""
    line = data.count(b"\n", 0, position) + 1
    return f"{place}:{line}"


def quote_at(data: bytes, position: int) -> str:
    """The word that a byte belongs to, quoted."""
    start = max(data.rfind(separator, 0, position) for separator in (b" ", b"\n", b"\t")) + 1
    words = data[start : max(start, position) + 200].split(maxsplit=1)
    return quote(words[0].decode("utf-8", "replace") if words else "")


def plain_lines(data: bytes) -> bytes:
    """Drop a byte-order mark; make every line end a line feed."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def tokenize(
    data: bytes,
    place: str,
    *,
    letters: str,
    whole: str,
    on_line: Callable[[int, str], None],
    expected: str,
) -> Tokens:
    """Read integers between blanks; skip lines that begin with ``c``; stop at one with ``%``.

    A comment on a clause's line, behind its 0, begins with ``c`` and a blank, ``#`` or ``//``.

    Arguments:
        data: the file, with plain line feeds (see `plain_lines`).
        place: its name, for messages.
        letters: letters that may begin a line, before its numbers, attached or not.
        whole: letters of lines that are handed to ``on_line`` as text, and hold no numbers.
        on_line: takes the byte at which such a line begins, and the line.
        expected: what to tell the user of a word that is none of these.

    Raises:
        InputError: another word or character, or a number of too many digits, with the line.
    """
    parts = []
    reader = _ChunkReader(data, place, letters.encode(), whole.encode(), on_line, expected)
    start, inside, stop = 0, False, False
    while start < len(data) and not stop:
        end, skipped = _chunk_end(data, start, inside, whole.encode())
        if not skipped:
            part, stop = reader.read(start, end, inside)
            parts.append(part)
        inside = data[end - 1] != _NEWLINE and (inside or not data[start:end].isspace())
        start = end
    if not parts:
        return Tokens(data, place, np.zeros(0, np.int64), np.zeros(0, np.int32), end=len(data))
    values = np.concatenate([part.values for part in parts])
    positions = np.concatenate([part.positions for part in parts])
    large: dict[int, int] = {}
    count = 0
    for part in parts:
        large |= {count + token: value for token, value in part.large.items()}
        count += len(part.values)
    end = parts[-1].end if stop else len(data)
    return Tokens(data, place, values, positions, large, end, tuple(reader.comments))


def _chunk_end(data: bytes, start: int, inside: bool, whole: bytes) -> tuple[int, bool]:
    """Where to cut: behind a line feed or, in a line longer than a chunk, behind a blank.

    Arguments:
        data, start: what is to be cut, from where.
        inside: whether a line goes on here that has words before.
        whole: letters of lines that must not be cut.

    Returns:
        The end, and whether everything up to it is a comment.
    """
    if start + _CHUNK >= len(data):
        return len(data), False
    end = data.rfind(b"\n", start, start + _CHUNK) + 1
    if end:
        return end, False
    words = data[start : start + _CHUNK].split(maxsplit=1)
    first = b"" if inside or not words else words[0][:1]
    blank = max(data.rfind(separator, start, start + _CHUNK) for separator in (b" ", b"\t")) + 1
    if blank > start and (not first or first not in whole + b"c"):
        return blank, False
    end = data.find(b"\n", start + _CHUNK) + 1 or len(data)
    return end, first == b"c"


@dataclass(frozen=True)
class _ChunkReader:
    """What `tokenize` was told, to read one chunk of whole lines after the other."""

    data: bytes
    place: str
    letters: bytes
    whole: bytes
    on_line: Callable[[int, str], None]
    expected: str
    comments: list[int] = field(default_factory=list)

    def read(self, start: int, end: int, inside: bool) -> tuple[Tokens, bool]:
        """The tokens between two bytes, and whether a ``%`` ends the file there.

        Arguments:
            start, end: the bytes.
            inside: whether they begin within a line, behind words of it.
        """
        text = np.frombuffer(self.data, np.uint8, end - start, start)
        kinds = np.zeros(len(text) + 2, np.uint8)  # a blank before and behind
        np.take(_KINDS, text, out=kinds[1:-1])
        stop = False
        if (kinds >= _OTHER).any():
            end, stop = self._mark_lines(text, kinds[1:-1], start, inside)
        numeric = kinds & 1
        edges = np.flatnonzero(numeric[1:] != numeric[:-1])
        starts, ends = edges[0::2], edges[1::2]
        negative = kinds[starts + 1] == _MINUS
        self._check_signs(kinds, negative, ends - starts, start)
        values, large = self._numbers(text, starts + negative, ends, negative, start)
        marked = np.flatnonzero(kinds[1:-1] == _LETTER)
        if marked.size:
            at = np.searchsorted(starts, marked)
            large = {
                token + int(np.searchsorted(at, token, "right")): value
                for token, value in large.items()
            }
            values = np.insert(values, at, _LETTER_BASE - text[marked].astype(np.int64))
            starts = np.insert(starts, at, marked)
        positions = (starts + start).astype(np.int32)
        return Tokens(self.data, self.place, values, positions, large, end), stop

    def _mark_lines(
        self,
        text: UInt8[np.ndarray, " bytes"],
        kinds: UInt8[np.ndarray, " bytes"],
        start: int,
        inside: bool,
    ) -> tuple[int, bool]:
        """Blank comments and whole lines in ``kinds``, mark letters, and refuse the rest.

        Returns:
            The byte at which reading ends, and whether it does so before the chunk does.
        """
        breaks = np.flatnonzero(text == _NEWLINE)
        lines = np.concatenate([[0], breaks + 1])
        line_ends = np.concatenate([breaks, [len(text)]])
        filled = np.concatenate([[False], kinds != _BLANK])
        words = np.flatnonzero(filled[1:] & ~filled[:-1])
        first = words[np.minimum(np.searchsorted(words, lines), len(words) - 1)]
        occupied = (first >= lines) & (first < line_ends)  # not blank
        occupied[0] &= not inside
        first, line_ends = first[occupied], line_ends[occupied]
        initials = text[first]
        percents = np.flatnonzero(initials == ord("%"))
        end = len(text)
        if percents.size:
            end = int(first[percents[0]])
            kinds[end:] = _BLANK
            first, line_ends, initials = (
                array[: percents[0]] for array in (first, line_ends, initials)
            )
        whole = np.isin(initials, list(self.whole))
        _blank(kinds, first, line_ends, whole | (initials == ord("c")))
        kinds[first[np.isin(initials, list(self.letters))]] = _LETTER
        for a, b in zip(first[whole].tolist(), line_ends[whole].tolist(), strict=True):
            self.on_line(start + a, text[a:b].tobytes().decode("utf-8", "replace"))
        self._blank_comments_behind(text, kinds, start, np.concatenate([breaks, [len(text)]]))
        return start + end, bool(percents.size)

    def _blank_comments_behind(
        self,
        text: UInt8[np.ndarray, " bytes"],
        kinds: UInt8[np.ndarray, " bytes"],
        start: int,
        line_ends: Int[np.ndarray, " lines"],
    ) -> None:
        """Blank comments behind clauses; refuse everything else that is no number."""
        end = 0
        for bad in np.flatnonzero(kinds >= _OTHER).tolist():
            if bad < end:  # of a comment
                continue
            line = int(np.searchsorted(line_ends, bad))
            begin, end = int(line_ends[line - 1]) + 1 if line else 0, int(line_ends[line])
            found = COMMENT_BEHIND.search(text[begin:end].tobytes())
            if found is None or begin + found.end() > bad:
                self._refuse(start + bad)
            else:
                kinds[begin + found.end() : end] = _BLANK
                self.comments.append(start + begin + found.end())

    def _check_signs(
        self,
        kinds: UInt8[np.ndarray, " padded"],
        negative: np.ndarray,
        lengths: Int[np.ndarray, " tokens"],
        start: int,
    ) -> None:
        """Refuse a sign without a number, or within one."""
        minus = kinds == _MINUS
        if minus.sum() == negative.sum() and not (negative & (lengths == 1)).any():
            return
        digit = kinds == _DIGIT
        fine = np.zeros(len(kinds), bool)
        fine[1:-1] = minus[1:-1] & digit[2:] & ~(digit | minus)[:-2]
        self._refuse(start + int(np.flatnonzero(minus & ~fine)[0]) - 1)

    def _numbers(
        self,
        text: UInt8[np.ndarray, " bytes"],
        starts: Int[np.ndarray, " tokens"],
        ends: Int[np.ndarray, " tokens"],
        negative: np.ndarray,
        offset: int,
    ) -> tuple[Int[np.ndarray, " tokens"], dict[int, int]]:
        """The value of each run of digits; those that int64 may not hold apart."""
        lengths = ends - starts
        padded = np.zeros(len(text) + 8, np.uint8)
        padded[8:] = text
        words = np.ndarray((len(text) + 1,), "<u8", padded, strides=(1,))  # 8 bytes up to each
        values = _eight_digits(words[ends], lengths)
        longest = int(lengths.max(initial=0))
        for count in range(8, min(longest, _LONGEST_INT64), 8):
            more = np.flatnonzero(lengths > count)
            digits = _eight_digits(words[ends[more] - count], lengths[more] - count)
            values[more] += digits * 10**count
        large: dict[int, int] = {}
        if longest > _LONGEST_INT64:
            for token in np.flatnonzero(lengths > _LONGEST_INT64).tolist():
                number = text[starts[token] : ends[token]].tobytes().lstrip(b"0") or b"0"
                if len(number) > DIGIT_LIMIT:
                    where = where_in(self.data, self.place, offset + int(starts[token]))
                    wrong = f"a number of {len(number)} digits"
                    raise InputError(where, wrong, f"at most {DIGIT_LIMIT} digits")
                values[token] = min(int(number), 10**_LONGEST_INT64)
                if len(number) > _LONGEST_INT64:
                    large[token] = -int(number) if negative[token] else int(number)
        np.negative(values, out=values, where=negative)
        return values, large

    def _refuse(self, position: int) -> None:
        raise InputError(
            where_in(self.data, self.place, position),
            quote_at(self.data, position),
            self.expected,
        )


def _eight_digits(
    words: UInt64[np.ndarray, " tokens"], lengths: Int[np.ndarray, " tokens"]
) -> Int[np.ndarray, " tokens"]:
    """The value of up to eight digits, all at once: pairs first, then pairs of pairs.

    Arguments:
        words: eight bytes each, the last digit highest; other bytes may come before the digits.
        lengths: digits; more than eight count as eight.
    """
    unused = np.uint64(64) - (np.minimum(lengths, 8).astype(np.uint64) << np.uint64(3))
    digits = words & np.uint64(0x0F0F0F0F0F0F0F0F)
    digits >>= unused
    digits <<= unused
    pairs = digits * np.uint64(10) + (digits >> np.uint64(8))
    every_other = np.uint64(0x000000FF000000FF)
    left = (pairs & every_other) * np.uint64((1_000_000 << 32) + 100)
    right = (pairs >> np.uint64(16) & every_other) * np.uint64((10_000 << 32) + 1)
    return ((left + right) >> np.uint64(32)).astype(np.int64)


def _blank(
    kinds: UInt8[np.ndarray, " bytes"],
    starts: Int[np.ndarray, " lines"],
    ends: Int[np.ndarray, " lines"],
    chosen: np.ndarray,
) -> None:
    """Make blanks of these lines."""
    change = np.zeros(len(kinds) + 1, np.int8)
    change[starts[chosen]] = 1
    change[ends[chosen]] -= 1
    kinds[np.cumsum(change[:-1], dtype=np.int8).view(bool)] = _BLANK


def refuse_first(
    tokens: Tokens, wrong: Int[np.ndarray, " n"], what: str, expected: str = ""
) -> None:
    """Refuse the first of these tokens, if there is one; ``{}`` in ``what`` becomes its text.

    Raises:
        InputError: with its line.
    """
    if len(wrong):
        token = int(wrong[0])
        raise InputError(tokens.where(token), what.format(tokens.text(token)), expected)


def check_literals(tokens: Tokens, chosen: np.ndarray) -> None:
    """Refuse numbers that cannot be literals.

    Arguments:
        tokens: the file.
        chosen: bool ``[tokens]``: which to look at.

    Raises:
        InputError: beyond `VARIABLE_LIMIT`, with the line.
    """
    wrong = chosen & ((tokens.values > VARIABLE_LIMIT) | (tokens.values < -VARIABLE_LIMIT))
    expected = f"variable numbers up to {VARIABLE_LIMIT}"
    refuse_first(tokens, np.flatnonzero(wrong), "literal {}", expected)


def read_count(text: str, where: str, what: str, limit: int = 2**40) -> int:
    """Read a number of a header.

    Raises:
        InputError: not an integer from 0, or beyond the limit.
    """
    if not re.fullmatch(r"[0-9]+", text):
        raise InputError(where, f"the header claims {quote(text)} {what}", "an integer from 0")
    digits = text.lstrip("0") or "0"
    if len(digits) > _LONGEST_INT64 or int(digits) > limit:
        raise InputError(where, f"the header claims {quote(text)} {what}", f"at most {limit}")
    return int(digits)
