"""Steps of ``survey-flow`` by forward Euler as one native call."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from odesolve.dynamics.base import Dynamics, State
from odesolve.dynamics.survey_flow import SurveyFlow
from odesolve.native.kernel import Arguments, Kernel, rows
from odesolve.potentials import System
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
        return own and all(group.cells.shape[1] <= MOST_LITERALS for group in system.groups)

    def arguments(self, runs: int) -> Arguments:
        """What the function is given for a batch of so many runs."""
        system, groups = self.system, self.system.groups
        assert isinstance(self.dynamics, SurveyFlow)
        assert isinstance(self.stepper, Euler)
        parameters = [*(getattr(self.dynamics, name) for name in _PARAMETERS), self.stepper.dt]
        known, is_free = jnp.zeros_like(system.polarity), jnp.ones_like(system.polarity)
        if system.fixed is not None:
            is_free = jnp.isnan(system.fixed).astype(jnp.float32)
            known = jnp.where(is_free > 0, known, system.means(system.fixed))
        literals = [system.literal_rows(group) for group in groups]
        return Arguments(
            rows(parameters, runs),
            [known, is_free, system.polarity, *literals],
            [
                *(group.cells.shape for group in groups),
                (_SCRATCH * (2 * system.cell_count + 1),),
            ],
            {
                "widths": np.array([group.cells.shape[1] for group in groups], np.int64),
                "arrays": np.array([group.arrays_of_cells for group in groups], np.int64),
                "remembers": self.dynamics.clause_memory == "long",
            },
        )

    def settled(self, state: State) -> State:
        """The state whose cells follow from its fields: the function leaves them as they were."""
        assert isinstance(self.dynamics, SurveyFlow)
        return self.dynamics.confine(state, self.system)
