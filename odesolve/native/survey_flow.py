"""Steps of ``survey-flow`` by forward Euler as one native call."""

from __future__ import annotations

from odesolve.dynamics.base import Dynamics
from odesolve.dynamics.survey_flow import SurveyFlow
from odesolve.native.call import NativeCall
from odesolve.native.kernel import Kernel, bounds, is_of_bits, rows
from odesolve.potentials import Or, System
from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.system import Group
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
        return own and is_of_bits(system) and all(map(_covers_group, system.groups))

    def call(self, runs: int) -> NativeCall:
        """What does steps of a batch of so many runs."""
        system, groups = self.system, self.system.groups
        assert isinstance(self.dynamics, SurveyFlow)
        assert isinstance(self.stepper, Euler)
        xp = array_namespace(system.polarity)
        parameters = [*(getattr(self.dynamics, name) for name in _PARAMETERS), self.stepper.dt]
        known, is_free = xp.zeros_like(system.polarity), xp.ones_like(system.polarity)
        if system.fixed is not None:
            is_free = xp.isnan(system.fixed).astype(xp.float32)
            known = xp.where(is_free > 0, known, system.means(system.fixed))
        literals = [system.literal_rows(group) for group in groups]
        widths = [group.cells.shape[1] for group in groups]
        arrays = [group.arrays_of_cells for group in groups]
        remembers = int(self.dynamics.clause_memory == "long")
        return NativeCall(
            rows(parameters, runs),
            (known, is_free, system.polarity, bounds(system), *literals),
            self.TARGET,
            (remembers, len(widths), *widths, len(arrays), *arrays),
            (*(group.cells.shape for group in groups), (_SCRATCH * (2 * system.cell_count + 1),)),
        )


def _covers_group(group: Group) -> bool:
    return type(group.clauses) is Or and group.cells.shape[1] <= MOST_LITERALS
