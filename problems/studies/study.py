"""What a study is: instances, settings and seeds, and the cells that they span."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from odesolve.problems.errors import InputError

__all__ = ["Cell", "Instance", "Setting", "Study", "Task", "digest_of"]

#: Characters of a hash that are kept: enough for any number of cells.
DIGEST_LENGTH = 32


def digest_of(*parts: bytes | str | Mapping[str, Any]) -> str:
    """A name for content: the same parts in the same order give the same one, on every machine."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, Mapping):
            part = json.dumps(part, sort_keys=True, default=list)
        data = part.encode() if isinstance(part, str) else part
        found.update(f"{len(data)}:".encode() + data)
    return found.hexdigest()[:DIGEST_LENGTH]


@dataclass(frozen=True)
class Instance:
    """One problem.

    Attributes:
        name: what tables call it.
        kind: "sat", "coloring", "ising", "maxcut", "model", "factoring" or "arithmetic".
        load: gives its content: what a file holds, without compression, or a query as text.
        digest: names that content.
        suffix: extension of a file that would hold it.
        options: what belongs to the problem and not to how it is solved: ``colors``, ``target``,
            ``bits``, ``format``.
    """

    name: str
    kind: str
    load: Callable[[], bytes] = field(repr=False, compare=False)
    digest: str
    suffix: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """A way to solve problems.

    Attributes:
        name: what tables call it.
        command: template of the command line of another solver; empty for odesolve.
        options: those of the front ends, by name; ``time_limit`` and ``max_steps`` among them. A
            preset from a file is a table of its ``place`` and its ``text``.
        kinds: the kinds of problem it is for; all if empty.
    """

    name: str
    command: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Names what it does, not what it is called."""
        return digest_of(self.command, self.options)

    @property
    def time_limit(self) -> float | None:
        """Seconds that a cell may take; None for no limit."""
        return self.options.get("time_limit")


@dataclass(frozen=True)
class Task:
    """What a worker is asked: everything about a cell, wherever the worker is.

    Attributes:
        data: the instance's content.
    """

    cell: str
    name: str
    kind: str
    suffix: str
    digest: str
    data: bytes
    instance_options: Mapping[str, Any]
    command: str
    options: Mapping[str, Any]
    seed: int


@dataclass(frozen=True)
class Cell:
    """One instance, solved once with one setting and one seed.

    Attributes:
        key: names its content: the same cell in another study, or under other names, has the same.
    """

    instance: Instance
    setting: Setting
    seed: int
    key: str

    def task(self) -> Task:
        """The same with the instance's content.

        Raises:
            InputError: if its file was changed after the study was read.
        """
        own, data = self.instance, self.instance.load()
        if digest_of(data) != own.digest:
            raise InputError(own.name, "it was changed while the study ran", "the same content")
        return Task(
            cell=self.key,
            name=own.name,
            kind=own.kind,
            suffix=own.suffix,
            digest=own.digest,
            data=data,
            instance_options=dict(own.options),
            command=self.setting.command,
            options=dict(self.setting.options),
            seed=self.seed,
        )


@dataclass(frozen=True)
class Study:
    """Everything that is to be solved.

    Attributes:
        name: that of its file.
        instances, settings, seeds: each with each is a cell.
    """

    name: str
    instances: tuple[Instance, ...]
    settings: tuple[Setting, ...]
    seeds: tuple[int, ...]

    def cells(self) -> Iterator[Cell]:
        """All cells, those of one instance after those of another; none twice."""
        seen = set()
        for instance in self.instances:
            for setting in self.settings:
                if setting.kinds and instance.kind not in setting.kinds:
                    continue
                for seed in self.seeds:
                    key = digest_of(
                        instance.digest, instance.kind, instance.options, setting.digest, str(seed)
                    )
                    if key not in seen:
                        seen.add(key)
                        yield Cell(instance, setting, seed, key)
