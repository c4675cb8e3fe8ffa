"""Solve one model with one solver; run as a process by solvers.py.

Standard input: {"solver", "model" (a pickled ``Model``, or FlatZinc), "launched" (time.time() when
the process was started), "limit" (seconds from then), "seed", "threads"} as JSON. Standard output:
a line {"seconds" (since the launch), "objective", "values" (by name of the model's variables)}
for each solution that is better, at once; then a line
{"end" (a status), "seconds", "message", "steps", "found_by", "violated"}.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.models import gecode
from odesolve import Model
from odesolve.problems.errors import InputError
from odesolve.problems.files import decode_text, read_bytes
from odesolve.problems.models.constraints import Constraint
from odesolve.problems.models.files import read_model

#: A solver is told to stop so long before the limit, to say what it knows.
MARGIN = 0.5


@dataclass(frozen=True)
class Job:
    """What is asked.

    Attributes:
        path: of the pickled model or of FlatZinc.
    """

    path: Path
    launched: float
    limit: float
    seed: int
    threads: int

    @property
    def is_public(self) -> bool:
        return self.path.suffix != ".pickle"

    @property
    def seconds(self) -> float:
        """Since the launch."""
        return time.time() - self.launched

    @property
    def left(self) -> float:
        """Seconds that a solver may take from now on."""
        return max(self.limit - MARGIN - self.seconds, 0.01)

    def model(self) -> Model:
        """What is to be solved."""
        if self.is_public:
            return read_model(self.path).model
        model: Model = pickle.loads(self.path.read_bytes())
        return model

    def found(self, values: Mapping[str, int], objective: int | None) -> None:
        """Tell a solution."""
        line = {"seconds": self.seconds, "objective": objective, "values": dict(values)}
        print(json.dumps(line), flush=True)

    def ended(self, status: str, message: str = "", **more: Any) -> None:
        """Tell how it ended."""
        line = {"end": status, "seconds": self.seconds, "message": message, **more}
        print(json.dumps(line), flush=True)


def kind_of(constraint: Constraint) -> str:
    """A constraint by its type, with that of the one inside."""
    inner = getattr(constraint, "constraint", None)
    name = type(constraint).__name__
    return name if inner is None else f"{name}({kind_of(inner)})"


def with_odesolve(job: Job, *, prove: bool) -> None:
    """The dynamics, alone or with the prover beside them."""
    model = job.model()

    def improved(found: Any) -> None:
        job.found(found.values, found.objective)

    result = model.solve(
        seed=job.seed,
        prove="beside" if prove else "none",
        time_limit=job.left,
        improved=improved,
    )
    violated: Counter[str] = Counter()
    if result.best_effort is not None:
        values = {v: result.best_effort[v.name] for v in model.variables}
        violated.update(kind_of(constraint) for constraint in model.violated(values))
        outside = sum(value not in variable.values for variable, value in values.items())
        if outside:
            violated["domain"] += outside
    status = "optimal" if result.optimal else str(result.run.status)
    message = "" if result.satisfied else result.proof or result.run.reason.text
    if not result.satisfied and not result.run.steps:
        message += " before the first step"
    job.ended(
        status,
        message,
        steps=result.run.steps,
        found_by=result.found_by,
        violated=dict(violated),
        notes=list(result.notes),
    )


def with_cp_sat(job: Job) -> None:
    """CP-SAT on CPMpy's form of the model."""
    from cpmpy.solvers.ortools import CPM_ortools
    from ortools.sat.python import cp_model

    from odesolve.problems.models.to_cpmpy import Inexpressible, Restatement

    model = job.model()
    try:
        same = Restatement(model)
    except Inexpressible as error:
        job.ended("refused", str(error))
        return
    solver = CPM_ortools(same.model)
    own = {variable: solver.solver_var(same.variables[variable]) for variable in model.variables}

    class Told(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            values = {v: int(self.value(each)) for v, each in own.items()}
            objective = None if model.objective is None else model.objective.value(values)
            job.found({variable.name: value for variable, value in values.items()}, objective)

    solver.solve(
        time_limit=job.left,
        solution_callback=Told(),
        num_workers=job.threads,
        random_seed=job.seed,
    )
    names = {cp_model.OPTIMAL: "optimal", cp_model.FEASIBLE: "satisfied",
             cp_model.INFEASIBLE: "infeasible"}  # fmt: skip
    job.ended(names.get(solver.ort_status, "unknown"))


def with_prover(job: Job) -> None:
    """CaDiCaL on the clauses of the model, without the dynamics."""
    from odesolve.problems.models.prover import Prover

    model = job.model()
    found = False
    with Prover(model) as prover:
        while job.left > 0.01:
            over = prover.finished
            while (answer := prover.poll()) is not None:
                if answer.status == "solution":
                    found = True
                    job.found(answer.values, answer.objective)
                elif answer.status == "exhausted":
                    job.ended("optimal" if found else "infeasible")
                    return
                else:
                    job.ended("refused", answer.note)
                    return
            if over:
                break
            prover.wait(min(0.02, job.left))
    job.ended("satisfied" if found else "unknown")


def with_gecode(job: Job) -> None:
    """Gecode on the public file itself, or on the model as it is written for Gecode."""
    if job.is_public:
        text = gecode.asking_for_all(decode_text(read_bytes(job.path), job.path.name))
        names = None
    else:
        model = job.model()
        names = {f"v{variable.number}": variable.name for variable in model.variables}
        try:
            text = gecode.flatzinc_of(model)
        except gecode.Unwritable as error:
            job.ended("refused", f"not written for Gecode: {error}")
            return
    goal = gecode.objective_name(text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.fzn")
        path.write_text(text, encoding="utf-8")
        words = [gecode.PROGRAM, "-p", str(job.threads), "-r", str(job.seed), "-time",
                 str(int(1000 * job.left))]  # fmt: skip
        if goal is not None:
            words.append("-a")
        with subprocess.Popen(
            [*words, str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=_die_with_parent,
        ) as ran:  # fmt: skip
            assert ran.stdout is not None
            _read_gecode(job, ran.stdout, names, goal)


def _read_gecode(
    job: Job, lines: Iterable[str], names: Mapping[str, str] | None, goal: str | None
) -> None:
    """Tell what Gecode tells, by the model's names; None where they are those of the file."""
    values: dict[str, int] = {}
    found, last = False, ""
    for line in lines:
        last = line.strip() or last
        if (known := gecode.value_of(line.rstrip("\n"))) is not None:
            values[known[0]] = known[1]
        elif last == "----------":
            found = True
            own = values if names is None else {names[name]: values[name] for name in names}
            job.found(own, None if goal is None else values[goal])
        elif last == "==========":
            job.ended("optimal" if found else "infeasible")
            return
        elif last == "=====UNSATISFIABLE=====":
            job.ended("infeasible")
            return
    message = "" if found or last.startswith("=") else last
    job.ended("refused" if message.startswith("Error") else "satisfied" if found else "unknown",
              message)  # fmt: skip


def _die_with_parent() -> None:
    """On Linux: leave no solver behind when this process is ended at its limit."""
    import ctypes
    import signal

    with contextlib.suppress(OSError, AttributeError):
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


SOLVERS: dict[str, Callable[[Job], None]] = {
    "dynamics": partial(with_odesolve, prove=False),
    "with prover": partial(with_odesolve, prove=True),
    "CP-SAT": with_cp_sat,
    "Gecode": with_gecode,
    "prover": with_prover,
}


def main() -> None:
    """Read what is asked, and solve."""
    asked = json.loads(sys.stdin.read())
    solve = SOLVERS[asked.pop("solver")]
    job = Job(Path(asked.pop("model")), **asked)
    try:
        solve(job)
    except InputError as error:
        job.ended("refused", str(error))
    sys.stdout.flush()
    # Threads of a solver that was told to stop must not hold the process.
    os._exit(0)


if __name__ == "__main__":
    main()
