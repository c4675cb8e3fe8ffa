"""Kinds of families: how their formulas are read or made, and who solves them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import TypedDict, Unpack

import numpy as np

from benchmarks.factoring.instances import instances as factoring_instances
from benchmarks.satisfiability.generators import (
    factoring_clauses,
    parity_clauses,
    parity_rows,
    soft_clauses,
    uniform_clauses,
    write_cnf,
    write_weighted_cnf,
)
from benchmarks.satisfiability.instances import (
    FILES,
    Instance,
    Rows,
    coloring_cnf,
    natural,
    read_cnf,
    read_opb,
    read_weighted,
)
from benchmarks.satisfiability.solvers import (
    BESIDE,
    CADICAL,
    CP_SAT,
    DESCENT,
    OURS,
    PROBSAT,
    RC2,
    SATLIKE,
    YALSAT,
    FormulaSolver,
    attempt_peer,
)

#: Nothing was tuned on formulas from this seed on.
FIRST_SEED = 20264001
#: Seconds that CaDiCaL may take to tell whether an instance has a model.
SORTING_LIMIT = 60.0
CLAUSE_SOLVERS = (OURS, CADICAL, PROBSAT, DESCENT)
LARGE_SOLVERS = (OURS, CADICAL, PROBSAT)
COMPLETE = (OURS, BESIDE, CADICAL)
STRUCTURED_SOLVERS = (OURS, BESIDE, CADICAL, PROBSAT, YALSAT)
MIXED_SOLVERS = (OURS, CADICAL, CP_SAT, DESCENT)
OPTIMIZERS = (OURS, SATLIKE, RC2, CP_SAT)

#: (folder for files that are made, number of instances) -> instances; none if files are absent.
Make = Callable[[Path, int], list[Instance]]


@dataclass(frozen=True)
class Asked:
    """What the project asks of odesolve: so many of so many within the limit.

    Attributes:
        stretch: whether that is a wish more than a demand.
    """

    solved: int
    total: int
    limit: float
    stretch: bool = False


@dataclass(frozen=True)
class Family:
    """Formulas of one kind.

    Attributes:
        group: families of one group and rising size make a scaling table, and share a plot.
        limit: seconds for each instance and solver.
        count: instances without ``--count``.
        peer_count: instances that the peers are tried on; None is all.
    """

    name: str
    title: str
    make: Make
    group: str
    limit: float = 20.0
    count: int = 10
    peer_count: int | None = None
    solvers: tuple[FormulaSolver, ...] = CLAUSE_SOLVERS
    asked: Asked | None = None
    size: int = 0


class FamilyOptions(TypedDict, total=False):
    """The fields of ``Family`` that every kind of families leaves to its caller."""

    limit: float
    count: int
    peer_count: int | None
    asked: Asked | None


def made(
    name: str, folder: Path, variables: int, clauses: np.ndarray | Sequence[Sequence[int]]
) -> Instance:
    """Write clauses to a file."""
    path = folder / f"{name}.cnf"
    write_cnf(path, variables, clauses)
    return Instance(path.name, path, variables, Rows.of(clauses))


def seeded(build: Callable[[Path, int], Instance], first: int = FIRST_SEED) -> Make:
    """One instance for each of consecutive seeds."""
    return lambda folder, count: [build(folder, first + i) for i in range(count)]


def random_family(
    group: str,
    title: str,
    draw: Callable[[int], np.ndarray],
    variables: int,
    *,
    solvers: tuple[FormulaSolver, ...] = CLAUSE_SOLVERS,
    **more: Unpack[FamilyOptions],
) -> Family:
    """Random clauses over so many variables; ``draw(seed)`` makes them."""

    def build(folder: Path, seed: int) -> Instance:
        return made(f"{group}-{variables}-seed{seed}", folder, variables, draw(seed))

    full = f"{title}, N = {variables:,}"
    return Family(
        f"{group}-{variables}",
        full,
        seeded(build),
        group,
        solvers=solvers,
        size=variables,
        **more,
    )


def files_family(
    name: str,
    title: str,
    patterns: Iterable[str],
    group: str = "",
    *,
    solvers: tuple[FormulaSolver, ...] = CLAUSE_SOLVERS,
    size: int = 0,
    **more: Unpack[FamilyOptions],
) -> Family:
    """Satisfiable files below ``sat`` that match one of the patterns, in turn from each folder."""

    def make(folder: Path, count: int) -> list[Instance]:
        kinds = [matching(pattern, {"SAT", "unverified"}) for pattern in patterns]
        return [read_cnf(path) for path in in_turn(kinds)[:count]]

    return Family(name, title, make, group or name, solvers=solvers, size=size, **more)


def in_turn(kinds: Iterable[Sequence[Path]]) -> list[Path]:
    """The first of each kind, then the second of each, and so on: few still show all kinds."""
    return [path for round_ in zip_longest(*kinds) for path in round_ if path is not None]


def matching(pattern: str, statuses: set[str]) -> list[Path]:
    """Files below ``sat`` with one of these statuses in the index."""
    index = FILES / "INDEX.tsv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t")
        status = {row[0]: row[2] for row in rows if len(row) > 2}
    paths = sorted((FILES / "sat").glob(pattern), key=natural)
    return [p for p in paths if status.get(p.relative_to(FILES).as_posix()) in statuses]


def make_colorings(folder: Path, count: int) -> list[Instance]:
    """SATLIB's flat200 graphs, one bit a node and colour."""
    paths = sorted((FILES / "coloring" / "flat200-479").glob("*.col"), key=natural)[:count]
    found = []
    for path in paths:
        instance = coloring_cnf(path, 3)
        file = folder / instance.name
        write_cnf(file, instance.variables, instance.clauses.lists())
        found.append(replace(instance, path=file))
    return found


