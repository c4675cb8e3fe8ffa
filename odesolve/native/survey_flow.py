"""Steps of ``survey-flow`` by forward Euler as one native call."""

from __future__ import annotations

from odesolve.dynamics.base import Dynamics
from odesolve.dynamics.survey_flow import SurveyFlow
from odesolve.native.call import NativeCall
from odesolve.native.kernel import Kernel, rows
from odesolve.potentials import Box, System
from odesolve.potentials.arrays import array_namespace
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import Euler

#: The widest clauses that the kernel has room for (``kMostLiterals``).
MOST_LITERALS = 32

#: Floats of scratch for a literal and run (``survey_scratch``): sums in four parts, three columns.
_SCRATCH = 7

#: In the order of ``SurveyStep``, dt after them.
_PARAMETERS = ("rho", "theta", "growth", "limit", "inertia", "alpha", "delta", "decay")


class SurveyKernel(Kernel):
    """Disjunctions of bits, of any width that there is room for."""

    TARGET = "odesolve_survey_flow"

    @classmethod
    def covers(cls, system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
        """Whether it can take the place of the stepper."""
        own = type(dynamics) is SurveyFlow and type(stepper) is Euler and system.incidence is None
        blocks = system.layout.blocks
        bits = len(blocks) == 1 and type(blocks[0].domain) is Box
        narrow = all(group.cells.shape[1] <= MOST_LITERALS for group in system.groups)
        return own and bits and narrow

    def call(self, runs: int) -> NativeCall:
        """What does steps of a batch of so many runs."""
        system, groups = self.system, self.system.groups
        assert isinstance(self.dynamics, SurveyFlow)
        assert isinstance(self.stepper, Euler)
        box = system.layout.blocks[0].domain
        assert isinstance(box, Box)
        xp = array_namespace(system.polarity)
        parameters = [*(getattr(self.dynamics, name) for name in _PARAMETERS), self.stepper.dt]
        known, is_free = xp.zeros_like(system.polarity), xp.ones_like(system.polarity)
        if system.fixed is not None:
            is_free = xp.isnan(system.fixed).astype(xp.float32)
            known = xp.where(is_free > 0, known, system.means(system.fixed))
        bounds = xp.asarray((box.low, box.high), xp.float32)
        literals = [system.literal_rows(group) for group in groups]
        widths = [group.cells.shape[1] for group in groups]
        arrays = [group.arrays_of_cells for group in groups]
        remembers = int(self.dynamics.clause_memory == "long")
        return NativeCall(
            rows(parameters, runs),
            (known, is_free, system.polarity, bounds, *literals),
            self.TARGET,
            (remembers, len(widths), *widths, len(arrays), *arrays),
            (*(group.cells.shape for group in groups), (_SCRATCH * (2 * system.cell_count + 1),)),
        )
