"""Solve one Ising problem with another solver; run as a process by solvers.py.

Standard input: {"solver", "problem" (a NumPy file of "pairs", "couplings" and "fields" of
E = sum J s s + sum h s, float64), "launched" (time.time() when the process was started), "limit",
"seed", "threads", "target" (an energy that is good enough, or null)} as JSON. Standard output: a
line {"seconds" (since the launch), "energy", "spins"} for each improvement, at once, so that
whoever ends the process at its limit loses nothing.

Annealers have lengths to choose: a first measurement tells what a sweep costs, then several
lengths, up to an eighth of the whole time, share the first third of it, and the best of them gets
the rest.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

#: Share of the time in which all settings are tried, before the best of them gets the rest.
EXPLORED = 1 / 3
#: Lengths of anneals, as shares of the time that is left when they are chosen.
SHARES = (1 / 30, 1 / 8)
#: Sweeps of an annealer by its own default, and those of the two measurements.
DEFAULT_SWEEPS, FEW, MORE = 1000, 10, 110
#: A call of several reads takes about so long: improvements are seen this often.
CALL_SECONDS = 1.0
#: An anneal is planned to end when this share of the time is over: a late one is lost.
PLANNED = 0.95
MOST_READS = 1000
#: Agents of simulated bifurcation: its default.
AGENTS = 128
#: Matrices of float32 that simulated bifurcation holds at once, as a share of the memory.
MATRICES, MEMORY_SHARE = 4, 0.7


@dataclass
class Job:
    """What is asked.

    Attributes:
        pairs, couplings, fields: of E = sum J s s + sum h s.
        deadline: when the process will be ended, as ``time.time()`` tells it.
    """

    pairs: np.ndarray
    couplings: np.ndarray
    fields: np.ndarray
    launched: float
    limit: float
    seed: int
    threads: int
    target: float | None
    best: float = float("inf")
    generator: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.generator = np.random.default_rng(self.seed)

    @property
    def spins(self) -> int:
        return len(self.fields)

    @property
    def left(self) -> float:
        """Seconds until the process is ended."""
        return self.launched + self.limit - time.time()

    @property
    def is_over(self) -> bool:
        """Whether the time is up, or the target reached."""
        return self.left <= 0 or (self.target is not None and self.best <= self.target)

    def next_seed(self) -> int:
        """A new one for each call."""
        return int(self.generator.integers(1, 2**31 - 1))

    def offer(self, energies: np.ndarray, spins: np.ndarray) -> None:
        """Print the best of what a call found, ``[reads]`` and ``[reads, spins]``, if it is new."""
        least = int(np.argmin(energies))
        if energies[least] < self.best:
            self.best = float(energies[least])
            packed = base64.b64encode(np.packbits(spins[least] > 0).tobytes()).decode()
            seconds = time.time() - self.launched
            line = {"seconds": seconds, "energy": self.best, "spins": packed}
            print(json.dumps(line), flush=True)


#: Energies ``[reads]`` and spins ``[reads, spins]``.
Found = tuple[np.ndarray, np.ndarray]


@dataclass
class Setting:
    """One way to run a solver, and what it has found.

    Attributes:
        run: (job) -> what a call found; None if too little time is left for another.
        seconds: that it was given.
    """

    run: Callable[[Job], Found | None]
    seconds: float = 0.0
    best: float = float("inf")
    total: float = 0.0
    reads: int = 0

    @property
    def rank(self) -> tuple[float, float]:
        """The best energy, then the mean."""
        return self.best, self.total / max(self.reads, 1)


def search(job: Job, settings: Iterable[Setting]) -> None:
    """Try all settings for the same time, then the best of them."""
    settings = list(settings)
    until = job.launched + EXPLORED * job.limit
    while not job.is_over:
        if time.time() < until or any(not setting.reads for setting in settings):
            setting = min(settings, key=lambda each: each.seconds)
        else:
            setting = min(settings, key=lambda each: each.rank)
        before = time.time()
        found = setting.run(job)
        setting.seconds += time.time() - before
        if found is None:
            settings.remove(setting)
            if not settings:
                return
            continue
        energies, spins = found
        setting.best = min(setting.best, float(energies.min()))
        setting.total += float(energies.sum())
        setting.reads += len(energies)
        job.offer(energies, spins)


def annealed(job: Job, anneal: Callable[[int, int, int], Found]) -> None:
    """Search with an annealer: (sweeps, reads, seed) -> what it found."""
    seconds = []
    for sweeps in (FEW, MORE):
        before = time.time()
        job.offer(*anneal(sweeps, 1, job.next_seed()))
        seconds.append(time.time() - before)
    # The second call is without what is only done once.
    sweep = max((seconds[1] - min(seconds)) / (MORE - FEW), 0.2 * seconds[1] / MORE)
    before_sweeps = max(seconds[1] - MORE * sweep, 0.0)

    def most_sweeps(share: float) -> int:
        return int((share * job.left - before_sweeps) / sweep)

    def run(job: Job, length: int) -> Found | None:
        sweeps = min(length, most_sweeps(PLANNED))
        if sweeps < FEW:
            return None
        reads = int(np.clip(CALL_SECONDS / (sweep * sweeps), 1, MOST_READS))
        reads = int(np.clip(most_sweeps(PLANNED) // sweeps, 1, reads))
        return anneal(sweeps, reads, job.next_seed())

    longest = most_sweeps(max(SHARES))
    lengths = {DEFAULT_SWEEPS, *map(most_sweeps, SHARES)}
    lengths = {length for length in lengths if FEW <= length <= longest} or {DEFAULT_SWEEPS}
    search(job, [Setting(lambda job, length=length: run(job, length)) for length in lengths])


def run_dwave_annealing(job: Job) -> None:
    """Simulated annealing of dwave-samplers; its own range of temperatures."""
    from dwave.samplers import SimulatedAnnealingSampler

    model, sampler = dimod_model(job), SimulatedAnnealingSampler()

    def anneal(sweeps: int, reads: int, seed: int) -> Found:
        found = sampler.sample(
            model, num_sweeps=sweeps, num_reads=reads, seed=seed,
            interrupt_function=lambda: job.left <= 0,
        )  # fmt: skip
        return samples(found)

    annealed(job, anneal)


def run_dwave_tabu(job: Job) -> None:
    """Tabu search of dwave-samplers, with its own tenure and a longer one, restarted in C++.

    It does not stop at its energy threshold: with a target, calls are short instead.
    """
    from dwave.samplers import TabuSampler

    model, sampler = dimod_model(job), TabuSampler()

    def run(job: Job, tenure: int | None) -> Found | None:
        longest = CALL_SECONDS if job.target is not None else max(CALL_SECONDS, 0.1 * job.limit)
        wanted = min(longest, PLANNED * job.left)
        if wanted < 0.01:
            return None
        found = sampler.sample(
            model, num_reads=1, timeout=int(1000 * wanted), seed=job.next_seed(), tenure=tenure
        )  # fmt: skip
        return samples(found)

    longer = job.spins // 20
    tenures = [None, longer] if longer > 20 else [None]
    search(job, [Setting(lambda job, tenure=tenure: run(job, tenure)) for tenure in tenures])


def dimod_model(job: Job) -> Any:
    """The problem as a model of dimod."""
    import dimod

    ends = (job.pairs[:, 0], job.pairs[:, 1], job.couplings)
    return dimod.BinaryQuadraticModel.from_numpy_vectors(job.fields, ends, 0.0, "SPIN")


def samples(found: Any) -> Found:
    """A sample set's energies, and its spins in order."""
    order = np.argsort(np.array(list(found.variables)))
    return np.array(found.record.energy), np.array(found.record.sample)[:, order]


