"""The core: a solve of every command, every reader, every dynamics and every stepper.

It runs on every supported Python, and with the lowest releases that pyproject.toml allows. The
tests take their cases from the tables of the code: what is added to one of these is run here, or
fails here until it has a row.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from odesolve.cli.main import COMMANDS, run
from odesolve.problems.formulas.formats import FORMULA_FORMATS
from odesolve.problems.graphs.formats import FORMATS
from odesolve.problems.ising.formats.files import ISING_FORMATS, write_ising
from odesolve.problems.ising.problem import IsingProblem
from odesolve.registry import DYNAMICS, STEPPERS

pytestmark = pytest.mark.core

ROOT = Path(__file__).resolve().parents[1]
#: The Petersen graph in every format.
SAMPLES = sorted((ROOT / "tests" / "data").glob("petersen*"))

#: x1 or x2; x1 implies x3; x2 and x3 imply x4: the same in every format.
FORMULAS = {
    "cnf": "p cnf 4 3\n1 2 0\n-1 3 0\n-2 -3 4 0\n",
    "cnf+": "p cnf+ 4 3\n1 2 >= 1\n-1 3 0\n-2 -3 4 0\n",
    "wcnf+": "p wcnf+ 4 3 2\n2 1 2 >= 1\n2 -1 3 0\n2 -2 -3 4 0\n",
    "wcnf": "h 1 2 0\nh -1 3 0\nh -2 -3 4 0\n",
    "opb": "1 x1 1 x2 >= 1;\n-1 x1 1 x3 >= 0;\n-1 x2 -1 x3 1 x4 >= -1;\n",
}

#: Two variables whose least energy is -1, in every format.
ISING = {
    "rudy": "2 1\n1 2 -1\n",
    "bqp": "2 3\n1 1 -1\n2 2 0\n1 2 0\n",
    "qubo": "p qubo 0 2 1 1\n0 0 -1\n0 1 1\n",
    "coo": "# vartype=SPIN\n0 1 1\n",
    "coo-spins": "0 1 1\n",
    "coo-bits": "0 0 -1\n0 1 1\n",
    "bqm": "",
    "dimod-json": '{"variable_type": "SPIN", "use_bytes": false, "variable_labels": ["a", "b"], '
    '"linear_biases": [0, 0], "quadratic_biases": [1.0], "quadratic_head": [0], '
    '"quadratic_tail": [1]}',
    "matrix-market": "%%MatrixMarket matrix coordinate real general\n% vartype=SPIN\n"
    "2 2 1\n1 2 1\n",
    "matrix-market-spins": "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 1\n",
    "matrix-market-bits": "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 -1\n",
}

#: Command: arguments, exit codes, and a part of what it prints.
RUNS: dict[str, tuple[str, tuple[int, ...], str]] = {
    "color": ("triangle.json --no-presolve", (0,), "satisfied: 3 nodes, 3 edges, 3 colours\n"),
    "sat": ("tiny.cnf --no-presolve --prove none", (10,), "s SATISFIABLE\n"),
    "ising": ("tiny.qubo --no-presolve --max-steps 50 --target -1", (0,), "energy -1: "),
    "maxcut": ("triangle.json --no-presolve --max-steps 50 --target 2", (0,), "cut 2: "),
    "model": ("tiny.fzn --max-steps 50", (0,), "  x = 2;\n"),
    "minizinc": ("tiny.fzn --max-steps 50", (0,), "x = 2;\n----------\n"),
    "check": ("tiny.cnf tiny.sol", (0,), "satisfied: 3 constraints\n"),
    "convert": ("triangle.json triangle.gml", (0,), "a graph of 3 nodes, 3 edges\n"),
    "fourier": ("a^b", (0,), "a + b - 2 a b\n"),
    "relate": ("c==(a&b) --fix c=1 --no-presolve", (0,), "c = 1, a = 1, b = 1\n"),
    "add": ("1 ? 3 --no-presolve", (0,), "1 + 2 = 3\n"),
    "subtract": ("3 ? 1 --no-presolve", (0,), "3 - 2 = 1\n"),
    "multiply": ("3 ? 9 --no-presolve", (0,), "3 x 3 = 9\n"),
    "factor": ("15 --no-presolve", (0,), "15 = 3 x 5\n"),
    # One trial seldom finds what is better than the default; it then ends with 1.
    "tune": (
        "large.cnf --dynamics rectified --trials 1 --runs 2 --max-steps 99 --time-limit inf",
        (0, 1),
        "1 trials",
    ),
    "study": ("tiny.toml --workers 1", (0,), "tiny: 2 of 2 cells done\n"),
    "report": ("tiny.toml", (0,), "\n## Solved\n"),
    "bench": ("--variables 9 --steps 2 --runs 1 --device cpu --json", (0,), '"clauses": 38'),
    "plot": ("trace.npz -o trace.png", (0,), ""),
}


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """The inputs, in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("triangle.json").write_text('[["a", "b"], ["b", "c"], ["a", "c"]]', encoding="utf-8")
    Path("tiny.qubo").write_text(ISING["qubo"], encoding="utf-8")
    Path("tiny.fzn").write_text(
        "var 1..3: x :: output_var; constraint int_times(x,x,4); solve satisfy;", encoding="utf-8"
    )
    Path("tiny.cnf").write_text(FORMULAS["cnf"], encoding="utf-8")
    Path("large.cnf").symlink_to(ROOT / "docs" / "examples" / "uniform-100.cnf")
    Path("tiny.toml").write_text(
        '[[instances]]\nfiles = ["tiny.cnf", "triangle.json"]\n[[settings]]\nname = "default"\n',
        encoding="utf-8",
    )
    Path("tiny.sol").write_text("s SATISFIABLE\nv 1 -2 3 -4 0\n", encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command(command, capsys, monkeypatch):
    assert command in RUNS, "every command has a row in RUNS"
    arguments, codes, part = RUNS[command]
    if command == "report":
        assert run(["study", "tiny.toml", "--workers", "1"]) == 0
    if command == "plot":
        assert run(["sat", "tiny.cnf", "--no-presolve", "--trace", "trace.npz"]) == 10
    if command == "bench":  # how fast the machine copies takes it seconds, and is not asked here
        monkeypatch.setattr("odesolve.throughput.COPY_BYTES", 2**16)
        monkeypatch.setattr("odesolve.throughput.COPY_SECONDS", 0.01)
    assert run([command, *arguments.split()]) in codes
    printed = capsys.readouterr()
    assert part in printed.out + printed.err
    assert command != "plot" or Path("trace.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("format", FORMATS)
def test_every_reader_of_graphs(format, capsys):
    samples = [path for path in SAMPLES if path.suffix[1:] in FORMATS[format].extensions]
    assert samples, "every format has a file in tests/data"
    for path in samples:
        # Several formats share .csv: of these only its own sample is read by force.
        forced = ["--format", format] if path.suffix != ".csv" or path.stem == "petersen" else []
        assert run(["color", str(path), *forced, "--no-presolve", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["status"] == "satisfied"
        assert (found["problem"]["nodes"], found["problem"]["edges"]) == (10, 15)


@pytest.mark.parametrize("format", FORMULA_FORMATS)
def test_every_reader_of_formulas(format, capsys):
    assert format in FORMULAS, "every format has a row in FORMULAS"
    Path("formula").write_text(FORMULAS[format], encoding="utf-8")
    # A format of soft clauses says that none is violated: the optimum.
    assert run(["sat", "formula", "--format", format, "--no-presolve", "--prove", "none"]) in (
        10,
        30,
    )
    assert "\nv " in capsys.readouterr().out


@pytest.mark.parametrize("format", ISING_FORMATS)
def test_every_reader_of_ising_problems(format, capsys):
    assert format in ISING, "every format has a row in ISING"
    if format == "bqm":
        assert write_ising(IsingProblem.from_dicts({}, {(0, 1): 1}), "file", format="bqm") == ()
    else:
        Path("file").write_text(ISING[format], encoding="utf-8")
    assert run(["ising", "file", "--format", format]) == 0
    assert "energy -1: proved the best" in capsys.readouterr().out


@pytest.mark.parametrize("dynamics", DYNAMICS)
def test_every_dynamics(dynamics):
    assert run(["sat", "tiny.cnf", "--dynamics", dynamics, "--no-presolve"]) == 10


@pytest.mark.parametrize("stepper", STEPPERS)
def test_every_stepper(stepper):
    options = ("--dynamics", "descent", "--stepper", stepper, "--no-presolve")
    assert run(["sat", "tiny.cnf", *options]) == 10


@pytest.mark.parametrize("folder", [".", ROOT], ids=["elsewhere", "the repository"])
def test_python_runs_the_package(folder):
    command = (sys.executable, "-m", "odesolve", "check", Path.cwd() / "tiny.cnf")
    right = subprocess.run(
        [*command, Path.cwd() / "tiny.sol"], capture_output=True, text=True, cwd=folder
    )
    assert (right.returncode, right.stdout, right.stderr) == (0, "satisfied: 3 constraints\n", "")
    wrong = subprocess.run([*command, "no.sol"], capture_output=True, text=True, cwd=folder)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("odesolve: no.sol")
