"""The device and the compilation cache, chosen before JAX is loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from odesolve.compilation_cache import use_compilation_cache
from odesolve.problems.errors import InputError

PLATFORMS = {"cpu": "cpu", "gpu": "cuda"}


@contextmanager
def on_device(name: str | None) -> Iterator[None]:
    """Run what is inside on the CPU or a GPU; None leaves the choice to JAX.

    Raises:
        InputError: if the device is not there.
    """
    if name is not None:
        os.environ["JAX_PLATFORMS"] = PLATFORMS[name]
    use_compilation_cache()
    try:
        yield
    except RuntimeError as error:
        if "backend" not in str(error):
            raise
        place = f"--device {name}" if name else "JAX_PLATFORMS"
        raise InputError(place, "JAX finds no such device", "one that this machine has") from None
