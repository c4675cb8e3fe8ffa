"""Literals that imply each other, from the strong components of the implication graph."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

__all__ = ["BothSigns", "implications_of_clauses", "merged_literals"]

Pairs = Int[np.ndarray, "pairs 2"]


class BothSigns(Exception):
    """A variable and its negation imply each other.

    Arguments:
        variable: its number.
    """

    def __init__(self, variable: int) -> None:
        self.variable = variable
        super().__init__(variable)


def implications_of_clauses(clauses: Pairs) -> Pairs:
    """a or b: not a implies b, and not b implies a."""
    return np.concatenate([clauses * [-1, 1], clauses[:, ::-1] * [-1, 1]])


def merged_literals(implications: Pairs, equal: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Variables that always equal a literal of another one.

    Arguments:
        implications: pairs of literals of which the first implies the second; their
            contrapositives must be among them.
        equal: pairs of equal literals.

    Returns:
        The variables, and the literal that each equals; of the variables that are equal or
        opposite the lowest stays.

    Raises:
        BothSigns: if a variable is equal to its negation.
    """
    edges = np.concatenate([implications, equal, equal[:, ::-1], -equal, -equal[:, ::-1]])
    edges = edges.astype(np.int64)
    variables, numbers = np.unique(np.abs(edges), return_inverse=True)
    if not len(variables):
        return variables, variables
    # Here, since it takes a quarter of a second to load, and many formulas have no implications.
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    # A literal's node is twice its variable's number, plus 1 if it is negated.
    nodes = 2 * numbers.reshape(edges.shape) + (edges < 0)
    count = 2 * len(variables)
    graph = csr_array((np.ones(len(nodes), bool), (nodes[:, 0], nodes[:, 1])), (count, count))
    label = connected_components(graph, connection="strong")[1]
    opposite = label[::2] == label[1::2]
    if opposite.any():
        raise BothSigns(int(variables[np.argmax(opposite)]))
    lowest = np.unique(label, return_index=True)[1][label[::2]]
    merged = np.flatnonzero(lowest // 2 != np.arange(len(variables)))
    target = variables[lowest[merged] // 2]
    return variables[merged], np.where(lowest[merged] % 2, -target, target)
