"""What the benchmarks run outside of the repository is found there."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import benchmarks
from benchmarks.processes import module_command, run_process


def modules_that_run() -> list[str]:
    """Modules that another one runs as a process, by the names under which it does."""
    named = set()
    for found in pkgutil.walk_packages(benchmarks.__path__, "benchmarks."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        names = (getattr(module, name, None) for name in ("PEERS", "BATCH", "PROCESS"))
        named |= {name for name in names if isinstance(name, str)}
    return sorted(named | {"benchmarks.article.batch"})


@pytest.mark.parametrize("name", modules_that_run())
def test_a_module_starts_from_an_empty_folder(name):
    """Without a job it ends where it reads one, not where it is looked for."""
    ran = run_process(module_command(name), limit=60)
    assert "JSONDecodeError" in ran.errors, ran.errors
