"""Boolean expressions: the penalty of each one's truth table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np

from odesolve.potentials.relations.relation import Relation
from odesolve.problems.quadratization.gates import gate_penalty
from odesolve.problems.quadratization.model import PenaltyModel
from odesolve.problems.quadratization.penalty import Penalty
from odesolve.problems.quadratization.source import Judgement, Quadratic, Source
from odesolve.problems.quadratization.tables import table_penalty
from odesolve.problems.relations.expressions import BooleanExpression
from odesolve.problems.relations.relate import checked_bits, parsed_relation

__all__ = ["ExpressionSource"]


@dataclass(frozen=True, eq=False)
class ExpressionSource(Source):
    """Expressions that are all true, as ``relate`` takes them.

    Attributes:
        expressions: their texts.
        fixed: variable -> bit.

    Raises:
        InputError: when used, if a text is no such expression or a fixed variable in none.
    """

    expressions: Sequence[str]
    fixed: Mapping[str, int] = field(default_factory=dict)
    kind = "relations"

    @cached_property
    def _parsed(self) -> list[BooleanExpression]:
        return [parsed_relation(number, text) for number, text in enumerate(self.expressions, 1)]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for own in self._parsed for name in own.variables))

    @property
    def title(self) -> str:
        """One line for a person."""
        plural = "" if len(self.expressions) == 1 else "s"
        return f"{len(self.expressions)} relation{plural} of {len(self._names)} variables"

    def quadratic(self) -> Quadratic:
        """The penalty of each table, with what is fixed left out of it."""
        fixed = checked_bits(self.fixed, self._names)
        open_names = [name for name in self._names if name not in fixed]
        model = PenaltyModel(len(open_names))
        known = {self._names.index(name): bit for name, bit in fixed.items()}
        for own in self._parsed:
            scope = tuple(self._names.index(name) for name in own.variables)
            left = Relation(scope, own.table).restricted(known)
            literals = [open_names.index(self._names[variable]) + 1 for variable in left.variables]
            model.add(_penalty(own, left), [literals])
        variables = [open_names.index(n) if n not in fixed else -1 for n in self._names]
        flips = [bool(fixed.get(name, 0)) for name in self._names]
        return Quadratic(model, open_names, np.array(variables, np.int64), np.array(flips, bool))

    def judged(self, bits: np.ndarray) -> Judgement:
        """Each expression in its truth table."""
        values = {name: int(bit) for name, bit in zip(self._names, bits, strict=True)}
        wrong = []
        for own in self._parsed:
            row = sum(values[name] << i for i, name in enumerate(reversed(own.variables)))
            if not own.table[row]:
                wrong.append(own.text)
        changed = [
            f"{name} is not {bit}" for name, bit in self.fixed.items() if values[name] != bit
        ]
        text = ", ".join(f"{name} = {bit}" for name, bit in values.items())
        total = len(self.expressions) + len(self.fixed)
        return Judgement(values, text, len(wrong) + len(changed), total, (*wrong, *changed))

    def document(self) -> dict[str, Any]:
        """The texts, and what is fixed."""
        return {"expressions": list(self.expressions), "fixed": dict(self.fixed)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The same expressions."""
        fixed = {str(name): int(bit) for name, bit in dict(document["fixed"]).items()}
        made = cls([str(text) for text in document["expressions"]], fixed)
        checked_bits(fixed, made._names)
        return made


def _penalty(expression: BooleanExpression, left: Relation) -> Penalty:
    """That of the table, or by the gates where these need fewer ancillas and nothing is fixed."""
    penalty = table_penalty(left.allowed)
    if penalty.ancillas > 1 and left.arity == len(expression.variables):
        by_gates = gate_penalty(expression)
        if by_gates is not None and by_gates.ancillas < penalty.ancillas:
            return by_gates
    return penalty
