"""Reading FlatZinc: what it says, what is refused, and files as they are found."""

from __future__ import annotations

import csv
import itertools
import re
import string
from pathlib import Path

import pytest
from flatzinc_meanings import DECLARATIONS, MEANINGS
from hypothesis import given, settings
from hypothesis import strategies as st
from model_oracle import all_solutions

from odesolve.cli.main import run
from odesolve.problems.errors import InputError
from odesolve.problems.models.flatzinc import parse_flatzinc, read_flatzinc
from odesolve.problems.models.flatzinc.translation import TRANSLATIONS

SHARED = Path(__file__).resolve().parents[3] / "shared" / "instances" / "models"


@pytest.fixture
def odesolve(capsys):
    """Call the entry point in this process: (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        output, errors = capsys.readouterr()
        return code, output, errors

    return call


def domain(name):
    """Every value of one of the variables of the cases."""
    kind, _, text = DECLARATIONS[name].partition(":")[0].removeprefix("var ").rpartition("of ")
    if text == "bool":
        return [0, 1]
    if ".." in text:
        low, high = map(int, text.split(".."))
        values = list(range(low, high + 1))
    else:
        values = [int(value) for value in text.strip("{}").split(",")]
    if kind != "set ":
        return values
    sizes = range(len(values) + 1)
    return [set(own) for size in sizes for own in itertools.combinations(values, size)]


def frozen(value):
    return frozenset(value) if isinstance(value, list | set) else int(value)


@pytest.mark.parametrize(
    ("name", "arguments", "meaning"), MEANINGS, ids=[f"{n}({a})" for n, a, _ in MEANINGS]
)
def test_what_a_constraint_says(name, arguments, meaning):
    used = [variable for variable in DECLARATIONS if re.search(rf"\b{variable}\b", arguments)]
    text = "".join(f"{DECLARATIONS[variable]} :: output_var;\n" for variable in used)
    read = parse_flatzinc(f"{text}constraint {name}({arguments});\nsolve satisfy;")
    answers = (read.answer(values) for values in all_solutions(read.model))
    found = [tuple(frozen(answer[variable]) for variable in used) for answer in answers]
    expected = [
        tuple(map(frozen, values))
        for values in itertools.product(*map(domain, used))
        if meaning(*values)
    ]
    # Truth values of our own are defined, so that no solution comes twice.
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_every_constraint_has_a_case():
    assert TRANSLATIONS.keys() <= {name for name, _, _ in MEANINGS}


# -------------------------------------------------------------------------- declarations and output


TEXT = """% a comment; with a semicolon
predicate my_own(array [int] of var int: x, set of int: "s;");
int: n = 0x10;  bool: yes = true; set of int: chosen = {5,3}; 1..9: one = 1;
array [1..3] of int: weights = [2,-3,n];
array [1..2] of set of int: sets = [1..2,{7}];
var -1..n: x :: output_var;
var {1,5,3}: y :: is_defined_var :: output_var;
var bool: b:: output_var = true;
var 0..1: alias = x;
var set of 2..4: s :: output_var;
array [1..4] of var int: grid :: output_array([1..2, 0..1]) = [x,y,7,one];
array [1..2] of var bool: truths::output_array([1..2])=[b,false];
array [1..2] of var set of int: both::output_array([1..2])=[s,chosen];
array [1..0] of var int: none :: output_array([1..0]) = [];
constraint int_lin_eq(weights,[x,y,grid[4]],-12) :: defines_var(x) :: domain("a;%b");
constraint set_in(y,chosen);constraint int_le(weights[2],x);
constraint set_eq(s,sets[1]) % ends
 ;
