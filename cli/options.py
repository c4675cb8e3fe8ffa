"""The options that every solving command shares, and what they mean to the engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from odesolve.budget import CHECKPOINT_SECONDS, Budget
from odesolve.cli import clock
from odesolve.cli.output import named_in_errors, note
from odesolve.names import DYNAMICS_NAMES, STEPPER_NAMES
from odesolve.processes import is_first

if TYPE_CHECKING:
    from odesolve.trajectory import Recorder

#: Seconds after which a command gives up, unless told otherwise.
DEFAULT_TIME_LIMIT = 600.0

_LARGEST = 2**31 - 1

#: Of a CPU JAX makes as many devices as are asked for, each with threads of its own: thousands of
#: them begin for minutes before anything is integrated.
MOST_DEVICES = 256


def checked_seconds(_: click.Context, __: click.Parameter, value: float) -> float:
    """A number of seconds, 'inf' for no limit."""
    if math.isnan(value) or value < 0:
        raise click.BadParameter(f"{value} is not a number of seconds; 'inf' means no limit")
    return value


def checked_pairs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE options as a dictionary."""
    pairs = {}
    for text in values:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE")
        pairs[name.strip()] = value.strip()
    return pairs


#: Of every command that takes steps on clauses.
KERNELS_OPTION = click.option(
    "--kernels", type=click.Choice(["auto", "jax", "native"]), default="auto",
    show_default=True,
    help="What does the steps on a CPU: JAX, or kernels in C++, which 'native' builds once "
    "with this machine's compiler, and 'auto' takes where they were built.",
)  # fmt: skip

