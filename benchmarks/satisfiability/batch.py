"""Steps of ``odesolve.sat`` on many files; run as a process by steps.py.

Standard input: {"files", "seconds" (a limit for each), "runs" (null for the default)} as JSON.
Standard output: one JSON object a line and file: {"satisfied", "steps", "runs", "seconds",
"preset"}. No process starts in between, and equal shapes share a compilation.
"""

from __future__ import annotations

import json
import sys

import odesolve


def main() -> None:
    """Measure the job on standard input."""
    job = json.load(sys.stdin)
    for seed, file in enumerate(job["files"]):
        result = odesolve.sat(file, time_limit=job["seconds"], runs=job["runs"], seed=seed)
        found = {
            "satisfied": result.satisfied,
            "steps": result.run.steps,
            "runs": len(result.run.runs),
            "seconds": result.run.times.total,
            "preset": result.to_json()["preset"],
        }
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
