"""Steps of the memories' laws on edges of graphs as one native call."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from odesolve.dynamics.base import Dynamics, State
from odesolve.dynamics.memcomputing import (
    Memcomputing,
    MultiplicativeMemory,
    Rectified,
    spectral_edge,
)
from odesolve.potentials import System
from odesolve.potentials.domains import Simplex
from odesolve.potentials.families.different import Different
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall

#: XLA's name of the function in ``source/kernels.cpp``.
TARGET = "odesolve_colors"

#: Of dense graphs with more cells XLA's products of matrices are faster: they read the cells block
#: by block, while those of a node's neighbours no longer lie in a cache. On one core a step of
#: G(n, .5) takes 0.3 times as long as the products at 125 and 250 nodes with 17 and 28 colours, and
#: 0.6 to 0.8 times at 1,000 with 85; on G(1000, .9) with 225 it takes twice as long.
MOST_DENSE_CELLS = 100_000

#: Parts in which a pass over the nodes is done (``kParts``).
_PARTS = 4


def covers(system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
    """Whether ``steps`` can take the place of the stepper.

    So it is of edges between variables of one simplex. Those of dense graphs are taken one by one
    as well, up to ``MOST_DENSE_CELLS``.
    """
    if type(dynamics) not in (Memcomputing, Rectified):
        return False
    if type(stepper) not in (HeavyBall, Euler, AdaptiveEuler):
        return False
    blocks, groups = system.layout.blocks, system.groups
    if len(blocks) != 1 or len(groups) != 1 or system.open is not None:
        return False
    group, domain = groups[0], blocks[0].domain
    if group.products is not None and system.cell_count > MOST_DENSE_CELLS:
        return False
    is_of_edges = type(group.clauses) is Different and isinstance(domain, Simplex)
    return is_of_edges and system.incidence is None


def steps(
    state: State,
    time: Float[Array, " runs"],
    count: Int[Array, ""],
    system: System,
    dynamics: Dynamics,
    stepper: Stepper,
) -> tuple[State, Float[Array, " runs"]]:
    """The state after so many steps, and the time: as of ``stepper.step``, but for rounding.

    Arguments are those of ``covers``, of which it must be true. Fixed cells stand at their values.
    """
    assert isinstance(dynamics, MultiplicativeMemory)
    block, group, runs = system.layout.blocks[0], system.groups[0], state.x.shape[1]
    q, edges = block.domain.width, group.cells.shape[0]
    level = jnp.asarray(group.level if dynamics.thresholds == "relative" else 1.0, jnp.float32)
    weight = jnp.ones(1, jnp.float32) if group.weight is None else group.weight
    read = [
        count,
        jnp.stack([jnp.broadcast_to(p, (runs,)) for p in _parameters(system, dynamics, stepper)]),
        jnp.asarray(group.clauses.scopes, jnp.int32),
        _mobility(system)[::q],
        weight.reshape(-1),
        level.reshape(-1),
    ]
    moving = [state.x, state.memory["short"][0], state.memory["long"][0], time]
    if state.kept is not None:
        moving += [state.kept["velocity"], state.kept["behind"]]
    scratch = jax.ShapeDtypeStruct((color_scratch(block.count, edges, q), runs), jnp.float32)
    call = jax.ffi.ffi_call(
        TARGET,
        [*(jax.ShapeDtypeStruct(array.shape, array.dtype) for array in moving), scratch],
        input_output_aliases={len(read) + i: i for i in range(len(moving))},
    )
    is_rectified, is_decoded = isinstance(dynamics, Rectified), dynamics.discreteness is not None
    x, short, long, time, *kept, _ = call(
        *read, *moving, colors=q, is_rectified=is_rectified, is_decoded=is_decoded
    )
    after = State(x, {"short": (short,), "long": (long,)})
    if kept:
        after = after._replace(kept={"velocity": kept[0], "behind": kept[1]})
    return after, time


def color_scratch(nodes: int, edges: int, colors: int) -> int:
    """Floats of scratch for each run, for the members of ``ColorStep`` that are taken from it."""
    whole = -(-colors // 4) * 4  # the shares of a node, filled up to whole vectors
    return -(-(2 * nodes * whole + _PARTS * whole + 2 * edges + nodes) // 16) * 16


def _parameters(
    system: System, dynamics: MultiplicativeMemory, stepper: Stepper
) -> list[Float[Array, "..."]]:
    """Of the dynamics and the stepper, in the order of the native function."""
    rectified = [0.0, 0.0, 1.0]
    if isinstance(dynamics, Rectified):
        rectified = [dynamics.eta, dynamics.kappa, dynamics.tau]
    centring = 0.0 if dynamics.centring is None else dynamics.centring
    if dynamics.centring_unit == "spectrum":
        centring = centring * spectral_edge(system)
    named = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "decay", "long_limit")
    discreteness = 0.0 if dynamics.discreteness is None else dynamics.discreteness
    momentum, stride = 0.0, float("inf")
    if isinstance(stepper, Euler):
        bounds = [1.0, stepper.dt, stepper.dt]
    else:
        assert isinstance(stepper, AdaptiveEuler | HeavyBall)
        bounds = [stepper.reach, stepper.floor, stepper.ceiling]
    if isinstance(stepper, HeavyBall):
        momentum, stride = stepper.momentum, stepper.stride
    own = [getattr(dynamics, name) for name in named]
    # The family has no rigidity.
    own += [0.0, *rectified, discreteness, centring, *bounds, momentum, stride]
    return [jnp.asarray(parameter, jnp.float32) for parameter in own]


def _mobility(system: System) -> Float[Array, " cells"]:
    """The factor of each cell's velocity, 0 for fixed ones."""
    mobility = jnp.ones_like(system.polarity) if system.mobility is None else system.mobility
    if system.fixed is not None:
        mobility = jnp.where(jnp.isnan(system.fixed), mobility, 0.0)
    return mobility[:, 0]
