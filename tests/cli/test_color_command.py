"""``odesolve color`` and ``odesolve plot`` as a shell sees them: streams, files, exit codes."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sysconfig
from itertools import combinations
from pathlib import Path

import networkx
import pytest
from broken_graphs import BROKEN_GRAPHS
from coloring_oracle import equal_ends

from odesolve.cli.main import COMMANDS, run

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PROGRAM = shutil.which("odesolve", path=sysconfig.get_path("scripts")) or "odesolve"
FULL = Path("/dev/full")

ARTICLE = [tuple(edge) for edge in json.loads(
    (ROOT / "docs" / "examples" / "article.json").read_text())["edges"]]  # fmt: skip
TREE = [("a", "b"), ("b", "c"), ("b", "d e")]
CLIQUE = list(combinations("abcd", 2))
#: Four colours, no triangle: three cannot do, and presolve cannot prove it.
GROTZSCH = [(int(a), int(b)) for a, b in networkx.mycielski_graph(4).edges]

COMMON_KEYS = {
    "status", "reason", "solution", "problem", "runs", "steps", "violated", "time", "seed",
    "compiled", "dynamics", "preset", "parameters", "device", "version",
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a graph for every outcome."""
    graphs = {"article": ARTICLE, "tree": TREE, "clique": CLIQUE, "grotzsch": GROTZSCH}
    for name, edges in graphs.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"edges": edges}))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def odesolve(capsys):
    """Call the entry point in this process: (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        output, errors = capsys.readouterr()
        return code, output, errors

    return call


def lines_with_the_prefix(errors: str) -> list[str]:
    return re.findall(r"^odesolve: .+\n", errors, re.MULTILINE)


def assert_refused(outcome: tuple[int, str, str]) -> str:
    """Exit code 2 and one line on standard error; that line."""
    code, output, errors = outcome
    assert (code, output) == (2, "")
    assert lines_with_the_prefix(errors) == [errors]
    return errors


def colors_of_text(output: str) -> dict[str, int]:
    """The classes that the text prints, for names without white space."""
    pairs = re.findall(r"^  colour (\d+): (.*)$", output, re.MULTILINE)
    return {name: int(color) for color, names in pairs for name in names.split()}


def named(edges) -> list[tuple[str, str]]:
    return [(str(a), str(b)) for a, b in edges]


# ------------------------------------------------------------------ answers, streams and exit codes

# file, options, exit code, status, what standard error says without -q
SHORT = ("--runs", "4", "--max-steps", "2000")
OUTCOMES = {
    "integrated": ("article.json", SHORT, 0, "satisfied", "steps of 4 runs"),
    "by presolve": ("tree.json", (), 0, "satisfied", "nothing was left"),
    "budget": ("grotzsch.json", ("--runs", "4", "--max-steps", "7"), 1, "unknown", "7 steps of 4"),
    "time": ("grotzsch.json", ("--runs", "4", "--time-limit", "0"), 1, "unknown", "a first guess"),
    "refuted": ("clique.json", (), 3, "infeasible", ""),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_text_goes_to_standard_output_and_notes_to_standard_error(name, odesolve):
    file, options, expected, status, note = OUTCOMES[name]
    edges = json.loads(Path(file).read_text())["edges"]
    code, output, errors = odesolve("color", file, *options)
    assert code == expected
    nodes = len({node for edge in edges for node in edge})
    assert output.splitlines()[0] == f"{status}: {nodes} nodes, {len(edges)} edges, 3 colours"
    assert note in errors
    assert "Traceback" not in errors
    assert note not in output or not note
    if status == "infeasible":
        assert "clique of 4: a, b, c, d" in output
    elif file != "tree.json":
        found = colors_of_text(output)
        assert len(found) == nodes
        violated = equal_ends(named(edges), found)
        assert (violated == 0) == (status == "satisfied")
        assert status == "satisfied" or f"best so far: {violated} edges violated" in output
    quiet = odesolve("color", file, *options, "-q")
    assert quiet == (code, output, "")


@pytest.mark.parametrize("name", OUTCOMES)
def test_json_is_one_strict_object_and_nothing_else(name, odesolve):
    file, options, expected, status, _ = OUTCOMES[name]
    edges = json.loads(Path(file).read_text())["edges"]
    code, output, errors = odesolve("color", file, *options, "--json")
    assert (code, errors) == (expected, "")
    found = json.loads(output, parse_constant=pytest.fail)
    assert output.count("\n") == 1
    assert found.keys() >= COMMON_KEYS
    assert found["status"] == status
    assert (found["solution"] is not None) == (status == "satisfied")
    if status == "satisfied":
        assert equal_ends(named(edges), found["solution"]["coloring"]) == 0
    if status == "unknown":
        best = found["best"]["coloring"]
        assert equal_ends(named(edges), best) == found["violated"] > 0
    if status == "infeasible":
        assert found["proof"] == ["a", "b", "c", "d"]


def test_a_step_budget_gives_the_same_output_twice(odesolve):
    first, second = (odesolve("color", "grotzsch.json", *SHORT)[:2] for _ in range(2))
    assert first == second
    documents = []
    for _ in range(2):
        documents.append(json.loads(odesolve("color", "grotzsch.json", *SHORT, "--json")[1]))
        assert documents[-1].pop("time").keys() == {"presolve", "compile", "solve", "total"}
        assert sum(documents[-1].pop("compiled").values()) == 2
    assert documents[0] == documents[1]
    assert documents[0]["steps"] == 2000


def test_all_runs_print_statistics(odesolve):
    code, output, _ = odesolve("color", "article.json", *SHORT, "--all-runs")
    assert code == 0
    assert re.search(r"^  runs solved: [\d.]+% of 4$", output, re.MULTILINE)
    assert re.search(r"^  steps by quantile: 10% \d", output, re.MULTILINE)
    code, output, _ = odesolve("color", "article.json", *SHORT, "--all-runs", "--json")
    assert code == 0
    assert len(json.loads(output)["runs"]["table"]["steps"]) == 4


def test_verbose_output_has_no_blank_lines(odesolve):
    _, _, errors = odesolve("color", "tree.json", "-v")
    assert "presolve left 0 nodes" in errors
    assert all(line.strip() for line in errors.splitlines())


@pytest.mark.slow
def test_progress_that_is_asked_for_goes_to_standard_error(odesolve):
    options = ("--runs", "4", "--max-steps", "200000", "-q")
    code, output, errors = odesolve("color", "grotzsch.json", *options, "--progress")
    assert code == 1
    assert output.startswith("unknown: ")
    lines = errors.splitlines()
    assert lines
    assert all(re.fullmatch(r"[\d.]+ s, \d+ steps \(\d+/s\): .* of 4 runs.*", x) for x in lines)


def test_a_name_with_a_line_break_stays_on_its_line(odesolve):
    Path("names.json").write_text(json.dumps([["a\nb", "\x1b[31mred"]]))
    code, output, _ = odesolve("color", "names.json")
    assert code == 0
    assert all(line.isprintable() for line in output.splitlines())
    assert [line.split(":")[0] for line in output.splitlines()] == [
        "satisfied", "  colour 0", "  colour 1",
    ]  # fmt: skip


def test_notes_of_the_reader_are_told(odesolve):
    Path("twice.csv").write_text("a,b\nb,a\n")
    assert "1 repeated edge merged" in odesolve("color", "twice.csv")[2]
    found = json.loads(odesolve("color", "twice.csv", "--json")[1])
    assert "1 repeated edge merged" in found["notes"]


@pytest.mark.parametrize("way", ["option", "file", "graph"])
def test_fixed_colours_from_everywhere_are_kept(way, odesolve):
    fixed = {"a": 2, "c": 1}
    Path("fixed.json").write_text(json.dumps(fixed))
    Path("graph.json").write_text(json.dumps({"edges": TREE, "precoloring": fixed}))
    arguments = {
        "option": ("tree.json", "--precolor", "a=2", "--precolor", "c=1"),
        "file": ("tree.json", "--precoloring", "fixed.json"),
        "graph": ("graph.json",),
    }[way]
    code, output, _ = odesolve("color", *arguments, "--json")
    coloring = json.loads(output)["solution"]["coloring"]
    assert code == 0
    assert fixed.items() <= coloring.items()
    assert equal_ends(TREE, coloring) == 0


def test_nodes_of_a_dimacs_file_are_numbered_from_one(odesolve):
    Path("graph.col").write_text("p edge 3 2\ne 1 2\ne 2 3\n")
    _, output, _ = odesolve("color", "graph.col", "--json", "--colors", "2")
    assert json.loads(output)["solution"]["coloring"].keys() == {"1", "2", "3"}


# ------------------------------------------------------------------------------------ files written


def coloring_in(path: Path) -> dict[str, int]:
    """A written colouring, read without our own reader; colours from 0."""
    text = path.read_text()
    if path.suffix == ".json":
        return json.loads(text)["coloring"]
    if path.suffix == ".csv":
        return {row["node"]: int(row["color"]) for row in csv.DictReader(text.splitlines())}
    pairs = re.findall(r'^v (".*"|\S+) (\d+)$', text, re.MULTILINE)
    names = [json.loads(name) if name[0] == '"' else name for name, _ in pairs]
    return {name: int(color) - 1 for name, (_, color) in zip(names, pairs, strict=True)}


@pytest.mark.parametrize("suffix", ["json", "csv", "sol", "col.sol"])
def test_the_output_file_holds_the_colouring(suffix, odesolve):
    output = Path(f"out.{suffix}")
    code, _, _ = odesolve("color", "tree.json", "-o", str(output))
    assert code == 0
    coloring = coloring_in(output)
    assert coloring.keys() == {"a", "b", "c", "d e"}
    assert equal_ends(TREE, coloring) == 0
    # And it is a precolouring of the same graph.
    assert odesolve("color", "tree.json", "--precoloring", str(output))[0] == 0


@pytest.mark.parametrize("name", ["budget", "refuted"])
def test_only_a_proper_colouring_is_written(name, odesolve):
    file, options, expected, _, _ = OUTCOMES[name]
    Path("old.json").write_text("old")
    code, _, errors = odesolve("color", file, *options, "-o", "old.json")
    assert code == expected
    assert "old.json was not written" in errors
    assert Path("old.json").read_text() == "old"


@pytest.mark.parametrize(
    ("suffix", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_the_picture_is_drawn(suffix, magic, odesolve):
    assert odesolve("color", "tree.json", "--plot", f"out.{suffix}")[0] == 0
    assert Path(f"out.{suffix}").read_bytes().startswith(magic)


def test_the_best_so_far_is_drawn_too(odesolve):
    assert odesolve("color", *[*OUTCOMES["budget"][:1], *OUTCOMES["budget"][1]],
                    "--plot", "out.png")[0] == 1  # fmt: skip
    assert Path("out.png").stat().st_size > 1000


def test_a_trace_is_stored_and_drawn(odesolve):
    code, output, _ = odesolve("color", "article.json", *SHORT, "--trace", "t.npz")
    plain = odesolve("color", "article.json", *SHORT)
    assert (code, output) == plain[:2]
    assert odesolve("plot", "t.npz", "-o", "t.png") == (0, "", "")
    assert Path("t.png").read_bytes().startswith(b"\x89PNG")
    assert odesolve("plot", "t.npz", "-o", "t2.png", "--run", "1")[0] == 0
    assert "one of" in assert_refused(odesolve("plot", "t.npz", "-o", "t3.png", "--run", "64"))
    assert not Path("t3.png").exists()


def test_a_trace_of_nothing_is_not_written(odesolve):
    code, output, errors = odesolve("color", "tree.json", "--trace", "t.npz")
    assert code == 0
    assert "no trace was written" in errors
    assert not Path("t.npz").exists()
    assert odesolve("color", "tree.json", "--trace", "t.npz", "-q") == (0, output, "")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(("option", "name"), [("--plot", "full.png"), ("--trace", "full.npz")])
def test_an_answer_is_printed_even_if_a_file_cannot_be_written(option, name, odesolve):
    Path(name).symlink_to(FULL)
    code, output, errors = odesolve("color", "article.json", *SHORT, "-q", option, name)
    assert code not in (0, 1, 3)
    assert lines_with_the_prefix(errors) == [errors]
    assert name in errors
    assert output.startswith("satisfied: ")


# ------------------------------------------------------------------------------------ refused input


@pytest.mark.parametrize(
    ("case", "name", "data"), BROKEN_GRAPHS, ids=[case for case, _, _ in BROKEN_GRAPHS]
)
def test_broken_graphs_are_refused_on_one_line(case, name, data, odesolve):
    Path(name).write_bytes(data)
    before = sorted(Path().iterdir())
    line = assert_refused(odesolve("color", name, "-o", "out.json", "--plot", "out.png"))
    assert line.startswith(f"odesolve: {name}")
    assert "Traceback" not in line
    assert sorted(Path().iterdir()) == before


# arguments after `color`, words of the message
BAD_OPTIONS = [
    ("article.json --dynamics gradient", "no dynamics 'gradient'.*rectified"),
    ("article.json --set omega=1", "no parameter 'omega'.*alpha"),
    ("article.json --set alpha=x", "alpha needs a number"),
    ("article.json --set alpha=nan", "alpha needs a number"),
    ("article.json --set alpha", "NAME=VALUE"),
    ("article.json --set =1", "NAME=VALUE"),
    ("article.json --set satisfied_force=x", "'rigidity', 'pull' or 'mixed'"),
    ("article.json --stepper leapfrog", "'heun'"),
    ("article.json --encoding polar", "'simplex', 'onehot', 'modular'"),
    ("article.json --runs 0", "--runs.*0 is not in the range"),
    ("article.json --runs many", "--runs.*many"),
    ("article.json --runs 2000000000", "runs need about .* GiB"),
    ("article.json --seed -1", "--seed.*-1"),
    ("article.json --seed 1.5", "--seed.*1.5"),
    ("article.json --max-steps -1", "--max-steps.*-1"),
    ("article.json --max-steps 2147483647", "max_steps is at most"),
    ("article.json --time-limit nan", "--time-limit.*nan"),
    ("article.json --time-limit -1", "--time-limit.*-1"),
    ("article.json --time-limit soon", "--time-limit.*soon"),
    ("article.json --patience 0", "--patience.*0"),
    ("article.json --colors 0", "--colors.*0 is not in the range"),
    ("article.json --colors 3.0", "--colors.*3.0"),
    ("article.json --colors 1000001", "--colors.*1000001"),
    ("article.json --device abacus", "'cpu', 'gpu'"),
    ("article.json --format zip", "unknown format 'zip'.*graph6"),
    ("article.json --format dimacs", "article.json:1: "),
    ("tree.json -o out.txt", "out.txt: .*.json or .csv or .sol"),
    ("tree.json -o out", "out: .*.json or .csv or .sol"),
    ("tree.json -o nowhere/out.json", "there is no folder"),
    ("tree.json -o", "-o"),
    ("tree.json --plot out.jpg", "out.jpg: .*.png or .pdf or .svg"),
    ("tree.json --plot nowhere/out.png", "there is no folder"),
    ("tree.json --trace out.npy", "out.npy: .*.npz"),
    ("tree.json --trace nowhere/out.npz", "there is no folder"),
    ("tree.json --precolor z=1", "--precolor: .*no node 'z'"),
    ("tree.json --precolor a=3", "node 'a' has colour 3; expected 0 to 2"),
    ("tree.json --precolor a", "NODE=COLOR"),
    ("tree.json --precolor a=red", "colour 'red'"),
    ("tree.json --precolor a=-1", "colour '-1'"),
    ("tree.json --precolor a=1 --precolor a=2", "'a'.*1 and 2"),
    ("tree.json --precoloring nowhere.json", "nowhere.json: no such file"),
    ("tree.json --precoloring article.json", "article.json: "),
    ("nowhere.json", "nowhere.json: no such file"),
    (".", ".: is a directory"),
    ("", "Missing argument 'GRAPH'"),
    ("tree.json clique.json", "extra argument"),
    ("tree.json --colour 3", "No such option.*--colour"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_OPTIONS, ids=[a for a, _ in BAD_OPTIONS])
def test_bad_options_are_refused_on_one_line(arguments, message, odesolve):
    before = sorted(Path().rglob("*"))
    line = assert_refused(odesolve("color", *arguments.split()))
    assert re.search(message, line), line
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("file", ["tree.json", "clique.json"])
@pytest.mark.parametrize(
    "options", ["--dynamics gradient", "--set omega=1", "--max-steps 2147483647"]
)
def test_bad_options_are_refused_even_where_presolve_needs_none(file, options, odesolve):
    assert_refused(odesolve("color", file, *options.split()))


@pytest.mark.parametrize("option", ["-o", "--plot", "--trace", "--dynamics", "--precoloring"])
def test_an_empty_value_is_not_no_value(option, odesolve):
    # As in -o "$OUT" with OUT unset: the answer must not go nowhere, in silence.
    assert_refused(odesolve("color", "tree.json", option, ""))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [("tree.json -o out.png", "tree.json: .*trajectory"), (". -o out.png", "irectory"),
     ("nowhere.npz -o out.png", "nowhere.npz: "), ("tree.json", "Missing option '-o'"),
     ("", "Missing argument 'TRACE'"), ("tree.json -o out.gif", "out.gif: .*.png"),
     ("tree.json -o out.png --run -1", "--run.*-1"), ("tree.json -o x/out.png", "no folder")],
)  # fmt: skip
def test_plot_refuses_on_one_line(arguments, message, odesolve):
    line = assert_refused(odesolve("plot", *arguments.split()))
    assert re.search(message, line), line
    assert not Path("out.png").exists()


@pytest.mark.parametrize("arguments", [["colour"], ["--json"], ["-x"]])
def test_unknown_commands_are_refused_on_one_line(arguments, odesolve):
    assert "--help" in assert_refused(odesolve(*arguments))


# --------------------------------------------------------------------------------------------- help


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_help(command, flag, odesolve):
    code, output, errors = odesolve(command, flag)
    assert (code, errors) == (0, "")
    assert output.startswith(f"Usage: odesolve {command} ")
    assert "--help" in output


def test_help_lists_every_command(odesolve):
    code, output, errors = odesolve("--help")
    assert (code, errors) == (0, "")
    for command, (_, line) in COMMANDS.items():
        assert f"  {command} " in output
        assert line in " ".join(output.split())
    code, without, _ = odesolve()
    assert (code, without) == (2, output)


@pytest.mark.skipif(not README.exists(), reason="there is no README yet")
@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_shows_every_command(command):
    assert re.search(rf"\bodesolve {command}\b", README.read_text(encoding="utf-8"))


# ---------------------------------------------------------------------------- the installed program


def program(*arguments: str, **options) -> subprocess.CompletedProcess:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60, **options}
    return subprocess.run([PROGRAM, *arguments], **options)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input(pack):
    done = program("color", "-", "--json", input=pack(json.dumps(TREE).encode()))
    assert (done.returncode, done.stderr) == (0, b"")
    assert equal_ends(TREE, json.loads(done.stdout)["solution"]["coloring"]) == 0


def test_broken_standard_input():
    done = program("color", "-", input=b'{"edges": [["a", "b"],')
    assert (done.returncode, done.stdout) == (2, b"")
    assert re.fullmatch(rb"odesolve: standard input:1: .*\n", done.stderr)


@pytest.mark.parametrize("arguments", [["color", "tree.json"], ["color", "--help"]], ids=str)
def test_a_reader_that_has_gone_is_no_error_message(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = program(*arguments, "-q" if arguments[1] == "tree.json" else "--help",
                       stdout=writing)  # fmt: skip
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_reader_that_stops_early_is_no_error_message(tmp_path):
    # More than a pipe holds, so that the reader is gone before the writer is done.
    Path("path.csv").write_text("".join(f"{n},{n + 1}\n" for n in range(20_000)))
    with subprocess.Popen(
        [PROGRAM, "color", "path.csv", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == b'{"status":'
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, 1)  # 0 where pipes are large


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments", [["color", "tree.json", "-q"], ["color", "tree.json", "--json"], ["--help"]],
    ids=str,
)  # fmt: skip
def test_a_full_disk_is_told(arguments):
    with FULL.open("wb") as full:
        done = program(*arguments, stdout=full)
    assert done.returncode not in (0, 1, 3)
    assert re.fullmatch(rb"odesolve: .*No space left on device\n", done.stderr)


@pytest.mark.parametrize(("closed", "code"), [("<&-", 0), (">&-", 0), ("2>&-", 0)])
def test_closed_streams_make_no_traceback(closed, code):
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {closed}', PROGRAM, "color", "tree.json", "-o", "out.json"],
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert equal_ends(TREE, coloring_in(Path("out.json"))) == 0
    assert done.returncode == code
    if closed != ">&-":
        assert done.stdout.startswith(b"satisfied: ")


def test_names_that_the_terminal_cannot_show_are_no_traceback():
    Path("names.json").write_text(json.dumps([["α", "β"]]))
    done = program("color", "names.json", "-q", env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert b"Traceback" not in done.stderr
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)


def test_a_missing_gpu_is_told():
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = program("color", "article.json", "--device", "gpu", env=environment)
    assert (done.returncode, done.stdout) == (2, b"")
    assert re.fullmatch(rb"odesolve: --device gpu: .*GPU.*\n", done.stderr)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_an_interrupted_solve_prints_the_best_so_far(number):
    with subprocess.Popen(
        [PROGRAM, "color", "grotzsch.json", "--runs", "4", "--json", "--progress",
         "--time-limit", "inf", "-o", "out.json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            assert "runs solved" in process.stderr.readline()
            process.send_signal(number)
            # It has no budget: without the signal it would never end.
            output, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in errors
    found = json.loads(output)
    assert (found["status"], found["reason"], found["solution"]) == ("unknown", "interrupted", None)
    assert equal_ends(named(GROTZSCH), found["best"]["coloring"]) == found["violated"] > 0
    assert not Path("out.json").exists()
