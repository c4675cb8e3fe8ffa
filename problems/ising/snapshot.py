"""What a search holds when a turn begins: kept while the turn is under way, written, and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from odesolve.checkpoints import Contents
from odesolve.problems.ising.numbers import Exact, reduced
from odesolve.problems.ising.result import Improvement

__all__ = ["Snapshot"]

_POPULATION = "population."


@dataclass(frozen=True)
class Snapshot:
    """A search before one of its turns; nothing in it changes with the search.

    Attributes:
        number: of the turn, from 0.
        round: how often all has begun anew with longer anneals.
        anneals: how many anneals of this round had begun.
        steps: that every run has taken.
        lane_of_run: the number of the lane of each run, ``[runs]``.
        history, samples, sample_steps, sample_seconds, anneal_seconds, run_energies, run_spins,
            reached_step: as of ``IsingSearch``.
        population: ``Population.kept``; None before there is one.
    """

    number: int
    round: int
    anneals: int
    steps: int
    lane_of_run: Int[np.ndarray, " runs"]
    history: Sequence[Improvement]
    samples: Sequence[Sequence[Exact]]
    sample_steps: Sequence[int]
    sample_seconds: Sequence[float]
    anneal_seconds: float
    run_energies: Sequence[Exact]
    run_spins: Int[np.ndarray, "spins runs"]
    reached_step: Int[np.ndarray, " runs"]
    population: Contents | None

    def contents(self, denominator: int) -> Contents:
        """All of it, as JSON and arrays; energies as multiples of one over the denominator."""

        def numerators(energies: Sequence[Exact]) -> list[str]:
            # Decimals have a limit of digits, and are slow.
            return [hex(int(energy * denominator)) for energy in energies]

        header = {
            "number": self.number,
            "round": self.round,
            "anneals": self.anneals,
            "steps": self.steps,
            "history": numerators([found.energy for found in self.history]),
            "history_seconds": [found.seconds for found in self.history],
            "history_steps": [found.steps for found in self.history],
            "samples": [numerators(sample) for sample in self.samples],
            "sample_steps": [*self.sample_steps],
            "anneal_seconds": self.anneal_seconds,
            "run_energies": numerators(self.run_energies),
            "population": None if self.population is None else self.population.header,
        }
        arrays = {
            "lane_of_run": self.lane_of_run,
            "history": np.stack([found.spins for found in self.history]),
            "sample_seconds": np.array(self.sample_seconds, np.float64),
            "run_spins": self.run_spins,
            "reached_step": self.reached_step,
        }
        if self.population is not None:
            arrays |= {_POPULATION + name: own for name, own in self.population.arrays.items()}
        return Contents(header, arrays)

    @classmethod
    def of(cls, contents: Contents, denominator: int) -> Snapshot:
        """What ``contents`` gave.

        Raises:
            KeyError, TypeError, ValueError: if something is missing, or of another kind.
        """
        header, arrays = contents.header, contents.arrays

        def energies(numerators: Sequence[str]) -> list[Exact]:
            return [reduced(int(numerator, 16), denominator) for numerator in numerators]

        columns = (header["history_seconds"], header["history_steps"])
        history = [
            Improvement(energy, spins, seconds, steps)
            for energy, spins, seconds, steps in zip(
                energies(header["history"]), arrays["history"], *columns, strict=True
            )
        ]
        population = header["population"]
        own = {
            name.removeprefix(_POPULATION): array
            for name, array in arrays.items()
            if name.startswith(_POPULATION)
        }
        return cls(
            number=header["number"],
            round=header["round"],
            anneals=header["anneals"],
            steps=header["steps"],
            lane_of_run=arrays["lane_of_run"],
            history=history,
            samples=[energies(sample) for sample in header["samples"]],
            sample_steps=header["sample_steps"],
            sample_seconds=arrays["sample_seconds"].tolist(),
            anneal_seconds=header["anneal_seconds"],
            run_energies=energies(header["run_energies"]),
            run_spins=arrays["run_spins"],
            reached_step=arrays["reached_step"],
            population=None if population is None else Contents(population, own),
        )
