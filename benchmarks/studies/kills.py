"""A study whose driver and whose workers are killed at random moments, and what is left of it."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

#: Another solver: it logs each call before it begins to think.
SOLVER = """\
import os, sys, time
number, seed, log, seconds = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
os.write(file, f"{number} {seed}\\n".encode())
time.sleep(seconds)
print(*next([p, number // p] for p in range(2, number) if number % p == 0))
"""
#: Products of two primes.
NUMBERS = [p * q for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31) for q in (37, 41, 43, 47, 53)]
#: Share of the kills that come while a driver begins, and seconds in which it does.
EARLY_SHARE, EARLY_SECONDS = 0.2, 1.0
#: The others come after so many further rows at most, as a share of all, and up to so much later.
LATER_SHARE, LATER_SECONDS = 0.04, 0.3
#: Longest wait for these rows.
MOST_SECONDS = 60.0
#: Whatever is killed, nothing of it may live longer than this.
ORPHAN_SECONDS = 5.0


@dataclass
class Kills:
    """What happened.

    Attributes:
        cells: that the study has.
        driver, workers: how often one was killed.
        under_way: cells that were solved when something was killed, as the solver's log tells: it
            began more cells than there are.
        lost: rows that stood in the file before a kill, and not after it or otherwise.
        orphans: processes that outlived their driver.
        seconds: of everything.
    """

    cells: int
    driver: int = 0
    workers: int = 0
    begun: int = 0
    lost: int = 0
    orphans: int = 0
    seconds: float = 0.0
    rows: list[tuple[str, ...]] = field(default_factory=list)
    integrity: str = ""

    @property
    def distinct(self) -> int:
        """Cells that have a row."""
        return len({row[0] for row in self.rows})

    @property
    def solved(self) -> int:
        """Rows with a checked answer."""
        return sum(row[1] in ("satisfied", "infeasible") for row in self.rows)


def write_study(folder: Path, instances: int, seeds: int, seconds: float) -> Path:
    """A study of instances x seeds cells of each of two solvers, in a folder.

    Arguments:
        seconds: that the other solver thinks.
    """
    (folder / "solver.py").write_text(SOLVER, encoding="utf-8")
    words = [sys.executable, "-S", "-E", folder / "solver.py", "{number}", "{seed}", folder / "log"]
    command = " ".join(f"'{word}'" for word in (*words, f"{seconds:g}"))
    half = instances // 2
    text = f"""\
seeds = {seeds}

[[instances]]  # presolve decides them: no device is needed
generator = "spin-glass"
sizes = [14]
seeds = {half}

[[instances]]
numbers = {NUMBERS[: instances - half]}

[[settings]]
name = "odesolve"
kinds = ["ising"]

[[settings]]
name = "the same, once more"
kinds = ["ising"]
time_limit = 60

[[settings]]
name = "trial division"
kinds = ["factoring"]
command = \"\"\"{command}\"\"\"

[[settings]]
name = "trial division, once more"
kinds = ["factoring"]
time_limit = 60
command = \"\"\"{command}\"\"\"
"""
    path = folder / "kills.toml"
    path.write_text(text, encoding="utf-8")
    return path


def killed(study: Path, cells: int, kills: int, workers: int, seed: int) -> Kills:
    """Run a study, kill its driver or a worker so many times, and run it to its end."""
    random_ = random.Random(seed)
    told = Kills(cells)
    began = time.perf_counter()
    rows: dict[str, tuple[str, ...]] = {}
    driver = _begun(study, workers)
    for _ in range(kills):
        is_worker = random_.random() < 0.5
        _wait(driver, study, len(rows), cells, random_)
        while is_worker and driver.poll() is None and not children(driver.pid):
            time.sleep(0.02)
        family = children(driver.pid)
        if is_worker and family:
            told.workers += 1
            with suppress(ProcessLookupError):
                os.kill(random_.choice(family), signal.SIGKILL)
        else:
            told.driver += driver.poll() is None
            driver.kill()
            driver.wait()
            told.orphans += _orphans(family)
        found = read_rows(study)
        told.lost += sum(found.get(key) != row for key, row in rows.items())
        rows = found
        if driver.poll() is not None:
            driver = _begun(study, workers)
    if driver.wait() != 0:
        raise RuntimeError("the last driver failed")
    found = read_rows(study)
    told.lost += sum(found.get(key) != row for key, row in rows.items())
    told.rows = _all_rows(study)
    log = study.parent / "log"
    told.begun = len(log.read_text(encoding="ascii").splitlines()) if log.exists() else 0
    with closing(sqlite3.connect(study.with_suffix(".sqlite"))) as connection:
        told.integrity = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    told.seconds = time.perf_counter() - began
    return told


def _begun(study: Path, workers: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "odesolve", "study", str(study)]
    return subprocess.Popen(
        [*command, "--workers", str(workers)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=study.parent,
    )


def _wait(
    driver: subprocess.Popen[bytes], study: Path, known: int, cells: int, random_: random.Random
) -> None:
    """Wait for a random moment."""
    if random_.random() < EARLY_SHARE:
        time.sleep(random_.uniform(0.0, EARLY_SECONDS))
        return
    wanted = known + random_.randint(1, max(round(LATER_SHARE * cells), 1))
    end = time.monotonic() + MOST_SECONDS
    while driver.poll() is None and time.monotonic() < end and len(_all_rows(study)) < wanted:
        time.sleep(0.02)
    time.sleep(random_.uniform(0.0, LATER_SECONDS))


def _orphans(family: list[int]) -> int:
    """How many of some processes do not end by themselves."""
    end = time.monotonic() + ORPHAN_SECONDS
    while time.monotonic() < end and any(map(_is_alive, family)):
        time.sleep(0.05)
    return sum(map(_is_alive, family))


def read_rows(study: Path) -> dict[str, tuple[str, ...]]:
    """Cell -> its row, as another program reads the file while it is written."""
    return {row[0]: row for row in _all_rows(study)}


def _all_rows(study: Path) -> list[tuple[str, ...]]:
    path = study.with_suffix(".sqlite")
    if not path.exists():
        return []
    with closing(sqlite3.connect(path, timeout=60.0)) as connection:
        try:
            return connection.execute(
                "SELECT cell, status, seconds, began, instance, setting, seed FROM cells"
            ).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):  # killed before there were any
                raise
            return []


def children(parent: int) -> list[int]:
    """The processes that a process has begun, on Linux: of a driver, its workers."""
    return [number for number, above in _parents() if above == parent]


def _parents() -> Iterator[tuple[int, int]]:
    """Each process and its parent."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            yield int(folder.name), int(fields[1])


def _is_alive(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return False
    return state[0] != "Z"
