"""Every kind of constraint that CPMpy has, plain, negated, behind truth values and inside sums."""

from __future__ import annotations

import cpmpy as cp
from cpmpy.expressions.utils import STAR

x = cp.intvar(-1, 2, name="x")
y = cp.intvar(0, 3, name="y")
z = cp.intvar(-2, 1, name="z")
w = cp.intvar(1, 2, name="w")
a, b, c = (cp.boolvar(name=name) for name in "abc")

#: Numeric expressions, some of them undefined somewhere.
NUMERIC = {
    "sum": x + y + z,
    "weighted sum": 2 * x - 3 * y + 1,
    "difference": x - y,
    "negation": -x,
    "sum of truths": cp.sum([a, ~b, c]),
    "weighted truths": 3 * a - 2 * ~b + x,
    "product": x * y,
    "square": x * x,
    "product of truth": a * y,
    "product of negated truth": ~a * x,
    "quotient": x // y,
    "quotient by a constant": (3 * x) // 2,
    "quotient by what may be negative": y // x,
    "remainder": z % y,
    "remainder of a negative divisor": y % z,
    "power": x**2,
    "cube": z**3,
    "zeroth power": x**0,
    "absolute value": abs(x),
    "absolute difference": abs(x - y),
    "minimum": cp.min([x, y, z]),
    "maximum": cp.max([x, y, 1]),
    "maximum of truths": cp.max([a, b]),
    "element": cp.Element([3, 0, 2], x),
    "element of variables": cp.Element([x, z, 1], y),
    "element of truths": cp.Element([a, ~b, True], y),
    "two-dimensional element": cp.cpm_array([[3, 1], [0, 2]])[x, w],
    "count": cp.Count([x, y, z], 1),
    "count of a variable": cp.Count([x, y], z),
    "among": cp.Among([x, y, z], [0, 1]),
    "distinct values": cp.NValue([x, y, z]),
    "distinct values but one": cp.NValueExcept([x, y, z], 0),
    "nested": abs(x - 2 * y) + cp.max([z, -x]) * 2,
}

TRANSITIONS = [("A", 0, "A"), ("A", 1, "B"), ("B", 0, "C"), ("C", 0, "C"), ("B", 2, "A")]
EDGES = [
    ("r", 0, "p"), ("r", 1, "q"), ("p", 1, "t"), ("p", 2, "u"), ("q", 2, "u"),
    ("t", 0, "s"), ("u", -1, "s"), ("u", 1, "s"),
]  # fmt: skip

