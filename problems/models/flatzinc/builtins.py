"""FlatZinc's constraints on integers and truth values, by name.

Sets and global constraints are in files of their own. A name that ends in ``_reif`` or ``_imp``
needs no entry: its constraint is made conditional on the last argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from odesolve.problems.models.constraints import (
    AbsoluteValue,
    Clause,
    Constraint,
    Element,
    Implied,
    Maximum,
    Minimum,
    Parity,
    Power,
    Product,
    Quotient,
    Reified,
    Remainder,
    Sum,
    Table,
)
from odesolve.problems.models.constraints.arithmetic import Comparison, truncated
from odesolve.problems.models.constraints.base import Operand, Variable
from odesolve.problems.models.flatzinc.builder import Builder
from odesolve.problems.models.flatzinc.terms import Refused, values_of

#: The constraints that together say it, from the arguments; further ones, that only define truth
#: values of their own, it adds to the builder itself.
Translation: TypeAlias = Callable[..., Sequence[Constraint]]


@dataclass(frozen=True)
class Builtin:
    """A constraint of FlatZinc.

    Attributes:
        signature: of its arguments, see ``check_arguments``.
        translate: from the builder and the arguments to constraints that all must hold.
    """

    signature: str
    translate: Translation


_POWER_LIMIT = 100_000
_VARIABLE = frozenset({Variable})


def linear(
    coefficients: Sequence[int], terms: Sequence[Operand], comparison: Comparison, bound: Any
) -> Sum:
    """A sum whose constants are in the bound.

    Raises:
        Refused: if there are more coefficients than terms, or fewer.
    """
    if len(coefficients) != len(terms):
        raise Refused(f"{len(coefficients)} coefficients for {len(terms)} terms", "as many")
    if not _VARIABLE.issuperset(map(type, terms)):
        pairs = list(zip(coefficients, terms, strict=True))
        bound = bound - sum(c * t for c, t in pairs if isinstance(t, int))
        pairs = [(c, t) for c, t in pairs if not isinstance(t, int)]
        coefficients, terms = [c for c, _ in pairs], [t for _, t in pairs]
    return Sum(coefficients, terms, comparison, bound)


def _compared(left: int, right: int, comparison: Comparison, bound: int = 0) -> Translation:
    """``left * a + right * b`` compared with a bound."""
    return lambda _, a, b: [linear((left, right), (a, b), comparison, bound)]


def _sum(comparison: Comparison, sign: int = 1, shift: int = 0) -> Translation:
    """``sign * sum(c * x)`` compared with ``sign * bound + shift``; the bound may be a variable."""

    def translate(_: Builder, c: list[int], x: list[Operand], bound: Operand) -> list[Constraint]:
        signed = c if sign == 1 else [-each for each in c]
        if isinstance(bound, int):
            return [linear(signed, x, comparison, sign * bound + shift)]
        return [linear([*signed, -sign], [*x, bound], comparison, shift)]

    return translate


def conditional(truth: Operand, constraint: Constraint, when: int = 1) -> Constraint:
    """A truth value that is ``when`` exactly where a constraint holds, as plainly as possible."""
    if isinstance(truth, int) and truth == when:
        return constraint
    return Reified(truth, constraint, when)


def conjunction(truth: Operand, clauses: Sequence[tuple[Operand, int]]) -> list[Constraint]:
    """A truth value that is 1 exactly where every operand has its own value, 0 or 1."""
    if isinstance(truth, int) and truth:
        return [Clause((t,)) if v else Clause((), (t,)) for t, v in clauses]
    some_wrong = Clause([t for t, v in clauses if not v], [t for t, v in clauses if v])
    return [conditional(truth, some_wrong, 0)]


def _power(_: Builder, x: Operand, y: Operand, z: Operand) -> list[Constraint]:
    own, exponents = values_of(x), values_of(y)
    if exponents.lowest >= 0:
        return [Power(x, y, z)]
    # FlatZinc's negative powers are 1 div x^|y|, which is not the power of most mathematics.
    if own.size * exponents.size > _POWER_LIMIT:
        raise Refused("int_pow whose exponent may be negative", "an exponent of at least 0")
    results = values_of(z)
    rows = []
    for base in own:
        for exponent in exponents:
            if exponent < 0 and base:
                result = truncated(1, base) if base in (-1, 1) and exponent % 2 else abs(base) == 1
            elif exponent >= 0 and (abs(base) < 2 or exponent <= 64):
                result = base**exponent
            else:
                continue
            if int(result) in results:
                rows.append((base, exponent, int(result)))
    return [Table((x, y, z), rows)]


def _element(_: Builder, index: Operand, array: list[Operand], result: Operand) -> list[Constraint]:
    return [Element(array, index, result, 1)]


def _implied(truth: Operand, constraint: Constraint) -> list[Constraint]:
    if isinstance(truth, int):
        return [constraint] if truth else []
    return [Implied(truth, constraint)]


def _extreme(kind: type[Minimum] | type[Maximum]) -> Translation:
    return lambda _, m, x: [kind(x, m)]


_EQUAL, _DIFFERENT = _compared(1, -1, "=="), _compared(1, -1, "!=")
_AT_MOST, _BELOW = _compared(1, -1, "<="), _compared(1, -1, "<=", -1)
_AT_LEAST, _ABOVE = _compared(-1, 1, "<="), _compared(-1, 1, "<=", -1)

BUILTINS: dict[str, Builtin] = {
    "int_eq": Builtin("x x", _EQUAL),
    "int_ne": Builtin("x x", _DIFFERENT),
    "int_le": Builtin("x x", _AT_MOST),
    "int_lt": Builtin("x x", _BELOW),
    "int_ge": Builtin("x x", _AT_LEAST),
    "int_gt": Builtin("x x", _ABOVE),
    "int_lin_eq": Builtin("i* x* i", _sum("==")),
    "int_lin_ne": Builtin("i* x* i", _sum("!=")),
    "int_lin_le": Builtin("i* x* i", _sum("<=")),
    "int_lin_lt": Builtin("i* x* i", _sum("<=", shift=-1)),
    "int_lin_ge": Builtin("i* x* i", _sum("<=", sign=-1)),
    "int_lin_gt": Builtin("i* x* i", _sum("<=", sign=-1, shift=-1)),
    "int_plus": Builtin("x x x", lambda _, a, b, c: [linear((1, 1, -1), (a, b, c), "==", 0)]),
    "int_minus": Builtin("x x x", lambda _, a, b, c: [linear((1, -1, -1), (a, b, c), "==", 0)]),
    "int_negate": Builtin("x x", _compared(1, 1, "==")),
    "int_times": Builtin("x x x", lambda _, a, b, c: [Product(a, b, c)]),
    "int_div": Builtin("x x x", lambda _, a, b, c: [Quotient(a, b, c)]),
    "int_mod": Builtin("x x x", lambda _, a, b, c: [Remainder(a, b, c)]),
    "int_pow": Builtin("x x x", _power),
    "int_pow_fixed": Builtin("x i x", _power),
    "int_abs": Builtin("x x", lambda _, a, b: [AbsoluteValue(a, b)]),
    "int_min": Builtin("x x x", lambda _, a, b, c: [Minimum((a, b), c)]),
    "int_max": Builtin("x x x", lambda _, a, b, c: [Maximum((a, b), c)]),
    "array_int_minimum": Builtin("x x*", _extreme(Minimum)),
    "array_int_maximum": Builtin("x x*", _extreme(Maximum)),
    "bool2int": Builtin("b x", _EQUAL),
    "bool_eq": Builtin("b b", _EQUAL),
    "bool_ne": Builtin("b b", _compared(1, 1, "==", 1)),
    "bool_not": Builtin("b b", _compared(1, 1, "==", 1)),
    "bool_le": Builtin("b b", lambda _, a, b: [Clause((b,), (a,))]),
    "bool_lt": Builtin("b b", lambda _, a, b: conjunction(1, [(a, 0), (b, 1)])),
    "bool_ge": Builtin("b b", lambda _, a, b: [Clause((a,), (b,))]),
    "bool_gt": Builtin("b b", lambda _, a, b: conjunction(1, [(a, 1), (b, 0)])),
    "bool_eq_reif": Builtin("b b b", lambda _, a, b, r: [Parity((a, b, r), odd=True)]),
    "bool_ne_reif": Builtin("b b b", lambda _, a, b, r: [Parity((a, b, r), odd=False)]),
    "bool_not_reif": Builtin("b b b", lambda _, a, b, r: [Parity((a, b, r), odd=False)]),
    "bool_lt_reif": Builtin("b b b", lambda _, a, b, r: conjunction(r, [(a, 0), (b, 1)])),
    "bool_gt_reif": Builtin("b b b", lambda _, a, b, r: conjunction(r, [(a, 1), (b, 0)])),
    "bool_and": Builtin("b b b", lambda _, a, b, r: conjunction(r, [(a, 1), (b, 1)])),
    "bool_or": Builtin("b b b", lambda _, a, b, r: [conditional(r, Clause((a, b)))]),
    "bool_xor": Builtin("b b b", lambda _, a, b, r: [Parity((a, b, r), odd=False)]),
    "bool_and_imp": Builtin("b b b", lambda _, a, b, r: [Clause((a,), (r,)), Clause((b,), (r,))]),
    "bool_or_imp": Builtin("b b b", lambda _, a, b, r: [Clause((a, b), (r,))]),
    "bool_xor_imp": Builtin("b b b", lambda _, a, b, r: _implied(r, Parity((a, b)))),
    "bool_clause": Builtin("b* b*", lambda _, a, b: [Clause(a, b)]),
    "array_bool_and": Builtin("b* b", lambda _, x, r: conjunction(r, [(t, 1) for t in x])),
    "array_bool_or": Builtin("b* b", lambda _, x, r: [conditional(r, Clause(x))]),
    "array_bool_and_imp": Builtin("b* b", lambda _, x, r: [Clause((t,), (r,)) for t in x]),
    "array_bool_or_imp": Builtin("b* b", lambda _, x, r: [Clause(x, (r,))]),
    "array_bool_xor": Builtin("b*", lambda _, x: [Parity(x)]),
    "bool_lin_eq": Builtin("i* b* x", _sum("==")),
    "bool_lin_ne": Builtin("i* b* x", _sum("!=")),
    "bool_lin_le": Builtin("i* b* x", _sum("<=")),
    "bool_lin_lt": Builtin("i* b* x", _sum("<=", shift=-1)),
    "bool_lin_ge": Builtin("i* b* x", _sum("<=", sign=-1)),
    "bool_lin_gt": Builtin("i* b* x", _sum("<=", sign=-1, shift=-1)),
    "array_bool_element": Builtin("x c* b", _element),
    "array_int_element": Builtin("x i* x", _element),
    "array_var_bool_element": Builtin("x b* b", _element),
    "array_var_int_element": Builtin("x x* x", _element),
}

#: Names that take another number of arguments as well.
OVERLOADS: dict[tuple[str, int], Builtin] = {
    ("bool_xor", 2): BUILTINS["bool_ne"],
}
