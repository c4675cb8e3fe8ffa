"""A complete solver beside the dynamics: CaDiCaL on the clauses that CPMpy makes of a model.

It has a process of its own, which can be stopped at any moment: a thread inside CaDiCaL cannot.
Run as a module this file is that process: it reads one pickled ``Task`` from standard input and
writes pickled ``ProverAnswer``s; what is offered to it later comes as lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any, Literal, Self

from odesolve.problems.errors import InputError
from odesolve.problems.models.model import Model
from odesolve.problems.solver_process import NO_ANSWER, serve, started

if TYPE_CHECKING:
    from odesolve.problems.models.to_cpmpy import Restatement

__all__ = ["Prover", "ProverAnswer", "check_prover", "missing_package"]

#: Values of a variable that are still brought to clauses.
WIDTH_LIMIT = 2**16


@dataclass(frozen=True)
class ProverAnswer:
    """What the prover says; after "exhausted" and "gave up" it says no more.

    Attributes:
        status: "solution": another solution, with an objective a better one. "exhausted": there
            are no more than those said and those offered; with an objective, none better.
            "gave up": nothing will be said, for a reason.
        values: of a solution, by name.
        objective: of the solution; with "exhausted" the best one, None where there is no solution.
        note: why it gave up.
    """

    status: Literal["solution", "exhausted", "gave up"]
    values: dict[str, int] = field(default_factory=dict)
    objective: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Task:
    """What the other process has to do.

    Attributes:
        model: to be solved.
        solutions: how many to find before it stops; None for all. With an objective, any number of
            better ones until there is none.
    """

    model: Model
    solutions: int | None = 1


def check_prover() -> None:
    """Refuse at once what could not be proved later for want of a package.

    Raises:
        InputError: with the command that installs it.
    """
    package = missing_package()
    if package is not None:
        expected = "it, as after: pip install 'odesolve[cpmpy]'"
        raise InputError("prove", f"{package} is not installed", expected)


def missing_package() -> str | None:
    """The first package that the prover needs and that is not installed; None if all are."""
    for module, package in (("cpmpy", "cpmpy"), ("pysat", "python-sat")):
        if find_spec(module) is None:
            return package
    return None


class Prover:
    """CaDiCaL at work on a model, in a process of its own.

    Arguments:
        model: to be solved; what is changed in it later is not noticed.
        solutions: how many to find; None for all. With an objective, it finds better ones until
            there is none.

    Raises:
        InputError: if CPMpy or python-sat is not installed.

    Example:
        >>> import odesolve as ode
        >>> from odesolve.problems.models.prover import Prover
        >>> model = ode.Model()
        >>> x = model.integer("x", 0, 9)
        >>> model.add(ode.constraints.Product(x, x, 50))
        >>> with Prover(model) as prover:
        ...     prover.wait()
        ...     prover.poll().status
        'exhausted'
    """

    def __init__(self, model: Model, *, solutions: int | None = 1) -> None:
        check_prover()
        self._answers: queue.SimpleQueue[ProverAnswer] = queue.SimpleQueue()
        self._offers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._ended = False
        self._stopped = False
        self._names = [variable.name for variable in model.variables]
        self._process = started("odesolve.problems.models.prover")
        # Pickled here, so that nobody changes the model meanwhile.
        task = pickle.dumps(Task(model, solutions))
        self._writer = threading.Thread(target=self._write, args=(task,), daemon=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._writer.start()
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def finished(self) -> bool:
        """Whether it has said all that it will say, if not all has been read yet."""
        return not self._reader.is_alive()

    def poll(self) -> ProverAnswer | None:
        """The next thing it has said, oldest first; None if there is nothing new."""
        try:
            return self._answers.get_nowait()
        except queue.Empty:
            return None

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it has finished, but not longer than this."""
        self._reader.join(seconds)

    def offer(self, values: Mapping[str, int], objective: int | None = None) -> None:
        """Tell it a solution that was found elsewhere: it looks for others, or for better ones.

        Arguments:
            values: of every variable, by name.
            objective: where the model has one.
        """
        if objective is None:
            self._offers.put({"values": [values[name] for name in self._names]})
        else:
            self._offers.put({"objective": objective})

    def stop(self) -> None:
        """End the process, if it has not ended. What it has said can still be read."""
        self._stopped = True
        self._offers.put(None)
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._writer.join()

    def _write(self, task: bytes) -> None:
        """Hand over the task, and then what is offered."""
        assert self._process.stdin is not None
        # A broken pipe: the process was stopped.
        with contextlib.suppress(OSError), self._process.stdin as stream:
            stream.write(task)
            stream.flush()
            while (offer := self._offers.get()) is not None:
                stream.write(json.dumps(offer).encode() + b"\n")
                stream.flush()

    def _read(self) -> None:
        """Collect what it says, until it says that there is no more."""
        assert self._process.stdout is not None
        last = ""
        # A pickle cut short: the process was stopped, or ended for want of memory.
        with (
            contextlib.suppress(OSError, EOFError, pickle.UnpicklingError),
            self._process.stdout as stream,
        ):
            while last not in ("exhausted", "gave up", "enough"):
                answer = pickle.load(stream)
                last = answer if isinstance(answer, str) else answer.status
                if isinstance(answer, ProverAnswer):
                    self._answers.put(answer)
        if last in ("", "solution") and not self._stopped:
            self._answers.put(ProverAnswer("gave up", note=NO_ANSWER))
        self._offers.put(None)


