"""``Gate``: a bit that is the minimum (AND) or the maximum (OR) of others."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import Box, Domain, unit_cells
from odesolve.potentials.pytrees import pytree

Kind = Literal["and", "or"]


@pytree
@dataclass(frozen=True, eq=False)
class Gate(Clauses):
    """``scopes[m]`` is an output followed by its inputs: output = AND or OR of the inputs.

    ``signs[m, i]`` is +1 for a bit as it is, -1 for its negation, the output included. With the
    truth y of each literal on [0, 1], V = |y_0 - min_i y_i| for AND, |y_0 - max_i y_i| for OR
    (article, "Potentials"); that is the same for bits on [0, 1] and on [-1, 1]. The slope falls
    on the output and on the inputs that attain the minimum.

    Attributes:
        scopes: the output, then the inputs, ``[clauses, arity]``.
        signs: +1 or -1, ``[clauses, arity]``.
        kind: "and" or "or".

    Raises:
        ValueError: if the shapes do not agree, a sign is another number, or a gate has no input.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.Gate([[0, 1, 2]], [[1, 1, 1]], "and")  # bit 0 = bit 1 and bit 2
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [1, 1], [1, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "Gate"

    scopes: Int[Data, "clauses arity"]
    signs: Float[Data, "clauses arity"]
    kind: Kind = field(default="and", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.kind not in ("and", "or"):
            raise ValueError(f"Gate: kind is 'and' or 'or', got {self.kind!r}")
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes = as_scopes(self.scopes, self.family)
            signs = np.asarray(self.signs, np.float32)
            if signs.shape != scopes.shape or not np.isin(signs, (-1.0, 1.0)).all():
                raise ValueError("Gate: signs must be +1 or -1, one for each variable")
            if scopes.shape[1] < 2:
                raise ValueError("Gate: an output and at least one input are needed")
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "signs", signs)

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.kind)

    def validate(self, domains: tuple[Domain, ...]) -> None:
        if not all(isinstance(domain, Box) for domain in domains):
            raise ValueError(f"Gate works on Box variables, got {domains}")

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Gate:
        scopes = np.array([[spare(domain, 1) for domain in domains]], np.int32)
        return Gate(scopes, np.ones(scopes.shape, np.float32), self.kind)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        unit = unit_cells(x, domains)
        truth = jnp.where(self.signs[:, :, None] > 0, unit, 1.0 - unit)
        inputs = truth[:, 1:]
        wanted = inputs.min(axis=1) if self.kind == "and" else inputs.max(axis=1)
        return jnp.abs(truth[:, 0] - wanted)

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        truth = (values > 0) == (self.signs[:, :, None] > 0)
        inputs = truth[:, 1:]
        wanted = inputs.all(axis=1) if self.kind == "and" else inputs.any(axis=1)
        return truth[:, 0] == wanted