def run_openjij(job: Job) -> None:
    """Simulated annealing of openjij, on a matrix or on lists, whichever suits the density.

    It gets no seed: with one, all reads of a call begin and end alike.
    """
    import openjij

    keys = map(tuple, job.pairs.tolist())
    model = openjij.BinaryQuadraticModel(
        dict(enumerate(job.fields.tolist())),
        dict(zip(keys, job.couplings.tolist(), strict=True)),
        0.0,
        "SPIN",
        sparse=(is_sparse := 4 * len(job.pairs) < job.spins**2),
    )
    sampler = openjij.SASampler()

    def anneal(sweeps: int, reads: int, _: int) -> Found:
        return samples(sampler.sample(model, num_sweeps=sweeps, num_reads=reads, sparse=is_sparse))

    annealed(job, anneal)


def run_simulated_bifurcation(job: Job) -> None:
    """Simulated bifurcation in PyTorch: its own settings, and slower anneals of longer steps."""
    import simulated_bifurcation
    import torch
    from simulated_bifurcation.models import Ising

    torch.set_num_threads(job.threads)
    torch.manual_seed(job.seed)
    check_matrix_fits(job.spins)
    matrix = torch.zeros((job.spins, job.spins))
    rows, columns = torch.from_numpy(job.pairs[:, 0]), torch.from_numpy(job.pairs[:, 1])
    matrix[rows, columns] = torch.from_numpy(-job.couplings).float()
    matrix += matrix.T.clone()
    model = Ising(matrix, torch.from_numpy(job.fields).float())

    def minimized(mode: str, time_step: float, steps: int, *, early: bool) -> Found:
        if early:
            simulated_bifurcation.reset_env()
        else:
            # The pressure reaches its end when the steps are over.
            slope = 1.0 / (time_step * steps)
            simulated_bifurcation.set_env(time_step=time_step, pressure_slope=slope)
        spins, energies = model.minimize(
            agents=AGENTS, mode=mode, best_only=False, verbose=False, early_stopping=early,
            max_steps=steps, timeout=max(PLANNED * job.left, 0.01),
        )  # fmt: skip
        rows = spins.numpy()
        return energies.numpy().astype(np.float64), rows if len(rows) == len(energies) else rows.T

    before = time.time()
    job.offer(*minimized("ballistic", 0.1, FEW, early=False))
    seconds = time.time() - before
    before = time.time()
    job.offer(*minimized("discrete", 0.1, MORE, early=False))
    step = max((time.time() - before - seconds) / (MORE - FEW), 0.2 * seconds / FEW)

    def run(job: Job, mode: str, share: float | None) -> Found | None:
        if PLANNED * job.left < FEW * step:
            return None
        if share is None:
            return minimized(mode, 0.1, 10_000, early=True)
        steps = int(min(share * job.limit, PLANNED * job.left) / step)
        return minimized(mode, 0.5, max(steps, FEW), early=False)

    kinds = [(mode, share) for share in (None, *SHARES) for mode in ("ballistic", "discrete")]
    search(job, [Setting(lambda job, kind=kind: run(job, *kind)) for kind in kinds])


def check_matrix_fits(spins: int) -> None:
    """Raises MemoryError if the matrices that the package makes would not fit."""
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    needed = 4.0 * MATRICES * spins**2
    if needed > MEMORY_SHARE * available:
        raise MemoryError(f"its matrices need {needed / 2**30:.0f} GiB")


SOLVERS: dict[str, Callable[[Job], None]] = {
    "dwave-annealing": run_dwave_annealing,
    "dwave-tabu": run_dwave_tabu,
    "openjij": run_openjij,
    "simulated-bifurcation": run_simulated_bifurcation,
}


def main() -> None:
    """Solve the job on standard input."""
    asked = json.load(sys.stdin)
    arrays = np.load(Path(asked.pop("problem")))
    solve = SOLVERS[asked.pop("solver")]
    solve(Job(arrays["pairs"], arrays["couplings"], arrays["fields"], **asked))


if __name__ == "__main__":
    main()
