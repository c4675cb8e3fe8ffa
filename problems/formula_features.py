"""The features of a formula by which its preset is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from odesolve.problems.formula import Formula


@dataclass(frozen=True)
class FormulaFeatures:
    """What ``when`` of a preset for "sat" may ask for, by these names.

    Attributes:
        variables: number of variables.
        clauses, parities, cardinalities, not_all_equal, linear, soft: constraints of each kind.
        mean_width, least_width, most_width: literals of the clauses, hard and soft.
        ratio: clauses, hard and soft, for each variable.
    """

    variables: int
    clauses: int
    parities: int
    cardinalities: int
    not_all_equal: int
    linear: int
    soft: int
    mean_width: float
    least_width: int
    most_width: int
    ratio: float

    @classmethod
    def of(cls, formula: Formula) -> FormulaFeatures:
        """Those of a formula, after presolve if there is one."""
        widths = np.concatenate([formula.clauses.lengths, formula.soft.lengths])
        return cls(
            variables=formula.variable_count,
            clauses=len(formula.clauses),
            parities=len(formula.parities),
            cardinalities=len(formula.cardinalities),
            not_all_equal=len(formula.not_all_equal),
            linear=len(formula.linear),
            soft=len(formula.soft),
            mean_width=float(widths.mean()) if len(widths) else 0.0,
            least_width=int(widths.min(initial=0)) if len(widths) else 0,
            most_width=int(widths.max(initial=0)),
            ratio=len(widths) / max(formula.variable_count, 1),
        )
