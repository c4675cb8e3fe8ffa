"""The device and the compilation cache, chosen before JAX is loaded."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Any

from odesolve.cli.output import note
from odesolve.compilation_cache import use_compilation_cache
from odesolve.problems.errors import InputError


class _Remarks(logging.Handler):
    """JAX's warnings and its log as notes, each place in JAX's code once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.quiet = False
        self.places: set[tuple[str, int]] = set()
        self.usual: Any = None

    def listen(self) -> None:
        """From now on; what does not come from JAX is shown as before."""
        self.places.clear()
        logger = logging.getLogger("jax")
        logger.propagate = False
        if self not in logger.handlers:
            logger.addHandler(self)
        if warnings.showwarning != self.show:
            self.usual, warnings.showwarning = warnings.showwarning, self.show

    def show(
        self, message: Any, category: Any, filename: str, lineno: int, *rest: Any, **more: Any
    ) -> None:
        """In place of ``warnings.showwarning``."""
        if f"{os.sep}jax{os.sep}" in filename:
            self.say(str(message), (filename, lineno))
        else:
            self.usual(message, category, filename, lineno, *rest, **more)

    def emit(self, record: logging.LogRecord) -> None:
        self.say(record.getMessage(), (record.pathname, record.lineno))

    def say(self, text: str, place: tuple[str, int]) -> None:
        """A note, unless that place has had one."""
        if not self.quiet and place not in self.places:
            note(f"odesolve: JAX: {' '.join(text.split())}")
        self.places.add(place)


_remarks = _Remarks()

#: JAX's older way to make several devices of a CPU, which it would not go by.
_FORCED = "xla_force_host_platform_device_count"

PLATFORMS = {"cpu": "cpu", "gpu": "cuda"}


def keep_to_device(name: str | None, *, quiet: bool = False, devices: int | None = None) -> None:
    """The same without a look at what there is, for which JAX would begin to use its devices."""
    _remarks.quiet = quiet
    _remarks.listen()
    use_compilation_cache()
    if name is not None:
        os.environ["JAX_PLATFORMS"] = PLATFORMS[name]
    is_said = _FORCED in os.environ.get("XLA_FLAGS", "")
    if devices is not None and not is_said and "jax" not in sys.modules:
        os.environ.setdefault("JAX_NUM_CPU_DEVICES", str(devices))


def choose_device(name: str | None, *, quiet: bool = False, devices: int | None = None) -> None:
    """Keep JAX to the CPU or a GPU; None leaves the choice to JAX.

    What JAX remarks (a damaged cache, a GPU that it cannot use) becomes one line each, none if
    ``quiet``. Of a CPU JAX makes as many devices as are asked for.

    Raises:
        InputError: if there is no GPU.
    """
    keep_to_device(name, quiet=quiet, devices=devices)
    if name == "gpu":
        from odesolve.potentials.device import DeviceError, device

        try:
            device()
        except DeviceError:
            raise InputError("--device gpu", "JAX finds no GPU", "an NVIDIA GPU") from None