# ------------------------------------------------------------------------------- the other process


class _Offers:
    """What the dynamics has found, read by a thread while CaDiCaL works."""

    def __init__(self, source: IO[bytes]) -> None:
        self._found: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(source,), daemon=True).start()

    def new(self) -> Iterator[dict[str, Any]]:
        # CaDiCaL holds Python's lock while it works: give the reader its turn.
        time.sleep(0.001)
        while not self._found.empty():
            yield self._found.get()

    def _read(self, source: IO[bytes]) -> None:
        for line in source:
            self._found.put(json.loads(line))
        # The other end is closed: nobody waits for an answer any more.
        os._exit(0)


class _Search:
    """Solutions of a model, one after the other, each another one or a better one."""

    def __init__(self, model: Model) -> None:
        from odesolve.problems.models.to_cpmpy import Restatement

        self.model = model
        self.best: int | None = None
        self._same: Restatement = Restatement(model, clausal=True)
        self._solver = _clauses_solver()
        self._solver.add(self._same.model.constraints)
        self._solver.user_vars.update(self._same.variables.values())

    def next_solution(self) -> list[int] | None:
        """Values of the variables in order; None if there is no solution left."""
        if not self._solver.solve():
            return None
        return [int(self._same.variables[variable].value()) for variable in self.model.variables]

    def exclude(self, values: list[int], objective: int | None) -> None:
        """Look for something else from now on; for something better, with an objective."""
        import cpmpy as cp

        if objective is None:
            places = zip(self.model.variables, values, strict=True)
            self._solver.add(cp.any([~self._same.has_value(v, value) for v, value in places]))
        elif self.best is None or self._is_better(objective, self.best):
            self.best = objective
            self._solver.add(self._same.better_than(objective))

    def _is_better(self, first: int, second: int) -> bool:
        assert self.model.objective is not None
        return first > second if self.model.objective.maximize else first < second

    def value(self, values: list[int]) -> int | None:
        """The objective of values of the variables in order."""
        if self.model.objective is None:
            return None
        return self.model.objective.value(dict(zip(self.model.variables, values, strict=True)))


def _clauses_solver() -> Any:
    """CPMpy's interface to python-sat, whose weighted sums would need one more package."""
    from cpmpy.solvers.pysat import CPM_pysat

    from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, EXACTLY
    from odesolve.problems.satisfiability.sum_encoding import encode_sum

    comparisons = {"<=": AT_MOST, ">=": AT_LEAST, "==": EXACTLY}

    class Clauses(CPM_pysat):
        def _pysat_cardinality(self, cpm_expr: Any, reified: bool = False) -> list[list[int]]:
            return self._pysat_pseudoboolean(cpm_expr)

        def _pysat_pseudoboolean(self, cpm_expr: Any, conditional: Any = None) -> list[list[int]]:
            total, bound = cpm_expr.args
            weights, literals = total.args if total.name == "wsum" else ([], total.args)
            weights = [int(weight) for weight in weights] or [1] * len(literals)
            terms = list(zip(weights, self.solver_vars(literals), strict=True))
            clauses: list[list[int]] = []
            pool = self.pysat_vpool
            pool.top = encode_sum(terms, comparisons[cpm_expr.name], int(bound), clauses, pool.top)
            before = [] if conditional is None else [self.solver_var(~conditional)]
            return [before + clause for clause in clauses]

    return Clauses(subsolver="cadical195")


def answers_of(task: Task, offers: _Offers | None = None) -> Iterator[ProverAnswer]:
    """What the prover says, one after the other."""
    from odesolve.problems.models.to_cpmpy import Inexpressible

    model = task.model
    for variable in model.variables:
        width = variable.values.highest - variable.values.lowest + 1
        if width > WIDTH_LIMIT:
            note = f"no proof: {variable.name} takes {width:,} values, too many for clauses"
            yield ProverAnswer("gave up", note=note)
            return
    try:
        search = _Search(model)
    except Inexpressible as error:
        yield ProverAnswer("gave up", note=f"no proof: {error}")
        return
    except (MemoryError, RecursionError):
        yield ProverAnswer("gave up", note="no proof: the model is too large for clauses")
        return
    names = [variable.name for variable in model.variables]
    found = 0
    while model.objective is not None or task.solutions is None or found < task.solutions:
        for offer in offers.new() if offers is not None else ():
            search.exclude(offer.get("values", []), offer.get("objective"))
        values = search.next_solution()
        if values is None:
            yield ProverAnswer("exhausted", objective=search.best)
            return
        found += 1
        objective = search.value(values)
        yield ProverAnswer("solution", dict(zip(names, values, strict=True)), objective)
        search.exclude(values, objective)


def _serve(source: IO[bytes], sink: IO[bytes]) -> None:
    serve(source, sink, lambda task: answers_of(task, _Offers(source)), "enough")


if __name__ == "__main__":
    # As a module of its own name, so that what it pickles is known to the other end.
    from odesolve.problems.models import prover

    # What a library prints must not come between the answers.
    _sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    prover._serve(sys.stdin.buffer, _sink)
    os._exit(0)