def make_known_satisfiable(folder: Path, count: int) -> list[Instance]:
    """Uniform 3-SAT, N = 250, ratio 4.2: the first that CaDiCaL finds a model of."""
    found: list[Instance] = []
    seed = FIRST_SEED + 5000
    while len(found) < count:
        clauses = uniform_clauses(250, 1050, 3, seed)
        instance = made(f"uniform-4.2-250-seed{seed}", folder, 250, clauses)
        seed += 1
        if attempt_peer("cadical", instance, SORTING_LIMIT).status == "satisfied":
            found.append(instance)
    return found


def parity_family(
    variables: int, rows: int, *, as_lines: bool, width: int = 3, **more: Unpack[FamilyOptions]
) -> Family:
    """Random consistent XOR systems, as ``x`` lines or as clauses that hide them."""
    form = "lines" if as_lines else "clauses"

    def build(folder: Path, seed: int) -> Instance:
        system, _ = parity_rows(variables, rows, width, seed)
        name = f"xor-{form}-{variables}-seed{seed}"
        if not as_lines:
            return made(name, folder, variables, parity_clauses(system))
        path = folder / f"{name}.cnf"
        write_cnf(path, variables, [], system)
        return Instance(path.name, path, variables, parities=Rows.of(system))

    title = f"random {width}-XOR systems as {form}, N = {variables:,}, {rows:,} rows"
    group = f"xor-{form}"
    solvers = MIXED_SOLVERS if as_lines else CLAUSE_SOLVERS
    return Family(
        f"{group}-{variables}", title, seeded(build), group, solvers=solvers,
        size=variables, **more,
    )  # fmt: skip


def factoring_family(bits: int, **more: Unpack[FamilyOptions]) -> Family:
    """Multipliers with a fixed product of two primes of equal width, as clauses."""

    def make(folder: Path, count: int) -> list[Instance]:
        chosen = factoring_instances(bits, count, FIRST_SEED)
        formulas = [(each.number, factoring_clauses(each.number, each.widths)) for each in chosen]
        return [
            made(f"factoring-{bits}-{i}-{number}", folder, variables, clauses)
            for i, (number, (variables, clauses)) in enumerate(formulas)
        ]

    title = f"factoring {bits}-bit products of two primes, as clauses"
    return Family(f"factoring-{bits}", title, make, "factoring", size=bits, **more)


