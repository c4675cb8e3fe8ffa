"""Several processes of one command on this machine: one answer, printed once, whatever happens."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from odesolve.cli.main import run
from odesolve.native.building import compiler

VARIABLES = 40
#: Nothing satisfies the second: it goes on until something ends it.
RATIOS = {"easy": 3.5, "hard": 6.0}
MODEL, UNKNOWN = 10, 0  # the exit codes of sat


@pytest.fixture(scope="module")
def formulas(tmp_path_factory) -> dict[str, str]:
    folder, generator = tmp_path_factory.mktemp("formulas"), np.random.default_rng(3)
    files = {}
    for name, ratio in RATIOS.items():
        count = round(ratio * VARIABLES)
        rows = [
            (generator.permutation(VARIABLES)[:3] + 1) * generator.choice([-1, 1], 3)
            for _ in range(count)
        ]
        text = "".join(" ".join(map(str, row.tolist())) + " 0\n" for row in rows)
        (folder / name).write_text(f"p cnf {VARIABLES} {count}\n{text}")
        files[name] = str(folder / name)
    return files


@dataclass
class Ended:
    code: int
    out: str
    err: str


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def started(words: Sequence[str], index: int, count: int, port: int) -> subprocess.Popen[str]:
    group = ["--distributed", "--coordinator", f"127.0.0.1:{port}"]
    group += ["--processes", str(count), "--process-id", str(index)]
    return subprocess.Popen(
        [sys.executable, "-m", "odesolve", *words, *group],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def together(
    words: Sequence[str],
    count: int,
    *,
    sent: tuple[int, int] | None = None,
    state: Path | None = None,
) -> list[Ended]:
    """What each process comes to.

    Arguments:
        sent: a process, and the signal that it gets when ``state``, its checkpoint, is there.
    """
    port = free_port()
    processes = [started(words, index, count, port) for index in range(count)]
    try:
        if sent is not None:
            assert state is not None
            while not state.exists() and processes[0].poll() is None:
                time.sleep(0.02)
            processes[sent[0]].send_signal(sent[1])
        said = [process.communicate(timeout=300) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [Ended(p.returncode, *own) for p, own in zip(processes, said, strict=True)]


def answer(text: str) -> dict[str, Any]:
    """A command's JSON without what differs from one call to the next."""
    return {
        name: own
        for name, own in json.loads(text).items()
        if name not in ("time", "device", "compiled")
    }


@pytest.mark.core
def test_two_processes_give_one_answer(formulas, tmp_path, capsys):
    words = ["sat", formulas["easy"], "--runs", "8", "--no-presolve", "--json", "--all-runs"]
    words += ["--max-steps", "60", "--stepper", "euler", "--patience", "20"]
    own = ["--devices", "2", "-o", str(tmp_path / "a.json")]
    first, second = together([*words, *own], 2)
    code = run(words)
    assert answer(first.out) == answer(capsys.readouterr().out)
    assert (first.code, second.code) == (code, code)
    assert json.loads(first.out)["device"] == "4 x cpu"
    assert (first.err, second.out, second.err) == ("", "", "")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="there is no compiler")
def test_processes_take_the_steps_of_jax_for_they_may_differ_in_what_they_have_built(
    formulas, tmp_path, monkeypatch
):
    monkeypatch.setenv("ODESOLVE_NATIVE", str(tmp_path))
    words = ["sat", formulas["easy"], "--runs", "8", "--no-presolve", "--json"]
    words += ["--kernels", "native", "--prove", "none"]
    command = [sys.executable, "-m", "odesolve", *words]
    alone = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (alone.returncode, json.loads(alone.stdout)["kernels"]) == (MODEL, "native")
    first, second = together(words, 2)
    assert (first.code, json.loads(first.out)["kernels"]) == (MODEL, "jax")
    assert second.code == MODEL


