"""The ``odesolve`` command: find the subcommand, run it, turn errors into exit codes."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from odesolve.cli import clock
from odesolve.cli.exit_codes import BAD_INPUT, BUDGET_SPENT, INTERRUPTED
from odesolve.cli.output import say
from odesolve.interrupts import forget_interrupts, remember_interrupts, was_interrupted
from odesolve.processes import GroupError, is_abandoned
from odesolve.watching import leave

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: command -> (module that defines it, help in one line). Modules are loaded when they are needed.
COMMANDS = {
    "color": ("odesolve.cli.color", "Colour a graph so that neighbours differ."),
    "sat": ("odesolve.cli.sat", "Look for an assignment that satisfies a formula."),
    "ising": ("odesolve.cli.ising", "Look for spins or bits of the least energy."),
    "maxcut": ("odesolve.cli.maxcut", "Look for the largest cut of a graph."),
    "model": ("odesolve.cli.model", "Solve a model of MiniZinc, FlatZinc or XCSP3."),
    "minizinc": ("odesolve.cli.minizinc", "Be a solver that MiniZinc calls, and install it."),
    "check": ("odesolve.cli.check", "Check an assignment or a colouring, independently."),
    "convert": ("odesolve.cli.convert", "Write a graph or a formula in another format."),
    "fourier": ("odesolve.cli.fourier", "Expand a Boolean relation into polynomials."),
    "relate": ("odesolve.cli.relate", "Find bits that make Boolean relations true."),
    "add": ("odesolve.cli.arithmetic", "Solve A + B = SUM, any of them unknown."),
    "subtract": ("odesolve.cli.arithmetic", "Solve MINUEND - SUBTRAHEND = DIFFERENCE."),
    "multiply": ("odesolve.cli.arithmetic", "Solve A x B = PRODUCT, any of them unknown."),
    "factor": ("odesolve.cli.factor", "Factor a number into primes."),
    "tune": ("odesolve.cli.tune", "Search for parameters that suit your own instances."),
    "study": ("odesolve.cli.study", "Solve many instances in many ways, and go on after a kill."),
    "report": ("odesolve.cli.report", "Print and draw what the rows of a study say."),
    "bench": ("odesolve.cli.bench", "Measure how fast clauses are integrated."),
    "plot": ("odesolve.cli.plot", "Draw a trajectory that --trace stored."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only to run it or to show its own help."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(COMMANDS[name][0])
        command: click.Command = getattr(module, f"{name}_command", None) or module.command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name without importing all of them."""
        from click.shell_completion import CompletionItem

        # Past this class: click.Group would load every command for its help.
        own = click.Command.shell_complete(self, ctx, incomplete)
        found = [
            (name, line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*(CompletionItem(name, help=line) for name, line in found), *own]

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from odesolve import __version__

        click.echo(f"odesolve {__version__}")
        context.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version,
    help="Show the version and exit.",
)  # fmt: skip
def group() -> None:
    """Solve constraint problems by integrating differential equations.

    Exit codes: 0 solved, 1 budget spent and nothing found, 2 bad input or usage,
    3 proved infeasible, 130 interrupted (the best so far is still printed).
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; never shows a traceback for bad input."""
    code = run(arguments, is_process=True)
    leave(code, at_once=is_abandoned())


def run(arguments: list[str] | None = None, *, is_process: bool = False) -> int:
    """Run the command line; its exit code.

    Arguments:
        is_process: whether time limits count from the start of the process instead of from now.
    """
    clock.begin(since_process_start=is_process)
    _escape_what_streams_cannot_encode()
    remember_interrupts()
    try:
        return _run(arguments)
    finally:
        forget_interrupts()


def _run(arguments: list[str] | None) -> int:
    try:
        code: Any = group.main(args=arguments, prog_name="odesolve", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        return int(code or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return BAD_INPUT
    except click.UsageError as error:
        return _complain(_usage_line(error), BAD_INPUT)
    except click.ClickException as error:
        return _complain(error.format_message(), BAD_INPUT)
    except (KeyboardInterrupt, click.Abort):
        return _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone: Python's own flush at exit must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BUDGET_SPENT
    except MemoryError:
        return _complain("not enough memory; try fewer --runs", BAD_INPUT)
    except OSError as error:
        return _complain(f"{error.filename or 'output'}: {error.strerror or error}", BAD_INPUT)
    except Exception as error:
        # An extension that is interrupted while it loads raises errors of its own.
        if was_interrupted():
            return _complain("interrupted", INTERRUPTED)
        if not _says_what_to_do(error):
            raise
        return _complain(str(error), BAD_INPUT)


def _escape_what_streams_cannot_encode() -> None:
    """Names may hold characters that a terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _says_what_to_do(error: Exception) -> bool:
    """Whether it is an error of ours, with a message of one line for the user."""
    from odesolve.checkpoints import CheckpointError
    from odesolve.problems.errors import InputError

    # Only what has loaded JAX can have failed to find its device.
    devices = sys.modules.get("odesolve.potentials.device")
    native = sys.modules.get("odesolve.native.building")
    return (
        isinstance(error, InputError | CheckpointError | GroupError)
        or (devices is not None and isinstance(error, devices.DeviceError))
        or (native is not None and isinstance(error, native.NativeError))
    )


def _usage_line(error: click.UsageError) -> str:
    """click's message on one line, with the way to the help."""
    path = error.ctx.command_path if error.ctx else "odesolve"
    return f"{' '.join(error.format_message().split())} (see {path} --help)"


def _complain(message: str, code: int) -> int:
    say(f"odesolve: {message}")
    return code


if __name__ == "__main__":
    main()
