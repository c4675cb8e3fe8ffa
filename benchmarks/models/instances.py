"""Instances: models that are made when they are needed, or read from public FlatZinc."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.models import gecode
from benchmarks.models.puzzles import Generated
from odesolve.problems.errors import InputError
from odesolve.problems.files import decode_text, read_bytes
from odesolve.problems.models.files import read_model

INDEX = "INDEX.tsv"


@dataclass(frozen=True)
class Instance:
    """One model.

    Attributes:
        name: without equal in a report.
        family: the generated family, or "public".
        optimises: whether it has an objective.
        make: makes a generated one.
        path: of a public one.
    """

    name: str
    family: str
    optimises: bool
    make: Callable[[], Generated] | None = None
    path: Path | None = None

    @cached_property
    def generated(self) -> Generated:
        """The model and its checker.

        Raises:
            InputError: if a public file cannot be read by odesolve.
        """
        if self.make is not None:
            return self.make()
        assert self.path is not None
        return Generated(read_model(self.path).model, lambda _: True, satisfiable=None)

    @property
    def maximises(self) -> bool:
        """Whether the greatest objective is wanted."""
        if self.path is not None:
            return gecode.maximises(self.text)
        objective = self.generated.model.objective
        return objective is not None and objective.maximize

    @cached_property
    def text(self) -> str:
        """FlatZinc of a public instance."""
        assert self.path is not None
        return decode_text(read_bytes(self.path), self.path.name)

    def forget(self) -> None:
        """Let go of what was made or read."""
        for name in ("generated", "text"):
            self.__dict__.pop(name, None)

    def written(self, folder: Path) -> Path:
        """Where a solver's process finds it."""
        if self.path is not None:
            return self.path
        path = folder / "model.pickle"
        path.write_bytes(pickle.dumps(self.generated.model))
        return path

    def judged(self, named: Mapping[str, int]) -> tuple[str, int | None]:
        """What a solution is worth, and its objective, both computed here.

        Arguments:
            named: values by name.

        Returns:
            "checked" by the model's exact test and by another program; "checked once" where only
            one of them can tell; "wrong: ..." otherwise. The objective is None where it is not
            known here.
        """
        try:
            model = self.generated.model
        except InputError:  # odesolve refuses the file
            agreed = self._check_public(named)
            return "wrong: Gecode rejects it" if agreed is False else "checked once", None
        known = {v: named[v.name] for v in model.variables if v.name in named}
        objective, value = model.objective, None
        if objective is not None and all(term in known for term in objective.terms):
            value = objective.value(known)
        for variable, own in known.items():
            if own not in variable.values:
                return f"wrong: {variable.name} = {own} is none of its values", value
        whole = len(known) == len(model.variables)
        if whole and (violated := model.violated(known)):
            return f"wrong: {type(violated[0]).__name__} violated", value
        agreed = self._check_public(named) if self.path else self.generated.check(named)
        if agreed is False:
            return "wrong: another program rejects it", value
        return "checked" if agreed and whole else "checked once", value

    def _check_public(self, values: Mapping[str, int]) -> bool | None:
        """By Gecode; None where it is not there, or does not say."""
        return gecode.is_solution(self.text, values) if gecode.available() else None


def public_instances(folder: Path) -> list[Instance]:
    """Those of the folder's index that are there."""
    with (folder / INDEX).open(encoding="utf-8", newline="") as lines:
        listed = list(csv.reader(lines, delimiter="\t"))
    found = []
    for name, goal, *_ in listed[1:]:
        path = folder / name
        if path.exists():
            short = name.removesuffix(".gz").removesuffix(".fzn")
            found.append(Instance(short, "public", goal != "satisfy", path=path))
    return found
