"""Solves that are killed and gone on with, which give the answer of those that were not."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    return {name: own for name, own in document.items() if name not in ("time", "compiled")}


class Copies:
    """Keeps a copy of the file after every call of the device, as a kill then would leave it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.kept: list[Path] = []

    def __call__(self, _: Any) -> None:
        if self.file.exists():
            self.kept.append(self.file.with_name(f"{len(self.kept)}.npz"))
            shutil.copy(self.file, self.kept[-1])

    def some(self, count: int) -> list[Path]:
        """Copies from the first to the last."""
        places = np.linspace(0, len(self.kept) - 1, count).round().astype(int)
        return [self.kept[place] for place in dict.fromkeys(places.tolist())]


def resumed_alike(solve: Callable[..., Any], tmp_path: Path, times: int = 3) -> tuple[Any, Copies]:
    """A solve's result, which others from several of its moments share; and its files."""
    whole = without_times(solve().to_json(True))
    file = tmp_path / "state.npz"
    copies = Copies(file)
    written = solve(checkpoint=file, checkpoint_every=0, progress=copies)
    assert without_times(written.to_json(True)) == whole
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []
    for copy in [*copies.some(times), file]:
        found = solve(resume=copy)
        assert without_times(found.to_json(True)) == whole, copy
    return whole, copies


def killed_after(program: Sequence[str], state: Path, delay: float) -> None:
    """Run a program, and kill it so many seconds after it has written its file."""
    last = state.stat().st_mtime_ns if state.exists() else 0
    with subprocess.Popen([*program], stdout=subprocess.PIPE) as process:
        while process.poll() is None and not (state.exists() and state.stat().st_mtime_ns > last):
            time.sleep(0.005)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
