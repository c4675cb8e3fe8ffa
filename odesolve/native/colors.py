"""Steps of the memories' laws on edges of graphs as one native call."""

from __future__ import annotations

from odesolve.dynamics.base import Dynamics
from odesolve.dynamics.memcomputing import MultiplicativeMemory, Rectified
from odesolve.native.call import NativeCall
from odesolve.native.kernel import Kernel, mobility
from odesolve.native.memory_laws import has_law, law_parameters
from odesolve.potentials import System
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.domains import Simplex
from odesolve.potentials.families.different import Different
from odesolve.steppers.base import Stepper
from odesolve.steppers.heavy_ball import HeavyBall

#: Of dense graphs with more cells XLA's products of matrices are faster: they read the cells block
#: by block, while those of a node's neighbours no longer lie in a cache. On one core a step of
#: G(n, .5) takes 0.3 times as long as the products at 125 and 250 nodes with 17 and 28 colours, and
#: 0.6 to 0.8 times at 1,000 with 85; on G(1000, .9) with 225 it takes twice as long.
MOST_DENSE_CELLS = 100_000

#: Parts in which a pass over the nodes is done (``kParts``).
_PARTS = 4


class ColorsKernel(Kernel):
    """Edges between variables of one simplex.

    Those of dense graphs are taken one by one as well, up to ``MOST_DENSE_CELLS``. Fixed cells
    stand at their values.
    """

    TARGET = "odesolve_colors"

    @classmethod
    def covers(cls, system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
        """Whether it can take the place of the stepper."""
        blocks, groups = system.layout.blocks, system.groups
        if not has_law(dynamics, stepper) or system.open is not None:
            return False
        if len(blocks) != 1 or len(groups) != 1 or system.incidence is not None:
            return False
        if groups[0].products is not None and system.cell_count > MOST_DENSE_CELLS:
            return False
        return type(groups[0].clauses) is Different and type(blocks[0].domain) is Simplex

    def call(self, runs: int) -> NativeCall:
        """What does steps of a batch of so many runs."""
        system, dynamics, stepper = self.system, self.dynamics, self.stepper
        assert isinstance(dynamics, MultiplicativeMemory)
        xp = array_namespace(system.polarity)
        block, group = system.layout.blocks[0], system.groups[0]
        colors, edges = block.domain.width, group.cells.shape[0]
        level = group.level if dynamics.thresholds == "relative" else 1.0
        weight = xp.ones(1, xp.float32) if group.weight is None else group.weight
        kinds = isinstance(dynamics, Rectified), dynamics.discreteness is not None
        return NativeCall(
            law_parameters(system, dynamics, stepper, runs, has_rigidity=False),
            (
                xp.asarray(group.clauses.scopes, xp.int32),
                mobility(system)[::colors],
                weight.reshape(-1),
                xp.asarray(level, xp.float32).reshape(-1),
            ),
            self.TARGET,
            (colors, *map(int, (*kinds, isinstance(stepper, HeavyBall)))),
            ((color_scratch(block.count, edges, colors),),),
        )


def color_scratch(nodes: int, edges: int, colors: int) -> int:
    """Floats of scratch for each run, for the members of ``ColorStep`` that are taken from it."""
    whole = -(-colors // 4) * 4  # the shares of a node, filled up to whole vectors
    return -(-(2 * nodes * whole + _PARTS * whole + 2 * edges + nodes) // 16) * 16
