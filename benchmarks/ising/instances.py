"""Instances: public files with the best values in print, and newly generated ones."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.ising.generators import KINDS
from odesolve.problems.ising.cuts import read_cut
from odesolve.problems.ising.formats.files import read_ising, write_ising
from odesolve.problems.ising.problem import IsingProblem

#: Names of the file that holds the best values, and its columns.
BEST_FILE = "BEST.tsv"
#: How `BEST_FILE` says that a larger value is better.
MAXIMUM_CUT = "maximum cut"
#: What is generated, and the first seed: no preset was chosen on seeds from 1000 on.
GENERATED = (
    "like-G1", "like-G6", "like-G11", "like-G14", "like-G18", "like-G22", "like-G27", "like-G32",
    "like-G35", "like-G39", "like-G43", "like-G55", "like-G57", "like-G59", "like-G70", "like-G77",
    "like-K2000", "like-bqp500", "like-be250", "cubic-2000",
)  # fmt: skip
FIRST_SEED = 1001
GENERATED_GROUP = "generated"
#: Kinds whose energy is what is asked, as that of bits; of the others it is the cut.
QUBO_KINDS = {"like-bqp500", "like-be250"}


@dataclass(frozen=True)
class Instance:
    """A file, and what is asked of it.

    Attributes:
        name: as tables call it.
        is_cut: whether the largest cut is asked, by ``odesolve maxcut``, or the least energy.
        best: the best value known, if one is.
        group: rows of one group are summed up together.
    """

    name: str
    path: Path
    is_cut: bool
    best: Fraction | None
    group: str

    @property
    def full_name(self) -> str:
        """The name, behind that of the group."""
        return f"{self.group}/{self.name}"

    @cached_property
    def problem(self) -> IsingProblem:
        """What the file holds; a cut's couplings are its weights."""
        return read_cut(str(self.path)) if self.is_cut else read_ising(str(self.path))

    @property
    def command(self) -> list[str]:
        """The command of odesolve that solves it, without options."""
        return ["maxcut" if self.is_cut else "ising", str(self.path)]

    def value(self, spins: np.ndarray) -> Fraction:
        """The exact cut or energy of -1 and +1, ``[spins]``, added here and not by a solver."""
        energy = self.problem.energy(spins)
        return Fraction(self.problem.cut(energy) if self.is_cut else energy)

    def is_as_good(self, value: Fraction, wanted: Fraction) -> bool:
        """Whether a value is no worse than another."""
        return value >= wanted if self.is_cut else value <= wanted

    def energy_of(self, value: Fraction) -> Fraction:
        """The energy of a cut of that weight, or the energy itself."""
        if not self.is_cut:
            return value
        problem = self.problem
        total = Fraction(problem.total_coupling)
        return total + Fraction(problem.offset, problem.denominator) - 2 * value

    def gap(self, value: Fraction, best: Fraction) -> float:
        """How far a value is behind, in percent of the best; negative if it is better."""
        if not best:
            return 0.0 if value == best else float("inf")
        behind = best - value if self.is_cut else value - best
        return float(100 * behind / abs(best))


def public_instances(folder: Path) -> list[Instance]:
    """The files that `BEST_FILE` names and that are there, in its order.

    Raises:
        FileNotFoundError: without that file.
    """
    found = []
    with (folder / BEST_FILE).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t")
        next(rows)
        sense = ""
        for name, said, best, *_ in rows:
            sense = sense if said == "the same" else said
            path = folder / name
            if path.exists():
                group = path.parent.name if "/" in name else "others"
                is_cut = sense == MAXIMUM_CUT
                found.append(Instance(_stem(name), path, is_cut, Fraction(best), group))
    return found


def _stem(name: str) -> str:
    """A file's name without folder and endings, but not without numbers: g05_100.0, bqp50-1."""
    stem = name.rsplit("/", 1)[-1]
    for ending in (".gz", ".txt", ".sparse", ".mc"):
        stem = stem.removesuffix(ending)
    return stem


def generated_instances(folder: Path, is_chosen: Callable[[str], bool]) -> Iterator[Instance]:
    """New ones, a seed each, written to a folder that keeps them.

    Arguments:
        is_chosen: of a name, whether it is asked for: the others are not made.
    """
    for number, kind in enumerate(GENERATED):
        seed = FIRST_SEED + number
        if is_chosen(f"{GENERATED_GROUP}/{kind}-{seed}"):
            yield generated(kind, seed, folder)


def generated(kind: str, seed: int, folder: Path) -> Instance:
    """One of a kind of `KINDS`."""
    is_cut = kind not in QUBO_KINDS
    suffix = "mc" if is_cut else "sparse"
    return written(
        f"{kind}-{seed}", lambda: KINDS[kind](seed), folder, is_cut=is_cut, suffix=suffix
    )


def written(
    name: str, make: Callable[[], IsingProblem], folder: Path, *, is_cut: bool, suffix: str
) -> Instance:
    """An instance in a file, which is made unless it stands there.

    Arguments:
        suffix: "mc" or "rudy" for couplings of spins, "sparse" for bits.
    """
    path = folder / f"{name}.{suffix}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"unfinished-{path.name}")
        write_ising(make(), unfinished, format="bqp" if suffix == "sparse" else "rudy")
        unfinished.rename(path)
    return Instance(name, path, is_cut, None, GENERATED_GROUP)
