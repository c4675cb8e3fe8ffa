"""``odesolve bench``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from odesolve.cli.exit_codes import SOLVED
from odesolve.cli.help import Command
from odesolve.cli.options import KERNELS_OPTION
from odesolve.cli.output import print_json

if TYPE_CHECKING:
    from odesolve.coupling_throughput import ProductThroughput
    from odesolve.options import Kernels
    from odesolve.throughput import Throughput

_COUNT = click.IntRange(1, 2**31 - 1)

#: Batch sizes by device, unless the user says.
DEFAULT_RUNS = {"cpu": (1, 64), "gpu": (1, 64, 1024)}

#: Of products of couplings, whose default sizes are several already.
ISING_RUNS = {"cpu": (64,), "gpu": (1024,)}

#: Mean number of neighbours where only the spins are given.
ISING_DEGREE = 3

#: Options that only one of the three measurements has.
_OF_FORMULAS = {"variables", "ratio", "clauses", "width", "dynamics"}
_OF_SPINS = {"spins", "degree"}
_OF_COMMANDS = {"size"}


@click.command(
    "bench",
    cls=Command,
    examples=(
        "odesolve bench --variables 100000 --runs 64 --device gpu --json",
        "odesolve bench --of sat --size 20000",
    ),
)
@click.option(
    "--variables",
    type=_COUNT,
    default=10_000,
    show_default=True,
    metavar="N",
    help="Variables of the formula.",
)
@click.option(
    "--ratio",
    type=click.FloatRange(0, min_open=True),
    metavar="R",
    help="Clauses for each variable. [default: 4.2]",
)
@click.option(
    "--clauses",
    type=_COUNT,
    metavar="M",
    help="Number of clauses, instead of --ratio. [default: by --ratio]",
)
@click.option(
    "--width",
    type=click.IntRange(1, 12),
    default=3,
    show_default=True,
    metavar="K",
    help="Literals of a clause.",
)
@click.option(
    "--of",
    "of_command",
    type=click.Choice(["sat", "color", "factor"]),
    help="Measure what this command chooses, dynamics, runs and all. [default: --dynamics]",
)
@click.option(
    "--size",
    type=_COUNT,
    metavar="N",
    help="With --of: variables, nodes or bits. [default: 10,000, 10,000 or 24]",
)
@click.option(
    "--ising",
    "is_ising",
    is_flag=True,
    help="Measure products of couplings and spins instead.",
)
@click.option(
    "--spins",
    type=click.IntRange(2, 2**31 - 1),
    multiple=True,
    metavar="N",
    help="With --ising: spins. Repeatable. [default: four or five sizes, sparse and dense]",
)
@click.option(
    "--degree",
    type=_COUNT,
    metavar="D",
    help="With --ising and --spins: mean number of neighbours; N-1 couples all pairs. [default: 3]",
)
@click.option(
    "--runs",
    type=_COUNT,
    multiple=True,
    metavar="N",
    help="Runs integrated together. Repeatable. [default: 1, 64; on a GPU 1,024 too; with --ising "
    "only the largest]",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3600),
    default=3.0,
    show_default=True,
    metavar="SEC",
    help="About how long each batch is measured.",
)
@click.option(
    "--steps",
    type=_COUNT,
    metavar="N",
    help="Steps of each of the three measurements, instead of --seconds. [default: by --seconds]",
)
@click.option(
    "--dynamics",
    type=click.Choice(["rectified", "memcomputing"]),
    default="rectified",
    show_default=True,
    help="The equations.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="S",
    help="Seed of the formula and of the starts.",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "gpu"]),
    help="Where to integrate. [default: JAX's choice]",
)
@KERNELS_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
@click.pass_context
def command(
    context: click.Context,
    variables: int,
    ratio: float | None,
    clauses: int | None,
    width: int,
    of_command: str | None,
    size: int | None,
    is_ising: bool,
    spins: tuple[int, ...],
    degree: int | None,
    runs: tuple[int, ...],
    seconds: float,
    steps: int | None,
    dynamics: str,
    seed: int,
    device: str | None,
    kernels: Kernels,
    as_json: bool,
) -> int:
    """Measure how fast clauses are integrated, or couplings are multiplied.

    On uniform random k-SAT a clause-step is one step of the whole dynamics for one clause of one
    run: forces, memories, the adaptive time step and the looks at the decoded assignment. Beside
    the rate stands what memory bandwidth would allow: the bytes that a clause-step must move (every
    memory read and written, every literal's variable read and its force written), over the
    bandwidth of copying a large array, measured in the same run; what stays in caches can go beyond
    that.

    With --of a problem of that command is measured that has no solution (a uniform formula, a
    random graph, the multiplier of a prime), with the equations, values and batch that it would
    choose.

    With --ising the product of couplings and spins is measured, which is the whole cost of an Ising
    machine: neighbours gathered, sorted segment sums, one matrix in float32 and, where it is fast,
    in bfloat16, which holds couplings of -1 and 1 exactly. A coupling is updated twice a product,
    once for either spin. Beside the rate stands its share of the bound: of copying, by the bytes
    that a sparse product must move, or of a large matrix product, by arithmetic. A star marks what
    a solve would use.
    """  # fmt: skip
    _check_kind(context, is_ising, of_command)
    if ratio is not None and clauses is not None:
        raise click.UsageError("--ratio and --clauses exclude each other")
    if ratio is not None and not math.isfinite(ratio):
        raise click.UsageError(f"--ratio {ratio}; expected a finite number")
    count = clauses if clauses is not None else round((ratio or 4.2) * variables)
    from odesolve.cli.device import choose_device

    choose_device(device)
    if is_ising:
        return _measure_products(spins, degree, runs, seconds, steps, seed, as_json)
    if of_command is not None:
        return _measure_command(of_command, size, runs, seconds, steps, seed, kernels, as_json)
    formula = variables, count, width, seed
    return _measure_clauses(formula, dynamics, runs, seconds, steps, kernels, as_json)


def _check_kind(context: click.Context, is_ising: bool, of_command: str | None) -> None:
    """Raises click.UsageError for an option of another measurement."""
    if is_ising and of_command is not None:
        raise click.UsageError("--of and --ising exclude each other")
    chosen = "--ising" if is_ising else "--of" if of_command is not None else None
    kinds = {None: _OF_FORMULAS, "--ising": _OF_SPINS, "--of": _OF_COMMANDS}
    given = click.core.ParameterSource.COMMANDLINE
    for kind, names in kinds.items():
        for name in sorted(names if kind != chosen else ()):
            if context.get_parameter_source(name) is given:
                wanted = f"is not of {chosen}" if kind is None else f"needs {kind}"
                raise click.UsageError(f"--{name} {wanted}")
    if is_ising and context.params["degree"] is not None and not context.params["spins"]:
        raise click.UsageError("--degree needs --spins")


def _measure_clauses(
    formula: tuple[int, int, int, int],
    dynamics: str,
    runs: tuple[int, ...],
    seconds: float,
    steps: int | None,
    kernels: Kernels,
    as_json: bool,
) -> int:
    """Measure and print; the exit code.

    Arguments:
        formula: variables, clauses, literals of a clause, seed.
    """
    from odesolve.potentials import Box, compile_system
    from odesolve.potentials.device import device as jax_device
    from odesolve.throughput import SETTINGS, copy_bandwidth, measure, uniform_clauses

    variables, count, width, seed = formula
    law, stepper = SETTINGS[dynamics]
    chosen = runs or DEFAULT_RUNS.get(jax_device().platform, DEFAULT_RUNS["gpu"])
    kind = jax_device().device_kind
    with _usage_errors():
        made = uniform_clauses(variables, count, width, seed)
        system = compile_system([(Box(-1.0, 1.0), variables)], [made])
        if not as_json:
            click.echo(f"{kind}: {variables:,} variables, {count:,} clauses of {width} literals")
        bandwidth = copy_bandwidth()
        if not as_json:
            click.echo(f"{law.name}, {stepper.name}; copy bandwidth {bandwidth / 1e9:.1f} GB/s")
            click.echo(_HEADING)
        results = measure(
            system, lambda _: (law, stepper), chosen, bandwidth=bandwidth, seconds=seconds,
            steps=steps, kernels=kernels, report=_quiet if as_json else _print_row,
        )  # fmt: skip
    if as_json:
        print_json({
            "device": kind, "variables": variables, "clauses": count, "width": width,
            "seed": seed, "dynamics": law.name, "stepper": stepper.name,
            "parameters": {**law.parameters(), **stepper.parameters()},
            "copy_bytes_per_second": bandwidth, "results": [r.to_json() for r in results],
        })  # fmt: skip
    return SOLVED


def _measure_command(
    command: str,
    size: int | None,
    runs: tuple[int, ...],
    seconds: float,
    steps: int | None,
    seed: int,
    kernels: Kernels,
    as_json: bool,
) -> int:
    """Measure and print; the exit code."""
    from odesolve.potentials.device import device as jax_device
    from odesolve.problems.endless import endless
    from odesolve.throughput import copy_bandwidth, measure

    kind = jax_device().device_kind
    with _usage_errors():
        problem = endless(command, size, seed)
        choice, ready = problem.ready.choice, problem.ready
        chosen = runs or (ready.runs,)
        law, stepper = choice.for_runs(chosen[0])
        if not as_json:
            click.echo(f"{kind}: {problem.description}; {ready.system.clause_count:,} clauses")
        bandwidth = copy_bandwidth()
        if not as_json:
            named = f"{choice.preset}: {law.name}, {stepper.name}"
            click.echo(f"{named}; copy bandwidth {bandwidth / 1e9:.1f} GB/s")
            click.echo(_HEADING)
        results = measure(
            ready.system, choice.for_runs, chosen, bandwidth=bandwidth, seconds=seconds,
            steps=steps, look_every=ready.options.look_every, kernels=kernels,
            report=_quiet if as_json else _print_row,
        )  # fmt: skip
    if as_json:
        print_json({
            "device": kind, "of": command, "problem": problem.description,
            "clauses": ready.system.clause_count, "seed": seed, "preset": choice.preset,
            "dynamics": law.name, "stepper": stepper.name,
            "parameters": {**law.parameters(), **stepper.parameters()},
            "copy_bytes_per_second": bandwidth, "results": [r.to_json() for r in results],
        })  # fmt: skip
    return SOLVED


def _measure_products(
    spins: tuple[int, ...],
    degree: int | None,
    runs: tuple[int, ...],
    seconds: float,
    products: int | None,
    seed: int,
    as_json: bool,
) -> int:
    """Measure and print; the exit code."""
    from odesolve.coupling_throughput import (
        Shape,
        check_memory,
        default_shapes,
        matrix_rates,
        measure_products,
    )
    from odesolve.potentials.device import device as jax_device
    from odesolve.throughput import copy_bandwidth

    shapes = [Shape(count, degree or ISING_DEGREE) for count in spins] or default_shapes()
    chosen = runs or ISING_RUNS.get(jax_device().platform, ISING_RUNS["gpu"])
    kind = jax_device().device_kind
    with _usage_errors():
        for shape in shapes:
            shape.check()
            check_memory(shape, max(chosen))
        bandwidth, rates = copy_bandwidth(), matrix_rates()
        if not as_json:
            own = ", ".join(f"{name} {rate / 1e9:,.0f} G/s" for name, rate in rates.items())
            click.echo(f"{kind}: random couplings of -1 and 1")
            click.echo(f"copy bandwidth {bandwidth / 1e9:.1f} GB/s; multiply-adds: {own}")
            click.echo(_ISING_HEADING)
        results = [
            result
            for count in chosen
            for result in measure_products(
                shapes, count, bandwidth=bandwidth, rates=rates, seconds=seconds,
                products=products, seed=seed, report=_quiet if as_json else _print_product,
            )
        ]  # fmt: skip
    if as_json:
        print_json({
            "device": kind, "seed": seed, "copy_bytes_per_second": bandwidth,
            "multiply_adds_per_second": rates, "results": [r.to_json() for r in results],
        })  # fmt: skip
    return SOLVED


_ISING_HEADING = (
    "    spins   couplings    runs   product          spin-updates/s   coupling-updates/s"
    "   of bound"
)


def _print_product(result: ProductThroughput) -> None:
    star = " *" if result.chosen else "  "
    click.echo(
        f"{result.spins:9,}  {result.couplings:10,}  {result.runs:6,}   "
        f"{result.method + star:14}   {result.spin_updates_per_second / 1e6:10,.1f} M/s"
        f"   {result.coupling_updates_per_second / 1e6:14,.1f} M/s"
        f"   {result.bound_fraction:6.1%} of {result.bound}"
    )


_HEADING = "  runs   clause-steps/s   bytes each     GB/s   of copying   compiling   kernels"


def _print_row(result: Throughput) -> None:
    click.echo(
        f"{result.runs:6,}   {result.clause_steps_per_second / 1e6:10,.1f} M/s"
        f"   {result.bytes_per_clause_step:10.1f}   {result.bytes_per_second / 1e9:6.2f}"
        f"   {result.bandwidth_fraction:10.1%}   {result.compile_seconds:7.2f} s   {result.kernels}"
    )


def _quiet(_: Throughput | ProductThroughput) -> None:
    """For --json, which prints everything at the end."""


@contextmanager
def _usage_errors() -> Iterator[None]:
    """What cannot be measured is a matter of the options.

    Raises:
        click.UsageError: instead of ValueError.
    """
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error)) from None
