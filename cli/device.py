"""The device and the compilation cache, chosen before JAX is loaded."""

from __future__ import annotations

import os

from odesolve.compilation_cache import use_compilation_cache
from odesolve.problems.errors import InputError

PLATFORMS = {"cpu": "cpu", "gpu": "cuda"}


def choose_device(name: str | None) -> None:
    """Keep JAX to the CPU or a GPU; None leaves the choice to JAX.

    Raises:
        InputError: if there is no GPU.
    """
    use_compilation_cache()
    if name is None:
        return
    os.environ["JAX_PLATFORMS"] = PLATFORMS[name]
    if name == "gpu":
        import jax

        try:
            jax.devices()
        # JAX asserts, without a message, when the only platform asked for is missing.
        except (RuntimeError, AssertionError):
            raise InputError("--device gpu", "JAX finds no GPU", "an NVIDIA GPU") from None
