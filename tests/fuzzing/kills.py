"""Real processes that are killed at random moments, and what they leave behind."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
BEFORE = b"what was there before"
#: Seconds after a signal by which a process has ended.
PATIENCE = 60.0
#: A command that fills and reads the compilation cache is run to its end after so many kills.
BETWEEN_CHECKS = 10


def _pigeons(pigeons: int, holes: int) -> str:
    """More pigeons than holes: no model, and nothing that presolve could see."""
    sits = [[holes * p + h + 1 for h in range(holes)] for p in range(pigeons)]
    clauses = sits + [[-a[h], -b[h]] for a, b in combinations(sits, 2) for h in range(holes)]
    lines = [" ".join(map(str, [*clause, 0])) for clause in clauses]
    return "\n".join([f"p cnf {pigeons * holes} {len(clauses)}", *lines, ""])


def _mycielski(steps: int) -> list[tuple[int, int]]:
    """A graph without triangles that needs ``steps + 2`` colours."""
    edges, count = [(0, 1)], 2
    for _ in range(steps):
        edges += [(a, count + b) for a, b in edges] + [(b, count + a) for a, b in edges]
        edges = [*edges, *((count + n, 2 * count) for n in range(count))]
        count = 2 * count + 1
    return edges


def _ring(nodes: int) -> list[tuple[int, int]]:
    """Each node joined to those one, two and five places on: nothing for presolve."""
    return [(n, (n + step) % nodes) for n in range(nodes) for step in (1, 2, 5)]


FILES = {
    "hard.cnf": _pigeons(7, 6),
    "hard.json": json.dumps(_mycielski(3)),
    "ring.json": json.dumps(_ring(17)),
    "easy.cnf": "p cnf 6 5\n1 2 3 0\n-1 -2 4 0\n-3 5 6 0\n-4 -5 1 0\n2 -6 4 0\n",
    "soft.wcnf": "3 1 2 0\n4 -1 0\n5 -2 3 0\n2 -3 0\n6 3 1 -2 0\nh 1 2 3 0\n",
}
#: Arguments, and the files that they write.
COMMANDS = (
    (["sat", "hard.cnf", "--json", "-o", "out.json", "--trace", "out.npz"],
     ("out.json", "out.npz")),
    (["color", "hard.json", "--colors", "4", "--json", "-o", "out.json", "--trace", "out.npz"],
     ("out.json", "out.npz")),
    (["color", "ring.json", "--colors", "4", "--json", "--no-presolve", "-o", "out.json", "--plot",
      "out.png"], ("out.json", "out.png")),
    (["sat", "easy.cnf", "--json", "--no-presolve", "-o", "out.json"], ("out.json",)),
    (["sat", "soft.wcnf", "--json", "--no-presolve", "-o", "out.json"], ("out.json",)),
    (["tune", "easy.cnf", "--json", "--trials", "3", "--runs", "2", "-o", "out.toml"],
     ("out.toml",)),
    (["factor", "1000036000099", "--json"], ()),
    (["multiply", "_", "_", "1022117", "--json", "--trace", "out.npz"], ("out.npz",)),
)  # fmt: skip

#: Commands among these that integrate until their time is over.
INTEGRATING = (0, 1)
#: What a line of progress says.
STEPPING = " steps ("


@dataclass
class Kills:
    """What was killed, and how it ended.

    Attributes:
        count: signals sent to processes that were still running.
        ends: signal and exit code -> how often.
        answered: interrupted processes that printed the best so far.
        early: interrupted before the command began, which is Python's to handle.
        integrating: hit after they had said that they integrate.
        leftovers: temporary files of processes that SIGKILL ended while they wrote.
        checks: commands run to their end with the same cache.
        failures: what was wrong.
    """

    count: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    early: int = 0
    integrating: int = 0
    leftovers: int = 0
    checks: int = 0
    wall: float = 0.0
    failures: list[str] = field(default_factory=list)


def kill_many(folder: Path, wanted: int, seed: int, end: float | None = None) -> Kills:
    """Kill processes until as many as wanted were hit while they ran, or a monotonic time."""
    folder = folder.resolve()
    cache = folder / "cache"
    shutil.rmtree(folder, ignore_errors=True)
    cache.mkdir(parents=True)
    chance = random.Random(seed)
    kills = Kills()
    begin = time.monotonic()
    spans: dict[int, float] = {}
    told = 0
    while kills.count < wanted and (end is None or time.monotonic() < end):
        number = chance.randrange(len(COMMANDS))
        hit, seconds = _kill_one(
            kills, folder / "work", cache, number, chance, spans.get(number, 8.0)
        )
        if not hit and seconds < spans.get(number, 8.0):  # it had ended: aim earlier
            spans[number] = max(0.5, seconds)
        elif kills.count % BETWEEN_CHECKS == 0:
            _check_cache(kills, folder / "work", cache)
        if hit and kills.count % 25 == 0:
            print(f"{kills.count} kills, {len(kills.failures)} failures", flush=True)
            print("".join(f"  {each}\n" for each in kills.failures[told:]), end="", flush=True)
            told = len(kills.failures)
    _check_cache(kills, folder / "work", cache)
    kills.wall = time.monotonic() - begin
    return kills


def _environment(cache: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k != "ODESOLVE_CACHE"}
    return {**kept, "JAX_COMPILATION_CACHE_DIR": str(cache), "JAX_PLATFORMS": "cpu"}


def _start(arguments: list[str], work: Path, cache: Path) -> subprocess.Popen[str]:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name, text in FILES.items():
        (work / name).write_text(text)
    program = Path(sys.executable).with_name("odesolve")
    return subprocess.Popen(
        [str(program), *arguments],
        cwd=work,
        env=_environment(cache),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill_one(
    kills: Kills, work: Path, cache: Path, number: int, chance: random.Random, span: float
) -> tuple[bool, float]:
    """Start a command and send it a signal: whether it still ran, and after how many seconds."""
    arguments, outputs = COMMANDS[number]
    killer = chance.choice(SIGNALS)
    # Presolve and loading take most of a short life: some are hit while they integrate for sure.
    integrates = number in INTEGRATING and chance.random() < 0.6
    existing = [name for name in outputs if chance.random() < 0.5]
    progress = ["--progress"] if integrates else []
    process = _start([*arguments, *progress, "--time-limit", "60"], work, cache)
    begin = time.monotonic()
    for name in existing:
        (work / name).write_bytes(BEFORE)
    said = _wait_for_steps(process) if integrates else ""
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=chance.uniform(0.02, 1.0 if integrates else span))
    running = process.poll() is None
    seconds = time.monotonic() - begin
    if running:
        process.send_signal(killer)
    try:
        output, errors = process.communicate(timeout=PATIENCE if running else None)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        kills.failures.append(
            f"{' '.join(arguments)}: still there {PATIENCE:.0f} s after {killer.name}"
        )
    errors = said + errors
    name = f"{' '.join(arguments)}, {killer.name} after {seconds:.2f} s"
    if running:
        kills.count += 1
        kills.integrating += STEPPING in said
        kills.ends[f"{killer.name} {_end(process.returncode)}"] += 1
        _judge_end(kills, name, killer, process.returncode, output, errors)
    for path in sorted(work.iterdir()):
        _judge_file(kills, name, path, outputs, existing, killer if running else None)
    return running, seconds


def _wait_for_steps(process: subprocess.Popen[str]) -> str:
    """Standard error up to the line that tells the first steps, or to its end."""
    assert process.stderr is not None
    said = ""
    while STEPPING not in said and (data := os.read(process.stderr.fileno(), 4096)):
        said += data.decode()
    return said


def _end(code: int) -> str:
    return str(code) if code >= 0 else f"died of {signal.Signals(-code).name}"


def _is_before_the_command(code: int, errors: str) -> bool:
    """Whether Python was interrupted while it began, or while it loaded the command."""
    in_site = code == 1 and "Failed to import the site module" in errors
    return in_site or (code == -signal.SIGINT and ", in run" not in errors)


def _judge_end(
    kills: Kills, name: str, killer: signal.Signals, code: int, output: str, errors: str
) -> None:
    usual = {0, 1, 3, 10, 20, 30}
    allowed = {
        signal.SIGINT: usual | {130}, signal.SIGTERM: usual | {130, -signal.SIGTERM},
        signal.SIGKILL: usual | {-signal.SIGKILL},
    }[killer]  # fmt: skip
    if killer == signal.SIGINT and _is_before_the_command(code, errors):
        kills.early += 1
        return
    if code not in allowed:
        kills.failures.append(f"{name}: exit code {code}, {errors[-1500:]!r}")
    if "Traceback" in errors or "Error:" in errors or "Exception ignored" in errors:
        kills.failures.append(f"{name}: {errors[-1500:]!r}")
    if killer == signal.SIGKILL:
        return
    if output:
        try:
            document = json.loads(output)
        except ValueError:
            kills.failures.append(f"{name}: standard output is no JSON: {output[:200]!r}")
            return
        kills.answered += code == 130 and document.get("reason") == "interrupted"
    elif code in usual:
        kills.failures.append(f"{name}: no output, exit code {code}")


def _judge_file(
    kills: Kills,
    name: str,
    path: Path,
    outputs: tuple[str, ...],
    existing: list[str],
    killer: signal.Signals | None,
) -> None:
    """A file is as it was, or whole."""
    if path.name in FILES:
        return
    if path.name not in outputs:
        if killer == signal.SIGKILL and path.name.endswith(".tmp"):
            kills.leftovers += 1
        else:
            kills.failures.append(f"{name}: stray file {path.name}")
        return
    if path.name in existing and path.read_bytes() == BEFORE:
        return
    try:
        whole = _is_whole(path)
    except Exception as error:
        whole = False
        name += f" ({error!r})"
    if not whole:
        kills.failures.append(f"{name}: {path.name} is not whole ({path.stat().st_size} bytes)")


def _is_whole(path: Path) -> bool:
    data = path.read_bytes()
    if path.suffix == ".json":
        return bool(json.loads(data))
    if path.suffix == ".toml":
        import tomllib

        return bool(tomllib.loads(data.decode()))
    if path.suffix == ".npz":
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None and bool(archive.namelist())
    return data.startswith(b"\x89PNG") and data.endswith(b"IEND\xaeB`\x82")


def _check_cache(kills: Kills, work: Path, cache: Path) -> None:
    """A command runs to its end on the cache that the killed ones left."""
    kills.checks += 1
    for number, right in ((3, 10), (2, 0)):
        arguments, _ = COMMANDS[number]
        process = _start(arguments, work, cache)
        output, errors = process.communicate(timeout=300)
        if process.returncode != right or "rror" in errors or "arning" in errors:
            ended = f"exit code {process.returncode}, {errors[-800:]!r}"
            kills.failures.append(f"after kills: {' '.join(arguments)}: {ended}")
        elif json.loads(output)["status"] != "satisfied":
            kills.failures.append(f"after kills: {' '.join(arguments)}: {output[:300]!r}")
