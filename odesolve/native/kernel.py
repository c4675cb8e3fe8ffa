"""What all native kernels share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics
from odesolve.native.call import NativeCall
from odesolve.potentials import Box, System
from odesolve.potentials.arrays import array_namespace
from odesolve.steppers.base import Stepper


@dataclass(frozen=True)
class Kernel(ABC):
    """Steps of one kind of solve as one native call; ``covers`` must be true of its members.

    Where these hold NumPy's arrays, so does the call.
    """

    system: System
    dynamics: Dynamics
    stepper: Stepper

    #: The name of the function in ``source/kernels.cpp``.
    TARGET: ClassVar[str]

    @classmethod
    @abstractmethod
    def covers(cls, system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
        """Whether it can take the place of the stepper."""

    @abstractmethod
    def call(self, runs: int) -> NativeCall:
        """What does steps of a batch of so many runs."""


def is_of_bits(system: System) -> bool:
    """Whether all variables are bits between the same two bounds."""
    blocks = system.layout.blocks
    return len(blocks) == 1 and type(blocks[0].domain) is Box


def bounds(system: System) -> Float[Array, " 2"]:
    """The cells of a bit that is false, and of one that is true."""
    xp, box = array_namespace(system.polarity), system.layout.blocks[0].domain
    assert isinstance(box, Box)
    return xp.asarray((box.low, box.high), xp.float32)


def rows(parameters: Sequence[Any], runs: int) -> Float[Array, "parameters runs"]:
    """Parameters of all runs, or of each, one below the other.

    A run of which one is no number has no other, so that its state becomes none as well: limits
    that are no numbers would not be seen as such.
    """
    xp = array_namespace(*parameters)
    own = xp.stack([xp.broadcast_to(xp.asarray(p, xp.float32), (runs,)) for p in parameters])
    return xp.where(xp.isnan(own).any(0), xp.float32(xp.nan), own)


def mobility(system: System) -> Float[Array, "cells 1"]:
    """The factor of each cell's velocity, 0 for fixed ones."""
    xp = array_namespace(system.polarity)
    found = xp.ones_like(system.polarity) if system.mobility is None else system.mobility
    return found if system.fixed is None else xp.where(xp.isnan(system.fixed), found, 0.0)
