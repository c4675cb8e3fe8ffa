"""``odesolve study``: cells, resumption, changes, other solvers, and input that cannot be used."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.studies.kills import children, killed, write_study
from odesolve.cli.main import run
from odesolve.problems.studies.cells import solved
from odesolve.problems.studies.crew import Hand, Processes
from odesolve.problems.studies.files import study_from
from odesolve.problems.studies.results_file import ResultsFile
from odesolve.problems.studies.rows import Row

#: Two numbers and two queries, which presolve decides.
STUDY = """\
seeds = 2

[[instances]]
queries = ["add _ 17 42", "multiply 3 _ 12"]

[[instances]]
numbers = [15, 21]

[[settings]]
name = "odesolve"
kinds = ["arithmetic"]

[[settings]]
name = "other"
kinds = ["factoring"]
command = "{python} -S -E solver.py {{number}} {{seed}}"
"""

#: Divides, and fails on 21 with seed 1.
SOLVER = """\
import sys
number, seed = int(sys.argv[1]), int(sys.argv[2])
if (number, seed) == (21, 1):
    sys.exit("no idea")
print(f"{number}: 3 {number // 3}")
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "solver.py"
    script.write_text(SOLVER, encoding="utf-8")
    text = STUDY.format(python=sys.executable).replace("solver.py", str(script))
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def rows_of(path: Path) -> list[tuple]:
    """As another program reads them."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT instance, setting, seed, status, began, cell FROM cells"
        return connection.execute(query).fetchall()


def test_every_cell_becomes_a_row(study, capsys):
    assert run(["study", str(study), "--workers", "1"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[:2] == ["study: 8 of 8 cells done", "1 error, 7 satisfied"]
    rows = table(study.with_suffix(".csv"))
    assert [(row["instance"], row["seed"]) for row in rows] == [
        (name, seed)
        for name in ("add _ 17 42", "multiply 3 _ 12", "15", "21")
        for seed in ("0", "1")
    ]
    assert {row["kind"] for row in rows} == {"arithmetic", "factoring"}
    assert rows[0]["size"] == "6"
    assert (rows[-1]["reason"], rows[-1]["message"]) == ("exit code 1", "no idea")
    assert all(float(row["seconds"]) >= 0 and row["host"] and row["versions"] for row in rows)
    # Again: there is nothing to do, and the same rows.
    before = rows_of(study.with_suffix(".sqlite"))
    assert run(["study", str(study), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cells"] == {"total": 8, "done": 8, "left": 0}
    assert rows_of(study.with_suffix(".sqlite")) == before


def test_a_changed_study_solves_what_is_new_and_keeps_what_is_gone(study, capsys):
    assert run(["study", str(study), "--workers", "1"]) == 0
    before = {row[5]: row for row in rows_of(study.with_suffix(".sqlite"))}
    text = study.read_text(encoding="utf-8")
    study.write_text(
        text.replace("seeds = 2", "seeds = [1, 5]").replace('"odesolve"', '"renamed"'), "utf-8"
    )
    assert run(["study", str(study), "--workers", "1"]) == 0
    assert "4 rows of cells that the study no longer has are kept" in capsys.readouterr().out
    after = {row[5]: row for row in rows_of(study.with_suffix(".sqlite"))}
    assert len(after) == 8
    assert {row[2] for row in after.values()} == {1, 5}
    shared = before.keys() & after.keys()
    assert len(shared) == 4
    assert all(before[key][3:] == after[key][3:] for key in shared)
    assert {after[key][1] for key in shared} == {"renamed", "other"}
    # Put back, the old rows count again.
    study.write_text(text, "utf-8")
    assert run(["study", str(study), "--time-limit", "0"]) == 0
    assert {row[5]: row for row in rows_of(study.with_suffix(".sqlite"))} == before


def test_a_setting_is_solved_again_when_asked(study):
    assert run(["study", str(study), "--workers", "1"]) == 0
    before = {row[5]: row for row in rows_of(study.with_suffix(".sqlite"))}
    path = study.parent / "solver.py"
    path.write_text(SOLVER.replace("(21, 1)", "(21, 7)"), encoding="utf-8")
    assert run(["study", str(study), "--again", "other", "--workers", "1"]) == 0
    after = {row[5]: row for row in rows_of(study.with_suffix(".sqlite"))}
    assert before.keys() == after.keys()
    assert {row[3] for row in after.values()} == {"satisfied"}
    assert all(row == before[key] for key, row in after.items() if row[1] == "odesolve")


def test_a_time_limit_leaves_cells_for_the_next_call(study, capsys):
    assert run(["study", str(study), "--time-limit", "0"]) == 1
    assert "0 of 8 cells done, 8 are left (the time limit is reached)" in capsys.readouterr().out
    assert len(rows_of(study.with_suffix(".sqlite"))) == 0


def test_one_process_writes_at_a_time(study, capsys):
    with ResultsFile.opened(study.with_suffix(".sqlite")):
        assert run(["study", str(study)]) == 2
    assert capsys.readouterr().err.count("another process writes it") == 1


def test_exported_rows_are_those_of_the_results(study, capsys):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    assert run(["study", str(study), "--workers", "1", "--export", "rows.parquet"]) == 0
    found = parquet.read_table("rows.parquet").to_pylist()
    assert [row["cell"] for row in found] == [row["cell"] for row in table(Path("study.csv"))]
    assert [row["seed"] for row in found] == [0, 1] * 4


# ------------------------------------------------------------------------------- what is not solved


def told(command: str, **tables: object) -> Row:
    """The row of a command."""
    setting = {"name": "other", "command": command, "time_limit": 20}
    return solved_here(tables or {"numbers": [15]}, setting)


def solved_here(instances: dict[str, object], setting: dict[str, object]) -> Row:
    """What a worker would say of the one cell."""
    [cell] = study_from({"instances": [instances], "settings": [setting]})[0].cells()
    return solved(cell.task())


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("15: 3 5", "satisfied"),
        ("3\\n3 5", "satisfied"),
        ("15: 15", "wrong"),
        ("15: 3 7", "wrong"),
        ("no idea", "unknown"),
        ("", "unknown"),
        ("UNSATISFIABLE", "unknown"),
        ('{"factors": [[3, 1], [5, 1]]}', "satisfied"),
    ],
)
def test_answers_of_others_go_through_the_exact_checker(said, status, study):
    Path("answer").write_text(said.replace("\\n", "\n") + "\n", encoding="utf-8")
    row = told(f"cat {Path('answer').resolve()}")
    assert row.status == status
    assert row.violated == {"satisfied": 0, "wrong": 1, "unknown": None}[status]


FILES = {
    "formula.cnf": "p cnf 3 3\n1 2 0\n-1 3 0\n-2 -3 0\n",
    "soft.wcnf": "h 1 2 0\n3 -1 0\n2 -2 0\n",
    "path.col": "p edge 3 2\ne 1 2\ne 2 3\n",
    "pair.mc": "2 1\n1 2 3\n",
    "sum.fzn": "var 1..9: x :: output_var;\nconstraint int_le(5, x);\nsolve minimize x;\n",
}

#: File, kind, other options, answer, status, energy, violated.
ANSWERS = [
    ("formula.cnf", "sat", {}, "s SATISFIABLE\nv 1 -2 3 0", "satisfied", None, 0),
    ("formula.cnf", "sat", {}, "v 1 2 3 0", "wrong", None, 1),
    ("soft.wcnf", "sat", {}, "o 2\nv -1 2 0", "satisfied", 2, 0),
    ("path.col", "coloring", {"colors": 2}, "1 0\n2 1\n3 0", "satisfied", None, 0),
    ("path.col", "coloring", {"colors": 2}, "1 0\n2 1\n3 2", "wrong", None, 1),
    ("path.col", "coloring", {"colors": "min"}, "1 0\n2 1\n3 2", "satisfied", 3, 0),
    ("pair.mc", "ising", {"target": -3}, "1 -1", "satisfied", -3, 0),
    ("pair.mc", "ising", {}, "1 1", "unknown", 3, 0),
    ("pair.mc", "maxcut", {"target": 3}, "1 -1", "satisfied", 3, 0),
    ("sum.fzn", "model", {}, '{"x": 6}', "satisfied", 6, 0),
    ("sum.fzn", "model", {}, '{"x": 4}', "wrong", None, 1),
]


@pytest.mark.parametrize(
    ("file", "kind", "options", "said", "status", "energy", "violated"), ANSWERS
)
def test_answers_of_every_kind(file, kind, options, said, status, energy, violated, study):
    Path(file).write_text(FILES[file], encoding="utf-8")
    Path("answer").write_text(said + "\n", encoding="utf-8")
    row = told(f"cat {Path('answer').resolve()}", files=file, kind=kind, **options)
    assert row.status == status
    assert (row.energy, row.violated) == (energy, violated)


def test_a_command_of_odesolve_tells_what_it_did(study):
    command = f"{sys.executable} -P -m odesolve add 1 _ 3 --json --seed {{seed}}"
    row = told(command, queries="add 1 _ 3")
    assert (row.status, row.steps, row.dynamics) == ("satisfied", 0, "none")


@pytest.mark.parametrize(
    ("beside", "told_beside"),
    [
        ({}, (None, None, None, None)),
        ({"steps": 7, "runs": {"total": 2}, "found_after": 1}, (7, 2, 14, 1.0)),
        ({"steps": "many", "runs": 2, "found_after": None}, (None, None, None, None)),
    ],
)
def test_a_script_around_a_solver_tells_as_much_as_it_knows(beside, told_beside, study):
    document = {"status": "satisfied", "solution": {"factors": [[3, 1], [5, 1]]}} | beside
    Path("answer").write_text(json.dumps(document), encoding="utf-8")
    row = told(f"cat {Path('answer').resolve()}")
    assert (row.status, row.reason) == ("satisfied", "solved")
    assert (row.steps, row.runs, row.run_steps, row.found_after) == told_beside


def test_threads_of_one_worker_solve_cells_of_one_instance():
    instances = {"generator": "uniform", "sizes": [3000]}
    settings = [{"name": str(runs), "runs": runs, "max_steps": 0} for runs in (1, 2, 3, 4)]
    found, _ = study_from({"instances": [instances], "settings": settings})
    tasks = [replace(cell.task(), command="true") for cell in found.cells()]
    with ThreadPoolExecutor(len(tasks)) as threads:
        rows = list(threads.map(solved, tasks))
    assert [(row.status, row.size) for row in rows] == [("unknown", 3000)] * len(tasks)


def state_of(process: int) -> str | None:
    """The state of a process by its letter, None where there is none."""
    try:
        described = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return described.rpartition(")")[2].split()[0]


def test_a_command_that_nobody_has_heard_of_yet_ends_with_its_worker(tmp_path):
    note = tmp_path / "number"
    setting = {"name": "sleeper", "command": f"sh -c 'echo $$ > {note}; exec sleep 60'"}
    found, _ = study_from({"instances": [{"numbers": [15]}], "settings": [setting]})
    (cell,) = found.cells()
    with Processes(1).working() as crew:
        crew.start(cell.task())
        while not (note.exists() and note.read_text(encoding="utf-8").strip()):
            time.sleep(0.02)
        (worker,) = children(os.getpid())
        solver = int(note.read_text(encoding="utf-8"))
        assert children(worker) == [solver]
        time.sleep(0.1)  # the worker tells that it has begun
    ends = time.monotonic() + 30.0  # a signal takes its time where the machine is busy
    while (state := state_of(solver)) not in (None, "Z") and time.monotonic() < ends:
        time.sleep(0.02)
    assert state in (None, "Z")  # nobody may have asked how it ended


class Unknown:
    """What a worker cannot make: it does not find this module."""


def test_what_cannot_be_unpickled_ends_the_worker_with_one_line(tmp_path):
    """A task that the worker cannot read, and a row that cannot be read here."""
    found, _ = study_from({"instances": [{"numbers": [15]}], "settings": [{"name": "default"}]})
    (cell,) = found.cells()
    with Processes(2).working() as crew:
        crew.start(replace(cell.task(), options={"unknown": Unknown()}))
        message = b"cno.such.module\nRow\n."
        words = f"import os, sys; os.write(1, {message!r}); sys.stdin.read()"
        errors = tmp_path / "errors"
        errors.touch()
        speaking = subprocess.Popen(
            [sys.executable, "-c", words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        crew.hands[1] = hand = Hand(speaking, errors, cell.task())
        crew.listen(1, hand)
        lost = []
        while crew.busy:
            lost += crew.finished(1.0)
        assert speaking.poll() is not None
    said = sorted(own.why for own in lost)
    assert len(said) == 2
    assert said[0].startswith("exit code 1: a task cannot be read: ModuleNotFoundError: No module ")
    assert said[1].startswith("what it said cannot be read: ModuleNotFoundError: No module named ")


def test_a_command_that_does_not_end_is_killed(study):
    setting = {"name": "sleeper", "command": "sleep 60", "time_limit": 0.1}
    row = solved_here({"numbers": [15]}, setting)
    assert (row.status, row.reason) == ("unknown", "time")
    assert 1.0 < row.seconds < 30.0


@pytest.mark.parametrize(
    ("kind", "file", "status"),
    [
        (None, "formula.cnf", "satisfied"),
        (None, "path.col", "satisfied"),
        (None, "pair.mc", "satisfied"),
        ("maxcut", "pair.mc", "satisfied"),
        (None, "sum.fzn", "satisfied"),
        (None, "soft.wcnf", "satisfied"),
    ],
)
def test_files_of_every_kind_are_solved_in_this_process(kind, file, status, study):
    Path(file).write_text(FILES[file], encoding="utf-8")
    instances = {"files": file} | ({} if kind is None else {"kind": kind})
    row = solved_here(instances, {"name": "default"})
    assert (row.status, row.violated) == (status, 0), row


def test_what_cannot_be_read_is_a_row_that_says_so(study):
    Path("bad.cnf").write_text("p cnf 1 1\n1 y 0\n", encoding="utf-8")
    row = solved_here({"files": "bad.cnf"}, {"name": "default"})
    assert row.status == "refused"
    assert row.message.startswith("bad.cnf:2: ")


# ----------------------------------------------------------------------------------------- mistakes

ONE = '[[instances]]\nnumbers = [15]\n[[settings]]\nname = "a"\n'

#: Text of a study, and what is said of it.
MISTAKES = {
    "a = [": "study.toml:1: not TOML: ",
    "": "study.toml: the file is empty",
    "x = 1": "study.toml: x: there is no such key",
    ONE + 'other = "x"': "study.toml: settings[0].other: there is no such key",
    "seeds = 0\n" + ONE: "study.toml: seeds: 0; expected how many seeds",
    "seeds = 1_000_001\n" + ONE: "study.toml: seeds: 1000001; expected how many seeds, 1,000,000",
    "seeds = [1, -1]\n" + ONE: "study.toml: seeds: -1; expected integers of at least 0",
    "time_limit = -1\n" + ONE: "study.toml: time_limit: time_limit must not be negative",
    ONE + 'runs = "many"': "study.toml: settings[0].runs: runs must be an integer",
    ONE + 'presolve = "x"': "study.toml: settings[0].presolve: 'x'; expected true or false",
    ONE + 'parameters = "x"': "study.toml: settings[0].parameters: 'x'; expected a table",
    ONE + 'kinds = ["x"]': "study.toml: settings[0].kinds: 'x'; expected sat or ",
    ONE + 'encoding = "simplex"': "study.toml: settings[0].encoding: no option of factoring",
    ONE + 'command = "f {x}"': "study.toml: settings[0].command: there is no {x}",
    ONE + 'command = "f \'x"': "study.toml: settings[0].command: no closing quotation",
    ONE + 'command = "f"\npreset = "x"': "study.toml: settings[0].preset: it is for odesolve",
    ONE + '[[settings]]\nname = "a"\nruns = 2': (
        "study.toml: settings[1].name: there are two settings 'a'"
    ),
    ONE + '[[settings]]\nname = "b"': "study.toml: settings[1]: 'b' does the same as 'a'",
    ONE + 'dynamics = "x"': "study.toml: settings[0]: options: no dynamics 'x'",
    ONE + 'preset = "x.toml"': "study.toml: settings[0].preset: x.toml: no such file",
    ONE + "lanes = [{alpha = 2}]": "study.toml: settings[0].preset: ",
    '[[settings]]\nname = "a"': "study.toml: instances: it is missing",
    ONE.replace("numbers = [15]", "numbers = [0]"): "study.toml: instances[0].numbers: 0; expected",
    ONE.replace(
        "numbers = [15]", 'queries = "1"'
    ): "study.toml: instances[0].queries: '1'; expected",
    ONE.replace("numbers = [15]", 'files = "x"'): "study.toml: instances[0].files: no file 'x'",
    ONE.replace("numbers = [15]", ""): "study.toml: instances[0]: it says no instances",
    ONE.replace("[15]", '[15]\nfiles = "x"'): "study.toml: instances[0]: files and numbers",
    ONE.replace("[15]", "[15]\ncolors = 3"): "study.toml: instances[0].colors: no option of",
    ONE.replace("numbers = [15]", 'generator = "x"\nsizes = [3]'): (
        "study.toml: instances[0].generator: 'x'; expected uniform or "
    ),
    ONE.replace("numbers = [15]", 'generator = "torus"\nsizes = [10]'): (
        "study.toml: instances[0].sizes: 10: no square"
    ),
    ONE.replace("numbers = [15]", 'generator = "planted"\nsizes = [9]\nwidth = 0'): (
        "study.toml: instances[0].width: 0; expected an integer of at least 1"
    ),
    ONE.replace("numbers = [15]", 'generator = "planted"\nsizes = [9]\nwidth = 2.5'): (
        "study.toml: instances[0].width: 2.5; expected an integer of at least 1"
    ),
    ONE.replace("numbers = [15]", 'generator = "torus"\nsizes = [9]\nratio = 3'): (
        "study.toml: instances[0].ratio: there is no such key"
    ),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_told_in_one_line_that_names_the_key(text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("study.toml").write_text(text, encoding="utf-8")
    assert run(["study", "study.toml"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"odesolve: {MISTAKES[text]}")
    assert said.count("\n") == 1
    assert not Path("study.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--again", "x"], "again: 'x'; expected odesolve or other"),
        (["--merge"], "merge: no folder"),
        (["-o", "x.csv"], "x.csv: unknown kind of results"),
        (["-o", "solver.sqlite"], "solver.sqlite: "),
        (["--export", "x.json"], "x.json: unknown kind of output file"),
        (["--scheduler", "tcp://x:1", "--workers", "2"], "workers: a scheduler has workers"),
    ],
)
def test_wrong_options(arguments, said, study, capsys):
    Path("solver.sqlite").write_text(SOLVER, encoding="utf-8")
    assert run(["study", str(study), *arguments]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"odesolve: {said}")
    assert shown.count("\n") == 1


def test_damaged_results_are_told_in_one_line(study, capsys):
    assert run(["study", str(study), "--workers", "1"]) == 0
    results = study.with_suffix(".sqlite")
    whole = results.read_bytes()
    results.write_bytes(whole[:4096] + bytes(255 - byte for byte in whole[4096:]))
    for command in ("study", "report"):
        capsys.readouterr()
        assert run([command, str(study)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"odesolve: {results}: ")
        assert said.count("\n") == 1


# -------------------------------------------------------------------------------------------- kills


@pytest.mark.parametrize(("kills", "seeds"), [(3, 2), pytest.param(12, 10, marks=pytest.mark.slow)])
def test_nothing_is_lost_and_nothing_is_there_twice_after_kills(kills, seeds, tmp_path):
    study, cells = write_study(tmp_path, instances=6, seeds=seeds, seconds=0.2), 12 * seeds
    told = killed(study, cells=cells, kills=kills, workers=2, seed=2)
    assert told.driver > 0
    assert told.workers > 0
    assert told.driver + told.workers == kills
    assert (len(told.rows), told.distinct, told.solved, told.lost) == (cells, cells, cells, 0)
    assert (told.orphans, told.integrity) == (0, "ok")
    # Only what was cut off is begun again, by two workers at most.
    assert cells // 2 <= told.begun <= cells // 2 + 2 * kills


def test_ctrl_c_ends_it_and_leaves_the_rest(tmp_path):
    study = write_study(tmp_path, instances=4, seeds=2, seconds=30.0)
    driver = subprocess.Popen(
        [sys.executable, "-P", "-m", "odesolve", "study", str(study), "--workers", "2"],
        stdout=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    log = tmp_path / "log"
    while not log.exists():
        time.sleep(0.02)
        assert driver.poll() is None
    workers = children(driver.pid)
    driver.send_signal(signal.SIGINT)
    said, _ = driver.communicate(timeout=30)
    assert driver.returncode == 130
    done, left = map(int, re.search(r"(\d+) of 16 cells done, (\d+) are left", said).groups())
    assert done + left == 16
    assert left >= 8
    assert "(interrupted)" in said
    assert workers
    assert not any(Path(f"/proc/{number}").exists() for number in workers)
