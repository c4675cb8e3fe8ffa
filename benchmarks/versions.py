"""Two versions of odesolve on the same problems, in turn: what did a change cost?

    python -m benchmarks.versions ../before/.venv/bin/odesolve .venv/bin/odesolve --count 20

Each problem is given to both commands, one right after the other, the first of them changing from
problem to problem, so that a busy machine hurts both alike. Processes are whole, with default
options, and without a compilation cache unless ``--warm`` gives each version one of its own, which
the problems before have filled, as a user's is. Steps and processor seconds are what to compare:
wall time is noisier. Answers are read from their JSON; the lists of problems are those of the other
benchmarks.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.coloring.instances import COLORING_FILES, natural, planted
from benchmarks.factoring.instances import FIRST_SEED, instances
from benchmarks.processes import COLD, run_process
from benchmarks.report import ROOT, begun, note
from benchmarks.satisfiability.generators import uniform_clauses, write_cnf

HEADER = (
    "problems", "count", "limit s", "solved", "steps, sum", "steps, median", "wall s, median",
    "wall s, slowest", "processor s, median", "ratio of processor s, median",
)  # fmt: skip
GRACE_SECONDS = 60.0
#: Problems that fill a cache before others are measured.
WARMING = 3


@dataclass(frozen=True)
class Ran:
    """One command on one problem; ``steps`` is None unless it was solved."""

    steps: int | None
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Family:
    """Problems of one kind.

    Attributes:
        arguments: (count, folder for generated files) -> the words behind ``odesolve`` of each.
    """

    name: str
    limit: float
    arguments: Callable[[int, Path], list[list[str]]]


def flat200(count: int, folder: Path) -> list[list[str]]:
    """SATLIB's flat graphs of 200 nodes, where they are."""
    paths = sorted(COLORING_FILES.rglob("flat200*.col"), key=lambda path: natural(path.name))
    return [["color", str(path), "--colors", "3"] for path in paths[:count]]


def planted_graphs(nodes: int, degree: float) -> Callable[[int, Path], list[list[str]]]:
    """Graphs that hide a 3-colouring, as ``benchmarks.coloring`` draws them."""

    def arguments(count: int, folder: Path) -> list[list[str]]:
        edges = round(nodes * degree / 2)
        graphs = [planted(nodes, edges, FIRST_SEED + i, folder) for i in range(count)]
        return [["color", str(graph.path), "--colors", "3"] for graph in graphs]

    return arguments


def article(count: int, folder: Path) -> list[list[str]]:
    """The article's examples; without presolve, which decides most of them."""
    graph = str(ROOT / "docs" / "examples" / "article.json")
    examples = [
        ["color", graph, "--colors", "3"],
        ["relate", "a ^ b == s"],
        ["add", "1", "2"],
        ["add", "_", "2", "3"],
        ["add", "123", "_", "200"],
        ["multiply", "3", "5"],
        ["multiply", "_", "_", "35"],
        ["factor", "15"],
        ["factor", "143"],
    ]
    return [[*example, "--no-presolve"] for example in examples[:count]]


def products(bits: int) -> Callable[[int, Path], list[list[str]]]:
    """Products of two primes of equal width."""

    def arguments(count: int, folder: Path) -> list[list[str]]:
        return [["factor", str(each.number)] for each in instances(bits, count)]

    return arguments


def uniform(variables: int, ratio: float) -> Callable[[int, Path], list[list[str]]]:
    """Uniform 3-SAT, by the dynamics alone."""

    def arguments(count: int, folder: Path) -> list[list[str]]:
        words = []
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            path = folder / f"uniform-{variables}-{ratio}-{seed}.cnf"
            clauses = uniform_clauses(variables, round(ratio * variables), 3, seed)
            write_cnf(path, variables, clauses)
            words.append(["sat", str(path), "--prove", "none"])
        return words

    return arguments


FAMILIES = (
    Family("article", 60, article),
    Family("flat200", 60, flat200),
    Family("planted-200-4.6", 60, planted_graphs(200, 4.6)),
    Family("planted-1000-4.4", 120, planted_graphs(1000, 4.4)),
    Family("factoring-12", 60, products(12)),
    Family("factoring-16", 60, products(16)),
    Family("factoring-20", 120, products(20)),
    Family("uniform-10000-4.2", 120, uniform(10_000, 4.2)),
)


@dataclass(frozen=True)
class Version:
    """A command to compare.

    Attributes:
        cache: environment variables that say which compilations it finds.
    """

    command: str
    cache: dict[str, str]