solve :: int_search([x,y],first_fail,indomain_min,complete) maximize x;
"""


def test_declarations_and_output():
    read = parse_flatzinc(TEXT)
    # set_eq(s, 1..2) cannot hold: 1 is no possible element of s.
    assert list(all_solutions(read.model)) == []
    read = parse_flatzinc(TEXT.replace("set_eq(s,sets[1])", "set_subset(sets[2],{7,8})"))
    found = list(all_solutions(read.model))
    # 2 x - 3 y + 16 = -12 has no x in 0..1; the alias is a constraint, too.
    assert found == []
    read = parse_flatzinc(TEXT.replace("sets[1]", "{3}").replace(",-12)", ",1)"))
    [values] = all_solutions(read.model)
    assert values == {"x": 0, "y": 5, "s[2]": 0, "s[3]": 1, "s[4]": 0}
    assert read.model.objective.value({read.model.named("x"): 4}) == 4
    assert read.lines(values) == [
        "x = 0;",
        "y = 5;",
        "b = true;",
        "s = 3..3;",
        "grid = array2d(1..2,0..1,[0,5,7,1]);",
        "truths = array1d(1..2,[true,false]);",
        "both = array1d(1..2,[3..3,{3,5}]);",
        "none = array1d(1..0,[]);",
    ]
    assert read.answer(values) == {
        "x": 0, "y": 5, "b": True, "s": [3], "grid": [[0, 5], [7, 1]], "truths": [True, False],
        "both": [[3], [3, 5]], "none": [],
    }  # fmt: skip


JSON_TEXT = """{
  "variables": {
    "x": {"type": "int", "domain": [[0, 3], [5, 5]]},
    "b": {"type": "bool", "introduced": true},
    "s": {"type": "set of int", "domain": [[1, 2]]},
    "y": {"type": "int", "domain": [[1, 9]], "rhs": "x"},
    "k": {"type": "int", "rhs": 4}
  },
  "arrays": {
    "w": {"a": [1, 2]},
    "v": {"a": ["x", "k"], "ann": [
      {"id": "output_array", "args": [[{"set": [[0, 1]]}]]}]},
    "t": {"a": ["b", true]}
  },
  "constraints": [
    {"id": "int_lin_eq", "args": ["w", ["x", "b"], 5], "ann": ["domain"], "defines": "x"},
    {"id": "set_in", "args": ["k", {"set": [[3, 4], 7]}]},
    {"id": "set_card", "args": ["s", 2]}
  ],
  "output": ["x", "b", "v", "t", "s"],
  "solve": {"method": "minimize", "objective": "x"},
  "version": "1.0"
}"""


def test_the_json_of_flatzinc():
    read = parse_flatzinc(JSON_TEXT)
    found = [read.answer(values) for values in all_solutions(read.model)]
    assert sorted(found, key=str) == [
        {"x": 3, "b": True, "v": [3, 4], "t": [True, True], "s": [1, 2]},
        {"x": 5, "b": False, "v": [5, 4], "t": [False, True], "s": [1, 2]},
    ]
    assert read.lines({"x": 5, "b": 0, "s[1]": 1, "s[2]": 1})[2:4] == [
        "v = array1d(0..1,[5,4]);",
        "t = array1d(1..2,[false,true]);",
    ]
    assert not read.model.objective.maximize


@pytest.mark.parametrize(
    ("constraints", "bounds"),
    [
        ("int_lin_eq([1,-2],[f,x],3)", (-1, 7)),
        ("int_lin_le([1,2],[f,x],3);constraint int_lin_le([-1],[f],9)", (-9, 7)),
        ("int_times(x,x,f)", (-4, 4)),
        ("int_times(x,x,g);constraint int_plus(g,x,f)", (-2, 6)),
        ("int_div(x,2,f)", (-2, 2)),
        ("int_mod(f,3,x);constraint int_abs(f,y)", (-5, 5)),
        ("int_pow(x,2,f)", (-4, 4)),
        ("array_int_maximum(f,[x,y])", (0, 5)),
        ("array_var_int_element(x,[y,7],f)", (0, 7)),
        ("fzn_table_int([f,x],[4,1,-3,2])", (-3, 4)),
        ("set_in(f,{4,9})", (4, 9)),
        ("odesolve_count([x,y],1,f)", (0, 2)),
        ("odesolve_circuit(1,[f,x])", (1, 2)),
    ],
)
def test_bounds_follow_from_constraints(constraints, bounds):
    text = f"var -2..2: x;var 0..5: y;var int: f;var int: g;constraint {constraints};"
    read = parse_flatzinc(f"{text}constraint int_le(0,g);constraint int_le(g,4);solve minimize f;")
    values = read.model.named("f").values
    assert (values.lowest, values.highest) == bounds
    assert read.model.objective.terms == (read.model.named("f"),)


# ----------------------------------------------------------------------------------- found in files


@pytest.mark.skipif(not SHARED.is_dir(), reason="the instances are not here")
@pytest.mark.parametrize("largest", [250, pytest.param(10_000, marks=pytest.mark.slow)])
def test_files_of_the_benchmarks_are_read_completely(largest):
    with open(SHARED / "INDEX.tsv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == 43
    # The largest are read by `make test-slow`.
    for row in (row for row in rows if int(row["constraints"]) < largest):
        read = read_flatzinc(SHARED / row["file"])
        assert len(read.model.constraints) >= int(row["constraints"])
        assert (read.model.objective is not None) == (row["goal"] == "optimise")
        assert read.outputs


# ------------------------------------------------------------------------------------------ hostile

V = "var 1..3: x;\n"
HOSTILE = {
    "nothing to solve": (V, "", "no solve item"),
    "two goals": (V + "solve satisfy;\nsolve satisfy;", ":3", "second goal"),
    "unfinished": (V + "solve satisfy", ":2", "unfinished"),
    "unfinished string": (V + 'constraint int_le(x,2)::a("b;\nsolve satisfy;', ":2", "unfinished"),
    "a float variable": ("var float: x;", ":1", "floats are not supported"),
    "a range of floats": (V + "var 0.0..1.5: y;", ":2", "floats are not supported"),
    "a float": (V + "constraint int_le(x,2.5);", ":2", "floats are not supported"),
    "a float with an exponent": (V + "constraint int_le(x,2e5);", ":2", "floats"),
    "an array of floats": ("array [1..1] of float: w = [1.0];", ":1", "floats"),
    "a constraint on floats": (V + "constraint float_le(x,x);", ":2", "float_le"),
    "a conversion to float": (V + "constraint int2float(x,x);", ":2", "int2float"),
    "an unknown constraint": (V + "constraint my_own(x);", ":2", "'my_own' is not known"),
    "an unknown reified one": (V + "constraint my_own_reif(x,x);", ":2", "'my_own_reif'"),
    "arrays in arrays without an end": (
        V + f"constraint int_lin_le([{'[' * 9000}1,2],[x],1);", ":2", "an array within an array",
    ),
    "an array in an array": (
        V + "constraint int_lin_le([1,[2]],[x],1);", ":2", "an array within an array"
    ),
    "an undeclared name": (V + "constraint int_le(x,y);", ":2", "'y' is not declared"),
    "a name used before": ("constraint int_le(x,1);\n" + V, ":1", "'x' is not declared"),
    "a name taken": (V + "var 1..2: x;", ":2", "'x' is declared twice"),
    "a name taken by an array": (V + "array [1..1] of int: x = [1];", ":2", "twice"),
    "a set's name taken": (V + "var set of 1..2: x;", ":2", "twice"),
    "a reserved name": ("var 1..2: array;", ":1", "a name"),
    "no values": ("var 3..1: x;", ":1", "no values"),
    "an empty domain": ("var {}: x;", ":1", "no values"),
    "values too large": (f"var 0..{2**70}: x;", ":1", "2^62"),
    "a number too long": (f"var 0..{'9' * 5000}: x;", ":1", "fewer digits"),
    "no bounds": ("\nvar int: x;\nsolve satisfy;", ":2", "no bounds of x follow"),
    "half a bound": ("var int: x;\nconstraint int_le(x,3);\nsolve satisfy;", ":1", "no bounds"),
    "a set without bounds": ("var set of int: s;", ":1", "no bounds"),
    "a set too large": ("var set of 1..999999: s;", ":1", "999999 elements"),
    "a set of truth values": ("var set of bool: s;", ":1", "set of bool"),
    "too few arguments": (V + "constraint int_le(x);", ":2", "1 arguments; expected 2"),
    "too many arguments": (V + "constraint int_le(x,x,x);", ":2", "3 arguments"),
    "an integer for a truth value": (V + "constraint bool_not(x,x);", ":2", "from 1 to 3"),
    "two for a truth value": (V + "constraint int_le_reif(x,1,2);", ":2", "a truth value"),
    "a set for an integer": (V + "constraint int_le(x,1..2);", ":2", "is a set"),
    "an array for an integer": (V + "constraint int_le(x,[1]);", ":2", "is an array"),
    "an integer for an array": (V + "constraint int_lin_le(1,[x],2);", ":2", "an array of int"),
    "a variable coefficient": (V + "constraint int_lin_le([x],[x],2);", ":2", "holds x"),
    "a variable bound": (V + "constraint int_lin_le([1],[x],x);", ":2", "an integer"),
    "a set in an array": (V + "constraint int_lin_le([1],[1..2],2);", ":2", "holds a set"),
    "more coefficients": (V + "constraint int_lin_le([1,2],[x],2);", ":2", "2 coefficients for 1"),
    "a string": (V + 'constraint int_le(x,"2");', ":2", "the string"),
    "part of a table": (V + "constraint fzn_table_int([x,x],[1,2,3]);", ":2", "3 values for 2"),
    "an automaton": (V + "constraint fzn_regular([x],2,2,[1],1,{1});", ":2", "1 transitions"),
    "the least of none": (V + "constraint array_int_minimum(x,[]);", ":2", "no terms"),
    "tasks": (V + "constraint odesolve_cumulative([x],[],[1],1);", ":2", "0 durations"),
    "inverse": (V + "constraint odesolve_inverse(1,[x],[x,x]);", ":2", "1 and 2 terms"),
    "counts": (V + "constraint fzn_global_cardinality([x],[1],[]);", ":2", "0 counts"),
    "a negative power": (
        f"var -{10**6}..{10**6}: y;constraint int_pow(y,y,y);", ":1", "exponent"),
    "indices from 0": ("array [0..1] of int: a = [1,2];", ":1", "begin with 1"),
    "another length": ("array [1..3] of int: a = [1,2];", ":1", "2 elements; expected 3"),
    "arrays in arrays": ("array [1..1] of int: a = [[1]];", ":1", "within an array"),
    "no array": ("array [1..1] of int: a = 1;", ":1", "no array"),
    "beyond an array": (
        V + "array [1..2] of int: a = [1,2];\nconstraint int_le(x,a[3]);", ":3", "a[3]"),
    "another kind of parameter": ("bool: b = 3;", ":1", "another type"),
    "a variable parameter": (V + "int: n = x;", ":2", "is a variable"),
    "output of other shape": (
        V + "array [1..2] of var int: a :: output_array([1..3]) = [x,x];", ":2", "3 values for 2"),
    "output_array of one": ("var 1..2: x :: output_array([1..1]);", ":1", "output_var"),
    "no colon": ("var 1..3 x;", ":1", "'x'; expected ':'"),
    "no bracket": (V + "constraint int_le x,2);", ":2", "expected '('"),
    "no comma": (V + "constraint int_le(x 2);", ":2", "'2'; expected ','"),
    "an open array": (V + "constraint int_lin_le([1,[x],2);", ":2", "expected ','"),
    "an open annotation": (V + "constraint int_le(x,2) :: a(b;", ":2", "an annotation"),
    "crossed brackets": (V + "constraint int_le(x,2) :: a([b)];", ":2", "brackets in pairs"),
    "more behind": (V + "constraint int_le(x,2) x;", ":2", "expected ';'"),
    "no goal": (V + "solve please;", ":2", "satisfy, minimize or maximize"),
    "no objective": (V + "solve minimize;", ":2", "a value"),
    "a set objective": ("var set of 1..2: s;\nsolve minimize s;", ":2", "no integer"),
    "an array objective": (V + "solve minimize [x];", ":2", "no integer"),
    "nonsense": ("@#$;", ":1", "a type"),
    "a lone semicolon": (V + ";", ":2", "a type"),
    "MiniZinc": ('include "globals.mzn";\nvar 1..3: x;', ":1", "a type"),
    "DIMACS": ("p cnf 2 1\n1 -2 0\n", ":1", "unfinished"),
    "a null byte": ("var 1..3: x\0;", ":1", "binary"),
    "JSON that is cut": ('{"variables": {', ":1", "broken JSON"),
    "JSON of another kind": ('{"nodes": []}', "", "a JSON object"),
    "JSON with a float": ('{"variables": {"x": {"type": "float"}}}', ": variable x", "floats"),
    "JSON without a type": ('{"variables": {"x": {}}}', ": variable x", "bool, int or set"),
    "JSON with a bad range": (
        '{"variables": {"x": {"type": "int", "domain": [[1]]}}}', ": variable x", "[LOW, HIGH]"),
    "JSON with an unknown name": (
        '{"constraints": [{"id": "int_le", "args": ["x", 1]}]}', ": constraint 1", "'x'"),
    "JSON with lists in lists": ('{"arrays": {"a": {"a": [[1]]}}}', ": array a", "within an"),
    "JSON without arguments": ('{"constraints": [{"id": "int_le"}]}', ": constraint 1", "no args"),
    "JSON with unknown output": ('{"output": ["x"]}', ": output", "'x' is not declared"),
    "JSON with bad annotations": (
        '{"arrays": {"a": {"a": [1], "ann": [{"id": "output_array", "args": 5}]}}, '
        '"output": ["a"]}', ": output", "a list"),
    "JSON without bounds": (
        '{"variables": {"x": {"type": "int"}}, "solve": {"method": "satisfy"}}',
        ": variable x", "no bounds"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "where", "part"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("command", ["minizinc", "model"])
def test_hostile_files_give_one_line(command, text, where, part, tmp_path, odesolve):
    path = tmp_path / "hostile.fzn"
    path.write_text(text, encoding="utf-8")
    code, output, errors = odesolve(command, str(path))
    assert (code, output) == (2, "")
    assert errors.startswith(f"odesolve: {path}{where}: ")
    assert part in errors
    assert errors.count("\n") == 1


# ---------------------------------------------------------------------------------------- generated

names = st.from_regex(r"v[a-z0-9_]{0,5}", fullmatch=True)
BLANKS = ["", " ", "\n", "\t", " % why; \n", "\r\n"]


@st.composite
def models(draw):
    """Domains by name, sums over them, and a text with blanks and comments anywhere."""
    domains = {
        name: sorted(draw(st.sets(st.integers(-(10**12), 10**12), min_size=1, max_size=4)))
        for name in draw(st.lists(names, min_size=1, max_size=4, unique=True))
    }
    sums = draw(
        st.lists(
            st.tuples(
                st.lists(st.tuples(st.integers(), st.sampled_from(sorted(domains))), max_size=4),
                st.integers(),
            ),
            max_size=4,
        )
    )
    random = draw(st.randoms(use_true_random=False))
    tokens: list[str] = []
    for name, values in domains.items():
        listed = ["{", *",".join(map(str, values)).replace(",", " , ").split(), "}"]
        if len(values) == values[-1] - values[0] + 1:
            listed = draw(st.sampled_from([listed, [str(values[0]), "..", str(values[-1])]]))
        tokens += ["var ", *listed, ":", name, ";"]
    for terms, bound in sums:
        for part in (
            "constraint ", "int_lin_le", "(",
            "[", *_separated([str(c) for c, _ in terms]), "]", ",",
            "[", *_separated([v for _, v in terms]), "]", ",", str(bound), ")", ";",
        ):  # fmt: skip
            tokens.append(part)
    tokens += ["solve ", "satisfy", ";"]
    return domains, sums, "".join(token + random.choice(BLANKS) for token in tokens)


def _separated(parts: list[str]) -> list[str]:
    return [token for part in parts for token in (part, ",")][:-1]


@settings(max_examples=40, deadline=None)
@given(models())
def test_generated_models_are_read_as_they_were_meant(case):
    domains, sums, text = case
    model = parse_flatzinc(text.replace("\r\n", "\n")).model
    assert {v.name: list(v.values) for v in model.variables} == domains
    found = [
        (list(zip(c.coefficients, map(str, c.terms), strict=True)), c.bound)
        for c in model.constraints
    ]
    assert found == sums


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(data):
    text = data.draw(
        st.sampled_from([TEXT, JSON_TEXT, V + "constraint int_le(x,2);solve satisfy;"])
    )
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 6))
        new = data.draw(st.text(string.printable[:95] + "\n", max_size=3))
        text = text[:place] + new + text[place + length :]
    refusal = ""
    try:
        parse_flatzinc(text, "file.fzn")
    except InputError as error:
        refusal = str(error)
    assert not refusal or refusal.startswith("file.fzn")
    assert "\n" not in refusal