#: Boolean expressions.
BOOLEAN = {
    "truth": a,
    "negated truth": ~a,
    "and": a & ~b & c,
    "or": a | ~b | c,
    "implication": a.implies(b),
    "double implication": a == ~b,
    "unequal truths": a != b,
    "exclusive or": a ^ b,
    "parity": cp.Xor([a, ~b, c]),
    "parity of comparisons": cp.Xor([x > 0, y == 1, a]),
    "parity with a constant": cp.Xor([a, True, b]),
    "equal to a constant": x == 1,
    "unequal": x != y,
    "at most": x + y <= 2,
    "less": x < y,
    "greater": 2 * x > y,
    "truth equals number": a == y,
    "comparison equals number": (x > 0) == y,
    "equals 1": (x < y) == 1,
    "all different": cp.AllDifferent(x, y, z),
    "all different with a constant": cp.AllDifferent(x, y, 1),
    "all different with a negated truth": cp.AllDifferent(~a, x, y),
    "all different expressions": cp.AllDifferent(x + 1, y, z - 1),
    "all different except 0": cp.AllDifferentExcept0(x, y, z),
    "all different except some": cp.AllDifferentExceptN([x, y, z], [0, 1]),
    "all equal": cp.AllEqual(x, y, z),
    "all equal except": cp.AllEqualExceptN([x, y, z], [0]),
    "circuit": cp.Circuit(x, y, z + 1),
    "inverse": cp.Inverse([x, y, z], [y, w, x]),
    "table": cp.Table([x, y, z], [[0, 1, 1], [1, 1, -2], [2, 3, 0], [9, 9, 9]]),
    "table of one column": cp.Table([x], [[0], [2]]),
    "short table": cp.ShortTable([x, y, z], [[0, STAR, 1], [STAR, 2, STAR], [1, 1, 1]]),
    "negative table": cp.NegativeTable([x, y], [[0, 1], [1, 1], [2, 3]]),
    "table of expressions": cp.Table([x + y, a], [[0, 1], [2, 0]]),
    "regular": cp.Regular([x, y, w], TRANSITIONS, "A", ["B", "C"]),
    "decision diagram": cp.MDD([x, y, z], EDGES),
    "if then else": cp.IfThenElse(x > 0, y == 1, a),
    "in domain": cp.InDomain(x, [-1, 1, 7]),
    "sum in domain": cp.InDomain(x + y, [0, 3]),
    "cumulative": cp.Cumulative([x, y, z], [2, 1, 2], demand=[1, 2, 1], capacity=2),
    "cumulative of variables": cp.Cumulative([x, y], [w, 2], demand=[1, y], capacity=z),
    "cumulative with ends": cp.Cumulative([x, z], [1, w], end=[y, x], demand=1, capacity=1),
    "optional cumulative": cp.CumulativeOptional(
        [x, y], [2, 2], demand=[1, 1], capacity=1, is_present=[a, ~b]
    ),
    "no overlap": cp.NoOverlap([x, y, z], [1, 1, 2]),
    "no overlap of variables": cp.NoOverlap([x, z], [w, z]),
    "no overlap with ends": cp.NoOverlap([x, y], [1, 1], end=[w, z]),
    "optional no overlap": cp.NoOverlapOptional([x, y], [1, 2], is_present=[a, b]),
    "reservoir": cp.Reservoir([x, y], [1, -1], 0, 1),
    "precedence": cp.Precedence([x, y, z], [0, 1]),
    "cardinality": cp.GlobalCardinalityCount([x, y, z], [0, 1], [w, 1]),
    "closed cardinality": cp.GlobalCardinalityCount([x, y], [0, 1, 2], [a, b, 1], closed=True),
    "cardinality of a repeated value": cp.GlobalCardinalityCount([x, y], [1, 1], [a, w]),
    "increasing": cp.Increasing(x, y, w),
    "strictly decreasing": cp.DecreasingStrict(y, x, z),
    "lexicographic less": cp.LexLess([x, a], [w, b]),
    "lexicographic less or equal": cp.LexLessEq([x, z], [y, w]),
    "lexicographic chain": cp.LexChainLess([[x, 1], [w, y]]),
}


def samples():
    """Pairs of a name and a Boolean expression."""
    yield from BOOLEAN.items()
    for number, (name, expression) in enumerate(NUMERIC.items()):
        for comparison in ("==", "!=", "<=", ">", "<", ">="):
            # Every comparison with a variable or a constant, by turns.
            right = (w, 1, y)[(number + len(comparison)) % 3]
            yield f"{name} {comparison} {right}", _compared(expression, comparison, right)
    conditions = dict(list(BOOLEAN.items())[2:])
    conditions |= {name: expression == w for name, expression in NUMERIC.items()}
    conditions |= {f"{name} <=": expression <= 0 for name, expression in NUMERIC.items()}
    for name, expression in conditions.items():
        yield f"not {name}", ~expression
        yield f"{name} equals a truth", expression == a
        yield f"a truth implies {name}", (~b).implies(expression)
        yield f"{name} implies a truth", expression.implies(b)
        yield f"{name} in a sum", expression + 2 * c == 2


def _compared(left, comparison, right):
    return {
        "==": left == right,
        "!=": left != right,
        "<=": left <= right,
        "<": left < right,
        ">": left > right,
        ">=": left >= right,
    }[comparison]