def make_unsatisfiable(folder: Path, count: int) -> list[Instance]:
    """Files without a model, two from each folder at most."""
    folders = sorted({path.parent.name for path in matching("*/*.cnf", {"UNSAT"})})
    kinds = [matching(f"{name}/*.cnf", {"UNSAT"})[:2] for name in folders]
    return [read_cnf(path) for path in in_turn(kinds)[:count]]


def hybrid_family(folder_name: str, title: str, **more: Unpack[FamilyOptions]) -> Family:
    """Files of clauses, XOR and cardinality rows below ``hybrid``."""

    def make(folder: Path, count: int) -> list[Instance]:
        paths = sorted((FILES / "hybrid" / folder_name).glob("*.cnf"), key=natural)
        return [read_cnf(path) for path in paths[:count]]

    return Family(
        f"hybrid-{folder_name}",
        title,
        make,
        "hybrid",
        solvers=MIXED_SOLVERS,
        **more,
    )


def make_pseudo_boolean(pattern: str, optimizes: bool) -> Make:
    """Linear OPB files that have a model, with or without an objective."""

    def make(folder: Path, count: int) -> list[Instance]:
        found = []
        for path in sorted((FILES / "pb").glob(pattern), key=natural):
            # One pigeon more than holes: no model.
            if path.name.startswith("pigeonhole"):
                continue
            try:
                instance = read_opb(path)
            except ValueError:
                continue
            if instance.optimizes == optimizes:
                found.append(instance)
        return found[:count]

    return make


def make_weighted_files(patterns: Sequence[str], each: int) -> Make:
    """MaxSAT files, at most so many from each pattern, written anew as ``p wcnf``."""

    def make(folder: Path, count: int) -> list[Instance]:
        found = []
        for pattern in patterns:
            for path in sorted((FILES / "maxsat").glob(pattern), key=natural)[:each]:
                instance = read_weighted(path)
                file = folder / f"{path.name}.wcnf"
                write_weighted_cnf(
                    file, instance.variables, instance.soft.lists(), instance.weights,
                    instance.clauses.lists(),
                )  # fmt: skip
                found.append(replace(instance, path=file))
        return found[:count]

    return make


def partial_family(
    name: str,
    title: str,
    draw: Callable[[int], tuple[np.ndarray, np.ndarray, np.ndarray]],
    variables: int,
    **more: Unpack[FamilyOptions],
) -> Family:
    """Clauses that must hold and soft ones: ``draw(seed)`` makes both, and the weights."""

    def build(folder: Path, seed: int) -> Instance:
        hard, soft, weights = draw(seed)
        path = folder / f"{name}-seed{seed}.wcnf"
        write_weighted_cnf(path, variables, soft, weights, hard)
        return Instance(
            path.name, path, variables, Rows.of(hard), soft=Rows.of(soft),
            weights=tuple(weights.tolist()), optimizes=True,
        )  # fmt: skip

    return Family(name, title, seeded(build), "maxsat", solvers=OPTIMIZERS, **more)


def maxsat_family(
    variables: int, ratio: float, width: int, heaviest: int, **more: Unpack[FamilyOptions]
) -> Family:
    """Random MaxSAT."""
    name = f"maxsat-random-{width}-{variables}"

    def build(folder: Path, seed: int) -> Instance:
        clauses, weights = soft_clauses(variables, round(ratio * variables), width, seed, heaviest)
        path = folder / f"{name}-seed{seed}.wcnf"
        write_weighted_cnf(path, variables, clauses, weights)
        return Instance(
            path.name, path, variables, soft=Rows.of(clauses), weights=tuple(weights.tolist()),
            optimizes=True,
        )  # fmt: skip

    title = f"random Max-{width}-SAT, N = {variables:,}, ratio {ratio}, weights 1 to {heaviest}"
    return Family(name, title, seeded(build), "maxsat", solvers=OPTIMIZERS, **more)
