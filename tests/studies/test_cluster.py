"""A Dask cluster solves the cells, and loses a worker."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from benchmarks.studies.kills import read_rows, write_study
from odesolve.cli.main import run
from odesolve.problems.errors import InputError
from odesolve.problems.studies.solve import study

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as own:
        yield own


def test_a_cluster_solves_every_cell_though_a_worker_is_killed(cluster, tmp_path):
    path = write_study(tmp_path, instances=4, seeds=3, seconds=0.5)
    log = tmp_path / "log"

    def kill() -> None:
        while not log.exists():
            time.sleep(0.01)
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    result = study(path, scheduler=cluster.scheduler_address)
    killer.join()
    assert (result.complete, result.total) == (True, 24)
    rows = read_rows(path)
    assert len(rows) == 24
    assert {row[1] for row in rows.values()} == {"satisfied"}


def test_the_command_knows_the_address(cluster, tmp_path, capsys):
    path = write_study(tmp_path, instances=2, seeds=1, seconds=0.1)
    assert run(["study", str(path), "--scheduler", cluster.scheduler_address]) == 0
    assert "kills: 4 of 4 cells done" in capsys.readouterr().out


def test_without_a_scheduler_it_is_said_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr("odesolve.problems.studies.cluster.CONNECT_SECONDS", 0.5)
    path = write_study(tmp_path, instances=2, seeds=1, seconds=0.1)
    with pytest.raises(InputError, match=r"scheduler tcp://127\.0\.0\.1:9: .*expected the address"):
        study(path, scheduler="tcp://127.0.0.1:9")
