"""Which kernel takes which solve."""

from __future__ import annotations

from collections.abc import Callable

from odesolve.dynamics.base import Dynamics
from odesolve.native.building import built, library, load
from odesolve.native.call import NativeCall
from odesolve.native.colors import ColorsKernel
from odesolve.native.kernel import Kernel
from odesolve.native.memories import MemoriesKernel
from odesolve.native.survey_flow import SurveyKernel
from odesolve.options import Kernels
from odesolve.potentials import System
from odesolve.potentials.device import device
from odesolve.steppers.base import Stepper

KERNELS: tuple[type[Kernel], ...] = (SurveyKernel, MemoriesKernel, ColorsKernel)


def kernel_for(system: System, dynamics: Dynamics, stepper: Stepper) -> Kernel | None:
    """The kernel that covers a solve; None where XLA's steps are the only ones."""
    own = system, dynamics, stepper
    return next((kernel(*own) for kernel in KERNELS if kernel.covers(*own)), None)


def native_call(system: System, dynamics: Dynamics, stepper: Stepper, runs: int) -> NativeCall:
    """What does the steps of a solve that a kernel covers, in arrays of whoever's these have."""
    kernel = kernel_for(system, dynamics, stepper)
    assert kernel is not None
    return kernel.call(runs)


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