def ran(version: Version, arguments: Sequence[str], limit: float) -> Ran:
    """Run one command on one problem."""
    words = [version.command, *arguments, "--json", "--quiet", "--time-limit", f"{limit:g}"]
    finished = run_process(words, limit=limit + GRACE_SECONDS, variables=version.cache)
    if finished.code not in (0, 1, 10):
        raise RuntimeError(f"{' '.join(words)}: exit {finished.code}\n{finished.errors}")
    answer = json.loads(finished.output)
    steps = answer["steps"] if answer["status"] == "satisfied" else None
    return Ran(steps, finished.seconds, finished.cpu_seconds)


def measured(
    family: Family, versions: Sequence[Version], problems: Sequence[Sequence[str]]
) -> list[tuple[Ran, Ran]]:
    """Both versions on every problem of a family."""
    pairs = []
    for number, arguments in enumerate(problems):
        first = number % 2
        one = ran(versions[first], arguments, family.limit)
        other = ran(versions[1 - first], arguments, family.limit)
        pairs.append((other, one) if first else (one, other))
        note(f"  {family.name} {number + 1}: {pairs[-1][0].steps} and {pairs[-1][1].steps} steps")
    return pairs


def row(family: Family, pairs: list[tuple[Ran, Ran]]) -> list[str]:
    """What a family's pairs come to: before / after."""
    sides = [[pair[side] for pair in pairs] for side in (0, 1)]

    def both(figure: Callable[[list[Ran]], str]) -> str:
        return " / ".join(figure(side) for side in sides)

    def steps(side: list[Ran]) -> list[int]:
        return [each.steps for each in side if each.steps is not None] or [0]

    ratios = [after.cpu_seconds / before.cpu_seconds for before, after in pairs]
    return [
        family.name,
        str(len(pairs)),
        f"{family.limit:g}",
        both(lambda side: str(sum(each.steps is not None for each in side))),
        both(lambda side: str(sum(steps(side)))),
        both(lambda side: f"{statistics.median(steps(side)):g}"),
        both(lambda side: f"{statistics.median(each.seconds for each in side):.2f}"),
        both(lambda side: f"{max(each.seconds for each in side):.2f}"),
        both(lambda side: f"{statistics.median(each.cpu_seconds for each in side):.2f}"),
        f"{statistics.median(ratios):.2f}",
    ]


def versions_of(commands: Sequence[str], warm: bool, folder: Path) -> list[Version]:
    """The commands, each with a cache of its own or none."""
    if not warm:
        return [Version(command, COLD) for command in commands]
    caches = [folder / f"cache-{number}" for number in range(len(commands))]
    for cache in caches:
        cache.mkdir()
    return [
        Version(command, {"JAX_COMPILATION_CACHE_DIR": str(cache)})
        for command, cache in zip(commands, caches, strict=True)
    ]


def compare(family: Family, commands: Sequence[str], count: int, warm: bool) -> list[str] | None:
    """The row of a family; None where there are no problems of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        versions = versions_of(commands, warm, folder)
        problems = family.arguments(count + WARMING * warm, folder)
        if warm:
            for number, arguments in enumerate(problems[:WARMING]):
                for version in versions:
                    ran(version, arguments, family.limit)
                note(f"  {family.name}: cache filled by {number + 1} of {WARMING}")
            problems = problems[WARMING:]
        pairs = measured(family, versions, problems)
    return row(family, pairs) if pairs else None


@click.command()
@click.argument("before", type=click.Path(exists=True, dir_okay=False, resolve_path=True))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, resolve_path=True))
@click.option("--count", default=20, show_default=True, help="Most problems of a family.")
@click.option("--family", "names", multiple=True, help="Only families whose names begin with it.")
@click.option(
    "--warm", is_flag=True, help=f"Give each a cache, filled by {WARMING} problems of the kind."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the report there too.")
def main(
    before: str, after: str, count: int, names: tuple[str, ...], warm: bool, output: Path | None
) -> None:
    """Compare the commands BEFORE and AFTER, each ``odesolve`` of some environment."""
    report = begun(output, "Two versions of odesolve, side by side")
    report.write("Each cell: before / after.\n")
    chosen = [each for each in FAMILIES if not names or each.name.startswith(names)]
    rows = [compare(family, (before, after), count, warm) for family in chosen]
    report.table(HEADER, [each for each in rows if each is not None])


if __name__ == "__main__":
    main()
