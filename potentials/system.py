"""The compiler's product: a ``System`` that evaluates all clauses of a problem at once.

Clauses of one family, form, arity and domains become one group of arrays with one kernel. The
arrays are leaves of a pytree: a system is passed to jitted functions as an argument, so problems
of the same shape share one compilation, and nothing of size clauses x variables is ever formed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.accumulation import Incidence, gather_sum, scatter_sum
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential
from odesolve.potentials.domains import Domain, Simplex
from odesolve.potentials.goals import Goal
from odesolve.potentials.layout import Layout
from odesolve.potentials.pair_products import PairProducts
from odesolve.potentials.positions import each, gathered, is_unrolled

#: Where a cell that may only be 0 stands before the projection, which then leaves it 0.
CLOSED = -1e6


class Forms(NamedTuple):
    """What one group says at a state: V, the pull on its cells, and the rigidity if it has one.

    Of a group with ``products`` the pull is -1 for each clause, ``[clauses, 1, runs]``: times the
    clause's strength it is what ``System.accumulate`` needs to know.
    """

    value: Potential
    pull: CellValues
    rigidity: CellValues | None


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["clauses", "cells", "component", "weight", "penalty", "level", "products"],
    meta_fields=["domains"],
)
@dataclass(frozen=True, eq=False)
class Group:
    """Clauses that share one kernel, with the cells they act on and their component.

    ``weight`` is None when all are 1; ``penalty`` is None when the clauses must hold. ``level`` is
    the potential of each clause where every variable is undecided, at the centre of its domain;
    it is known for clauses over shares, one number where that is the same for all, and 1 for
    others. With ``products`` potentials and forces are products of matrices
    (``potentials.pair_products``).
    """

    clauses: Clauses
    cells: Int[Array, "clauses width"]
    component: Int[Array, " clauses"]
    weight: Float[Array, "clauses 1"] | None
    penalty: Int[Array, "clauses 1"] | None
    domains: tuple[Domain, ...]
    level: Float[Array, "clauses 1"] | Float[Array, ""] | float = 1.0
    products: PairProducts | None = None

    def weighted(self, values: Float[Array, "clauses ..."]) -> Float[Array, "clauses ..."]:
        """Values of the clauses, each times its weight; the clauses stand first."""
        if self.weight is None:
            return values
        return self.weight.reshape(-1, *[1] * (values.ndim - 1)) * values

    def value(self, x: Float[Array, "cells runs"]) -> Potential:
        if self.products is not None:
            return self.products.value(x)
        return self.clauses.value(self.own_cells(x), self.domains)

    def forms(self, x: Float[Array, "cells runs"], rigidity: bool = False) -> Forms:
        if self.products is not None:
            value = self.products.value(x)
            return Forms(value, jnp.full_like(value, -1.0)[:, None], None)
        own = self.own_cells(x)
        value, pull = self.clauses.value_and_pull(own, self.domains)
        return Forms(value, pull, self.clauses.rigidity(own, self.domains) if rigidity else None)

    def satisfied(self, values: Int[Array, "variables runs"]) -> Bool[Array, "clauses runs"]:
        own = gathered(values, self.clauses.scopes, self.by_position)
        return self.clauses.satisfied(own)

    @property
    def by_position(self) -> bool:
        """Whether arrays of its cells are best treated position by position."""
        return self.clauses.by_position and is_unrolled(self.cells.shape[1])

    @property
    def arrays_of_cells(self) -> int:
        """How many arrays hold what is kept of each cell: one, or one for each position."""
        return int(self.cells.shape[1]) if self.by_position else 1

    def each(self, function: Callable[..., Array], *cells: CellValues) -> CellValues:
        """An element-wise function of arrays of its cells; width 1 stands for every position."""
        return each(function, *cells) if self.by_position else function(*cells)

    def own_cells(self, x: Float[Array, "cells runs"]) -> CellValues:
        """The cells that each clause acts on."""
        return gathered(x, self.cells, self.by_position)


@partial(
    jax.tree_util.register_dataclass,
    data_fields=[
        "groups",
        "component",
        "fixed",
        "mobility",
        "goal",
        "incidence",
        "worst_cost",
        "polarity",
        "open",
        "number",
    ],
    meta_fields=["layout", "component_count"],
)
@dataclass(frozen=True, eq=False)
class System:
    """A compiled problem: what the dynamics integrate.

    ``component`` numbers the independent parts of the problem (variables joined by no clause),
    so that each part's best assignment can be kept apart. ``fixed`` is NaN for free cells and
    the value to hold for fixed ones, or None when nothing is fixed. ``mobility`` multiplies the
    velocity of cells, None when all are 1. With a ``goal`` a run is solved when that is reached.
    ``worst_cost`` is the sum of all penalties in each component, None when no clause is soft.

    Make one with ``compile_system``. Arrays that its methods take and give have the runs last.

    Example:
        >>> import numpy as np
        >>> import odesolve as ode
        >>> system = ode.compile_system([(ode.Box(), 3)], [ode.Or([[0, 1, 2]], [[1, 1, -1]])])
        >>> system.variable_count, system.cell_count, system.clause_count
        (3, 3, 1)
        >>> system.violated(np.array([[0, 1], [0, 0], [1, 1]])).tolist()  # [components, runs]
        [[1, 0]]
    """

    groups: tuple[Group, ...]
    component: Int[Array, " variables"]
    fixed: Float[Array, "cells 1"] | None
    mobility: Float[Array, "cells 1"] | None
    goal: Goal | None
    incidence: Incidence | None
    worst_cost: Int[Array, "components 1"] | None
    layout: Layout
    component_count: int
    #: For each bit, in how many disjunctions it stands, less those with its negation.
    polarity: Float[Array, "cells 1"]
    #: 1 for the cells of a simplex that may be more than 0, None when all may.
    open: Float[Array, "cells 1"] | None = None
    #: Of a padded system the cells' numbers before, -1 for spare ones: for equations that add up
    #: over all clauses or cells, or draw for each. None elsewhere.
    number: Int[Array, "cells 1"] | None = None

    @property
    def variable_count(self) -> int:
        return self.layout.variable_count

    @property
    def cell_count(self) -> int:
        return self.layout.cell_count

    @property
    def clause_count(self) -> int:
        return sum(len(group.clauses) for group in self.groups)

    def is_real(self, group: Group) -> Bool[Array, "clauses 1"] | None:
        """Which clauses of a group are not idle (``odesolve.potentials.padding``); None for all."""
        return None if self.number is None else self.number[group.cells[:, 0]] >= 0

    def counted(self) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """The number of variables, and in how many clauses one of them stands on average.

        Spare variables and idle clauses do not count, and neither do literals that are padding.
        """
        xp = array_namespace(self.polarity)
        places: Array | int = 0
        for group in self.groups:
            scopes, signs = group.clauses.scopes, getattr(group.clauses, "signs", None)
            named = xp.ones(np.shape(scopes), bool) if signs is None else xp.asarray(signs) != 0
            real = self.is_real(group)
            places = places + (named if real is None else named & real).sum()
        variables: Array | int = self.variable_count
        if self.number is not None:
            firsts = [
                self.number[block.cells][:: block.domain.width] for block in self.layout.blocks
            ]
            variables = sum(((first >= 0).sum() for first in firsts), start=xp.int32(0))
        count = xp.maximum(xp.asarray(variables, xp.float32), xp.float32(1.0))
        return count, xp.asarray(places, xp.float32) / count

    def sample(self, generators: Sequence[np.random.Generator]) -> Float[np.ndarray, "cells runs"]:
        """Random starts, one generator a run."""
        x = np.empty((self.cell_count, len(generators)), np.float32)
        for run, generator in enumerate(generators):
            for block in self.layout.blocks:
                x[block.cells, run] = block.domain.sample(generator, block.count).reshape(-1)
        return x if self.open is None else self._shared_out(x)

    def _shared_out(self, x: Float[np.ndarray, "cells runs"]) -> Float[np.ndarray, "cells runs"]:
        """Shares of open cells alone, scaled up to what all of their variable's had together."""
        assert self.open is not None
        kept = x * np.asarray(self.open)
        for block in self.layout.blocks:
            if isinstance(block.domain, Simplex):
                part = kept[block.cells].reshape(block.count, block.domain.width, x.shape[1])
                total = part.sum(axis=1, keepdims=True)
                kept[block.cells] = (part / np.maximum(total, 1e-30)).reshape(-1, x.shape[1])
        return kept

    def hold(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """x with the fixed cells at their values."""
        if self.fixed is None:
            return x
        xp = array_namespace(x, self.fixed)
        return xp.where(xp.isnan(self.fixed), x, self.fixed)

    def project(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """The nearest admissible state: variables in their domains, fixed ones at their values."""
        if self.open is not None:
            x = array_namespace(x, self.open).where(self.open > 0, x, CLOSED)
        return self.hold(self._by_block(x, lambda domain, part: domain.project(part)))

    def tangent(self, force: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """The velocity that a force gives: along the domains, by mobility, 0 if fixed."""
        if self.mobility is not None:
            force = self.mobility * force
        if self.open is None:
            force = self._by_block(force, lambda domain, part: domain.tangent(part))
        else:
            force = self.open * (force - self._mean_of_open(force))
        return force if self.fixed is None else jnp.where(jnp.isnan(self.fixed), force, 0.0)

    def from_centre(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """Where every variable stands from the undecided point of its domain."""
        if self.open is not None:
            return self.open * (x - self._mean_of_open(self.open))
        return self._by_block(x, lambda domain, part: domain.from_centre(part))

    def _mean_of_open(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """For each cell of a simplex, the sum over its variable's open cells by their number; 0 for
        other cells. Of ``open`` itself, the number's inverse."""
        assert self.open is not None
        counted = x is self.open

        def mean(domain: Domain, part: Array, opened: Array) -> Array:
            if not isinstance(domain, Simplex):
                return jnp.zeros_like(part)
            number = opened.sum(axis=1, keepdims=True)
            total = 1.0 if counted else (part * opened).sum(axis=1, keepdims=True)
            return jnp.broadcast_to(total / number, part.shape)

        parts = []
        for block in self.layout.blocks:
            shape = (block.count, block.domain.width, -1)
            part, opened = x[block.cells].reshape(shape), self.open[block.cells].reshape(shape)
            parts.append(mean(block.domain, part, opened).reshape(-1, x.shape[1]))
        return parts[0] if len(parts) == 1 else jnp.concatenate(parts)

    def means(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """Bits as means between -1 and +1. Raises ValueError for other domains."""
        return self._by_block(x, lambda domain, part: domain.means(part))

    def at_means(self, means: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """The cells of bits with these means."""
        return self._by_block(means, lambda domain, part: domain.at_means(part))

    def largest_in_variable(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """For each cell, the largest magnitude among the cells of its variable."""

        def largest(domain: Domain, part: Array) -> Array:
            return jnp.broadcast_to(jnp.abs(part).max(axis=1, keepdims=True), part.shape)

        return self._by_block(x, largest)

    def decode(self, x: Float[Array, "cells runs"]) -> Int[Array, "variables runs"]:
        """The discrete assignment that each run stands for."""
        parts = [
            block.domain.decode(x[block.cells].reshape(block.count, block.domain.width, x.shape[1]))
            for block in self.layout.blocks
        ]
        xp = array_namespace(x)
        return xp.concatenate(parts) if parts else xp.zeros((0, x.shape[1]), xp.int32)

    def accumulate(
        self, pulls: Sequence[CellValues], x: Float[Array, "cells runs"] | None = None
    ) -> Float[Array, "cells runs"]:
        """The sum over all clauses of forces given group by group, ``[clauses, width, runs]``.

        Arguments:
            x: where the forces act, for groups with ``products``; only a dynamics that
                ``scales_pulls`` is given a system that has them.
        """
        added = [
            (group, pull)
            for group, pull in zip(self.groups, pulls, strict=True)
            if group.products is None
        ]
        runs = pulls[0].shape[-1] if pulls else 1
        if not added:
            force = jnp.zeros((self.cell_count, runs), jnp.float32)
        elif self.incidence is not None:
            force = gather_sum([pull for _, pull in added], self.incidence)
        else:
            force = scatter_sum(
                [pull for _, pull in added],
                [group.cells for group, _ in added],
                (self.cell_count, runs),
                [group.by_position for group, _ in added],
            )
        for group, pull in zip(self.groups, pulls, strict=True):
            if group.products is not None:
                assert x is not None
                pushed = group.products.force(x, pull[:, 0])
                force = force.at[group.products.cells].add(pushed)
        return force

    def accumulate_by_sign(
        self, pulls: Sequence[CellValues]
    ) -> tuple[Float[Array, "cells runs"], Float[Array, "cells runs"]]:
        """The sums over all disjunctions of what they say to their literals, group by group.

        Returns:
            For each bit the sum over its own literals, and that over its negations.
        """
        if self.incidence is None:
            runs = pulls[0].shape[-1] if pulls else 1
            rows = [self.literal_rows(group) for group in self.groups]
            apart = [group.by_position for group in self.groups]
            both = scatter_sum(pulls, rows, (2 * self.cell_count + 1, runs), apart)
            return both[: self.cell_count], both[self.cell_count : -1]
        return self._sum_of_sign(1.0, pulls), self._sum_of_sign(-1.0, pulls)

    def _sum_of_sign(
        self, wanted: float, pulls: Sequence[CellValues]
    ) -> Float[Array, "cells runs"]:
        def chosen(sign: Array, pull: Array) -> Array:
            return jnp.where(sign == wanted, pull, 0.0)

        return self.accumulate(
            [
                group.each(chosen, jnp.asarray(group.clauses.polarity())[:, :, None], pull)
                for group, pull in zip(self.groups, pulls, strict=True)
            ]
        )

    def of_literals(self, table: Float[Array, "literals runs"], group: Group) -> CellValues:
        """The rows of a group's literals in a table of all bits, all negations, and padding."""
        return gathered(table, self.literal_rows(group), group.by_position)

    def literal_rows(self, group: Group) -> Int[Array, "clauses width"]:
        """For each literal its row in a table of all bits, all negations, and padding."""
        xp = array_namespace(group.cells, group.clauses.polarity())
        sign = xp.asarray(group.clauses.polarity())
        of_bits = group.cells + self.cell_count * (sign < 0).astype(group.cells.dtype)
        return xp.where(sign == 0, xp.int32(2 * self.cell_count), of_bits)

    def violated(self, values: Int[Array, "variables runs"]) -> Int[Array, "components runs"]:
        """How many clauses of each component an assignment violates; soft ones do not count.

        With a goal clauses do not count: 0 where it is reached, 1 elsewhere.
        """
        if self.goal is not None:
            return (~self.goal.reached(values)).astype(np.int32)[None, :]
        hard = [group for group in self.groups if group.penalty is None]
        counts = [(~group.satisfied(values)).astype(np.int32) for group in hard]
        return self._by_component(hard, counts, values.shape[1])

    def cost(self, values: Int[Array, "variables runs"]) -> Int[Array, "components runs"]:
        """The penalties of the soft clauses that an assignment violates, for each component."""
        soft = [(own, own.penalty) for own in self.groups if own.penalty is not None]
        costs = [(~group.satisfied(values)).astype(np.int32) * own for group, own in soft]
        return self._by_component([group for group, _ in soft], costs, values.shape[1])

    def rank(self, values: Int[Array, "variables runs"]) -> Int[Array, "components runs"]:
        """A number for each component that is smaller for a better assignment, 0 for the best.

        Fewer violated clauses come first. Among assignments that violate none the rank is the
        cost; one that violates h clauses ranks ``worst_cost + h``, whatever its cost.
        """
        violated = self.violated(values)
        if self.worst_cost is None:
            return violated
        xp = array_namespace(violated, self.worst_cost)
        return xp.where(violated > 0, self.worst_cost + violated, self.cost(values))

    def _by_component(
        self, groups: Sequence[Group], numbers: Sequence[Int[Array, "clauses runs"]], runs: int
    ) -> Int[Array, "components runs"]:
        xp = array_namespace(*numbers)
        total = xp.zeros((self.component_count, runs), xp.int32)
        for group, own in zip(groups, numbers, strict=True):
            if self.component_count == 1:
                total = total + own.sum(axis=0, keepdims=True, dtype=xp.int32)
            elif xp is np:
                total += _sums(own, np.asarray(group.component), self.component_count)
            else:
                total = total.at[group.component].add(own)
        return total

    def _by_block(
        self, x: Float[Array, "cells runs"], change: Callable[[Domain, Array], Array]
    ) -> Float[Array, "cells runs"]:
        parts = []
        for block in self.layout.blocks:
            part = x[block.cells].reshape(block.count, block.domain.width, x.shape[1])
            parts.append(change(block.domain, part).reshape(-1, x.shape[1]))
        return parts[0] if len(parts) == 1 else array_namespace(x).concatenate([x[:0], *parts])


def _sums(
    numbers: Int[Data, "clauses runs"], component: Int[np.ndarray, " clauses"], count: int
) -> Int[np.ndarray, "components runs"]:
    """The sums of each component, which are whole numbers of fewer than 53 bits.

    Run by run: ``np.add.at`` takes ten times as long.
    """
    runs = [np.bincount(component, own, count) for own in numbers.T]
    return np.stack(runs, axis=1).astype(np.int32)
