"""What a GPU does with odesolve, in one script of at most eight minutes.

Throughput against copying, for the systems that are solved most; whether a seed gives the same
numbers twice; every dynamics and stepper once; peak memory; and what must not be in the compiled
loop of a GPU. What there is no time left for is left out, and the report says so. It runs on a CPU
too: `--small` takes seconds there.

Run in the repository root: python -m benchmarks.gpu --help
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.report import OUTPUT_OPTION, Figure, Report, begun, note

#: The whole script takes so long at most; nothing is begun in the last of these seconds.
SECONDS, LAST_SECONDS = 480.0, 20.0

SEED = 20260001


@dataclass(frozen=True)
class Sizes:
    """How large everything is.

    Attributes:
        formulas: variables and clauses of uniform 3-SAT, and batch sizes of each.
        survey: the same for the survey flow.
        nodes: of a planted graph of three colours, mean degree 4, and its runs.
        number: a product of two primes, and its runs.
        spins: of dense Ising problems, and their runs.
        steps: of what is compared, and of every dynamics.
        seconds: about how long one measurement takes.
    """

    formulas: tuple[tuple[int, int, tuple[int, ...]], ...]
    survey: tuple[int, int, tuple[int, ...]]
    nodes: tuple[int, int]
    number: tuple[int, int]
    spins: tuple[tuple[int, ...], int]
    steps: int
    seconds: float


FULL = Sizes(
    formulas=((10_000, 42_000, (1, 64, 1024)), (238_000, 1_000_000, (1, 64, 1024))),
    survey=(10_000, 42_000, (4, 64)),
    nodes=(100_000, 64),
    number=(4093 * 4091, 4096),  # 24 bits
    spins=((2000, 10_000), 1024),
    steps=200,
    seconds=0.6,
)
SMALL = Sizes(
    formulas=((60, 250, (1, 4)),),
    survey=(60, 250, (2,)),
    nodes=(60, 2),
    number=(13 * 11, 4),
    spins=((30,), 4),
    steps=10,
    seconds=0.01,
)

METHOD = """\
A step's time is the median of three measurements of whole calls, looks at the assignments every 5
steps included. Copying is what the device reads and writes while it scales an array of 0.5 GiB, in
this very run. The bytes of a step are the least that must move (memories read and written, a cell
read and a force written for each place of a clause), so that 100 % cannot be passed unless caches
keep some of them. Peak memory is that of the process so far. Scatters are counted in the program
before it is compiled, in its loop over steps and looks.
"""


@dataclass
class Clock:
    """What is left of the time for all."""

    ends: float

    def has_time(self, what: str, report: Report) -> bool:
        """Whether something may begin; if not, the report says that it is left out."""
        if time.perf_counter() < self.ends:
            note(what)
            return True
        report.write(f"No time was left for {what}.\n")
        return False


@click.command()
@click.option("--small", is_flag=True, help="Small sizes: to see that it works, on any device.")
@click.option(
    "--k2000", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="The graph K2000, to be measured too.",
)  # fmt: skip
@OUTPUT_OPTION
def main(small: bool, k2000: Path | None, output: Path | None) -> None:
    """Measure odesolve on the device that JAX chooses, as Markdown, in at most eight minutes."""
    clock = Clock(time.perf_counter() + SECONDS - LAST_SECONDS)
    report = begun(output, "One GPU" if not small else "One device", ("odesolve", "jax", "numpy"))
    report.write(METHOD)
    run(report, SMALL if small else FULL, clock, k2000, small)


def run(report: Report, sizes: Sizes, clock: Clock, k2000: Path | None, shortened: bool) -> None:
    """All sections, one after another."""
    from odesolve.throughput import copy_bandwidth

    bandwidth = copy_bandwidth()
    report.write(f"Copying: {bandwidth / 1e9:,.0f} GB/s.\n")
    figures = throughput(report, sizes, clock, bandwidth)
    figures += repeated(report, sizes, clock)
    figures += once_each(report, sizes, clock)
    factoring(report, sizes, clock)
    if clock.has_time("Ising machines", report):
        from benchmarks.ising import gpu

        report.write("## Ising machines on dense couplings\n")
        gpu.run(report, *sizes.spins, sizes.seconds, k2000)
    report.write("## What is asked of a GPU\n")
    report.figures(figures, shortened)


# -------------------------------------------------------------------------------------- throughput


@dataclass(frozen=True)
class Case:
    """A system, what integrates so many runs of it, and its name in tables."""

    name: str
    make: Callable[[], tuple[Any, Callable[[int], Any]]]
    runs: tuple[int, ...]


def cases(sizes: Sizes) -> Iterator[Case]:
    """What is measured, the smallest batches first, so that each shows in the peak of memory."""
    for variables, clauses, runs in sizes.formulas:
        name = f"3-SAT, {clauses:,} clauses"
        yield Case(name, partial(_formula, variables, clauses, "rectified"), runs)
    variables, clauses, runs = sizes.survey
    name = f"survey flow, {clauses:,} clauses"
    yield Case(name, partial(_formula, variables, clauses, "survey-flow"), runs)
    nodes, count = sizes.nodes
    yield Case(f"colouring, {nodes:,} nodes", partial(_graph, nodes), (count,))
    number, count = sizes.number
    name = f"factoring, {number.bit_length()} bits"
    yield Case(name, partial(_multiplier, number, count), (count,))


def _formula(variables: int, clauses: int, dynamics: str) -> tuple[Any, Callable[[int], Any]]:
    from odesolve.potentials import Box, compile_system
    from odesolve.registry import DYNAMICS, usual_stepper
    from odesolve.throughput import SETTINGS, uniform_clauses

    problem = uniform_clauses(variables, clauses, 3, SEED)
    system = compile_system([(Box(-1.0, 1.0), variables)], [problem])
    if dynamics in SETTINGS:
        return system, lambda _: SETTINGS[dynamics]
    law = DYNAMICS[dynamics]()
    return system, lambda _: (law, usual_stepper(law))


def _graph(nodes: int) -> tuple[Any, Callable[[int], Any]]:
    """A random graph that has three colours, compiled as ``odesolve color`` does."""
    from odesolve.presets.method import Method
    from odesolve.problems.coloring.encodings import ENCODINGS

    generator = np.random.default_rng(SEED)
    hidden = np.arange(nodes) % 3
    pairs = generator.integers(nodes, size=(4 * nodes, 2))
    pairs = np.unique(np.sort(pairs[hidden[pairs[:, 0]] != hidden[pairs[:, 1]]], axis=1), axis=0)
    edges = pairs[np.sort(generator.permutation(len(pairs))[: 2 * nodes])]
    system = ENCODINGS["simplex"].compile(nodes, edges, 3, {})
    features = {"encoding": "simplex", "nodes": nodes, "colors": 3, "lists": 0}
    return system, Method().choose("coloring", features).for_runs


def _multiplier(number: int, runs: int) -> tuple[Any, Callable[[int], Any]]:
    """The first widths that ``odesolve factor`` tries."""
    from odesolve.presets.method import Method
    from odesolve.problems.factoring.split_system import width_pairs
    from odesolve.problems.factoring.splitting import Splitter

    splitter = Splitter(Method(), True, 0, None, {"runs": runs})
    _, ready = splitter.built(number, width_pairs(number)[0])
    return ready.system, ready.choice.for_runs


def throughput(report: Report, sizes: Sizes, clock: Clock, bandwidth: float) -> list[Figure]:
    """Steps of every system against copying."""
    from odesolve.potentials.device import device
    from odesolve.throughput import measure

    report.write("## Throughput against copying\n")
    rows, scatters = [], []
    for case in cases(sizes):
        if not clock.has_time(case.name, report):
            continue
        system, equations = case.make()
        for asked in case.runs:
            if not clock.has_time(f"{case.name}, {asked:,} runs", report):
                break
            runs = _fitting(system, asked)
            law, stepper = equations(runs)
            (found,) = measure(
                system, equations, [runs], bandwidth=bandwidth, seconds=sizes.seconds
            )
            scatters.append(_scatters(system, law, stepper, runs))
            rows.append(
                [
                    case.name, f"{runs:,}" + ("" if runs == asked else f" (not {asked:,})"),
                    f"{1e3 * found.seconds / found.steps:.3g}",
                    f"{found.clause_steps_per_second / 1e6:,.4g}",
                    f"{found.bytes_per_clause_step:.0f}", f"{found.bandwidth_fraction:.1%}",
                    f"{_peak_bytes() / 2**30:.2f}", str(scatters[-1]),
                    f"{found.compile_seconds:.1f}",
                ]
            )  # fmt: skip
    header = (
        "system", "runs", "ms a step", "M clause-steps/s", "bytes each", "of copying", "peak GiB",
        "scatters", "compile s",
    )  # fmt: skip
    report.table(header, rows)
    if device().platform == "cpu":
        return []
    total = sum(scatters)
    return [Figure("no scatter in the loop", f"{total} of {len(rows)} programs", total == 0)]


def _fitting(system: Any, runs: int) -> int:
    """So many runs, or the largest power of two that fits into memory."""
    from odesolve.batch_size import check_memory

    while runs > 1:
        try:
            check_memory(system, runs)
        except ValueError:
            runs = 2 ** ((runs - 1).bit_length() - 1)
        else:
            break
    return runs


def _prepared(system: Any, law: Any, stepper: Any, runs: int) -> tuple[Any, Any]:
    """A batch that has begun, and its equations, on the device."""
    from odesolve.batch import begun as begin
    from odesolve.batch import empty_batch, random_starts
    from odesolve.potentials.device import on_device

    equations = on_device((law, stepper))
    everyone = np.ones(runs, bool)
    x = random_starts(system, SEED, np.zeros(runs, int), everyone)
    empty = on_device(empty_batch(system, *equations, runs))
    return begin(empty, system, *equations, *on_device((x, everyone))), equations


def _numbers(*numbers: int) -> list[Any]:
    from odesolve.potentials.device import on_device

    return [on_device(np.int32(number)) for number in numbers]


def _scatters(system: Any, law: Any, stepper: Any, runs: int) -> int:
    """Scatters in the program that integrates, which a GPU does in no fixed order."""
    import jax

    from odesolve.batch import advance, empty_batch
    from odesolve.potentials.device import on_device

    equations = on_device((law, stepper))
    batch = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype),
        empty_batch(system, *equations, runs),
    )
    text = advance.lower(batch, system, *equations, *_numbers(5, 5, 2**30)).as_text()
    return text.count("stablehlo.scatter")


def _peak_bytes() -> int:
    """The most memory that was in use on the device so far; of the process where it is a CPU."""
    from odesolve.potentials.device import device

    statistics = device().memory_stats() or {}
    on_host = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(statistics.get("peak_bytes_in_use", on_host))


# ------------------------------------------------------------------------------------- determinism


def repeated(report: Report, sizes: Sizes, clock: Clock) -> list[Figure]:
    """The same seed twice, and once more in calls of other lengths: every bit of the batch."""
    report.write("## The same seed again\n")
    rows, figures = [], []
    for case in cases(sizes):
        if case.runs[0] > 64 or not clock.has_time(f"{case.name}, again", report):
            continue
        system, equations = case.make()
        runs = min(case.runs[-1], 64)
        law, stepper = equations(runs)
        first, second, other = (
            _ended(system, law, stepper, runs, sizes.steps, calls) for calls in (1, 1, 7)
        )
        rows.append(
            [case.name, str(runs), str(sizes.steps), _yes(first[0] == second[0]),
             _yes(first[0] == other[0]), _yes(first[1])]
        )  # fmt: skip
        figures.append(Figure(f"{case.name}: the same bits", rows[-1][3], first[0] == second[0]))
    header = (
        "system", "runs", "steps", "the same again", "and in 7 calls", "memory given on to the call"
    )  # fmt: skip
    report.table(header, rows)
    return figures


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _ended(
    system: Any, law: Any, stepper: Any, runs: int, steps: int, calls: int
) -> tuple[str, bool]:
    """A name for the batch at its end; and whether the calls took over its memory."""
    import jax

    from odesolve.batch import advance
    from odesolve.stages import digest

    batch, equations = _prepared(system, law, stepper, runs)
    donated = True
    for until in np.linspace(0, steps, calls + 1)[1:].round().astype(int).tolist():
        before = jax.tree.leaves(batch)
        batch = advance(batch, system, *equations, *_numbers(until, 5, 2**30))
        donated &= all(leaf.is_deleted() for leaf in before)
    # Looks between two multiples of five show in what was seen last, and in nothing else.
    kept = batch._replace(violated=batch.best, finite=batch.best)
    return digest(kept), donated


# -------------------------------------------------------------------------------------- once each


def once_each(report: Report, sizes: Sizes, clock: Clock) -> list[Figure]:
    """Every dynamics with its usual stepper, and every stepper, on small problems."""
    from benchmarks.ising.generators import dense_signs
    from odesolve.problems.ising.solve import ising
    from odesolve.registry import DYNAMICS, ISING_DYNAMICS, STEPPERS, usual_stepper
    from odesolve.solving import solve

    report.write("## Every dynamics and stepper once\n")
    system, _ = _formula(200, 700, "rectified")
    pairs = [(law(), usual_stepper(law())) for law in DYNAMICS.values()]
    pairs += [(DYNAMICS["multipliers"](), stepper()) for stepper in STEPPERS.values()]
    rows = []
    for law, stepper in pairs:
        if not clock.has_time(f"{law.name} with {stepper.name}", report):
            break
        found = solve(system, law, stepper, runs=16, seed=SEED, max_steps=sizes.steps)
        rows.append(
            [law.name, stepper.name, f"{found.violated} violated", str(found.steps),
             _yes(bool(found.runs.finite.all())), f"{found.times.compile:.1f}"]
        )  # fmt: skip
    problem = dense_signs(100, SEED)
    for name in ISING_DYNAMICS:
        if not clock.has_time(name, report):
            break
        spins = ising(problem, dynamics=name, runs=16, seed=SEED, max_steps=sizes.steps)
        rows.append(
            [name, "anneal", f"energy {spins.energy}", str(spins.run.steps), "yes",
             f"{spins.run.times.compile:.1f}"]
        )  # fmt: skip
    report.table(("dynamics", "stepper", "found", "steps", "finite", "compile s"), rows)
    broken = [f"{row[0]} with {row[1]}" for row in rows if row[4] != "yes"]
    missing = len(pairs) + len(ISING_DYNAMICS) - len(rows)
    said = ", ".join(broken) or f"{len(rows)} run" + (f", {missing} left out" if missing else "")
    return [Figure("every dynamics and stepper stays finite", said, not broken and not missing)]


def factoring(report: Report, sizes: Sizes, clock: Clock) -> None:
    """A whole factorization."""
    if not clock.has_time("a factorization", report):
        return
    from odesolve.problems.factoring.solve import factor

    number, runs = sizes.number
    left = max(min(60.0, clock.ends - time.perf_counter()), 1.0)
    found = factor(number, runs=runs, seed=0, time_limit=left, presolve=True)
    times = found.run.times
    report.write("## A factorization\n")
    report.write(
        f"{found}: {found.run.steps:,} steps of {runs:,} runs, {times.compile:.1f} s to compile, "
        f"{times.solve:.1f} s to solve, {times.total:.1f} s in all.\n"
    )


if __name__ == "__main__":
    main()
