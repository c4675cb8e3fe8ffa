"""A solve as one stage of a checkpoint: what identifies it, what is kept of it, and its return."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from hashlib import blake2b
from typing import Any, NoReturn, TypeVar

import jax
import numpy as np

from odesolve.checkpoints import LEAST_SECONDS, Checkpoint, CheckpointError, Contents
from odesolve.options import Options
from odesolve.potentials import System
from odesolve.potentials.device import on_host
from odesolve.potentials.pytrees import is_data
from odesolve.results import Compiled, Reason, Result, RunTable, Status, Times

__all__ = ["Stage", "digest", "digest_of_text", "identity_of", "plain"]

Tree = TypeVar("Tree")

#: Options that decide what a batch does; budgets of time and steps may change on the way.
DECISIVE = ("seed", "look_every", "patience", "run_length", "generation", "all_runs", "target")

#: Reasons after which a command ends, so that this is the last moment to write.
_LAST = (Reason.TIME, Reason.INTERRUPTED)

_BATCH = "batch"
_MORE = "more."


def digest(tree: Any) -> str:
    """A short name for the numbers of a tree of arrays, and for where in the tree each stands.

    It is the same on every machine.
    """
    found = blake2b(digest_size=16)
    # What is None has no leaf: two numbers, each in the other's place, would have one name.
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree, is_leaf=lambda node: node is None)
    for path, leaf in leaves:
        found.update(jax.tree_util.keystr(path).encode())
        if leaf is None:
            found.update(b" none")
            continue
        array = np.ascontiguousarray(on_host(leaf))
        found.update(f" {array.dtype.str}{array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def digest_of_text(text: str) -> str:
    """A short name for a text, of hexadecimal digits."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _problem(system: System) -> str:
    """A short name for a problem: its clauses, domains, fixed cells, weights and goal.

    The table by which forces are gathered, which only some devices have, is left out.
    """
    words = [repr(system.layout), str(system.component_count)]
    for group in system.groups:
        kind = type(group.clauses)
        options = [
            (field.name, getattr(group.clauses, field.name))
            for field in fields(kind)
            if not is_data(field)
        ]
        words.append(repr((kind.__name__, options, group.domains)))
    words.append(type(system.goal).__name__)
    return digest_of_text("\n".join(words)) + digest(replace(system, incidence=None))


def identity_of(
    system: System,
    dynamics: str,
    parameters: Mapping[str, Any],
    options: Options,
    runs: int,
    starts: np.ndarray | None,
) -> dict[str, Any]:
    """All that decides the future of a batch from its state on, as JSON holds it."""
    identity = {
        "problem": _problem(system),
        "dynamics": dynamics,
        **parameters,
        "runs": runs,
        **{name: getattr(options, name) for name in DECISIVE},
        "starts": None if starts is None else digest(starts),
    }
    return plain(identity)


def plain(identity: Mapping[str, Any]) -> dict[str, Any]:
    """What identifies a solve as JSON holds it, to be compared with what is read."""
    found: dict[str, Any] = json.loads(json.dumps(identity))
    return found


