"""Kill a study's driver and workers at random moments: python -m benchmarks.studies kills."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from benchmarks.report import OUTPUT_OPTION, Figure, begun, note
from benchmarks.studies.kills import killed, write_study

METHOD = """\
A study of {cells} cells is run by `odesolve study` with {workers} workers: half are Ising problems
that odesolve decides, half are numbers that a small script factors, a process for each, which
thinks for {seconds:g} s and logs that it began. At random moments SIGKILL goes to the driver, which
is then started anew by the same command, or to one of its workers. After each kill the results file
is read as another program would; a row that stood there before must stand there unchanged.
"""


@click.group()
def main() -> None:
    """Whether studies keep what they promise."""


@main.command("kills")
@click.option("--instances", type=click.IntRange(2, 100), default=50, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--kills", type=click.IntRange(1), default=20, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True)
@click.option("--seconds", type=float, default=0.1, show_default=True, help="Of a factorization.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the moments.")
@OUTPUT_OPTION
def kills_command(
    instances: int, seeds: int, kills: int, workers: int, seconds: float, seed: int,
    output: Path | None,
) -> None:  # fmt: skip
    """Run a study and kill it again and again."""
    cells = 2 * instances * seeds
    report = begun(output, "A study that is killed", ("odesolve", "numpy"))
    report.write(METHOD.format(cells=cells, workers=workers, seconds=seconds))
    with tempfile.TemporaryDirectory() as folder:
        study = write_study(Path(folder).resolve(), instances, seeds, seconds)
        told = killed(study, cells, kills, workers, seed)
    own_half = cells // 2
    report.table(
        ("what", "count"),
        [
            ("cells", str(cells)),
            ("rows in the results", str(len(told.rows))),
            ("cells with a row", str(told.distinct)),
            ("rows with a checked answer", str(told.solved)),
            ("drivers killed", str(told.driver)),
            ("workers killed", str(told.workers)),
            ("rows that were lost or changed after a kill", str(told.lost)),
            ("processes that outlived their driver", str(told.orphans)),
            ("factorizations begun again, having been cut off", str(told.begun - own_half)),
            ("SQLite's check of the file", told.integrity),
            ("seconds in all", f"{told.seconds:.0f}"),
        ],
    )
    complete = told.distinct == len(told.rows) == cells and not told.lost
    asked = "A study of 500 cells, killed 20 times at random: complete, no row twice, none lost"
    found = f"{cells} cells, {told.driver + told.workers} kills: {len(told.rows)} rows of "
    found += f"{told.distinct} cells, {told.lost} lost"
    report.figures([Figure(asked, found, complete)], shortened=cells < 500 or kills < 20)
    note("done")


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.studies")
