"""Answers of Ising machines in every form, the file that lifts them, and the commands."""

from __future__ import annotations

import contextlib
import csv
import io
import json

import numpy as np
import pytest
from ground_states import all_rows, least_energies
from hypothesis import given
from hypothesis import strategies as st

import odesolve as ode
from odesolve.cli.main import run
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.formats import parse_formula
from odesolve.problems.quadratization.answers import parse_answers
from odesolve.problems.quadratization.files import KINDS, parse_lifting, write_lifting

LABELS = ("a", "b", "s", "ancilla1")

#: One answer, a = 1, b = 0, s = 1 and the ancilla 0, as machines write it.
ANSWERS = {
    "bits": "1 0 1 0",
    "bits line by line": "1\n0\n1\n0\n",
    "bits without space": "1010\n",
    "bits and comments": "c best\n# of all\n% runs\n1,0,1,0\n",
    "spins": "1 -1 +1 -1",
    "signs": "+-+-",
    "names and spins": "a 1\nb -1\ns 1\nancilla1 -1\n",
    "names behind v": "c energy: 0\nv a 1\nv b -1\nv s 1\nv ancilla1 -1\n",
    "titled names": "variable,value\nb,0\na,1\nancilla1,0\ns,1\n",
    "numbers from 0": "3 -1\n2 1\n1 -1\n0 1\n",
    "a table": "a,b,s,ancilla1,energy,num_occurrences\n1,0,1,0,0.0,12\n",
    "a table of a data frame": ",b,a,s,ancilla1,energy\n0,-1,1,1,-1,-4.5\n",
    "a list": "[1, -1, 1, -1]",
    "truth values": "[true, false, true, false]",
    "names in an object": '{"a": 1, "b": 0, "s": 1.0, "ancilla1": 0}',
    "numbers in an object": '{"0": 1, "1": -1, "2": 1, "3": -1}',
    "under a key": '{"status": "unknown", "solution": {"spins": [1, -1, 1, -1]}, "energy": 0}',
    "the best of several": '{"best": {"energy": 0, "sample": {"a": 1, "b": 0, "s": 1, "3": 0}}}',
    "a packed SampleSet": json.dumps(
        {
            "type": "SampleSet",
            "variable_labels": ["s", "b", "a", "ancilla1"],
            "sample_data": {"type": "array", "data": [[5]], "shape": [1, 1]},
            "sample_packed": True,
        }
    ),
    "a plain SampleSet": json.dumps(
        {
            "type": "SampleSet",
            "variable_labels": list(LABELS),
            "sample_data": {"type": "array", "data": [[1, -1, 1, -1]]},
            "sample_packed": False,
        }
    ),
}


@pytest.mark.parametrize("form", ANSWERS)
def test_an_answer_in_every_form(form):
    found = parse_answers(ANSWERS[form], "answer", LABELS)
    assert (found > 0).tolist() == [[True, False, True, False]]


def test_a_variable_called_c_is_no_comment():
    found = parse_answers("c made by hand\na 1\nc 0\n", "answer", ("a", "c"))
    assert found.tolist() == [[1, 0]]


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_what_dimod_samples_is_lifted(vartype):
    dimod = pytest.importorskip("dimod")
    made = ode.quadratize(
        ["a ^ b == s", "c == (s & d)"] if vartype == "SPIN" else ode.Factorization(1022117)
    )
    qubo, labels = made.problem.to_qubo(), made.problem.labels
    linear = dict(zip(labels, qubo.linear.tolist(), strict=True))
    pairs = [(labels[a], labels[b]) for a, b in qubo.pairs.tolist()]
    quadratic = dict(zip(pairs, qubo.quadratic.tolist(), strict=True))
    model = dimod.BinaryQuadraticModel(linear, quadratic, qubo.offset, "BINARY")
    model = model.change_vartype(vartype, inplace=False)
    found = dimod.RandomSampler().sample(model, num_reads=20, seed=1)
    text = json.dumps(found.to_serializable())
    answers = parse_answers(text, "answer", labels)
    assert len(answers) == 20
    for answer, energy in zip(answers, found.record.energy, strict=True):
        lifted = made.lift(answer)
        assert lifted.energy == energy
        assert lifted.satisfied or energy > 0