@pytest.mark.slow
def test_four_processes_of_two_stages_go_on_from_a_checkpoint(tmp_path, capsys):
    words = ["factor", "15015", "--runs", "8", "--max-steps", "3000", "--json", "--seed", "4"]
    assert run(words) == 0
    whole = answer(capsys.readouterr().out)
    written = together([*words, "--checkpoint", str(tmp_path / "a"), "--checkpoint-every", "0"], 4)
    assert [one.code for one in written] == [0] * 4
    assert answer(written[0].out) == whole
    resumed = together([*words, "--resume", str(tmp_path / "a")], 2)
    assert answer(resumed[0].out) == whole


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "number", "codes", "why"),
    [
        (1, signal.SIGKILL, (UNKNOWN, -signal.SIGKILL), "another process was lost"),
        (1, signal.SIGINT, (130, 130), "interrupted"),
        (0, signal.SIGTERM, (130, 130), "interrupted"),
    ],
)
def test_whatever_happens_to_one_ends_all(who, number, codes, why, formulas, tmp_path):
    state = tmp_path / "state.npz"
    words = ["sat", formulas["hard"], "--runs", "8", "--time-limit", "600", "--no-presolve"]
    words += ["--checkpoint", str(state), "--checkpoint-every", "0.5"]
    ended = together(words, 2, sent=(who, number), state=state)
    assert tuple(one.code for one in ended) == codes
    assert [one.out for one in ended[1:]] == [""]
    assert f"c {why}" in ended[0].out
    assert "s UNKNOWN" in ended[0].out
    assert "c the best assignment violates " in ended[0].out
    assert f"{VARIABLES} 0\n" in ended[0].out.replace("-", "")


@pytest.mark.slow
def test_without_the_first_process_the_others_end(formulas, tmp_path):
    state = tmp_path / "state.npz"
    words = ["sat", formulas["hard"], "--runs", "8", "--time-limit", "600", "--no-presolve"]
    words += ["--checkpoint", str(state), "--checkpoint-every", "0.5"]
    first, second = together(words, 2, sent=(0, signal.SIGKILL), state=state)
    assert (first.code, second.out) == (-signal.SIGKILL, "")
    # What was written can be gone on from, by one process too.
    assert (
        run([*words[:-4], "--max-steps", "1000000", "--time-limit", "20", "--resume", str(state)])
        == 0
    )


@pytest.mark.slow
def test_the_time_limit_is_one_for_all(formulas):
    words = ["sat", formulas["hard"], "--runs", "8", "--time-limit", "15", "--no-presolve"]
    first, second = together(words, 2)
    assert (first.code, second.code, second.out) == (UNKNOWN, UNKNOWN, "")
    assert "c the time limit is reached" in first.out


TWO = ["--coordinator", "127.0.0.1:PORT", "--processes", "2", "--process-id"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([], "no job of SLURM or Open MPI is found; expected --coordinator HOST:PORT, "),
        ([*TWO, "0"], "not all processes have come in time"),
        ([*TWO, "1"], "not all processes have come in time"),
        ([*TWO, "2"], "process_id"),
    ],
)
def test_a_group_that_does_not_come_together(own, message, formulas):
    port = str(free_port())
    words = ["sat", formulas["easy"], "--time-limit", "5", "--distributed"]
    words += [word.replace("PORT", port) for word in own]
    clean = {
        name: own for name, own in os.environ.items() if not name.startswith(("SLURM", "OMPI"))
    }
    ran = subprocess.run(
        [sys.executable, "-m", "odesolve", *words], capture_output=True, text=True, env=clean
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("odesolve: --distributed: ")
    assert message in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.slow
def test_other_options_are_noticed(formulas):
    port = free_port()
    processes = [
        started(["sat", formulas["easy"], "--no-presolve", "--seed", str(index)], index, 2, port)
        for index in range(2)
    ]
    for process in processes:
        out, err = process.communicate(timeout=300)
        assert out == ""
        assert "the processes prepared different problems" in err
        assert process.returncode == 2


@pytest.mark.slow
def test_slurm_says_who_is_who(formulas):
    """As srun sets them for two tasks on this host."""
    port, processes = free_port(), []
    words = ["sat", formulas["easy"], "--json", "--distributed", "--device", "cpu"]
    for index in range(2):
        slurm = {
            "SLURM_JOB_ID": "77", "SLURM_STEP_NODELIST": "localhost", "SLURM_NTASKS": "2",
            "SLURM_PROCID": str(index), "SLURM_LOCALID": str(index), "SLURM_STEP_NUM_NODES": "1",
            "JAX_COORDINATOR_PORT": str(port),
        }  # fmt: skip
        processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "odesolve", *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | slurm,
            )
        )
    (out, err), (silent, _) = [process.communicate(timeout=300) for process in processes]
    assert json.loads(out)["status"] == "satisfied", err
    assert silent == ""
