"""What all tests share: no persistent compilation cache, and hypothesis without a clock."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Tests must neither read nor fill the user's cache; child processes inherit this. Tests of the
# cache itself switch it on again, in a temporary folder.
os.environ["ODESOLVE_CACHE"] = "off"
os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)

# Shells start background jobs with Ctrl-C ignored, and child processes inherit that; the tests of
# interruption need it as a terminal has it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# An example may be the first to compile a kernel, so its time says nothing about the code. The
# same examples every time: a test fails or passes for its code alone.
settings.register_profile("odesolve", deadline=None, derandomize=True, database=None)
settings.load_profile("odesolve")


@pytest.fixture(scope="module", autouse=True)
def free_compiled_functions() -> Iterator[None]:
    """Files seldom share compiled functions; kept to the end they fill gigabytes."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
