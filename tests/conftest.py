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
from quick_compilation import QUICK, flags

# Tests must neither read nor fill the user's cache; child processes inherit this. Tests of the
# cache itself switch it on again, in a temporary folder.
os.environ["ODESOLVE_CACHE"] = os.environ["ODESOLVE_NATIVE"] = "off"
os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)

# Shells start background jobs with Ctrl-C ignored, and child processes inherit that; the tests of
# interruption need it as a terminal has it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# An example may be the first to compile a kernel, so its time says nothing about the code. The
# same examples every time: a test fails or passes for its code alone.
settings.register_profile("odesolve", deadline=None, derandomize=True, database=None)
settings.load_profile("odesolve")


#: Bytes from which on a worker gives back its compiled functions after a file.
ENOUGH_MEMORY = 2 * 2**30

#: Files that take longest, the longest first. They are begun first: a worker that began one of them
#: last would be left alone with it.
LONGEST = (
    "cli/test_sat_command.py",
    "potentials/test_clauses.py",
    "formulas/test_formula_files.py",
    "engine/test_solving.py",
    "test_core.py",
    "graphs/test_graph_formats.py",
    "coloring/test_plots.py",
    "ising/test_ising_solve.py",
    "studies/test_study_command.py",
    "satisfiability/test_max_satisfiability.py",
    "cli/test_color_command.py",
    "potentials/test_padding.py",
    "engine/test_jax_settings.py",
    "potentials/test_article_potentials.py",
    "potentials/test_system.py",
    "engine/test_dynamics.py",
    "satisfiability/test_wide_rows.py",
    "cli/test_bench_command.py",
    "ising/test_ising_trace.py",
    "potentials/test_share_clauses.py",
    "coloring/test_coloring.py",
    "ising/test_ising_dynamics.py",
    "arithmetic/test_arithmetic.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Compile quickly, except the core, which is tested as it is compiled for users."""
    # Collecting tests makes hundreds of thousands of objects that stay. Python's search for garbage
    # would go through them again and again: it begins when they are all there, and leaves them out.
    gc.disable()
    if not str(config.getoption("markexpr")).startswith("core"):
        os.environ.setdefault("XLA_FLAGS", flags(QUICK))


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
    """Files share some compiled functions; kept to the end they fill gigabytes."""
    yield
    if "jax" in sys.modules and resident_bytes() > ENOUGH_MEMORY:
        sys.modules["jax"].clear_caches()


def resident_bytes() -> int:
    """Memory that this process holds; too much where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return ENOUGH_MEMORY + 1
    return pages * os.sysconf("SC_PAGE_SIZE")
