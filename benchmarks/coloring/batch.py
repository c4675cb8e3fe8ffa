"""Integrate a batch of seeds through the Python API; run as a process by article.py.

Standard input: {"edges", and keywords of ``odesolve.color``} as JSON. Standard output: the
runs' table, the best colouring and the times as JSON.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Solve the job on standard input."""
    import networkx

    import odesolve

    job = json.load(sys.stdin)
    graph = networkx.Graph()
    graph.add_edges_from(job.pop("edges"))
    result = odesolve.color(graph, **job)
    answer = {
        "satisfied": result.satisfied,
        "runs": result.run.runs.to_json(),
        "coloring": {str(node): color for node, color in result.coloring.items()},
        "compile": result.run.times.compile,
        "total": result.run.times.total,
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
