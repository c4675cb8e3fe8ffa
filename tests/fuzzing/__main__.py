"""``python -m fuzzing``, in the folder ``tests``."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import click

from fuzzing.campaign import Totals, fuzz_all, gathered
from fuzzing.cases import Case
from fuzzing.kills import kill_many
from fuzzing.worker import case_of, fuzz

ENGINE = click.option("--engine", type=click.Choice(["atheris", "random"]), default="atheris",
                      help="What steers the inputs: coverage, or nothing.")  # fmt: skip


@click.group()
def main() -> None:
    """Fuzz odesolve."""


@main.command()
@click.option("--inputs", type=click.IntRange(0), default=100_000, show_default=True)
@click.option("--kills", type=click.IntRange(0), default=300, show_default=True)
@click.option("--processes", type=click.IntRange(1), default=2, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("../build/fuzz"),
    show_default=True,
    help="Corpus, counts and findings; what is there is deleted.",
)
@click.option("--minutes", type=click.FloatRange(0), help="End by then, with fewer inputs.")
@click.option("--resume", is_flag=True, help="Go on with what is in the folder.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report.")
@ENGINE
def campaign(
    inputs: int, kills: int, processes: int, seed: int, folder: Path, minutes: float | None,
    resume: bool, output: Path | None, engine: str,
) -> None:  # fmt: skip
    """Try inputs, kill processes beside, and report both; exit code 1 with any failure."""
    from fuzzing.report import as_markdown

    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    # Background jobs inherit an ignored Ctrl-C, and would hand it on to those that are killed.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    end = None if minutes is None else time.monotonic() + 60 * minutes
    with ThreadPoolExecutor() as beside:
        killing = beside.submit(kill_many, folder / "kills", kills, seed, end) if kills else None
        totals = fuzz_all(folder, inputs, processes, seed, engine, end) if inputs else Totals()
        killed = killing.result() if killing is not None else None
    command = f"make fuzz FUZZ_INPUTS={inputs} FUZZ_KILLS={kills} FUZZ_PROCESSES={processes}"
    command += "" if minutes is None else f' FUZZ_OPTIONS="--minutes {minutes:g}"'
    text = as_markdown(totals, killed, command=command, engine=engine)
    click.echo(text)
    (folder / "report.md").write_text(text)
    if output is not None:
        output.write_text(text)
    failed = bool(totals.failures) or bool(killed and killed.failures)
    if failed:
        click.echo(f"failing inputs are in {folder}/worker-*/findings", err=True)
    sys.exit(failed)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.argument("seed", type=int)
@click.argument("inputs", type=int)
@ENGINE
def worker(folder: Path, seed: int, inputs: int, engine: str) -> None:
    """One process of a campaign."""
    fuzz(folder, seed, inputs, engine)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
def counts(folder: Path) -> None:
    """The failures in a campaign's folder so far, the most frequent first."""
    totals = gathered(folder)
    click.echo(f"{totals.inputs} inputs, {totals.cases} cases")
    for signature, count in totals.failures.most_common():
        click.echo(f"{count:6} {signature}")


@main.command()
@click.argument("findings", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--generate", is_flag=True, help="Make the case anew from its bytes, and judge it.")
def replay(findings: tuple[Path, ...], generate: bool) -> None:
    """Run failing inputs again: folders that a campaign kept.

    By default the stored arguments and files are run, and the outcome is judged only by what holds
    for every command; with --generate the fuzzer, unless it has changed, makes the same case again
    and knows what would be right.
    """
    from fuzzing.harness import run_case
    from fuzzing.judgements import wrong_with

    failed = False
    for finding in findings:
        case = case_of((finding / "input").read_bytes()) if generate else _stored(finding)
        with tempfile.TemporaryDirectory() as scratch:
            outcome = run_case(case, Path(scratch) / "run")
        wrong = wrong_with(case, outcome)
        failed |= wrong is not None
        click.echo(f"{finding}: odesolve {' '.join(case.arguments)}")
        click.echo(f"  exit code {outcome.code}; {'; '.join(wrong) if wrong else 'nothing wrong'}")
        click.echo(outcome.output[:2000] + outcome.errors[:2000] + outcome.traceback[-2000:])
    sys.exit(failed)


def _stored(finding: Path) -> Case:
    files = {path.name: path.read_bytes() for path in (finding / "files").iterdir()}
    arguments = json.loads((finding / "arguments.json").read_text())
    stdin = (finding / "stdin").read_bytes()
    names = ("-o", "--output", "--plot", "--trace")
    outputs = tuple(after for option, after in pairwise(arguments)
                    if option in names)  # fmt: skip
    return Case(arguments, files, stdin, kind="stored", outputs=outputs)


if __name__ == "__main__":
    main()
