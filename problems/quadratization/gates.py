"""The penalty of an expression by its own structure: an ancilla for what each gate computes.

For expressions of many variables this needs fewer ancillas than their truth tables show: as many as
there are gates inside, and those of the gates' own penalties.
"""

from __future__ import annotations

import ast

from odesolve.problems.quadratization.model import PenaltyModel
from odesolve.problems.quadratization.penalty import Penalty, conjunction
from odesolve.problems.relations.expressions import BooleanExpression

__all__ = ["gate_penalty"]

_PARITIES = (ast.BitXor, ast.Eq, ast.NotEq)


def gate_penalty(expression: BooleanExpression) -> Penalty | None:
    """The penalty of an expression that is true, over its variables in their order.

    None for an expression with constants.
    """
    tree = ast.parse(expression.text, mode="eval").body
    if any(isinstance(node, ast.Constant) for node in ast.walk(tree)):
        return None
    gates = _Gates(expression.variables)
    gates.require(tree, 1)
    return gates.model.penalty()


class _Gates:
    def __init__(self, names: tuple[str, ...]) -> None:
        self.model = PenaltyModel(len(names))
        self.number_of = {name: number for number, name in enumerate(names, 1)}

    def require(self, node: ast.expr, sign: int) -> None:
        """Have a node be true, or false for a sign of -1."""
        if isinstance(node, ast.Name):
            self.model.all_true([sign * self.number_of[node.id]])
        elif isinstance(node, ast.UnaryOp):
            self.require(node.operand, -sign)
        elif _is_parity(node):
            literals = self.inputs(node)
            self.model.parities([[*literals[:-1], sign * literals[-1]]])
        elif sign * _polarity(node) > 0:
            for own, own_sign in _operands(node):
                self.require(own, own_sign)
        else:
            self.model.clauses([[-literal for literal in self.inputs(node)]])

    def literal(self, node: ast.expr) -> int:
        """A literal that is true where the node is."""
        if isinstance(node, ast.Name):
            return self.number_of[node.id]
        if isinstance(node, ast.UnaryOp):
            return -self.literal(node.operand)
        literals = self.inputs(node)
        output = int(self.model.new_variables(1)[0]) + 1
        if _is_parity(node):
            self.model.parities([[*literals, -output]])
            return output
        if len(literals) == 2:
            self.model.add(conjunction(), [[output, *literals]])
        else:
            self.model.clauses([[-output, literal] for literal in literals])
            self.model.clauses([[output, *(-literal for literal in literals)]])
        return _polarity(node) * output

    def inputs(self, node: ast.expr) -> list[int]:
        """Literals whose parity a node is, or whose conjunction, or the negation of that."""
        return [sign * self.literal(own) for own, sign in _operands(node)]


def _operator(node: ast.expr) -> ast.AST:
    if isinstance(node, ast.Compare):
        return node.ops[0]
    assert isinstance(node, ast.BinOp)
    return node.op


def _is_parity(node: ast.expr) -> bool:
    return isinstance(_operator(node), _PARITIES)


def _polarity(node: ast.expr) -> int:
    """1 for a conjunction; -1 for a disjunction, which is the negation of one."""
    return 1 if isinstance(_operator(node), ast.BitAnd) else -1


def _operands(node: ast.expr) -> list[tuple[ast.expr, int]]:
    """The operands of a chain of one operator, and the signs with which they enter.

    Of a disjunction, and of an implication, those of the conjunction that is its negation.
    """
    if _is_parity(node):
        return _parity_operands(node)
    assert isinstance(node, ast.BinOp)
    if isinstance(node.op, ast.RShift):
        return [(node.left, 1), (node.right, -1)]
    if isinstance(node.op, ast.LShift):
        return [(node.left, -1), (node.right, 1)]
    sign = -1 if isinstance(node.op, ast.BitOr) else 1
    found = [(node.right, sign)]
    left = node.left
    while isinstance(left, ast.BinOp) and type(left.op) is type(node.op):
        found.append((left.right, sign))
        left = left.left
    return [(left, sign), *reversed(found)]


def _parity_operands(node: ast.expr) -> list[tuple[ast.expr, int]]:
    """What is added up, through all that is a parity itself; an equivalence negates one."""
    if isinstance(node, ast.Name | ast.UnaryOp) or not _is_parity(node):
        return [(node, 1)]
    if isinstance(node, ast.Compare):
        left, right = node.left, node.comparators[0]
    else:
        assert isinstance(node, ast.BinOp)
        left, right = node.left, node.right
    found = [*_parity_operands(left), *_parity_operands(right)]
    if isinstance(_operator(node), ast.Eq):
        last, sign = found[-1]
        found[-1] = (last, -sign)
    return found
