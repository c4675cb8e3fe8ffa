"""``IsingProblem``: spins, couplings and fields with exact coefficients, however they were given.

One convention holds everywhere in odesolve, and it is that of dimod and of the files in use: the
energy that is minimised is

    E(s) = sum_{i<j} J_ij s_i s_j + sum_i h_i s_i + offset,   s_i = -1 or +1

A positive coupling makes its two spins differ. Physicists' H = -1/2 sum J s s - sum h s is E with
the signs of J and h turned. A bit x is the spin s = 2 x - 1. A cut of weights w is E with J = w:
its weight is (sum w - E) / 2 where there are no fields and no offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.problems.arguments import plain_array, shown
from odesolve.problems.errors import InputError, quote
from odesolve.problems.ising.collected_terms import collected
from odesolve.problems.ising.numbers import Exact, magnitude, reduced
from odesolve.problems.ising.terms import Terms, terms_of_bits

__all__ = ["IsingProblem", "Qubo"]


@dataclass(frozen=True, eq=False)
class Qubo:
    """An Ising problem on bits: sum_{i<j} Q_ij x_i x_j + sum_i q_i x_i + offset.

    Attributes:
        pairs: int32 ``[quadratic, 2]``, ``i < j``, unique and sorted.
        quadratic: the numerators of Q, ``[quadratic]``.
        linear: the numerators of q, ``[bits]``.
        offset: a numerator, too.
        denominator: of all coefficients.

    Example:
        >>> import odesolve as ode
        >>> qubo = ode.IsingProblem.from_dicts([1, 0], {(0, 1): 2}).to_qubo()
        >>> qubo.quadratic.tolist(), qubo.linear.tolist(), qubo.offset
        ([8], [-2, -4], 1)
    """

    pairs: Int[np.ndarray, "quadratic 2"]
    quadratic: np.ndarray
    linear: np.ndarray
    offset: int
    denominator: int


@dataclass(frozen=True, eq=False)
class IsingProblem:
    """Spins with couplings, fields and an offset, of exact coefficients.

    The energy is E(s) = sum_{i<j} J_ij s_i s_j + sum_i h_i s_i + offset, as in dimod. All
    coefficients are integers over one denominator, so that no energy is ever rounded. Make one
    with ``from_arrays``, ``from_dicts``, ``from_qubo``, ``from_matrix`` or ``from_graph``.

    Attributes:
        pairs: int32 ``[couplings, 2]`` of spin numbers, ``i < j``, unique and sorted, read-only.
        couplings: the numerators of J, ``[couplings]``, none zero: int64, or Python's integers
            (``object``) where those could overflow.
        fields: the numerators of h, ``[spins]``, likewise.
        offset: the numerator of the offset.
        denominator: of all coefficients, at least 1; the fractions have no common divisor.
        names: what the variables are called; empty for their numbers from 0.
        is_binary: whether the user's variables are bits: answers are then written as 0 and 1.
        notes: what was changed on the way, for the user.

    Example:
        >>> import odesolve as ode
        >>> problem = ode.IsingProblem.from_dicts({"a": 1}, {("a", "b"): -2})
        >>> problem.spin_count, problem.couplings.tolist(), problem.fields.tolist()
        (2, [-2], [1, 0])
        >>> problem.energy([-1, -1])
        -3
    """

    pairs: Int[np.ndarray, "couplings 2"]
    couplings: np.ndarray
    fields: np.ndarray
    offset: int = 0
    denominator: int = 1
    names: tuple[Any, ...] = ()
    is_binary: bool = False
    notes: tuple[str, ...] = ()

    # ------------------------------------------------------------------------------- construction

    @classmethod
    def from_arrays(
        cls,
        rows: Any,
        columns: Any,
        values: Any,
        *,
        linear: Any = None,
        offset: Any = 0,
        variables: int | None = None,
        binary: bool = False,
        names: Sequence[Any] = (),
        notes: Iterable[str] = (),
        place: str = "problem",
        place_of_term: Callable[[int], str] | None = None,
    ) -> IsingProblem:
        """From coordinates: terms in any order, those of the same pair add up.

        Arguments:
            rows, columns: variable numbers from 0, ``[terms]``.
            values: coefficients, ``[terms]``: integers, floats (exactly the binary fraction that
                they are), ``Fraction`` or ``Decimal``. A term of a variable with itself is a
                constant for spins, since s s = 1, and a linear term for bits, since x x = x.
            linear: coefficients of the single variables, ``[variables]``.
            offset: a number.
            variables: how many there are; None for those that appear.
            binary: whether the variables are bits.
            names: what they are called, each once.
            notes: notes to begin with.
            place: what to call the input in errors.
            place_of_term: number of a term -> its place, for errors.

        Raises:
            InputError: a number of a variable or a coefficient is none, lengths differ, or there
                are too many variables.
        """
        terms, told = collected(
            (rows, columns, values, linear, offset),
            variables=variables,
            binary=binary,
            names=names,
            place=place,
            place_of_term=place_of_term,
        )
        return cls(*terms, names=tuple(names), is_binary=binary, notes=(*notes, *told))

    @classmethod
    def from_dicts(
        cls,
        linear: Mapping[Any, Any] | Sequence[Any],
        quadratic: Mapping[tuple[Any, Any], Any],
        offset: Any = 0,
        *,
        binary: bool = False,
        place: str = "problem",
    ) -> IsingProblem:
        """From dictionaries as dimod's h and J (or, for bits, the two halves of Q).

        Variables are numbered in order of appearance, those of ``linear`` first; names are any
        hashable values. Where all are the numbers 0 .. n-1, they keep their numbers.

        Arguments:
            linear: name -> coefficient; a list stands for the names 0, 1, ...
            quadratic: (name, name) -> coefficient; (a, b) and (b, a) add up.
            offset: a number.
            binary: whether the variables are bits.
            place: what to call the input in errors.

        Raises:
            InputError: what was given is no such dictionary, or a coefficient is no number.

        Example:
            >>> import odesolve as ode
            >>> problem = ode.IsingProblem.from_dicts({}, {(0, 1): 1, (1, 0): 1, (1, 1): 5})
            >>> problem.couplings.tolist(), problem.offset
            ([2], 5)
        """
        if not isinstance(quadratic, Mapping):
            raise InputError(place, shown(quadratic), "a dictionary (name, name) -> coefficient")
        if not isinstance(linear, Mapping):
            linear = dict(enumerate(linear))
        index: dict[Any, int] = {}
        for name in linear:
            index.setdefault(name, len(index))
        for key in quadratic:
            if not isinstance(key, tuple) or len(key) != 2:
                raise InputError(place, f"the key {quote(key)}", "a pair of names")
            for name in key:
                index.setdefault(name, len(index))
        names: tuple[Any, ...] = tuple(index)
        count = len(names)
        if all(type(name) is int and 0 <= name < count for name in names):
            index = {name: name for name in names}
            names = ()
        single = [0] * count
        for name, value in linear.items():
            single[index[name]] = value
        keys = list(quadratic)
        return cls.from_arrays(
            np.array([index[first] for first, _ in keys], np.int64),
            np.array([index[second] for _, second in keys], np.int64),
            list(quadratic.values()),
            linear=single,
            offset=offset,
            variables=count,
            binary=binary,
            names=names,
            place=place,
            place_of_term=lambda number: f"{place}: the term {quote(keys[number])}",
        )

    @classmethod
    def from_qubo(cls, qubo: Any, offset: Any = 0, *, place: str = "problem") -> IsingProblem:
        """From a QUBO: the energy is x Q x + offset over bits x.

        Arguments:
            qubo: a dictionary (name, name) -> coefficient as dimod's, or a square matrix, dense or
                sparse (SciPy), whose entries above and below the diagonal add up.
            offset: a number.
            place: what to call the input in errors.

        Raises:
            InputError: it is neither, or holds something that is no number.

        Example:
            >>> import odesolve as ode
            >>> problem = ode.IsingProblem.from_qubo({("x", "x"): -1, ("x", "y"): 2})
            >>> problem.energy_of_bits([1, 0]), problem.energy_of_bits([1, 1])
            (-1, 1)
        """
        if isinstance(qubo, Mapping):
            return cls.from_dicts({}, qubo, offset, binary=True, place=place)
        return cls._of_matrix(qubo, None, offset, binary=True, place=place)

    @classmethod
    def from_matrix(
        cls, matrix: Any, fields: Any = None, offset: Any = 0, *, place: str = "problem"
    ) -> IsingProblem:
        """From a square matrix of couplings, dense or sparse (SciPy): E = s M s + h s + offset.

        The entries above and below the diagonal add up: give a triangle, or half of a symmetric
        matrix, where each coupling should count once.

        Raises:
            InputError: it is no square matrix, or holds something that is no number.
        """
        return cls._of_matrix(matrix, fields, offset, binary=False, place=place)

    @classmethod
    def _of_matrix(
        cls, matrix: Any, linear: Any, offset: Any, *, binary: bool, place: str
    ) -> IsingProblem:
        if hasattr(matrix, "tocoo"):
            sparse = matrix.tocoo()
            shape, (rows, columns), values = sparse.shape, (sparse.row, sparse.col), sparse.data
        else:
            array = plain_array(matrix, place)
            if array is None:
                raise InputError(place, shown(matrix), "a dictionary or a square matrix")
            shape = array.shape
            if array.ndim == 2:
                rows, columns = np.nonzero(array)
                values = array[rows, columns]
        if len(shape) != 2 or shape[0] != shape[1]:
            raise InputError(place, f"an array of shape {shape}", "a square matrix")
        made = cls.from_arrays(
            rows,
            columns,
            values,
            linear=linear,
            offset=offset,
            variables=int(shape[0]),
            binary=binary,
            place=place,
        )
        # That the two halves of a matrix add up is nothing to be told.
        return replace(made, notes=())

    @classmethod
    def from_graph(cls, graph: Any, weights: Any = None) -> IsingProblem:
        """The largest cut of a graph: J is the weight of an edge, and a cut is (sum w - E) / 2.

        Arguments:
            graph: whatever ``odesolve.color`` takes for a graph.
            weights: one a row of ``Graph.edges``; None for those that the graph has, or 1 each.

        Raises:
            InputError: it is no graph, or the weights are not as many numbers.

        Example:
            >>> import odesolve as ode
            >>> square = ode.IsingProblem.from_graph([(0, 1), (1, 2), (2, 3), (3, 0)])
            >>> square.cut(square.energy([1, -1, 1, -1]))
            4
        """
        from odesolve.problems.graphs.from_objects import graph_from

        graph = graph_from(graph)
        values, notes = weights, graph.notes
        if weights is None and graph.edge_weights is not None:
            values, told = graph.edge_weights.of_edges()
            notes = (*graph.edge_weights.without_own(notes), *told)
        elif weights is None:
            values = np.ones(graph.edge_count, np.int64)
        numbered = graph.names == tuple(range(graph.node_count))
        return cls.from_arrays(
            graph.edges[:, 0],
            graph.edges[:, 1],
            values,
            variables=graph.node_count,
            names=() if numbered else graph.names,
            notes=notes,
            place="weights",
        )

    # ------------------------------------------------------------------------------------ reading

    @property
    def spin_count(self) -> int:
        """Number of variables."""
        return len(self.fields)

    @property
    def coupling_count(self) -> int:
        """Number of couplings that are not zero."""
        return len(self.couplings)

    @cached_property
    def labels(self) -> tuple[Any, ...]:
        """The names, or the numbers from 0."""
        return self.names or tuple(range(self.spin_count))

    @cached_property
    def magnitude(self) -> int:
        """The sum of all numerators' magnitudes: no energy's numerator is larger."""
        return magnitude(self.couplings) + magnitude(self.fields) + abs(self.offset)

    @cached_property
    def total_coupling(self) -> Exact:
        """The sum of all couplings; for a cut, of all weights."""
        return reduced(sum(self.couplings.tolist()), self.denominator)

    @cached_property
    def degrees(self) -> Int[np.ndarray, " spins"]:
        """How many couplings each spin has."""
        return np.bincount(self.pairs.ravel(), minlength=self.spin_count)

    @property
    def density(self) -> float:
        """The share of all pairs that are coupled; 0 for fewer than two spins."""
        pairs = self.spin_count * (self.spin_count - 1) / 2
        return self.coupling_count / pairs if pairs else 0.0

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes as results tell them."""
        return {
            "spins": self.spin_count,
            "couplings": self.coupling_count,
            "fields": int(np.count_nonzero(self.fields)),
        }

    def energy(self, spins: Any) -> Exact:
        """The exact energy of -1 and +1, ``[spins]``; see ``odesolve.problems.ising.check``.

        Raises:
            InputError: they are not as many spins.
        """
        from odesolve.problems.ising.check import energy

        return energy(self, spins)

    def energy_of_bits(self, bits: Any) -> Exact:
        """The exact energy of 0 and 1, ``[spins]``, each of which is the spin 2 x - 1.

        Raises:
            InputError: they are not as many bits.
        """
        from odesolve.problems.ising.check import checked_bits, energy

        return energy(self, 2 * checked_bits(self, bits) - 1)

    def cut(self, energy: Exact) -> Exact:
        """The weight of the cut that has this energy, where couplings are weights of edges."""
        offset = reduced(self.offset, self.denominator)
        doubled = self.total_coupling - (energy - offset)
        return reduced(doubled.numerator, 2 * doubled.denominator)

    def to_qubo(self) -> Qubo:
        """The same energy as a function of bits x = (s + 1) / 2.

        Example:
            >>> import odesolve as ode
            >>> qubo = ode.IsingProblem.from_dicts([1, 0], {(0, 1): 2}).to_qubo()
            >>> qubo.quadratic.tolist(), qubo.linear.tolist(), qubo.offset
            ([8], [-2, -4], 1)
        """
        terms = Terms(self.pairs, self.couplings, self.fields, self.offset, self.denominator)
        return Qubo(*terms_of_bits(terms))
