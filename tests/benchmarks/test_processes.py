"""What the benchmarks run outside of the repository is found there."""

from __future__ import annotations

import pytest

from benchmarks.processes import module_command, run_process

MODULES = (
    "article.batch",
    "coloring.batch",
    "coloring.peers",
    "factoring.batch",
    "factoring.peers",
    "ising.footprint",
    "ising.process",
    "satisfiability.process",
)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_starts_from_an_empty_folder(name):
    """Without a job it ends where it reads one, not where it is looked for."""
    ran = run_process(module_command(f"benchmarks.{name}"), limit=60)
    assert "JSONDecodeError" in ran.errors, ran.errors
