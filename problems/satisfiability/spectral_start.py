"""Where the literals of a formula lean together: a mode of its Bethe Hessian, grown.

A clause of k literals excludes one of their 2^k assignments, so that two of its literals agree less
often than not, and the product of three is true more often: by 1/(2^k - 1) on average. How far all
clauses together lean to one side is a question of the spectrum. Linearised belief propagation about
the undecided point multiplies what a variable hears by lambda at every pair; where lambda is so
small that a random formula just does not amplify noise, a direction that is amplified nevertheless
is one of the formula's own: the Bethe Hessian then has a negative eigenvalue (Saade, Krzakala,
Zdeborova, Spectral clustering of graphs with the Bethe Hessian, 2014; here for clauses, whose
literals answer together).

That mode then grows until it saturates, by the mean-field equations of pairs and triples, with the
reaction of pairs (Thouless, Anderson, Palmer, Solution of 'Solvable model of a spin glass', 1977):
once for each sign, as pairs do not say whether a formula leans to its assignment or just away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from odesolve.potentials.components import connected_components
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.formulas.normal_form import normalized_literals

__all__ = ["leaning", "spectral_starts"]

Mode = Float[np.ndarray, " variables"]

#: How strongly pairs and triples act while a mode grows, as multiples of the strength at which
#: noise is just not amplified; how far out it begins, its root mean square being 1; and the steps.
PAIRS, TRIPLES, EXTENT = 1.16, 1.5, 0.5
STEPS, STEP = 60, 0.3

#: How far beside it runs begin: the first, and the last.
NEAREST, FARTHEST = 0.05, 1.0

#: Digits of a start: what is beyond them may be another on another machine.
DIGITS = 3

#: Parts of fewer variables do not lean: there the dynamics has no trouble to find what they want.
LEAST = 20

#: Matrices of at most so many rows are decomposed as a whole.
DENSE = 32

#: Accuracy of the eigenvalue, and how often Lanczos may begin anew for it.
TOLERANCE, RESTARTS = 1e-4, 300


def leaning(formula: Formula) -> Mode | None:
    """Where the literals of a formula's clauses lean together, -1 to 1 for each variable.

    Formulas that were drawn without a hidden assignment seldom lean, and those with one do if pairs
    of literals tell more of it than noise hides; see this module for the criterion. Parts that
    share no variable lean each for themselves.

    Returns:
        What the softest mode of each part grows to, with the sign by which fewer clauses are
        violated; NaN where noise hides it, there are too few clauses for it, or the part has fewer
        than ``LEAST`` variables. None if that is so everywhere.

    Example:
        >>> from odesolve.problems.formulas.formula import Formula, LiteralRows
        >>> pairs = [[i, i + 1] for i in range(1, 24)] + [[-i, -i - 1] for i in range(1, 24)]
        >>> lean = leaning(Formula(24, clauses=LiteralRows.of(pairs * 3)))
        >>> set(np.sign(lean[1:] * lean[:-1]).tolist())
        {-1.0}
    """
    rows, _ = normalized_literals(formula.clauses)
    rows = rows.take(rows.lengths > 0)
    lean = np.full(formula.variable_count, np.nan)
    for variables, part in _parts(rows, formula.variable_count):
        lean[variables] = _leaning_of_part(part, len(variables))
    return None if np.isnan(lean).all() else lean


def _parts(rows: LiteralRows, count: int) -> Iterator[tuple[Int[np.ndarray, " own"], LiteralRows]]:
    """The variables of each part that is large enough, and its clauses over their numbers in it."""
    variables = np.abs(rows.literals) - 1
    first = variables[rows.starts[:-1]]
    label = connected_components(count, first[rows.row_numbers], variables)
    number = np.empty(count, int)
    order, row_order = np.argsort(label, kind="stable"), np.argsort(label[first], kind="stable")
    row_label = label[first][row_order]
    roots, starts = np.unique(label[order], return_index=True)
    for root, own in zip(roots, np.split(order, starts[1:]), strict=True):
        if len(own) < LEAST:
            continue
        number[own] = np.arange(1, len(own) + 1)
        ends = np.searchsorted(row_label, [root, root + 1])
        part = rows.take(row_order[slice(*ends)])
        literals = np.sign(part.literals) * number[np.abs(part.literals) - 1]
        yield own, LiteralRows(literals.astype(np.int32), part.starts)


def _leaning_of_part(rows: LiteralRows, count: int) -> Mode | float:
    """What the mode grows to, NaN if there is none."""
    graph = _ClauseGraph.of(rows, count)
    mode = None if graph is None else _softest_mode(graph)
    if graph is None or mode is None:
        return float("nan")
    # An eigenvector has its sign by chance: of two that violate as many the smaller is taken.
    grown = [np.round(graph.grown(sign * mode), DIGITS) for sign in (1.0, -1.0)]
    return min(grown, key=lambda x: (graph.violated(x), x.tolist()))


@dataclass(frozen=True)
class _ClauseGraph:
    """Clauses without repeated variables, and how strongly their literals act on each other.

    Attributes:
        rows: the clauses.
        signs: of their literals, ``[clauses, variables]``.
        strength: each clause's lambda, in the ratio of 1/(2^k - 1), at which noise is just not
            amplified.
    """

    rows: LiteralRows
    signs: csr_array
    strength: Float[np.ndarray, " clauses"]

    @classmethod
    def of(cls, rows: LiteralRows, count: int) -> _ClauseGraph | None:
        """None if the clauses are so few that no strength is critical."""
        signs = csr_array(
            (np.sign(rows.literals).astype(np.float64), np.abs(rows.literals) - 1, rows.starts),
            shape=(len(rows), count),
        )
        strength = _critical_strength(rows.lengths.astype(np.float64), signs)
        return None if strength is None else cls(rows, signs, strength)

    def violated(self, x: Mode) -> int:
        """How many clauses the signs of x violate."""
        met = np.sign(self.rows.literals) * x[np.abs(self.rows.literals) - 1] > 0
        return int(np.sum(~self.rows.reduced(np.logical_or, met)))

    def grown(self, mode: Mode) -> Mode:
        """What a mode saturates to by dx/dt = tanh(h(x)) - x, in a fixed number of steps.

        h is the force of all products of two and of three literals, less the reaction of a
        variable's neighbours to itself: x_i sum_j lambda_ij^2 (1 - x_j^2).
        """
        rows, count = self.rows, len(mode)
        variables, sign = np.abs(rows.literals) - 1, np.sign(rows.literals)
        strength = self.strength[rows.row_numbers]

        def of_others(values: np.ndarray) -> np.ndarray:
            """The sum over the other literals of each literal's clause."""
            sums = np.bincount(rows.row_numbers, values, minlength=len(rows))
            return sums[rows.row_numbers] - values

        x = np.clip(EXTENT * mode, -1.0, 1.0)
        for _ in range(STEPS):
            agreed = sign * x[variables]
            others = of_others(agreed)
            triples = (others**2 - of_others(agreed**2)) / 2.0
            reaction = (PAIRS * strength) ** 2 * of_others(1.0 - x[variables] ** 2) * x[variables]
            force = sign * strength * (TRIPLES * triples - PAIRS * others) - reaction
            x += STEP * (np.tanh(np.bincount(variables, force, minlength=count)) - x)
        return x