@dataclass
class Stage:
    """One solve of a command that writes checkpoints, or is resumed from one.

    Attributes:
        identity: see ``identity_of``.
        max_steps: the budget of steps.
        result: what the stage came to, if it had ended before.
        arrays: the batch that it goes on with, by name; None where it begins.
        improved_step: the step at which that batch had found its best.
        more: what was written besides it.
        writes: whether it is this process that writes.
    """

    checkpoint: Checkpoint
    identity: dict[str, Any]
    max_steps: int | None
    result: Result | None = None
    arrays: dict[str, np.ndarray] | None = None
    improved_step: int = 0
    more: Contents | None = None
    writes: bool = True

    @classmethod
    def of(cls, checkpoint: Checkpoint, identity: dict[str, Any], max_steps: int | None) -> Stage:
        """The next stage of a command.

        Raises:
            CheckpointError: if what is resumed was another solve.
        """
        number, resumed = checkpoint.stages, checkpoint.resumed
        checkpoint.stages += 1
        if checkpoint.ended is not None:
            checkpoint.finished.append(checkpoint.ended)
            checkpoint.ended = None
        stage = cls(checkpoint, identity, max_steps)
        if resumed is None:
            return stage
        finished = resumed.header["finished"]
        if number < len(finished):
            stage.take_result(number, finished[number], resumed.arrays)
        elif number == len(finished):
            stage.take_batch(resumed.header, resumed.arrays)
            checkpoint.resumed = None  # its memory is not needed any more
        return stage

    @property
    def is_resumed(self) -> bool:
        """Whether it does not begin from the start."""
        return self.result is not None or self.arrays is not None

    def take_result(
        self, number: int, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> None:
        """The result of a stage that had ended."""
        self.check_identity(header)
        if header["max_steps"] != self.max_steps:
            self.refuse(f"made with max_steps {header['max_steps']}", f"max_steps {self.max_steps}")
        try:
            self.result = _result_of(header["result"], _named_after(f"finished{number}.", arrays))
        except (KeyError, TypeError, ValueError):
            self.refuse("damaged", "a whole checkpoint")
        self.keep(self.result)

    def take_batch(self, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """The batch of the stage that was under way."""
        self.check_identity(header)
        self.arrays = {name: own for name, own in arrays.items() if name.startswith(_BATCH)}
        self.improved_step = int(header.get("improved_step", 0))
        self.more = Contents(header.get("more", {}), _named_after(_MORE, arrays))
        taken = self.arrays.get(f"{_BATCH}.step")
        if taken is not None and self.max_steps is not None and self.max_steps < int(taken):
            self.refuse(f"has taken {int(taken)} steps", f"max_steps {int(taken)} at least")

    def check_identity(self, header: Mapping[str, Any]) -> None:
        """Raises CheckpointError naming the first thing that differs."""
        theirs = header["identity"]
        for name in {**self.identity, **theirs}:
            found, own = theirs.get(name), self.identity.get(name)
            if found == own:
                continue
            if name == "problem":
                self.refuse("is of another problem", "the one that is solved")
            if name == "starts":
                self.refuse("began elsewhere", "the same hint, or preset")
            if name == "kernels":  # those of JAX are not written
                found, own = found or "jax", own or "jax"
            self.refuse(f"made with {name} {found}", f"{name} {own}")

    def refuse(self, wrong: str, expected: str) -> NoReturn:
        """Raises CheckpointError."""
        raise CheckpointError(self.checkpoint.source, f"{wrong}; expected {expected}")

    def resumed_batch(self, batch: Tree) -> Tree:
        """The batch to go on with, on the host, in place of one that has just begun.

        Raises:
            CheckpointError: if it has other arrays.
        """
        if self.arrays is None:
            return batch
        named, structure = jax.tree_util.tree_flatten_with_path(batch)
        leaves = []
        for path, leaf in named:
            found = self.arrays.get(_name(path))
            if found is None or found.shape != leaf.shape or found.dtype != leaf.dtype:
                self.refuse("has arrays of other shapes", "those of the same equations and runs")
            leaves.append(found)
        self.arrays = {}
        restored: Tree = jax.tree.unflatten(structure, leaves)
        return restored

    def save(
        self,
        batch: Any,
        improved_step: int = 0,
        *,
        more: Contents | None = None,
        at_end: bool = False,
    ) -> None:
        """Write the batch, and what the stages before it came to.

        All processes bring it together; the first one writes.

        Arguments:
            batch: a tree of arrays.
            more: what goes with it, as JSON and as arrays.

        Raises:
            CheckpointError: as ``Checkpoint.write``.
        """
        named, _ = jax.tree_util.tree_flatten_with_path(on_host(batch))
        header = {
            "identity": self.identity, "max_steps": self.max_steps, "improved_step": improved_step
        }  # fmt: skip
        arrays = {_name(path): np.asarray(leaf) for path, leaf in named}
        if more is not None:
            header["more"] = more.header
            arrays |= {_MORE + name: own for name, own in more.arrays.items()}
        if self.writes:
            self.checkpoint.write(header, arrays, at_end=at_end)
        else:
            self.checkpoint.leave_to_others()

    def wants_last(self, reason: Reason) -> bool:
        """Whether to write the state at the end, or to leave it to a stage that soon follows."""
        checkpoint = self.checkpoint
        soon = checkpoint.writings and checkpoint.seconds_since_writing() < LEAST_SECONDS
        return checkpoint.path is not None and (reason in _LAST or not soon)

    def end(self, result: Result) -> Result:
        """Keep what the stage came to.

        Returns:
            The result, with a note if a checkpoint could not be written.
        """
        self.keep(result)
        if self.checkpoint.failure is not None:
            result = replace(result, notes=(*result.notes, self.checkpoint.failure))
        return result

    def keep(self, result: Result) -> None:
        """Have the result written with the stages after it."""
        header, arrays = _parts(result)
        own = {"identity": self.identity, "max_steps": self.max_steps, "result": header}
        self.checkpoint.ended = Contents(own, arrays)


def _name(path: Any) -> str:
    return _BATCH + jax.tree_util.keystr(path)


def _named_after(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays whose names begin so, by the rest of these."""
    return {k.removeprefix(prefix): own for k, own in arrays.items() if k.startswith(prefix)}


_RUNS = "runs."


def _parts(result: Result) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What of a result is plain, and its arrays by name."""
    plain = {f.name: getattr(result, f.name) for f in fields(result)}
    table = plain.pop("runs")
    arrays = {"assignment": plain.pop("assignment"), "solutions": plain.pop("solutions")}
    arrays |= {_RUNS + name: own for name, own in vars(table).items() if own is not None}
    plain["times"], plain["compiled"] = asdict(result.times), asdict(result.compiled)
    return plain, arrays


def _result_of(plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Result:
    """The result that was taken apart by ``_parts``."""
    own = dict(plain)
    table = _named_after(_RUNS, arrays)
    return Result(
        **{
            **own,
            "status": Status(own["status"]),
            "reason": Reason(own["reason"]),
            "notes": tuple(own["notes"]),
            "times": Times(**own["times"]),
            "compiled": Compiled(**own["compiled"]),
            "assignment": arrays["assignment"],
            "solutions": arrays["solutions"],
            "runs": RunTable(**table),
        }
    )
