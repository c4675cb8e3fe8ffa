"""Several fuzzing processes at once, restarted when they die, and their counts together."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing.findings import digests
from fuzzing.worker import LONGEST_INPUT, keep_death

TESTS = Path(__file__).parents[1]

#: Inputs to begin with, of random bytes: each begins another kind of case.
SEEDS = 400


@dataclass
class Totals:
    """What all workers counted.

    Attributes:
        inputs: distinct inputs that were run and judged; the corpus is not counted again.
        cases: distinct command lines with their files among these.
        edges: branches of the package that were reached, as the fuzzer counts them; None where
            it does not watch them.
    """

    inputs: int = 0
    cases: int = 0
    slowest: float = 0.0
    edges: int | None = None
    wall: float = 0.0
    deaths: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)


def fuzz_all(
    folder: Path, inputs: int, processes: int, seed: int, engine: str, end: float | None = None
) -> Totals:
    """Run a campaign in a folder, up to a monotonic time; one that was broken off goes on."""
    # Ended from outside, it still ends its workers.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    begin = time.monotonic()
    workers = [
        _Worker(folder / f"worker-{number}", seed + 1_000_000 * number, share, engine)
        for number, share in enumerate(_shares(inputs, processes))
    ]
    shown = begin
    try:
        while any(list(map(_Worker.alive, workers))) and (end is None or time.monotonic() < end):
            time.sleep(1)
            if time.monotonic() - shown > 30:
                shown = time.monotonic()
                done = sum(_counts(worker.folder).get("inputs", 0) for worker in workers)
                failed = sum(sum(_counts(w.folder).get("failures", {}).values()) for w in workers)
                print(f"{shown - begin:6.0f} s: {done} inputs, {failed} failures", flush=True)
    finally:
        for worker in workers:
            worker.stop()
    totals = gathered(folder)
    totals.wall = time.monotonic() - begin
    totals.deaths = sum(worker.deaths for worker in workers)
    return totals


def _shares(inputs: int, processes: int) -> list[int]:
    return [inputs // processes + (n < inputs % processes) for n in range(processes)]


class _Worker:
    """A process that is started again until it has done its share."""

    def __init__(self, folder: Path, seed: int, share: int, engine: str) -> None:
        self.folder, self.share, self.deaths = folder, share, 0
        corpus = folder / "corpus"
        corpus.mkdir(parents=True, exist_ok=True)
        generator = random.Random(seed)
        for number in range(SEEDS):
            data = generator.randbytes(generator.randrange(1, LONGEST_INPUT))
            (corpus / f"seed-{number}").write_bytes(data)
        self._command = [
            sys.executable, "-m", "fuzzing", "worker", str(folder.resolve()), str(seed),
            str(share), "--engine", engine,
        ]  # fmt: skip
        self._start()

    def _start(self) -> None:
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=TESTS, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def alive(self) -> bool:
        """Whether there is still something to do; starts again what has died of an input."""
        code = self._process.poll()
        if code is None:
            return True
        if _counts(self.folder).get("inputs", 0) >= self.share:
            return False
        self.deaths += 1
        if self.deaths > 50 or not (self.folder / "current").exists():
            raise RuntimeError(f"a worker ends at once: see {self.folder / 'log.txt'}")
        hung = any(self.folder.glob("timeout-*"))
        for path in self.folder.glob("timeout-*"):
            path.unlink()
        keep_death(self.folder, "hang" if hung else f"death of the process with code {code}")
        self._start()
        return True

    def stop(self) -> None:
        """End the process, if it runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _counts(folder: Path) -> dict:
    path = folder / "counts.json"
    return json.loads(path.read_text()) if path.exists() else {}


def gathered(folder: Path) -> Totals:
    """The counts of all workers in a folder."""
    totals = Totals()
    cases: set[bytes] = set()
    for worker in sorted(folder.glob("worker-*")):
        counts = _counts(worker)
        totals.inputs += counts.get("inputs", 0)
        totals.slowest = max(totals.slowest, counts.get("slowest", 0.0))
        for name in ("kinds", "codes", "failures", "seconds"):
            getattr(totals, name).update(counts.get(name, {}))
        cases |= digests(worker / "cases.bin")
        log = worker / "log.txt"
        found = re.findall(rb"\bcov: (\d+)", log.read_bytes()) if log.exists() else []
        if found:
            totals.edges = max(totals.edges or 0, *map(int, found))
    totals.cases = len(cases)
    return totals
