"""The features of a formula by which its preset is chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from odesolve.problems.formulas.formula import Formula


@dataclass(frozen=True)
class FormulaFeatures:
    """What ``when`` of a preset for "sat" may ask for, by these names.

    Attributes:
        variables: number of variables.
        clauses, parities, cardinalities, not_all_equal, linear, soft: constraints of each kind.
        mean_width, least_width, most_width: literals of the clauses, hard and soft.
        one_width: 1 if all clauses have one width, 0 if not.
        ratio: clauses, hard and soft, for each variable.
        sums: cardinalities and linear rows.
        others: constraints of every kind but clauses.
        hinted: 1 if the user gives an assignment to begin near, 0 if not.
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
    one_width: int
    ratio: float
    sums: int
    others: int
    hinted: int

    @classmethod
    def of(cls, formula: Formula, hinted: bool = False) -> FormulaFeatures:
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
            least_width=int(widths.min()) if len(widths) else 0,
            most_width=int(widths.max(initial=0)),
            one_width=int(len(widths) > 0 and widths.min() == widths.max()),
            sums=len(formula.cardinalities) + len(formula.linear),
            others=formula.hard_count - len(formula.clauses),
            hinted=int(hinted),
            ratio=len(widths) / max(formula.variable_count, 1),
        )
