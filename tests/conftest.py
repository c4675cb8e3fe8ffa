"""What all tests share: how they are compiled and ordered, no cache, hypothesis without a clock."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

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


#: Compiling is most of what the tests take. Without optimisation it takes a quarter less, and what
#: is compiled computes the same: the passes over the machine's code are left out, no others.
QUICK_COMPILATION = "--xla_backend_optimization_level=0"

#: Files that take longest, the longest first. They are begun first: a worker that began one of them
#: last would be left alone with it.
LONGEST = (
    "potentials/test_clauses.py",
    "cli/test_sat_command.py",
    "factoring/test_factoring.py",
    "test_core.py",
    "arithmetic/test_arithmetic.py",
    "ising/test_ising_solve.py",
    "coloring/test_coloring.py",
    "ising/test_ising_dynamics.py",
    "potentials/test_article_potentials.py",
    "coloring/test_plots.py",
    "satisfiability/test_max_satisfiability.py",
    "cli/test_arithmetic_command.py",
    "engine/test_jax_settings.py",
    "formulas/test_formula_files.py",
    "cli/test_color_command.py",
    "cli/test_bench_command.py",
    "engine/test_solving.py",
    "engine/test_dynamics.py",
    "ising/test_ising_trace.py",
    "engine/test_presets.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Compile quickly, except the core, which is tested as it is compiled for users."""
    # Collecting tests makes hundreds of thousands of objects that stay. Python's search for garbage
    # would go through them again and again: it begins when they are all there, and leaves them out.
    gc.disable()
    if not str(config.getoption("markexpr")).startswith("core"):
        os.environ.setdefault("XLA_FLAGS", QUICK_COMPILATION)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; all others stay in their order."""
    folder = Path(__file__).parent
    rank = {folder / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(LONGEST)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for garbage from here on, but seldom, and not among what collecting has made."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def free_compiled_functions() -> Iterator[None]:
    """Files seldom share compiled functions; kept to the end they fill gigabytes."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
