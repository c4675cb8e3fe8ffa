"""``IsingProblem``: spins, couplings and fields with exact coefficients, however they were given.

One convention holds everywhere in odesolve, and it is that of dimod and of the files in use: the
energy that is minimised is

    E(s) = sum_{i<j} J_ij s_i s_j + sum_i h_i s_i + offset,   s_i = -1 or +1

A positive coupling makes its two spins differ. Physicists' H = -1/2 sum J s s - sum h s is E with
the signs of J and h turned. A bit x is the spin s = 2 x - 1. A cut of weights w is E with J = w:
its weight is (sum w - E) / 2 where there are no fields and no offset.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.problems.arguments import plain_array, shown
from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.graph import NODE_LIMIT
from odesolve.problems.integers import as_integer
from odesolve.problems.ising.coefficients import as_exact
from odesolve.problems.ising.numbers import (
    INT64_ROOM,
    Exact,
    compact,
    magnitude,
    over,
    reduced,
    summed,
)

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
        first, second = _indices(rows, place), _indices(columns, place)
        numbers, divisor = as_exact(values, place, place_of_term)
        if not len(first) == len(second) == len(numbers):
            raise InputError(
                place,
                f"{len(first)} rows, {len(second)} columns and {len(numbers)} values",
                "as many of each",
            )
        own = np.zeros(0, np.int64) if linear is None else linear
        single, single_divisor = as_exact(own, place)
        constant, constant_divisor = as_exact([offset], place)
        most = int(max(first.max(initial=-1), second.max(initial=-1))) + 1
        count = max(most, len(single), len(names)) if variables is None else variables
        _check_count(count, most, len(single), names, place)
        common = math.lcm(divisor, single_divisor, constant_divisor)
        numbers = over(numbers, divisor, common)
        single = over(single, single_divisor, common)
        single = np.concatenate([single, np.zeros(count - len(single), np.int64)])
        constant_number = int(constant[0]) * (common // constant_divisor)
        _check_sign(first, second, place, place_of_term)

        loops = first == second
        if binary:
            single = _added(single, summed(numbers[loops], first[loops], count))
        else:
            constant_number += sum(numbers[loops].tolist())
        low, high = np.minimum(first, second)[~loops], np.maximum(first, second)[~loops]
        keys, coefficients = _merged(low * max(count, 1) + high, compact(numbers[~loops]))
        pairs = np.stack(np.divmod(keys, max(count, 1)), axis=1)
        told = list(notes)
        if repeated := len(low) - len(keys):
            told.append(f"{repeated} repeated term{'s' if repeated > 1 else ''} added up")
        if binary:
            made = _spins(pairs, coefficients, single, constant_number, common)
        else:
            made = pairs, coefficients, single, constant_number, common
        return cls._reduced(*made, names=tuple(names), is_binary=binary, notes=tuple(told))

    @classmethod
    def _reduced(
        cls,
        pairs: np.ndarray,
        couplings: np.ndarray,
        fields: np.ndarray,
        offset: int,
        denominator: int,
        **rest: Any,
    ) -> IsingProblem:
        """Without zero couplings, and with the least denominator."""
        kept = couplings != 0
        pairs, couplings = pairs[kept.astype(bool)], couplings[kept.astype(bool)]
        if denominator > 1:
            divisor = math.gcd(denominator, offset, _divisor(couplings), _divisor(fields))
            if divisor >= INT64_ROOM:  # all of them are zero, or none is of 64 bits
                couplings, fields = couplings.astype(object), fields.astype(object)
            couplings, fields = couplings // divisor, fields // divisor
            offset, denominator = offset // divisor, denominator // divisor
        total = magnitude(couplings) + magnitude(fields) + abs(offset)
        if total >= INT64_ROOM:
            couplings, fields = couplings.astype(object), fields.astype(object)
        else:
            couplings, fields = compact(couplings), compact(fields)
        pairs = np.ascontiguousarray(pairs, np.int32).reshape(-1, 2)
        for array in (pairs, couplings, fields):
            array.setflags(write=False)
        return cls(pairs, couplings, fields, offset, denominator, **rest)

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
        room = 8 * (self.magnitude + 1) < INT64_ROOM
        couplings = self.couplings if room else self.couplings.astype(object)
        fields = self.fields if room else self.fields.astype(object)
        # J s s = J (4 x x - 2 x - 2 x + 1) and h s = 2 h x - h
        around = _around(self.pairs, couplings, self.spin_count)
        linear = 2 * fields - 2 * around
        offset = self.offset + sum(couplings.tolist()) - sum(fields.tolist())
        quadratic = 4 * couplings
        divisor = math.gcd(self.denominator, offset, _divisor(quadratic), _divisor(linear))
        if self.denominator == 1:
            divisor = 1
        return Qubo(
            self.pairs,
            compact(quadratic // divisor),
            compact(linear // divisor),
            offset // divisor,
            self.denominator // divisor,
        )


def _spins(
    pairs: np.ndarray, quadratic: np.ndarray, linear: np.ndarray, offset: int, denominator: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, int]:
    """Terms of bits as terms of spins, by x = (s + 1) / 2: everything over four times as much."""
    if 8 * (magnitude(quadratic) + magnitude(linear)) >= INT64_ROOM:
        quadratic, linear = quadratic.astype(object), linear.astype(object)
    # Q x x = Q (s s + s + s + 1) / 4 and q x = (2 q s + 2 q) / 4
    fields = 2 * linear + _around(pairs, quadratic, len(linear))
    constant = 4 * offset + sum(quadratic.tolist()) + 2 * sum(linear.tolist())
    return pairs, quadratic, fields, constant, 4 * denominator


def _around(pairs: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """For each variable the sum over the pairs that it is in."""
    return summed(np.concatenate([values, values]), pairs.T.ravel(), count)


def _merged(keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different keys in order, and the sums of their values."""
    if (np.diff(keys) > 0).all():
        return keys, values
    kept, groups = np.unique(keys, return_inverse=True)
    return kept, summed(values, groups.ravel(), len(kept))


