"""Constraints over integers: what they say, and nothing of how they are solved.

Example:
    >>> import odesolve as ode
    >>> sorted(ode.constraints.CONSTRAINTS)[:4]
    ['AbsoluteValue', 'AllDifferent', 'AllEqual', 'Cardinality']
    >>> ode.constraints.AllDifferent([1, 2, 1]).holds([1, 2, 1])
    False
"""

from odesolve.problems.models.constraints.arithmetic import (
    AbsoluteValue,
    Maximum,
    Minimum,
    Power,
    Product,
    Quotient,
    Remainder,
    Sum,
)
from odesolve.problems.models.constraints.base import Constraint, Operand, Variable
from odesolve.problems.models.constraints.counting import (
    AllDifferent,
    AllEqual,
    Cardinality,
    Cumulative,
)
from odesolve.problems.models.constraints.logic import Clause, Implied, Parity, Reified
from odesolve.problems.models.constraints.sequences import (
    Circuit,
    Element,
    Inverse,
    Lexicographic,
    Regular,
    Table,
)

#: Every constraint, by its name.
CONSTRAINTS: dict[str, type[Constraint]] = {
    kind.__name__: kind
    for kind in (
        AbsoluteValue,
        AllDifferent,
        AllEqual,
        Cardinality,
        Circuit,
        Clause,
        Cumulative,
        Element,
        Implied,
        Inverse,
        Lexicographic,
        Maximum,
        Minimum,
        Parity,
        Power,
        Product,
        Quotient,
        Regular,
        Reified,
        Remainder,
        Sum,
        Table,
    )
}

__all__ = [
    "CONSTRAINTS",
    "AbsoluteValue",
    "AllDifferent",
    "AllEqual",
    "Cardinality",
    "Circuit",
    "Clause",
    "Constraint",
    "Cumulative",
    "Element",
    "Implied",
    "Inverse",
    "Lexicographic",
    "Maximum",
    "Minimum",
    "Operand",
    "Parity",
    "Power",
    "Product",
    "Quotient",
    "Regular",
    "Reified",
    "Remainder",
    "Sum",
    "Table",
    "Variable",
]
