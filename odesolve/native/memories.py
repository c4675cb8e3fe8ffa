"""Steps of ``memcomputing`` and ``rectified`` on disjunctions of bits, as one native call."""

from __future__ import annotations

from odesolve.dynamics.base import Dynamics
from odesolve.dynamics.memcomputing import MultiplicativeMemory, Rectified
from odesolve.native.call import NativeCall
from odesolve.native.kernel import Kernel, bounds, is_of_bits, mobility
from odesolve.native.memory_laws import has_law, law_parameters
from odesolve.potentials import Or, System
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.system import Group
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall

#: The widest clauses that the kernel has room for (``kMostWidth``).
MOST_LITERALS = 32

#: When the memories move (``MemoryTurn``): with a fixed step, in the next one, or with one whose
#: length the forces decide.
_TURNS = {Euler: 0, HeavyBall: 1, AdaptiveEuler: 2}

#: Floats of scratch for a cell and run (``memories_scratch``).
_SCRATCH = 6


class MemoriesKernel(Kernel):
    """Disjunctions in their min form, of any widths that there is room for."""

    TARGET = "odesolve_memories"

    @classmethod
    def covers(cls, system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
        """Whether it can take the place of the stepper."""
        bits = is_of_bits(system) and system.incidence is None
        return has_law(dynamics, stepper) and bits and all(map(_covers_group, system.groups))

    def call(self, runs: int) -> NativeCall:
        """What does steps of a batch of so many runs."""
        system, dynamics, stepper = self.system, self.dynamics, self.stepper
        assert isinstance(dynamics, MultiplicativeMemory)
        xp = array_namespace(system.polarity)
        parameters = law_parameters(system, dynamics, stepper, runs, has_rigidity=True)
        read = [system.polarity, mobility(system), bounds(system)]
        for group in system.groups:
            read += [group.cells.T, xp.asarray(group.clauses.polarity(), xp.float32).T]
            read += [] if group.weight is None else [group.weight]
        scratch: list[tuple[int, ...]] = [(_SCRATCH * system.cell_count,)]
        if isinstance(stepper, AdaptiveEuler):
            scratch += [(group.cells.shape[0],) for group in system.groups]
        weighted = [int(group.weight is not None) for group in system.groups]
        options = (
            _TURNS[type(stepper)], int(isinstance(dynamics, Rectified)), len(weighted), *weighted
        )  # fmt: skip
        return NativeCall(parameters, tuple(read), self.TARGET, options, tuple(scratch))


def _covers_group(group: Group) -> bool:
    clauses = group.clauses
    return type(clauses) is Or and clauses.form == "min" and group.cells.shape[1] <= MOST_LITERALS
