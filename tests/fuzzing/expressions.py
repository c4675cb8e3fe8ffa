"""Boolean expressions and arithmetic whose answers the fuzzer knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from fuzzing.choices import Choices

#: Operators by how tightly they bind, after the help of ``odesolve fourier``.
LEVELS: tuple[tuple[str, ...], ...] = ((">>",), ("&",), ("^",), ("|",), ("==", "!="))
#: A tree: a name, a constant, ("~", tree) or (operator, tree, tree).
Tree = Any


def random_tree(choices: Choices, depth: int, names: list[str]) -> Tree:
    """An expression over some of the names."""
    if depth == 0 or choices.one_in(4):
        return choices.pick("01") if choices.one_in(12) else choices.pick(names)
    if choices.one_in(5):
        return ("~", random_tree(choices, depth - 1, names))
    operator = choices.pick(choices.pick(LEVELS))
    return (operator, *(random_tree(choices, depth - 1, names) for _ in range(2)))


def text_of(tree: Tree, choices: Choices) -> str:
    """The tree as text, with few parentheses where the operators' order makes them useless."""
    return _text(tree, choices)[0]


def _text(tree: Tree, choices: Choices) -> tuple[str, int]:
    """Text and level; 0 binds tightest."""
    if isinstance(tree, str):
        return tree, 0
    if tree[0] == "~":
        text, level = _text(tree[1], choices)
        return ("~" + (text if level == 0 else f"({text})")), 0
    level = 1 + next(i for i, group in enumerate(LEVELS) if tree[0] in group)
    sides = []
    for side in tree[1:]:
        text, inner = _text(side, choices)
        sides.append(text if inner < level and choices.below(2) else f"({text})")
    space = choices.pick([" ", "", "  "])
    return f"{sides[0]}{space}{tree[0]}{space}{sides[1]}", level


def names_in(tree: Tree) -> list[str]:
    """The variables in order of appearance."""
    if isinstance(tree, str):
        return [] if tree in "01" else [tree]
    return list(dict.fromkeys(name for part in tree[1:] for name in names_in(part)))


def value_of(tree: Tree, values: Mapping[str, int]) -> bool:
    """The truth of an expression."""
    if isinstance(tree, str):
        return tree == "1" if tree in "01" else bool(values[tree])
    if tree[0] == "~":
        return not value_of(tree[1], values)
    a, b = value_of(tree[1], values), value_of(tree[2], values)
    return {
        ">>": not a or b, "&": a and b, "^": a != b, "|": a or b, "==": a == b, "!=": a != b,
    }[tree[0]]  # fmt: skip


def assignments(trees: list[Tree], fixed: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """All values of the variables that make every expression true."""
    names = list(dict.fromkeys(name for tree in trees for name in names_in(tree)))
    for bits in product([0, 1], repeat=len(names)):
        values = dict(zip(names, bits, strict=True))
        right = all(values.get(name, bit) == bit for name, bit in fixed.items())
        if right and all(value_of(tree, values) for tree in trees):
            yield values