_SHARED = [
    click.option(
        "--runs", type=click.IntRange(1, _LARGEST), metavar="N",
        help="Runs integrated together. [default: by device and problem size]",
    ),
    click.option(
        "--seed", type=click.IntRange(0), default=0, show_default=True, metavar="S",
        help="Seed of all that is random.",
    ),
    click.option(
        "--time-limit", type=float, default=DEFAULT_TIME_LIMIT, show_default=True,
        callback=checked_seconds, metavar="SEC",
        help="Wall-clock budget of the whole command; 'inf' for none.",
    ),
    click.option(
        "--max-steps", type=click.IntRange(0, _LARGEST), metavar="N",
        help="Steps that each run may take: the budget that gives the same answer everywhere. "
        "[default: no limit]",
    ),
    click.option(
        "--preset", metavar="NAME|FILE",
        help="Equations, values and steps together: a preset of odesolve, or a file that "
        "'odesolve tune' wrote. [default: by problem]",
    ),
    click.option(
        "--dynamics", metavar="NAME",
        help=f"The equations: {', '.join(DYNAMICS_NAMES[:-1])} or {DYNAMICS_NAMES[-1]}. "
        "[default: by problem]",
    ),
    click.option(
        "--set", "parameters", multiple=True, callback=checked_pairs, metavar="NAME=VALUE",
        help="Set a parameter of the dynamics or the stepper, as in --set alpha=2. Repeatable.",
    ),
    click.option(
        "--stepper",
        type=click.Choice(STEPPER_NAMES),
        help="Integration rule. [default: the one measured with the dynamics]",
    ),
    click.option(
        "--patience", type=click.IntRange(1, _LARGEST), metavar="N",
        help="Restart a run that has not improved for N steps. [default: by problem]",
    ),
    click.option("--all-runs", is_flag=True, help="Let every run finish; print statistics."),
    click.option(
        "--presolve/--no-presolve", default=True, show_default=True,
        help="Whether to simplify the problem before it is integrated.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else."),
    click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write the solution."),
    click.option("--plot", type=click.Path(), metavar="FILE.png", help="Draw the solution."),
    click.option(
        "--trace", type=click.Path(), metavar="FILE.npz",
        help="Store the trajectory of a few runs; 'odesolve plot' draws it.",
    ),
    click.option(
        "--device", type=click.Choice(["cpu", "gpu"]),
        help="Where to integrate. [default: JAX's choice]",
    ),
    click.option(
        "--devices", type=click.IntRange(1, MOST_DEVICES), metavar="N",
        help="Local devices that share the runs. [default: all GPUs, one device of a CPU]",
    ),
    KERNELS_OPTION,
    click.option(
        "--distributed", is_flag=True,
        help="Share the runs among several processes that are started alike, of one or more hosts.",
    ),
    click.option(
        "--coordinator", metavar="HOST:PORT",
        help="With --distributed: where the first process listens. [default: by SLURM or Open MPI]",
    ),
    click.option(
        "--processes", type=click.IntRange(1, _LARGEST), metavar="N",
        help="With --distributed: how many there are. [default: by SLURM or Open MPI]",
    ),
    click.option(
        "--process-id", type=click.IntRange(0, _LARGEST), metavar="I",
        help="With --distributed: which one this is, from 0. [default: by SLURM or Open MPI]",
    ),
    click.option(
        "--checkpoint", type=click.Path(), metavar="FILE",
        help="Write the whole state there now and then, and at the end; --resume goes on from it.",
    ),
    click.option(
        "--checkpoint-every", type=float, default=CHECKPOINT_SECONDS, show_default=True,
        callback=checked_seconds, metavar="SEC", help="Seconds between two checkpoints.",
    ),
    click.option(
        "--resume", type=click.Path(), metavar="FILE",
        help="Go on from a checkpoint of the same problem and options.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No notes on standard error."),
    click.option("-v", "--verbose", is_flag=True, help="More about what was done."),
    click.option(
        "--progress/--no-progress", default=None,
        help="A progress line on standard error. [default: on a terminal]",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class SolveOptions:
    """The shared options of one call."""

    runs: int | None
    seed: int
    time_limit: float
    max_steps: int | None
    preset: str | None
    dynamics: str | None
    parameters: dict[str, str]
    stepper: str | None
    patience: int | None
    all_runs: bool
    presolve: bool
    as_json: bool
    output: str | None
    plot: str | None
    trace: str | None
    device: str | None
    devices: int | None
    kernels: str
    distributed: bool
    coordinator: str | None
    processes: int | None
    process_id: int | None
    checkpoint: str | None
    checkpoint_every: float
    resume: str | None
    quiet: bool
    verbose: bool
    progress: bool | None

    @property
    def budget(self) -> Budget:
        """The time limit, which began with the command."""
        return clock.budget_of(self.time_limit)

    def refuse(self, **given: object) -> None:
        """Refuse options that the command has no use for.

        Raises:
            click.UsageError: naming the first one that was given.
        """
        for name, value in given.items():
            if value is not None and value is not False:
                raise click.UsageError(f"--{name.replace('_', '-')} has no use here")

    def recorder(self) -> Recorder | None:
        """What records the trajectory for --trace; None without it.

        Raises:
            InputError: if the file could not be written afterwards.
            click.UsageError: with --resume.
        """
        if self.trace is None:
            return None
        if self.resume is not None:
            raise click.UsageError("--trace has no use with --resume: it begins with the solve")
        from odesolve.problems.files import check_writable
        from odesolve.trajectory import Recorder

        check_writable(self.trace, (".npz",))
        return Recorder()

    def save_trace(
        self, recorder: Recorder | None, width: int = 1, *, has_guessed: bool = False
    ) -> None:
        """Write the trajectory, if there is one.

        Arguments:
            has_guessed: whether a first guess was the answer, so that presolve left something.
        """
        if recorder is None or self.trace is None or not is_first():
            return
        if recorder.samples:
            with named_in_errors(self.trace):
                recorder.trajectory(width).save(self.trace)
        elif not self.quiet:
            hint = " (--no-presolve integrates all)" if self.presolve and not has_guessed else ""
            note(f"nothing was integrated, so no trace was written{hint}")

    def for_problem(self) -> dict[str, Any]:
        """The keywords that every front end takes besides those of the engine."""
        names = ("preset", "dynamics", "stepper", "parameters", "presolve")
        return {name: getattr(self, name) for name in names}

    def for_engine(self) -> dict[str, Any]:
        """The keywords of ``odesolve.Options``."""
        chosen: dict[str, Any] = {
            "runs": self.runs,
            "seed": self.seed,
            "time_limit": self.budget if self.budget.is_limited else None,
            "max_steps": self.max_steps,
            "all_runs": self.all_runs,
        }
        if self.patience is not None:
            chosen["patience"] = self.patience
        if self.checkpoint is not None or self.resume is not None:
            chosen |= {"checkpoint": self.checkpoint, "resume": self.resume}
            chosen["checkpoint_every"] = self.checkpoint_every
        if self.devices is not None:
            chosen["devices"] = self.devices
        if self.kernels != "auto":
            chosen["kernels"] = self.kernels
        return chosen | {"distributed": True} if self.distributed else chosen


PROVE_WORDS = click.Choice(["beside", "none"])
_PROVE_HELP = (
    "Whether CaDiCaL runs beside the dynamics; it may find a solution or prove that there is none."
)

#: For commands on models over integers.
prover_option = click.option(
    "--prove", type=PROVE_WORDS, default="none", show_default=True, help=_PROVE_HELP
)

#: Where the dynamics could not end by themselves, by default a prover says when all is found.
prover_option_of_all = click.option(
    "--prove", type=PROVE_WORDS,
    help=f"{_PROVE_HELP} [default: beside with -a, where cpmpy and python-sat are installed; "
    "else none]",
)  # fmt: skip


def shared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared options to a command; they arrive as one ``options`` argument."""
    names = SolveOptions.__dataclass_fields__

    # wraps: parameters that the command itself declared were stored on the inner function.
    @wraps(function)
    def command(**arguments: Any) -> Any:
        options = SolveOptions(**{name: arguments.pop(name) for name in names})
        if not options.distributed:
            for name in ("coordinator", "processes", "process_id"):
                if getattr(options, name) is not None:
                    spelled = name.replace("_", "-")
                    raise click.UsageError(f"--{spelled} has no use without --distributed")
            return function(options=options, **arguments)
        from odesolve.cli.distributed import joined

        with joined(options):
            return function(options=options, **arguments)

    decorated: Callable[..., Any] = command
    for option in reversed(_SHARED):
        decorated = option(decorated)
    return decorated
