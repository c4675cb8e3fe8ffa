"""``odesolve bench``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from odesolve.cli.exit_codes import SOLVED
from odesolve.cli.help import Command
from odesolve.cli.output import print_json

if TYPE_CHECKING:
    from odesolve.throughput import Throughput

_COUNT = click.IntRange(1, 2**31 - 1)

#: Batch sizes by device, unless the user says.
DEFAULT_RUNS = {"cpu": (1, 64), "gpu": (1, 64, 1024)}


@click.command(
    "bench",
    cls=Command,
    examples=(
        "odesolve bench --variables 100000 --runs 64",
        "odesolve bench --width 5 --ratio 20 --device gpu --json",
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
    "--runs",
    type=_COUNT,
    multiple=True,
    metavar="N",
    help="Runs integrated together. Repeatable. [default: 1, 64; on a GPU 1,024 too]",
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
def command(
    variables: int,
    ratio: float | None,
    clauses: int | None,
    width: int,
    runs: tuple[int, ...],
    seconds: float,
    steps: int | None,
    dynamics: str,
    seed: int,
    device: str | None,
    as_json: bool,
) -> int:
    """Measure how fast clauses are integrated, on uniform random k-SAT.

    A clause-step is one step of the whole dynamics for one clause of one run: forces, memories,
    the adaptive time step and the looks at the decoded assignment. Beside the rate stands what
    memory bandwidth would allow: the bytes that a clause-step must move (every memory read and
    written, every literal's variable read and its force written), over the bandwidth of copying
    a large array, measured in the same run; what stays in caches can go beyond that.
    """  # fmt: skip
    if ratio is not None and clauses is not None:
        raise click.UsageError("--ratio and --clauses exclude each other")
    if ratio is not None and not math.isfinite(ratio):
        raise click.UsageError(f"--ratio {ratio}; expected a finite number")
    count = clauses if clauses is not None else round((ratio or 4.2) * variables)
    from odesolve.cli.device import choose_device

    choose_device(device)
    from odesolve.potentials.device import device as jax_device
    from odesolve.throughput import SETTINGS, copy_bandwidth, measure, uniform_clauses

    law, stepper = SETTINGS[dynamics]
    chosen = runs or DEFAULT_RUNS.get(jax_device().platform, DEFAULT_RUNS["gpu"])
    kind = jax_device().device_kind
    with _usage_errors():
        formula = uniform_clauses(variables, count, width, seed)
        if not as_json:
            click.echo(f"{kind}: {variables:,} variables, {count:,} clauses of {width} literals")
        bandwidth = copy_bandwidth()
        if not as_json:
            click.echo(f"{law.name}, {stepper.name}; copy bandwidth {bandwidth / 1e9:.1f} GB/s")
            click.echo(_HEADING)
        results = measure(
            formula, variables, law, stepper, chosen, bandwidth=bandwidth, seconds=seconds,
            steps=steps, report=_quiet if as_json else _print_row,
        )  # fmt: skip
    if as_json:
        print_json({
            "device": kind, "variables": variables, "clauses": count, "width": width,
            "seed": seed, "dynamics": law.name, "stepper": stepper.name,
            "parameters": {**law.parameters(), **stepper.parameters()},
            "copy_bytes_per_second": bandwidth, "results": [r.to_json() for r in results],
        })  # fmt: skip
    return SOLVED


_HEADING = "  runs   clause-steps/s   bytes each     GB/s   of copying   compiling"


def _print_row(result: Throughput) -> None:
    click.echo(
        f"{result.runs:6,}   {result.clause_steps_per_second / 1e6:10,.1f} M/s"
        f"   {result.bytes_per_clause_step:10.1f}   {result.bytes_per_second / 1e9:6.2f}"
        f"   {result.bandwidth_fraction:10.1%}   {result.compile_seconds:7.2f} s"
    )


def _quiet(_: Throughput) -> None:
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
