"""Trajectories: how the variables and memories of a few runs move, or the spins of an anneal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from odesolve.options import shown

if TYPE_CHECKING:
    from odesolve.batch import Batch
    from odesolve.potentials.padding import Padded

#: When this many samples are kept, every second one is dropped and the interval is doubled.
MAXIMUM_SAMPLES = 1000
#: Runs that are recorded, so that the winner's trajectory can be among those kept.
RECORDED_RUNS = 64


@dataclass(frozen=True)
class Trajectory:
    """Samples of a solve, samples first.

    Attributes:
        steps: step number of each sample.
        time: integrated time.
        violated: violated clauses; NaN where the state was not finite, and of Ising problems, which
            have none.
        variables: cells of the first variables; positions x of the first spins.
        memories: name -> memories of the first clauses; of Ising problems the other arrays of the
            state, of the first spins or couplings.
        number: the number of each run in its batch.
        solved_step: step at which each run was solved, or was known to have reached the target; -1
            if it was not.
        width: cells that one variable occupies.
        energy: of the signs, of Ising problems only: as the device adds it, in 32 bits.
        names: of models only: the variables whose shares the cells are, in their order.
        values: for each of them the values that its cells stand for.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> recorder = ode.Recorder(runs=2)
        >>> options = ode.Options(runs=4, max_steps=20)
        >>> result = ode.solve(system, ode.Memcomputing(), options=options, recorder=recorder)
        >>> trajectory = recorder.trajectory()
        >>> trajectory.variables.shape[1:], sorted(trajectory.memories)  # [samples, cells, runs]
        ((3, 2), ['long', 'short'])
        >>> trajectory.save("trace.npz")
        >>> ode.Trajectory.load("trace.npz").width
        1
    """

    steps: Int[np.ndarray, " samples"]
    time: Float[np.ndarray, "samples runs"]
    violated: Float[np.ndarray, "samples runs"]
    variables: Float[np.ndarray, "samples cells runs"]
    memories: dict[str, Float[np.ndarray, "samples clauses runs"]]
    number: Int[np.ndarray, " runs"]
    solved_step: Int[np.ndarray, " runs"]
    width: int
    energy: Float[np.ndarray, "samples runs"] | None = None
    names: tuple[str, ...] = ()
    values: tuple[Int[np.ndarray, " values"], ...] = ()

    def shares(self, name: str) -> Float[np.ndarray, "samples values runs"]:
        """The shares of the values of a model's variable.

        Raises:
            ValueError: if it is not among those recorded.
        """
        if name not in self.names:
            raise ValueError(f"{shown(name)}: its shares were not recorded")
        place = self.names.index(name)
        first = sum(len(own) for own in self.values[:place])
        return self.variables[:, first : first + len(self.values[place])]

    def save(self, path: str | PathLike[str]) -> None:
        """Write as a compressed ``.npz``; memories are stored as ``memory_NAME``."""
        memories: dict[str, Any] = {
            f"memory_{name}": values for name, values in self.memories.items()
        }
        others: dict[str, Any] = {} if self.energy is None else {"energy": self.energy}
        if self.names:
            others |= {
                "names": np.array(self.names, np.str_),
                "value_counts": np.array([len(own) for own in self.values]),
                "values": np.concatenate(self.values),
            }
        with open(path, "wb") as file:
            np.savez_compressed(
                file,
                steps=self.steps,
                time=self.time,
                violated=self.violated,
                variables=self.variables,
                number=self.number,
                solved_step=self.solved_step,
                width=self.width,
                **others,
                **memories,
            )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Trajectory:
        """Read what ``save`` wrote.

        Raises:
            ValueError: if the file is not a trajectory.
            OSError: if it cannot be read.
        """
        if not isinstance(path, str | PathLike):
            raise ValueError(f"{shown(path)}; expected a file")
        names = ("steps", "time", "violated", "variables", "number", "solved_step", "width")
        try:
            # np.load leaves a damaged file open; this does not.
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
                parts: dict[str, Any] = {name: stored[name] for name in names}
                if "energy" in stored.files:
                    parts["energy"] = stored["energy"]
                if "names" in stored.files:
                    parts |= _names_and_values(
                        stored["names"], stored["value_counts"], stored["values"]
                    )
                memories = {
                    key.removeprefix("memory_"): stored[key]
                    for key in stored.files
                    if key.startswith("memory_")
                }
            trajectory = cls(**{**parts, "width": int(parts["width"])}, memories=memories)
            trajectory._check()
        except OSError:
            raise
        except Exception as error:
            raise ValueError("not a trajectory written by --trace") from error
        return trajectory

    def _check(self) -> None:
        three = (self.variables, *self.memories.values())
        flat = (self.steps, self.number, self.solved_step)
        two = (self.time, self.violated, *(() if self.energy is None else (self.energy,)))
        numbers = (*flat, *two, *three)
        if (
            any(values.ndim != 1 or values.dtype.kind not in "iu" for values in flat)
            or any(values.ndim != 3 for values in three)
            or any(values.dtype.kind not in "iuf" for values in numbers)
        ):
            raise ValueError("a trajectory whose arrays are of another kind")
        samples, runs = len(self.steps), len(self.solved_step)
        shapes = [*(values.shape for values in two), (samples, len(self.number))]
        shapes += [values.shape[::2] for values in (self.variables, *self.memories.values())]
        if not samples or any(shape != (samples, runs) for shape in shapes) or self.width < 1:
            raise ValueError("a trajectory whose arrays do not belong together")
        counts = [len(own) for own in self.values]
        if self.names and (sum(counts) != self.variables.shape[1] or min(counts) < 1):
            raise ValueError("a trajectory whose cells are not those of its variables")


def _names_and_values(
    names: np.ndarray, counts: Int[np.ndarray, " names"], values: Int[np.ndarray, " values"]
) -> dict[str, Any]:
    """The fields of a trajectory as they are stored. Raises ValueError where they cannot be."""
    integers = all(array.dtype.kind in "iu" and array.ndim == 1 for array in (counts, values))
    if names.dtype.kind != "U" or not integers or names.shape != counts.shape:
        raise ValueError("names and values of another kind")
    if counts.min(initial=1) < 1 or counts.sum() != len(values):
        raise ValueError("values that are not those of the names")
    ends = np.cumsum(counts)[:-1]
    return {"names": tuple(names.tolist()), "values": tuple(np.split(values, ends))}


@dataclass(frozen=True)
class VariableShares:
    """Where the shares of a model's variable are: ``values[k]`` has cell ``first_cell + k``."""

    name: str
    first_cell: int
    values: Int[np.ndarray, " values"]


