"""What a worker found and counted, on disk, so that nothing is lost when it dies."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

from fuzzing.cases import Case, Outcome

#: Inputs kept for each way to fail; further ones are only counted.
KEPT = 3


class Findings:
    """The counts and failures of one worker, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kinds: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.slowest = 0.0
        self.inputs = 0
        self._seen_data: set[bytes] = set()
        self._cases: set[bytes] = set()
        self._load()

    def is_new(self, data: bytes) -> bool:
        """Whether these bytes were not tried before; a restarted fuzzer tries its corpus again."""
        digest = hashlib.blake2b(data, digest_size=8).digest()
        new = digest not in self._seen_data
        self._seen_data.add(digest)
        return new

    def count(self, case: Case, outcome: Outcome) -> None:
        """Count a case that was run."""
        self.inputs += 1
        command = case.arguments[0] if case.arguments else ""
        self.kinds[case.kind] += 1
        self.codes[f"{command if command.isalpha() else 'other'} {outcome.code}"] += 1
        self.seconds[case.kind] += outcome.seconds
        self.slowest = max(self.slowest, outcome.seconds)
        content = repr((case.arguments, sorted(case.files.items()), case.stdin)).encode()
        self._cases.add(hashlib.blake2b(content, digest_size=8).digest())
        if self.inputs % 200 == 0:
            self.save()

    def fail(self, data: bytes, case: Case, outcome: Outcome, kind: str, what: str) -> None:
        """Keep a failing input, unless there are some that fail alike."""
        signature = f"{kind} | {case.kind} | {_signature(what)}"
        self.failures[signature] += 1
        if self.failures[signature] <= KEPT:
            name = hashlib.sha1(data).hexdigest()[:12]
            keep(
                self.folder / "findings" / f"{kind.replace(' ', '-')}-{name}",
                data,
                case,
                outcome,
                what,
            )
        self.save()

    def save(self) -> None:
        """Write the counts."""
        document = {
            "inputs": self.inputs,
            "slowest": self.slowest,
            "kinds": self.kinds,
            "codes": self.codes,
            "failures": self.failures,
            "seconds": self.seconds,
        }
        temporary = self.folder / "counts.tmp"
        temporary.write_text(json.dumps(document))
        temporary.replace(self.folder / "counts.json")
        (self.folder / "seen.bin").write_bytes(b"".join(self._seen_data))
        (self.folder / "cases.bin").write_bytes(b"".join(self._cases))

    def _load(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        counts = self.folder / "counts.json"
        if not counts.exists():
            return
        document = json.loads(counts.read_text())
        self.inputs, self.slowest = document["inputs"], document["slowest"]
        for name in ("kinds", "codes", "failures", "seconds"):
            getattr(self, name).update(document[name])
        self._seen_data = digests(self.folder / "seen.bin")
        self._cases = digests(self.folder / "cases.bin")


def digests(path: Path) -> set[bytes]:
    """Digests of 8 bytes each from a file; none without it."""
    data = path.read_bytes() if path.exists() else b""
    return {data[i : i + 8] for i in range(0, len(data) - 7, 8)}


def _signature(what: str) -> str:
    """What is the same in failures that have one cause: no numbers, no names of files."""
    last = [line for line in what.strip().splitlines() if line.strip()][-1]
    frames = re.findall(r'File "[^"]*?([\w.]+/[\w.]+)", line (\d+)', what)
    place = f"{frames[-1][0]}:{frames[-1][1]} " if frames else ""
    text = re.sub(r"'[^']*'|\"[^\"]*\"|\S+\.\w+", "*", last)
    return place + re.sub(r"[0-9]+", "#", text)[:100]


def keep(folder: Path, data: bytes, case: Case, outcome: Outcome | None, what: str) -> None:
    """Write a failing input so that a person can run it and the fuzzer can repeat it."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "input").write_bytes(data)
    for name, content in case.files.items():
        (folder / "files" / name).write_bytes(content)
    (folder / "stdin").write_bytes(case.stdin)
    (folder / "arguments.json").write_text(json.dumps(case.arguments))
    shown = "" if outcome is None else (
        f"\nexit code {outcome.code}\n--- standard output\n{outcome.output[:5000]}"
        f"\n--- standard error\n{outcome.errors[:5000]}"
    )  # fmt: skip
    (folder / "what.txt").write_text(f"{case.kind}\n{what}\n{shown}\n")
