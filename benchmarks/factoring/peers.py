"""CaDiCaL on the clauses that the dynamics get; run as a process by solvers.py.

Standard input: {"instances": [[N, [width, width]], ...], "blocks": bool} as JSON. Standard output:
one JSON object a line and instance: {"factors", "seconds", "conflicts", "clauses"}. The time
includes handing over the clauses, not making them: presolve and clauses are odesolve's own.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from pysat.solvers import Cadical195

from odesolve.potentials.relations.implicates import clause_arrays
from odesolve.problems.factoring import split_system as factor_circuits


def solve(number: int, widths: tuple[int, int]) -> dict[str, Any]:
    """Factor one number into factors of these widths."""
    split = factor_circuits.split_of(number, widths)
    relations = split.simplified.numbered()
    clauses = [row for array in clause_arrays(relations) for row in array.tolist()]
    began = time.perf_counter()
    with Cadical195(bootstrap_with=clauses) as solver:
        found = solver.solve()
        seconds = time.perf_counter() - began
        model = {literal for literal in solver.get_model() or [] if literal > 0}
        conflicts = solver.accum_stats()["conflicts"]
    bits = [int(v + 1 in model) for v in range(len(split.simplified.unknowns))]
    factors = sorted(split.factors(bits)) if found else None
    return {
        "factors": factors, "seconds": seconds, "conflicts": conflicts, "clauses": len(clauses),
    }  # fmt: skip


def main() -> None:
    """Solve the job on standard input."""
    job = json.load(sys.stdin)
    if not job["blocks"]:
        factor_circuits.LOW_BITS = factor_circuits.HIGH_BITS = 0
    for number, widths in job["instances"]:
        print(json.dumps(solve(number, tuple(widths))), flush=True)


if __name__ == "__main__":
    main()