def _softest_mode(graph: _ClauseGraph) -> Mode | None:
    """The direction in which pairs of literals lean, root mean square 1; either sign of it."""
    found = _least_eigenvector(*_bethe_hessian(graph.rows.lengths, graph.strength, graph.signs))
    return None if found is None else found / np.sqrt(np.mean(found**2))


def _critical_strength(
    widths: Float[np.ndarray, " clauses"], signs: csr_array
) -> Float[np.ndarray, " clauses"] | None:
    """Each clause's lambda, in the ratio of 1/(2^k - 1), at which noise is just not amplified.

    Over a clause of k literals a variable hears k - 1 others, each lambda times, of which squares
    add up; and then each of them hears its own other clauses.
    """
    lean = 1.0 / (2.0 ** np.minimum(widths, 60.0) - 1.0)
    heard = (widths - 1.0) * lean**2
    members = abs(signs)
    at_variable = members.T @ heard
    onward = np.sum(at_variable**2 - members.T @ heard**2)
    if onward <= 0:
        return None  # no clause has a neighbour
    strength: np.ndarray = lean * np.sqrt(at_variable.sum() / onward)
    # As loud as this, the literals of a single clause would amplify each other.
    return None if np.any(strength * (widths - 1.0) >= 1.0) else strength


def _bethe_hessian(
    widths: np.ndarray, strength: np.ndarray, signs: csr_array
) -> tuple[Float[np.ndarray, " variables"], csr_array]:
    """The diagonal d and the factor F of the matrix ``diag(d) + F^T F``.

    With S = I - J, the agreement of a clause's literals with each other, they answer what is asked
    of them by lambda S (I + lambda S)^-1 = a I + b J, J being the signs times themselves.
    """
    own = strength / (1.0 + strength)
    others = strength * (1.0 - widths) / (1.0 - strength * (widths - 1.0))
    together = (others - own) / widths
    diagonal = 1.0 - abs(signs).T @ own
    return diagonal, (diags_array(np.sqrt(-together)) @ signs).tocsr()


def _least_eigenvector(diagonal: np.ndarray, factor: csr_array) -> np.ndarray | None:
    """The eigenvector of the least eigenvalue of ``diag(d) + F^T F``, if that is negative."""
    count = len(diagonal)
    if count <= DENSE:
        values, vectors = np.linalg.eigh(np.diag(diagonal) + (factor.T @ factor).toarray())
    else:
        transposed = factor.T.tocsr()
        matrix = LinearOperator(
            # Less 1, for accuracy is relative and the eigenvalue that is looked for is about 0.
            (count, count),
            matvec=lambda x: (diagonal - 1.0) * x + transposed @ (factor @ x),
        )
        begin = np.random.default_rng(0).normal(size=count)
        try:
            values, vectors = eigsh(
                matrix, k=1, which="SA", v0=begin, tol=TOLERANCE, maxiter=RESTARTS
            )
        except ArpackNoConvergence:
            return None
        values = values + 1.0
    vector: np.ndarray = vectors[:, 0]
    return vector if values[0] < 0 else None


def spectral_starts(lean: Mode, runs: int, seed: int) -> Float[np.ndarray, "variables runs"]:
    """Where runs begin: beside what a formula leans to, each a little farther than the last.

    NaN where a part leans nowhere.
    """
    noise = [np.random.default_rng((seed, run)).normal(size=len(lean)) for run in range(runs)]
    spread = np.linspace(NEAREST, FARTHEST, runs)
    return np.clip(lean[:, None] + spread * np.stack(noise, axis=1), -1.0, 1.0)
