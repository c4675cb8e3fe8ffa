"""The statements of a pseudo-Boolean file (OPB), word by word."""

from __future__ import annotations

import itertools
import re

from odesolve.problems.errors import InputError, quote
from odesolve.problems.formulas.tokens import VARIABLE_LIMIT, read_count, where_in

__all__ = ["NAME", "Statements"]

_COMMENT = re.compile(r"^[ \t]*\*.*", re.MULTILINE)
_COUNTS = re.compile(r"#variable=[ \t]*(\S+)[ \t]+#constraint=[ \t]*(\S+)")
NAME = r"[A-Za-z_][A-Za-z0-9_.,#$@&|^'(){}\[\]]*"
_WORD = re.compile(
    r"[+-]?(?!0+x)[0-9]+(?=[\s;<>=!]|~?x[0-9]|$)"  # 3x1 is 3 x1, but 0x10 may be hexadecimal
    r"|~?x[0-9]+(?=[\s;<>=!+-]|$)"
    r"|[<>=!]+|;"
    r"|(?:min|max|soft)[ \t]*:"
    rf"|~?{NAME}(?=[\s;<>=!]|$)"
    r"|\[[ \t]*[0-9]+[ \t]*\](?=[\s;+-]|$)"
    r"|[+-]|[^\s;]+"
)
_LONGEST = 2**26  # characters of a statement


class Statements:
    """A file's statements, one at hand at a time.

    Arguments:
        text: the file; a character is a byte.
        place: its name, for messages.

    Attributes:
        header: the numbers of variables and constraints that it claims; None without a header.
        words: of the statement at hand, without its semicolon.

    Raises:
        InputError: a broken header, a statement without an end or of far too many characters.
    """

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self.text = _COMMENT.sub(lambda comment: " " * len(comment[0]), text)
        self.header = self._header(text)
        self.begin, self.end = 0, 0  # of the statement at hand, in the text
        self.words: list[str] = []

    def error(self, word: int, wrong: str, expected: str) -> InputError:
        """What is wrong with a word of the statement, and its line; ``{}`` becomes the word."""
        match = next(itertools.islice(_WORD.finditer(self.text, self.begin), word, None))
        where = where_in(self.text.encode("latin-1"), self.place, match.start())
        return InputError(where, wrong.format(quote(match[0])), expected)

    def next(self) -> bool:
        """Go to the next statement that has words; false at the file's end."""
        self.words = []
        while not self.words and self.end < len(self.text):
            self.begin = self.end
            semicolon = self.text.find(";", self.begin)
            self.end = semicolon + 1 or len(self.text)
            if self.end - self.begin > _LONGEST:
                wrong = f"a statement of {self.end - self.begin} characters"
                raise self.error(0, wrong, f"at most {_LONGEST} up to a ';'")
            self.words = _WORD.findall(self.text, self.begin, self.end)
            if semicolon < 0 and self.words:
                wrong = "the last statement has no end"
                raise self.error(len(self.words) - 1, wrong, "a ';'")
            del self.words[-1:]  # the semicolon
        return bool(self.words)

    def _header(self, text: str) -> tuple[int, int] | None:
        match = _COUNTS.search(text)
        if match is None:
            return None
        where = where_in(text.encode("latin-1"), self.place, match.start())
        variables = read_count(match[1], where, "variables", VARIABLE_LIMIT)
        return variables, read_count(match[2], where, "constraints")