@dataclass
class Recorder:
    """Collects a ``Trajectory`` while a solve runs.

    Attributes:
        runs: how many runs to keep: those that were solved first, then, of Ising problems, those
            of the least energies, then the first ones.
        cells, clauses: how many cells and clauses of each to keep, from the first: of Ising
            problems spins, and spins or couplings of the other arrays of the state.
        every: steps between samples at the beginning; doubled as often as it must be.
        shares: of a model, the variables whose cells are kept; its solve sets it.

    Raises:
        ValueError: if one of these is no integer, or too small.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> recorder = ode.Recorder(runs=2)
        >>> options = ode.Options(runs=4, max_steps=20)
        >>> result = ode.solve(system, ode.Memcomputing(), options=options, recorder=recorder)
        >>> trajectory = recorder.trajectory()
        >>> len(trajectory.steps) == len(recorder.samples)
        True
    """

    runs: int = 4
    cells: int = 60
    clauses: int = 40
    every: int = 1
    samples: list[dict[str, Any]] = field(default_factory=list)
    solved_step: Int[np.ndarray, " runs"] | None = None
    shares: tuple[VariableShares, ...] = ()

    def __post_init__(self) -> None:
        for name, least in (("runs", 1), ("cells", 0), ("clauses", 0), ("every", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                expected = f"{name} must be an integer of at least {least}"
                raise ValueError(f"{expected}, got {shown(value)}")

    def fresh(self, shares: Sequence[VariableShares]) -> Recorder:
        """A recorder of the same settings, of another batch, that has recorded nothing yet.

        Arguments:
            shares: the variables of a model that has been compiled: of the first ones all cells
                are kept, as many as there is room for.
        """
        kept: list[VariableShares] = []
        room = self.cells
        for own in shares:
            room -= len(own.values)
            if room < 0:
                break
            kept.append(own)
        return replace(self, samples=[], solved_step=None, shares=tuple(kept))

    def take(self, other: Recorder) -> None:
        """Have what another one recorded in place of everything before."""
        self.samples, self.solved_step = other.samples, other.solved_step
        self.every, self.shares = other.every, other.shares

    def finish(self, batch: Batch, sample: bool = True, padded: Padded | None = None) -> None:
        """Keep the last state, unless there is none any more, and note which runs were solved."""
        if sample and (not self.samples or self.samples[-1]["steps"] != int(batch.step)):
            self.record(batch, padded)
        from odesolve.batch import recorded  # here, so that a stored trajectory needs no JAX

        self.solved_step = recorded(batch, self.cells, self.clauses, RECORDED_RUNS)["solved_step"]

    def next_step(self, step: int) -> int:
        """The step after ``step`` at which a sample is due."""
        return (step // self.every + 1) * self.every

    def record(self, batch: Batch, padded: Padded | None = None) -> None:
        """Keep a sample of the batch.

        Arguments:
            padded: the system, where it is not as large as the batch's.
        """
        from odesolve.batch import UNUSABLE, recorded

        chosen = self._chosen_cells()
        cells = self.cells if chosen is None else int(chosen.max()) + 1
        seen = recorded(batch, cells, self.clauses, RECORDED_RUNS, padded)
        # In 64 bits: the marks of several components would overflow.
        violated = seen["violated"].sum(axis=0, dtype=np.int64)
        memories = {
            name: [group.reshape(-1, group.shape[-1]) for group in groups]
            for name, groups in seen["memory"].items()
        }
        self.keep(
            {
                "steps": int(batch.step),
                "time": seen["time"],
                "violated": np.where(violated >= UNUSABLE, np.nan, violated),
                "variables": seen["x"] if chosen is None else seen["x"][chosen],
                "memories": {
                    name: np.concatenate(groups)[: self.clauses]
                    for name, groups in memories.items()
                    if groups
                },
            }
        )

    def _chosen_cells(self) -> Int[np.ndarray, " cells"] | None:
        """The cells of the named variables; None where there are none, and the first are kept."""
        if not self.shares:
            return None
        return np.concatenate([own.first_cell + np.arange(len(own.values)) for own in self.shares])

    def keep(self, sample: dict[str, Any]) -> None:
        """Take a sample in; of too many every second one goes."""
        self.samples.append(sample)
        if len(self.samples) > MAXIMUM_SAMPLES:
            self.every *= 2
            last = self.samples[-1]
            self.samples = [s for s in self.samples if s is last or s["steps"] % self.every == 0]

    def trajectory(self, width: int = 1) -> Trajectory:
        """Everything recorded so far.

        Arguments:
            width: cells that one variable occupies, stored for whoever draws them.

        Raises:
            ValueError: if nothing was recorded.
        """
        if not self.samples or self.solved_step is None:
            raise ValueError("nothing was recorded")
        solved = np.where(self.solved_step < 0, np.inf, self.solved_step)
        best = np.zeros(len(solved))
        if "energy" in self.samples[0]:
            best = np.min([sample["energy"] for sample in self.samples], axis=0)
        kept = np.lexsort((best, solved))[: self.runs]

        def stacked(samples: list[np.ndarray]) -> np.ndarray:
            return np.stack([sample[..., kept] for sample in samples])

        memories = {
            name: stacked([sample["memories"][name] for sample in self.samples])
            for name in self.samples[0]["memories"]
        }
        return Trajectory(
            steps=np.array([sample["steps"] for sample in self.samples]),
            time=stacked([sample["time"] for sample in self.samples]),
            violated=stacked([sample["violated"] for sample in self.samples]).astype(np.float64),
            variables=stacked([sample["variables"] for sample in self.samples]),
            memories=memories,
            number=kept,
            solved_step=self.solved_step[kept],
            width=width,
            energy=stacked([sample["energy"] for sample in self.samples])
            if "energy" in self.samples[0]
            else None,
            names=tuple(own.name for own in self.shares),
            values=tuple(own.values for own in self.shares),
        )
