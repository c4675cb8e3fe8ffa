"""Boolean expressions as text, and their truth tables.

The syntax is that of Python's operators on Booleans, which sympy uses too. From the tightest:
``~`` not; ``>>`` implies and ``<<`` is implied by; ``&`` and; ``^`` exclusive or; ``|`` or;
``==`` equivalent and ``!=`` not equivalent. Constants are 0, 1, False and True. Python's own
parser reads the text; only these operators are accepted and nothing of it is ever executed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from odesolve.problems.errors import InputError, quote

__all__ = ["MAXIMUM_VARIABLES", "BooleanExpression", "parse_boolean"]

#: A truth table doubles with each variable.
MAXIMUM_VARIABLES = 12
MAXIMUM_LENGTH = 10_000

_FOREIGN = re.compile(r"[^\w\s~&|^<>()=!]")
_SYNTAX = "names, 0, 1, ~ & ^ | >> << == != and parentheses"

Column = Bool[np.ndarray, " rows"]
_OPERATORS: dict[type[ast.AST], tuple[str, Callable[[Column, Column], Column]]] = {
    ast.BitAnd: ("&", np.logical_and),
    ast.BitXor: ("^", np.logical_xor),
    ast.BitOr: ("|", np.logical_or),
    ast.RShift: (">>", lambda a, b: ~a | b),
    ast.LShift: ("<<", lambda a, b: a | ~b),
    ast.Eq: ("==", np.equal),
    ast.NotEq: ("!=", np.not_equal),
}


@dataclass(frozen=True)
class BooleanExpression:
    """A Boolean function of named variables.

    Attributes:
        text: the expression as it was understood, with every pair of operands in parentheses
            except where one associative operator is repeated.
        variables: their names, in the order in which they first appear.
        table: the value in each row, ``[2**variables]``; the first variable is the most
            significant bit of the row's number.
    """

    text: str
    variables: tuple[str, ...]
    table: Bool[np.ndarray, " rows"]


def parse_boolean(text: str) -> BooleanExpression:
    """Read a Boolean expression and tabulate it.

    Raises:
        InputError: with the column (from the first character that is no space), if the text is
            not such an expression, has more than 12 variables, is too long or nested too deeply.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise InputError("expression", f"{len(text)} characters", f"at most {MAXIMUM_LENGTH}")
    # A line break inside means no more than a space.
    plain = re.sub(r"\s", " ", text).strip()
    if not plain:
        raise InputError("column 1", "the expression is empty", _SYNTAX)
    if foreign := _FOREIGN.search(plain):
        raise _error(foreign.start(), quote(foreign[0]), _SYNTAX)
    nodes = _nodes(_tree(plain), plain)
    variables = _variables(nodes, plain)
    values = _tabulated(nodes, variables)
    return BooleanExpression(_rendered(nodes), variables, values)


def _error(offset: int, wrong: str, expected: str) -> InputError:
    return InputError(f"column {offset + 1}", wrong, expected)


def _tree(text: str) -> ast.expr:
    """Python's parse of a text without line breaks or spaces at its ends."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about text such as "1if", which is refused below
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        offset = error.offset - 1 if error.offset else len(text)  # 0 stands for the end
        if offset >= len(text):
            raise _error(len(text), "the expression ends too early", _SYNTAX) from None
        raise _error(offset, f"{quote(text[offset:])} cannot stand here", _SYNTAX) from None
    except (MemoryError, RecursionError, ValueError):
        raise InputError("expression", "nested too deeply", "fewer levels") from None


def _nodes(tree: ast.expr, text: str) -> list[ast.expr]:
    """The expression's nodes, operands before what they belong to.

    Raises:
        InputError: at the first that is not Boolean syntax.
    """
    found = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
        _check(node, text)
    return found[::-1]


def _check(node: ast.expr, text: str) -> None:
    offset = _offset(node, text)
    shown = quote(text[offset : _offset(node, text, end=True)])
    if isinstance(node, ast.Name | ast.UnaryOp | ast.BinOp):
        operator = getattr(node, "op", None)
        if operator is None or isinstance(operator, ast.Invert) or type(operator) in _OPERATORS:
            return
    if isinstance(node, ast.Constant) and type(node.value) in (int, bool) and node.value in (0, 1):
        return
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _OPERATORS:
        if len(node.ops) == 1:
            return
        raise _error(offset, f"{shown} compares more than two", "parentheses around each pair")
    raise _error(offset, f"{shown} is not Boolean syntax", _SYNTAX)


def _offset(node: ast.expr, text: str, end: bool = False) -> int:
    """Where a node begins or ends in the text; Python counts in bytes."""
    count = (node.end_col_offset if end else node.col_offset) or 0
    return len(text.encode()[:count].decode(errors="ignore"))


def _variables(nodes: list[ast.expr], text: str) -> tuple[str, ...]:
    names = [node for node in nodes if isinstance(node, ast.Name)]
    names.sort(key=lambda node: node.col_offset)
    variables = tuple(dict.fromkeys(node.id for node in names))
    if len(variables) > MAXIMUM_VARIABLES:
        extra = next(node for node in names if node.id == variables[MAXIMUM_VARIABLES])
        raise _error(
            _offset(extra, text),
            f"{quote(extra.id)} is one of {len(variables)} variables",
            f"at most {MAXIMUM_VARIABLES}",
        )
    return variables


def _tabulated(nodes: list[ast.expr], variables: tuple[str, ...]) -> Bool[np.ndarray, " rows"]:
    rows = np.arange(2 ** len(variables))
    columns = {
        name: (rows >> (len(variables) - 1 - i) & 1).astype(bool)
        for i, name in enumerate(variables)
    }
    values: dict[ast.expr, Column] = {}
    for node in nodes:
        if isinstance(node, ast.Name):
            values[node] = columns[node.id]
        elif isinstance(node, ast.Constant):
            values[node] = np.full(len(rows), bool(node.value))
        elif isinstance(node, ast.UnaryOp):
            values[node] = ~values.pop(node.operand)
        else:
            operator, left, right = _parts(node)
            values[node] = _OPERATORS[operator][1](values.pop(left), values.pop(right))
    return values[nodes[-1]]


def _rendered(nodes: list[ast.expr]) -> str:
    """The expression with its structure in parentheses."""
    texts: dict[ast.expr, str] = {}
    for node in nodes:
        if isinstance(node, ast.Name):
            texts[node] = node.id
        elif isinstance(node, ast.Constant):
            texts[node] = "1" if node.value else "0"
        elif isinstance(node, ast.UnaryOp):
            texts[node] = f"~{_enclosed(node.operand, texts.pop(node.operand))}"
        else:
            operator, left, right = _parts(node)
            chained = isinstance(left, ast.BinOp) and type(left.op) is operator
            repeats = chained and operator in (ast.BitAnd, ast.BitXor, ast.BitOr)
            first = texts.pop(left) if repeats else _enclosed(left, texts.pop(left))
            texts[node] = f"{first} {_OPERATORS[operator][0]} {_enclosed(right, texts.pop(right))}"
    return texts[nodes[-1]]


def _parts(node: ast.expr) -> tuple[type[ast.AST], ast.expr, ast.expr]:
    """The operator and operands of a node with two of them."""
    if isinstance(node, ast.Compare):
        return type(node.ops[0]), node.left, node.comparators[0]
    assert isinstance(node, ast.BinOp)
    return type(node.op), node.left, node.right


def _enclosed(node: ast.expr, text: str) -> str:
    return f"({text})" if isinstance(node, ast.BinOp | ast.Compare) else text