def _added(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    if magnitude(first) + magnitude(second) < INT64_ROOM:
        return first.astype(np.int64) + second.astype(np.int64)
    return first.astype(object) + second.astype(object)


def _divisor(numbers: np.ndarray) -> int:
    """The greatest common divisor of all; 0 for none."""
    if numbers.dtype == object:
        return math.gcd(*numbers.tolist())
    return int(np.gcd.reduce(numbers)) if len(numbers) else 0


def _indices(values: Any, place: str) -> np.ndarray:
    array = np.asarray(values)
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise InputError(place, f"numbers of variables as {array.dtype}", "a list of integers")
    return array.astype(np.int64)


def _check_count(count: Any, most: int, linear: int, names: Sequence[Any], place: str) -> None:
    """Raises InputError for a wrong number of variables."""
    if as_integer(count) is None or count < 0:
        raise InputError(place, f"{shown(count)} variables", "a number of them")
    if count > NODE_LIMIT:
        raise InputError(place, f"{count} variables", f"at most {NODE_LIMIT}")
    if most > count:
        raise InputError(place, f"variable {most - 1} of {count}", "numbers below that")
    if linear > count:
        raise InputError(place, f"{linear} linear coefficients", f"at most {count}")
    if names and (len(names) != count or len(set(names)) != count):
        raise InputError(place, f"{len(set(names))} different names", f"{count}, one a variable")


def _check_sign(
    first: np.ndarray,
    second: np.ndarray,
    place: str,
    place_of_term: Callable[[int], str] | None,
) -> None:
    wrong = np.flatnonzero((first < 0) | (second < 0))
    if wrong.size:
        number = int(wrong[0])
        where = place_of_term(number) if place_of_term else place
        least = min(int(first[number]), int(second[number]))
        raise InputError(where, f"variable {least}", "numbers from 0")