SEVERAL = {
    "lines": "1 0 1 0\n0 0 0 1\n",
    "words": "1010\n0001\n",
    "a table": "ancilla1,a,b,s,energy\n0,1,0,1,0\n1,0,0,0,2\n",
    "lists": "[[1, 0, 1, 0], [0, 0, 0, 1]]",
    "samples": '{"samples": [{"0": 1, "1": 0, "2": 1, "3": 0}, [0, 0, 0, 1]]}',
}


@pytest.mark.parametrize("form", SEVERAL)
def test_several_answers(form):
    found = parse_answers(SEVERAL[form], "answer", LABELS)
    assert found.tolist() == [[1, 0, 1, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize(
    "text",
    [
        "", "c nothing\n", "1 0 1", "1 0 1 0 1", "1 0 1 2", "1 0 -1 0", "101", "10a1", "a 1\nb 0\n",
        "a 1\na 0\nb 1\ns 1\nancilla1 0", "x 1\na 1\nb 0\ns 1", "a,b,s,ancilla1\n1,0,1\n",
        "a,b,s,ancilla1\n", "a,b,s,ancilla1\n1,0,1,maybe\n", "[1, 0, 1]", "[1, 0, 1, null]", "{}",
        "[]", "[[]]", '{"a": 1}', '{"solution": null}', '{"solution": 5}', "[1, 0, 1, 0", "[NaN]",
        '{"type": "SampleSet"}', "\0\0\0\0", "1;0;1;x", '"a,1', "[[1, 0, 1, 0], 5]",
        '{"type": "SampleSet", "variable_labels": [1], "sample_packed": true, "sample_data": 3}',
    ],
)  # fmt: skip
def test_what_is_no_answer_is_one_line(text):
    with pytest.raises(InputError) as error:
        parse_answers(text, "answer", LABELS)
    assert str(error.value).startswith("answer")
    assert "\n" not in str(error.value)


@given(st.text(alphabet='01-+ab,;[]{}":\n #cs', max_size=40))
def test_hostile_answers_are_read_or_refused(text):
    with contextlib.suppress(InputError):
        found = parse_answers(text, "answer", LABELS)
        assert found.shape[1] == 4
        assert np.isin(found, (-1, 0, 1)).all()


# -------------------------------------------------------------------------------------------- files

OPB = b"min: -3 cost +2 b c ;\n+1 cost b +1 ~c >= 1 ;\n+2 b +3 c -1 d >= 2 ;\n"
CNF = b"p cnf 4 4\n1 -2 3 0\nx 1 2 -4 0\nd -1 1 2 3 0\nn 1 -2 3 0\n"
PROBLEMS = {
    "formula": lambda: ode.quadratize(parse_formula(OPB, "f.opb", "opb")),
    "rows of a formula": lambda: ode.quadratize(parse_formula(CNF, "f.cnf", "cnf")),
    "coloring": lambda: ode.quadratize(
        ode.Graph(("a b", "c"), np.array([[0, 1]], np.int32), precoloring={0: 1}), colors=2
    ),
    "relations": lambda: ode.quadratize(["a ^ b == s", "a | c"], fixed={"a": 1}),
    "addition": lambda: ode.quadratize(ode.Addition(np.int64(3), None, 5)),
    "multiplication": lambda: ode.quadratize(ode.Multiplication(None, None, 6, bits=2)),
    "factorization": lambda: ode.quadratize(ode.Factorization(15, "dadda")),
}


def test_every_kind_of_problem_has_a_file():
    assert set(KINDS) <= set(PROBLEMS)


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_read_lifts_as_what_was_written(name, tmp_path):
    made = PROBLEMS[name]()
    path = tmp_path / "map.json"
    write_lifting(made.lifting, path)
    data = path.read_bytes()
    assert json.loads(data)["quadratization"] == 1
    again = parse_lifting(data, path)
    assert again.labels == made.problem.labels
    assert (again.ground_energy, again.hard_weight) == (made.ground_energy, made.hard_weight)
    for row in all_rows(made.problem.spin_count)[:: 2 ** max(made.problem.spin_count - 6, 0)]:
        assert again.lift(row).judgement == made.lift(row).judgement


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_damaged_file_is_one_line(name, tmp_path):
    path = tmp_path / "map.json"
    write_lifting(PROBLEMS[name]().lifting, path)
    document = json.loads(path.read_bytes())
    damages = [
        {"quadratization": 2}, {"kind": "none"}, {"kind": None}, {"bits": [99]}, {"bits": [0]},
        {"bits": ["x"]}, {"bits": None}, {"variables": ["a", "a"]}, {"variables": 3},
        {"original_variables": 10**9}, {"problem": {}}, {"problem": None}, {"problem": []},
        {"ground_energy": "x"},
    ]  # fmt: skip
    damages += [{"problem": {**document["problem"], key: "?"}} for key in document["problem"]]
    for damage in damages:
        with pytest.raises(InputError) as error:
            parse_lifting(json.dumps(document | damage).encode(), path)
        assert str(error.value).startswith(str(path))
        assert "\n" not in str(error.value)


# ----------------------------------------------------------------------------------------- commands


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    """Runs a command in an empty folder, whose standard input is a text."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments, text=""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


#: What convert is asked for, and an exact solution of it lifted, as check prints it.
CONVERTED = {
    "relations": (
        ["--relate", "a ^ b == s", "--fix", "a=1", "--fix", "b=0"],
        "a = 1, b = 0, s = 1",
    ),
    "factorization": (["--factor", "15"], "15 = 3 x 5"),
    "addition": (["--add", "_", "2", "5"], "3 + 2 = 5"),
    "multiplication": (["--multiply", "3", "_", "9", "--bits", "2"], "3 x 3 = 9"),
    "formula": (["f.cnf"], "v 1 -2 0"),
    "named formula": (["f.opb"], "v p -q"),
    "graph": (["g.col", "--colors", "2"], "1 = 1, 2 = 0"),
}
FILES = {
    "f.cnf": "p cnf 2 2\n1 0\n-1 -2 0\n",
    "f.opb": "min: +2 p -1 q ;\n+1 p >= 1 ;\n+1 ~p +1 ~q >= 1 ;\n",
    "g.col": "p edge 2 1\ne 1 2\n",
}


def ground_state(problem):
    rows = all_rows(problem.spin_count)
    energies = least_energies(problem, rows)
    return rows[energies.tolist().index(energies.min())]


@pytest.mark.parametrize("target", ["o.qubo", "o.coo.gz"])
@pytest.mark.parametrize("name", CONVERTED)
def test_convert_then_solve_by_exhaustion_then_check(name, target, command, tmp_path):
    asked, solution = CONVERTED[name]
    for file, text in FILES.items():
        (tmp_path / file).write_text(text)
    code, out, err = command("convert", *asked, target)
    assert (code, out) == (0, "")
    assert "ground energy" in err
    bits = ground_state(ode.read_ising(target))
    map_file = target.removesuffix(".gz") + ".map.json"
    if name == "graph":  # another solution has the colours exchanged
        bits = np.array([0, 1, 1, 0])
    code, out, err = command("check", map_file, "-", text=" ".join(map(str, 2 * bits - 1)))
    assert (code, out.splitlines()[1], err) == (0, solution, "")
    assert out.startswith("satisfied: ")


def test_dimods_files_have_the_names_and_tables_of_them_are_answers(command, tmp_path):
    assert command("convert", "--relate", "a ^ b == s", "x.json", "--map", "m.json", "-q")[0] == 0
    assert ode.read_ising("x.json").labels == LABELS
    assert not (tmp_path / "x.json.map.json").exists()
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerows([[*LABELS, "energy"], [0, 0, 1, 0, 1], [1, 1, 0, 1, 0], [1, 0, 0, 0, 1]])
    code, out, err = command("check", "m.json", "-", text=table.getvalue())
    assert (code, out) == (0, "satisfied: 1 constraints\na = 1, b = 1, s = 0\n")
    assert err == "1 of 3 answers satisfy all constraints; this is the best\n"
    code, out, _ = command("check", "m.json", "-", "--json", text=table.getvalue())
    document = json.loads(out)
    assert document["solution"] == {"a": 1, "b": 1, "s": 0}
    assert (document["satisfied"], document["answers"], document["satisfied_answers"]) == (
        True,
        3,
        1,
    )


def test_an_answer_that_solves_nothing(command, tmp_path):
    (tmp_path / "f.wcnf").write_text("h 1 2 0\n7 -1 0\n2 -2 0\n")
    assert command("convert", "f.wcnf", "o.qubo", "-q")[0] == 0
    code, out, _ = command("check", "o.qubo.map.json", "-", text="0 0")
    assert (code, out) == (1, "violated: 1 of 1 constraints, cost 0: clauses 1\nv -1 -2 0\n")
    code, out, _ = command("check", "o.qubo.map.json", "-", text="0 0\n1 1\n0 1\n")
    assert (code, out) == (0, "satisfied: 1 constraints, cost 2\nv -1 2 0\n")


def test_ising_files_are_converted_into_each_other(command):
    assert command("convert", "--relate", "a ^ b == s", "x.json", "-q")[0] == 0
    code, out, err = command("convert", "x.json", "x.bqm")
    assert (code, out) == (0, "")
    assert err == "x.bqm: an Ising problem of 4 spins, 6 couplings, 4 fields\n"
    assert command("convert", "x.bqm", "x.qubo", "-q")[0] == 0
    rows = 2 * all_rows(4).T - 1
    problems = [ode.read_ising(file) for file in ("x.json", "x.bqm", "x.qubo")]
    assert [problem.labels == LABELS for problem in problems] == [True, True, False]
    energies = [[problem.energy(row) for row in rows.T] for problem in problems]
    assert energies[0] == energies[1] == energies[2]
    code, _, err = command("convert", "x.bqm", "x.cnf")
    assert code == 2
    assert err.startswith("odesolve: x.cnf: the extension '.cnf' for an Ising problem, which IN")


def test_standard_output_has_a_map_only_where_asked_for(command, tmp_path):
    code, out, err = command("convert", "--relate", "a | b", "-", "--to", "qubo")
    assert code == 0
    assert out.startswith("c offset = 1\np qubo 0 2 2 1\n")
    assert "check" not in err
    assert not list(tmp_path.iterdir())
    assert command("convert", "--relate", "a", "-", "--to", "qubo", "--map", "m.json")[0] == 0
    assert [file.name for file in tmp_path.iterdir()] == ["m.json"]


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--factor", "15", "f.cnf"], "f.cnf: the extension '.cnf' for a problem"),
        (["--factor", "15", "o.qubo", "p.qubo"], "2 file names"),
        (["o.qubo"], "1 file names"),
        (["--factor", "15", "--relate", "a", "o.qubo"], "one of --relate"),
        (["--factor", "3", "o.qubo"], "number: 3"),
        (["--factor", "x", "o.qubo"], "number: 'x'"),
        (["--relate", "a +", "o.qubo"], "relation 1, column 3"),
        (["--relate", "a", "--fix", "b=1", "o.qubo"], "fixed: 'b' is no variable"),
        (["--add", "1", "_", "0", "o.qubo", "--colors", "3"], "--colors has no use"),
        (["--multiply", "99", "_", "_", "o.qubo", "--bits", "2"], "a: 99 has 7 bits"),
        (["f.cnf", "o.qubo", "--colors", "3"], "--colors has no use"),
        (["f.cnf", "o.qubo", "--fix", "a=1"], "--fix has no use"),
        (["f.cnf", "o.qubo", "--bits", "2"], "--bits has no use"),
        (["f.cnf", "o.opb", "--map", "m.json"], "--map has no use"),
        (["f.cnf", "o.qubo", "--renumber"], "--renumber has no use"),
        (["g.col", "o.qubo"], "--colors is missing"),
        (["g.col", "g.json", "--colors", "2"], "--colors has no use"),
        (["f.cnf", "o.txt"], "o.txt: the extension '.txt' for a formula"),
        (["--factor", "15", "-"], "--to is missing"),
        (["--factor", "15", "none/o.qubo"], "none/o.qubo: cannot be written"),
        (["--factor", "15", "o.qubo", "--map", "none/m.json"], "none/m.json: cannot be written"),
    ],
)
def test_what_convert_refuses(arguments, wrong, command, tmp_path):
    for file, text in FILES.items():
        (tmp_path / file).write_text(text)
    code, out, err = command("convert", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"odesolve: {wrong}")
    assert err.count("\n") == 1
