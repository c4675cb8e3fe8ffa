"""The text of FlatZinc: statements, their tokens, and what they declare.

A file is cut into statements, and each into tokens, by regular expressions; Python only sees whole
tokens, and lists of literals and names at once. Lines are counted only for a message.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any, NoReturn

from odesolve.problems.errors import InputError, quote
from odesolve.problems.models.constraints.base import Variable
from odesolve.problems.models.flatzinc.arguments import KINDS
from odesolve.problems.models.flatzinc.builder import FLOATS_EXPECTED, Builder, FlatZinc
from odesolve.problems.models.flatzinc.membership import member
from odesolve.problems.models.flatzinc.terms import Argument, Kind, Refused, SetVariable
from odesolve.problems.models.flatzinc.translation import translate
from odesolve.problems.models.values import Values

_STRING = r'"(?:[^"\\\n]|\\[^\n])*+"'
_STATEMENT = re.compile(rf"(?:[^;\"%]++|{_STRING}|%[^\n]*+)*+;")
_BLANK = re.compile(r"(?:\s++|%[^\n]*+)*+")
_TOKEN = re.compile(
    rf"""{_STRING} | %[^\n]*
    | [A-Za-z_][A-Za-z0-9_]*
    | -?(?: 0[xX][0-9a-fA-F]+ | 0[oO][0-7]+
          | [0-9]+(?: \.[0-9]+(?:[eE][-+]?[0-9]+)? | [eE][-+]?[0-9]+ )? )
    | \.\. | :: | \S""",
    re.VERBOSE,
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INTEGER = re.compile(r"-?[0-9]")

#: Kinds of values that are named by one word.
_PLAIN_KINDS: dict[str, Kind] = {"int": "int", "bool": "bool"}
#: MiniZinc's reserved words.
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """annotation any array bool case constraint diff div else elseif endif enum false float
        function if include int intersect let list maximize minimize mod not of op opt output par
        predicate record satisfy set solve string subset superset symdiff test then true tuple
        type union var where xor""",
    )
)


def read_text(text: str, place: str) -> FlatZinc:
    """Read FlatZinc.

    Arguments:
        text: of the file.
        place: what to call it in errors.

    Raises:
        InputError: with the line, what is wrong and what was expected.
    """
    return _Reader(text, place).read()


class _Reader:
    def __init__(self, text: str, place: str) -> None:
        self.text = text
        self.place = place
        self.builder = Builder()
        self.scope = self.builder.scope
        self.tokens: list[str] = []
        self.start = 0

    def read(self) -> FlatZinc:
        text, position = self.text, 0
        while statement := _STATEMENT.match(text, position):
            self.start = position
            self.tokens = tokens = _TOKEN.findall(text, position, statement.end())
            position = statement.end()
            if "%" in statement[0]:
                self.tokens = tokens = [token for token in tokens if token[0] != "%"]
            try:
                self._statement(tokens)
            except Refused as error:
                raise self._located(error) from None
            except InputError as error:  # of the model, which knows no lines
                raise self._located(Refused(error.message)) from None
            except ValueError as error:  # of a constraint, about its numbers of terms
                raise self._located(Refused(str(error))) from None
        self._check_end(position)
        try:
            return self.builder.result()
        except Refused as error:
            raise InputError(self.place, error.wrong, error.expected) from None

    # What is wrong, and where.

    def _line(self, offset: int) -> str:
        return f"{self.place}:{self.text.count(chr(10), 0, offset) + 1}"

    def _located(self, error: Refused) -> InputError:
        found = [m.start() for m in _TOKEN.finditer(self.text, self.start) if m[0][0] != "%"]
        offset = found[min(error.token or 0, len(found) - 1)]
        return InputError(self._line(offset), error.wrong, error.expected)

    def _check_end(self, position: int) -> None:
        blank = _BLANK.match(self.text, position)
        position = blank.end() if blank else position
        if position < len(self.text):
            rest = self.text[position : position + 40].split("\n")[0]
            wrong = f"an unfinished statement {quote(rest)}"
            raise InputError(self._line(position), wrong, "';' at its end")

    def _refuse(self, token: int, expected: str) -> NoReturn:
        raise Refused(f"{quote(self.tokens[token])}", expected, token)

    def _expect(self, token: int, wanted: str) -> int:
        if self.tokens[token] != wanted:
            self._refuse(token, repr(wanted))
        return token + 1

    def _name(self, token: int) -> str:
        name = self.tokens[token]
        if not _NAME.fullmatch(name) or name in _WORDS:
            self._refuse(token, "a name")
        return name

    # Statements.

    def _statement(self, tokens: list[str]) -> None:
        first = tokens[0]
        if first == "constraint":
            self._constraint()
        elif first == "var":
            self._variable()
        elif first == "array":
            self._array()
        elif first == "solve":
            self._goal()
        elif first == "predicate":
            return
        else:
            self._parameter()

    def _constraint(self) -> None:
        name = self._name(1)
        token = self._expect(2, "(")
        arguments: list[Argument] = []
        while self.tokens[token] != ")":
            if arguments:
                token = self._expect(token, ",")
            value, token = self._expression(token)
            arguments.append(value)
        token = self._after_annotations(token + 1)
        self._expect_end(token)
        translate(self.builder, name, arguments)

    def _variable(self) -> None:
        kind, values, token = self._type(1)
        name = self._name(token := self._expect(token, ":"))
        token, output = self._output_annotation(token + 1)
        right: Argument | None = None
        if self.tokens[token] == "=":
            right, token = self._expression(token + 1)
        self._expect_end(token)
        # The line is counted only if something is wrong with the variable's bounds.
        place = partial(self._begun, self.start)
        if right is None:
            term: Any = self.builder.variable(name, kind, values, place)
        else:
            term = self._alias(name, kind, values, right)
        if output is not None:
            if output:
                raise Refused(f"output_array of the variable {name}", "output_var")
            self.builder.output(name, kind, [term])

    def _begun(self, start: int) -> str:
        blank = _BLANK.match(self.text, start)
        return self._line(blank.end() if blank else start)

    def _alias(self, name: str, kind: Kind, values: Values | None, right: Argument) -> Argument:
        """Another name of a value, which must be in the declared domain."""
        self._check_kind(kind, right)
        self.builder.declare(name, right)
        if values is None or isinstance(right, list):
            return right
        if kind == "int" and isinstance(right, int | Variable):
            self.builder.add([member(self.builder, right, values)])
        elif isinstance(right, Values | SetVariable):
            translate(self.builder, "set_subset", [right, values])
        return right

    def _check_kind(self, kind: Kind, value: Argument) -> None:
        test, expected, _ = KINDS[{"int": "x", "bool": "b", "set": "S"}[kind]]
        if isinstance(value, list) or not test(value):
            raise Refused("a value of another type than declared", expected)

    def _parameter(self) -> None:
        kind, _, token = self._type(0)
        name = self._name(token := self._expect(token, ":"))
        token = self._expect(self._after_annotations(token + 1), "=")
        value, token = self._expression(token)
        self._expect_end(token)
        self._check_kind(kind, value)
        if isinstance(value, Variable | SetVariable):
            raise Refused(f"parameter {name} is a variable", "a known value")
        self.builder.declare(name, value)

    def _array(self) -> None:
        token = self._expect(1, "[")
        indices, token = self._expression(token)
        if not isinstance(indices, Values) or (indices and indices.lowest != 1):
            raise Refused("an array whose indices do not begin with 1", "[1..N]")
        token = self._expect(self._expect(token, "]"), "of")
        if self.tokens[token] == "var":
            token += 1
        kind, _, token = self._type(token)
        name = self._name(token := self._expect(token, ":"))
        token, output = self._output_annotation(token + 1)
        elements, token = self._expression(self._expect(token, "="))
        self._expect_end(token)
        if not isinstance(elements, list):
            raise Refused(f"{name} is no array", "[...]")
        if len(elements) != indices.size:
            raise Refused(f"an array of {len(elements)} elements", f"{indices.size} as declared")
        for element in elements:
            self._check_kind(kind, element)
        self.builder.declare(name, elements)
        if output is not None:
            self.builder.output(name, kind, elements, output or ((1, len(elements)),))

    def _goal(self) -> None:
        token = self._after_annotations(1)
        method = self.tokens[token]
        if method not in ("satisfy", "minimize", "maximize"):
            self._refuse(token, "satisfy, minimize or maximize")
        token += 1
        term: Any = None
        if method != "satisfy":
            term, token = self._expression(token)
        self._expect_end(token)
        self.builder.goal(method, term)

    def _expect_end(self, token: int) -> None:
        if self.tokens[token] != ";" or token + 1 < len(self.tokens):
            self._refuse(token, "';'")

    # Types, annotations and expressions. Each gets the number of its first token, and gives that
    # of the first one behind it.

    def _type(self, token: int) -> tuple[Kind, Values | None, int]:
        word = self.tokens[token]
        if word == "set":
            kind, values, token = self._type(self._expect(token + 1, "of"))
            if kind != "int":
                raise Refused(f"a set of {kind}", "a set of integers")
            return "set", values, token
        if word in _PLAIN_KINDS:
            return _PLAIN_KINDS[word], None, token + 1
        if word == "float":
            raise Refused("a float", FLOATS_EXPECTED, token)
        if word == "{" or _INTEGER.match(word):
            domain, token = self._expression(token)
            if isinstance(domain, Values):
                return "int", domain, token
        self._refuse(token, "a type, such as var 1..9, var bool or array [1..2] of int")

    def _after_annotations(self, token: int) -> int:
        """Over annotations, which say how to search and are not needed."""
        tokens = self.tokens
        while tokens[token] == "::":
            token = self._after_annotation(token + 1)
        return token

    def _after_annotation(self, token: int) -> int:
        tokens, start = self.tokens, token
        if _NAME.match(tokens[token]):  # most are a name, or of one argument
            following = tokens[token + 1]
            if following in ("::", ";", "="):
                return token + 1
            if following == "(" and tokens[token + 3 : token + 4] == [")"]:
                return token + 4
        if tokens[token] not in ("[", "{"):
            if not (_NAME.match(tokens[token]) or tokens[token][0] in '"-0123456789'):
                self._refuse(token, "an annotation")
            token += 1
        if tokens[token] not in ("(", "[", "{"):
            return token
        waiting: list[str] = []
        pairs = {"(": ")", "[": "]", "{": "}"}
        for number in range(token, len(tokens)):
            if tokens[number] in pairs:
                waiting.append(pairs[tokens[number]])
            elif tokens[number] in (")", "]", "}"):
                if tokens[number] != waiting.pop():
                    self._refuse(number, "brackets in pairs")
                if not waiting:
                    return number + 1
        raise Refused("an annotation without its end", f"{waiting[-1]!r}", start)

    def _output_annotation(self, token: int) -> tuple[int, tuple[tuple[int, int], ...] | None]:
        """Over annotations; also the indices to output, () for a variable, None for no output."""
        output: tuple[tuple[int, int], ...] | None = None
        while self.tokens[token] == "::":
            word = self.tokens[token + 1]
            if word == "output_var":
                output = ()
            elif word == "output_array":
                value, _ = self._expression(self._expect(token + 2, "("))
                ranges = value if isinstance(value, list) else [value]
                known = [r for r in ranges if isinstance(r, Values) and len(r.ranges) <= 1]
                if not ranges or len(known) < len(ranges):
                    self._refuse(token + 1, "output_array([1..N])")
                output = tuple((r.lowest, r.highest) if r else (1, 0) for r in known)
            token = self._after_annotation(token + 1)
        return token, output

    def _expression(self, token: int) -> tuple[Argument, int]:
        first = self.tokens[token]
        if first == "[":
            return self._list(token)
        if first == "{":
            return self._set(token)
        try:
            value = self.scope[first]
        except Refused as error:
            error.token = token
            raise
        following = self.tokens[token + 1] if token + 1 < len(self.tokens) else ";"
        if following == "..":
            return self._range(token)
        if following == "[" and isinstance(value, list):
            return self._access(value, token)
        return value, token + 1

    def _list(self, token: int, *, inner: bool = False) -> tuple[list[Any], int]:
        tokens, scope = self.tokens, self.scope
        try:
            end = tokens.index("]", token)
        except ValueError:
            raise Refused("an array without its end", "']'", token) from None
        content = tokens[token + 1 : end]
        if content.count(",") == len(content) // 2 == content[1::2].count(","):
            elements = content[0::2]
            try:
                values = [scope[element] for element in elements]
            except Refused:
                values = [
                    self._element(token + 1 + 2 * n, inner=inner)[0] for n in range(len(elements))
                ]
            return self._flat(values, token), end + 1
        values = []
        token += 1
        while tokens[token] != "]":
            if values:
                token = self._expect(token, ",")
                if tokens[token] == "]":
                    break
            value, token = self._element(token, inner=inner)
            values.append(value)
        return self._flat(values, token), token + 1

    def _element(self, token: int, *, inner: bool) -> tuple[Argument, int]:
        """An expression in an array, or in one in that, which is as deep as is read."""
        if self.tokens[token] != "[":
            return self._expression(token)
        if inner:
            self._flat([[]], token)
        return self._list(token, inner=True)

    def _flat(self, values: list[Any], token: int) -> list[Any]:
        if any(type(value) is list for value in values):
            raise Refused("an array within an array", "integers, names or sets", token)
        return values

    def _set(self, token: int) -> tuple[Values, int]:
        token += 1
        found: list[int] = []
        while self.tokens[token] != "}":
            if found:
                token = self._expect(token, ",")
            value, token = self._integer(token)
            found.append(value)
        return Values.of(found), token + 1

    def _range(self, token: int) -> tuple[Values, int]:
        low, token = self._integer(token)
        high, token = self._integer(self._expect(token, ".."))
        return Values.between(low, high), token

    def _integer(self, token: int) -> tuple[int, int]:
        try:
            value = self.scope[self.tokens[token]]
        except Refused as error:
            error.token = token
            raise
        if not isinstance(value, int) or isinstance(value, bool):
            self._refuse(token, "an integer")
        return value, token + 1

    def _access(self, array: list[Any], token: int) -> tuple[Argument, int]:
        index, end = self._integer(token + 2)
        end = self._expect(end, "]")
        if not 1 <= index <= len(array):
            name = self.tokens[token]
            raise Refused(f"{name}[{index}]", f"an index from 1 to {len(array)}", token)
        return array[index - 1], end
