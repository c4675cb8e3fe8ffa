"""Which kernel takes which solve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from jaxtyping import Array, Float, Int

from odesolve.dynamics.base import Dynamics, State
from odesolve.native import colors, memories, survey_flow
from odesolve.native.building import built, library, load
from odesolve.options import Kernels
from odesolve.potentials import System
from odesolve.potentials.device import device
from odesolve.steppers.base import Stepper


class Kernel(Protocol):
    """A module that does the steps of some dynamics on some systems."""

    TARGET: str

    def covers(self, system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
        """Whether it can take the place of the stepper."""

    def steps(
        self,
        state: State,
        time: Float[Array, " runs"],
        count: Int[Array, ""],
        system: System,
        dynamics: Dynamics,
        stepper: Stepper,
    ) -> tuple[State, Float[Array, " runs"]]:
        """The state after so many steps, and the time: as of ``stepper.step``, but for rounding."""


KERNELS: tuple[Any, ...] = (survey_flow, memories, colors)


def kernel_for(system: System, dynamics: Dynamics, stepper: Stepper) -> Kernel | None:
    """The kernel that covers a solve; None where XLA's steps are the only ones."""
    found = (kernel for kernel in KERNELS if kernel.covers(system, dynamics, stepper))
    return next(found, None)


def is_native(wanted: Kernels, system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
    """Whether a native kernel does the steps on this device.

    Arguments:
        wanted: see ``odesolve.Options.kernels``.
    """
    if wanted == "jax" or device().platform != "cpu":
        return False
    if kernel_for(system, dynamics, stepper) is None:
        return False
    return wanted == "native" or library() is not None


def make_ready(check: Callable[[], None] = lambda: None) -> None:
    """Build the library where it is not there, and make its kernels known to JAX.

    Arguments:
        check: called now and then meanwhile; what it raises ends the building.

    Raises:
        NativeError: if it cannot be built.
    """
    load(built(check))
