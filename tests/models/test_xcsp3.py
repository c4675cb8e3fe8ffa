"""XCSP3 files mean what the specification says, on every assignment, or are refused in one line."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest

pytest.importorskip("cpmpy")
if find_spec("pycsp3") is None:  # not imported here: it would compile the tests as its model
    pytest.skip("there is no pycsp3", allow_module_level=True)

from models.cpmpy_oracle import extends

import odesolve as ode
from odesolve.cli.main import run
from odesolve.problems.errors import InputError
from odesolve.problems.models.prover import Task, answers_of
from odesolve.problems.models.xcsp3 import parse_xcsp3, read_xcsp3


def instance(variables, constraints="", rest=""):
    return (
        '<instance format="XCSP3" type="CSP"><variables>'
        f"{variables}</variables><constraints>{constraints}</constraints>{rest}</instance>"
    )


def array(size=3, domain="0..2"):
    return f'<array id="x" size="[{size}]"> {domain} </array>'


def truths(values):
    return [value > 0 for value in values]


def is_tour(after):
    """One tour of two nodes or more; the others are their own successors."""
    inside = [i for i, node in enumerate(after) if node != i]
    if not inside or sorted(after) != list(range(len(after))):
        return False
    seen, node = [], inside[0]
    while node not in seen:
        seen.append(node)
        node = after[node]
    return sorted(seen) == inside


def loads(items, sizes, bins):
    return [sum(s for x, s in zip(items, sizes, strict=True) if x == b) for b in bins]


def is_apart(*tasks):
    tasks = [(start, length) for start, length in tasks if length]
    return all(a + la <= b or b + lb <= a for i, (a, la) in enumerate(tasks) for b, lb in tasks[:i])


def quotient(a, b):
    return None if b == 0 else abs(a) // abs(b) * (1 if a * b >= 0 else -1)


RANGE = array()
SIGNED = array(3, "-2..2")
BITS = array(3, "0 1")

#: Variables, constraints, and the meaning in Python of the values of x.
MEANINGS = {
    "a domain with holes": (array(2, "-1 3..4 7"), "", lambda x: True),
    "intension": (
        RANGE, "<intension> eq(add(x[0],mul(2,x[1])),x[2]) </intension>",
        lambda x: x[0] + 2 * x[1] == x[2],
    ),
    "a constant on the left": (
        RANGE, "<intension> lt(1,x[0]) </intension>", lambda x: x[0] > 1,
    ),
    "a truth of a comparison": (
        f'{array(2)}<var id="b"> 0 1 </var>', "<intension> eq(b,lt(x[0],2)) </intension>",
        lambda x, b: b == (x[0] < 2),
    ),
    "a truth of a comparison of two": (
        f'{array(2)}<var id="b"> 0 1 </var>', "<intension> eq(b,ge(x[0],x[1])) </intension>",
        lambda x, b: b == (x[0] >= x[1]),
    ),
    "unequal to a logic": (
        BITS, "<intension> ne(x[0],and(x[1],x[2])) </intension>",
        lambda x: x[0] != (x[1] and x[2]),
    ),
    "quotient and remainder": (
        SIGNED, "<intension> eq(add(div(x[0],x[1]),mod(x[0],x[1])),x[2]) </intension>",
        lambda x: x[1] and quotient(x[0], x[1]) + x[0] - x[1] * quotient(x[0], x[1]) == x[2],
    ),
    "absolute value, distance, square": (
        SIGNED, "<intension> le(add(abs(x[0]),dist(x[0],x[1]),sqr(x[2])),3) </intension>",
        lambda x: abs(x[0]) + abs(x[0] - x[1]) + x[2] ** 2 <= 3,
    ),
    "power, minimum, maximum": (
        SIGNED, "<intension> eq(pow(x[0],3),sub(max(x[1],x[2]),min(x[1],x[2]))) </intension>",
        lambda x: x[0] ** 3 == max(x[1:]) - min(x[1:]),
    ),
    "logic": (
        BITS, "<intension> imp(or(x[0],not(x[1])),iff(x[1],x[2])) </intension>",
        lambda x: not (x[0] or not x[1]) or x[1] == x[2],
    ),
    "parity": (BITS, "<intension> xor(x[0],x[1],x[2]) </intension>", lambda x: sum(x) % 2),
    "choice": (
        RANGE, "<intension> eq(x[0],if(gt(x[1],x[2]),x[1],5)) </intension>",
        lambda x: x[0] == (x[1] if x[1] > x[2] else 5),
    ),
    "equality of three": (
        RANGE, "<intension> eq(x[0],x[1],x[2]) </intension>", lambda x: len(set(x)) == 1,
    ),
    "in a set": (
        RANGE, "<intension> or(in(x[0],set(0,2)),notin(x[1],set(1,2))) </intension>",
        lambda x: x[0] in (0, 2) or x[1] not in (1, 2),
    ),
    "not outside a set": (
        RANGE, "<intension> not(notin(x[1],set(0,2))) </intension>", lambda x: x[1] in (0, 2),
    ),
    "supports": (
        RANGE, "<extension><list> x[] </list><supports> (0,1,2)(2,2,2) </supports></extension>",
        lambda x: tuple(x) in ((0, 1, 2), (2, 2, 2)),
    ),
    "short supports": (
        RANGE, "<extension><list> x[] </list><supports> (0,*,2)(2,2,*) </supports></extension>",
        lambda x: (x[0], x[2]) == (0, 2) or tuple(x[:2]) == (2, 2),
    ),
    "conflicts": (
        RANGE, "<extension><list> x[0] x[2] </list><conflicts> (0,1)(2,2) </conflicts></extension>",
        lambda x: (x[0], x[2]) not in ((0, 1), (2, 2)),
    ),
    "short conflicts": (
        RANGE, "<extension><list> x[] </list><conflicts> (0,1,*)(*,2,2) </conflicts></extension>",
        lambda x: tuple(x[:2]) != (0, 1) and tuple(x[1:]) != (2, 2),
    ),
    "unary supports": (
        RANGE, "<extension><list> x[1] </list><supports> 0 2 </supports></extension>",
        lambda x: x[1] != 1,
    ),
    "unary conflicts": (
        RANGE, "<extension><list> x[1] </list><conflicts> 0..1 </conflicts></extension>",
        lambda x: x[1] == 2,
    ),
    "no supports": (
        RANGE, "<extension><list> x[] </list><supports> </supports></extension>",
        lambda x: False,
    ),
    "regular": (
        RANGE,
        "<regular><list> x[] </list><transitions> (a,0,a)(a,1,b)(b,0,b)(b,2,a) </transitions>"
        "<start> a </start><final> b </final></regular>",
        lambda x: tuple(x) in {(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 2, 1)},
    ),
    "mdd": (
        RANGE,
        "<mdd><list> x[] </list><transitions> (r,0,a)(r,1,b)(a,1,c)(b,2,c)(c,0,t) </transitions>"
        "</mdd>",
        lambda x: tuple(x) in {(0, 1, 0), (1, 2, 0)},
    ),
    "all different": (
        RANGE, "<allDifferent> x[] </allDifferent>", lambda x: len(set(x)) == 3,
    ),
    "all different except": (
        RANGE, "<allDifferent><list> x[] </list><except> 0 </except></allDifferent>",
        lambda x: len(set(x) - {0}) == 3 - x.count(0),
    ),
    "all different lists": (
        array(4), "<allDifferent><list> x[0] x[1] </list><list> x[2] x[3] </list></allDifferent>",
        lambda x: x[:2] != x[2:],
    ),
    "all equal": (RANGE, "<allEqual> x[] </allEqual>", lambda x: len(set(x)) == 1),
    "ordered": (
        RANGE, "<ordered><list> x[] </list><operator> lt </operator></ordered>",
        lambda x: x[0] < x[1] < x[2],
    ),
    "ordered with lengths": (
        RANGE,
        "<ordered><list> x[] </list><lengths> 1 0 </lengths><operator> le </operator></ordered>",
        lambda x: x[0] + 1 <= x[1] <= x[2],
    ),
    "lexicographic": (
        array(4), "<lex><list> x[0] x[1] </list><list> x[2] x[3] </list>"
        "<operator> lt </operator></lex>",
        lambda x: x[:2] < x[2:],
    ),
    "lexicographic, greater": (
        array(4), "<lex><list> x[0] x[1] </list><list> x[2] x[3] </list>"
        "<operator> ge </operator></lex>",
        lambda x: x[:2] >= x[2:],
    ),
    "precedence of a domain with holes": (
        array(3, "0 2 5"), "<precedence> x[] </precedence>",
        lambda x: all(
            a in x[: x.index(b)] for a, b in ((0, 2), (2, 5)) if b in x
        ),
    ),
    "sum": (
        RANGE, "<sum><list> x[] </list><coeffs> 1 -2 3 </coeffs>"
        "<condition> (ne,2) </condition></sum>",
        lambda x: x[0] - 2 * x[1] + 3 * x[2] != 2,
    ),
    "sum in an interval": (
        RANGE, "<sum><list> x[] </list><condition> (in,2..3) </condition></sum>",
        lambda x: sum(x) in (2, 3),
    ),
    "sum in a set": (
        RANGE, "<sum><list> x[] </list><condition> (notin,{1,4}) </condition></sum>",
        lambda x: sum(x) not in (1, 4),
    ),
    "sum with a variable": (
        RANGE, "<sum><list> x[0] x[1] </list><condition> (le,x[2]) </condition></sum>",
        lambda x: x[0] + x[1] <= x[2],
    ),
    "count": (
        RANGE, "<count><list> x[] </list><values> 1 2 </values>"
        "<condition> (ge,2) </condition></count>",
        lambda x: sum(v in (1, 2) for v in x) >= 2,
    ),
    "number of values": (
        RANGE, "<nValues><list> x[] </list><condition> (eq,2) </condition></nValues>",
        lambda x: len(set(x)) == 2,
    ),
    "number of values except": (
        RANGE, "<nValues><list> x[] </list><except> 0 </except>"
        "<condition> (lt,2) </condition></nValues>",
        lambda x: len(set(x) - {0}) < 2,
    ),
    "cardinality": (
        RANGE, "<cardinality><list> x[] </list><values> 0 2 </values><occurs> 1 0..1 </occurs>"
        "</cardinality>",
        lambda x: x.count(0) == 1 and x.count(2) <= 1,
    ),
    "closed cardinality": (
        RANGE, '<cardinality><list> x[] </list><values closed="true"> 0 2 </values>'
        "<occurs> 1 2 </occurs></cardinality>",
        lambda x: x.count(0) == 1 and x.count(2) == 2,
    ),
    "minimum": (
        RANGE, "<minimum><list> x[] </list><condition> (eq,1) </condition></minimum>",
        lambda x: min(x) == 1,
    ),
    "maximum in an interval": (
        RANGE, "<maximum><list> x[] </list><condition> (in,0..1) </condition></maximum>",
        lambda x: max(x) <= 1,
    ),
    "element": (
        RANGE, "<element><list> x[0] x[1] </list><index> x[2] </index><value> 1 </value></element>",
        lambda x: x[2] < 2 and x[x[2]] == 1,
    ),
    "element with a truth as index": (
        f'{array(2)}<var id="b"> 0 1 </var>',
        "<element><list> 2 1 </list><index> b </index><value> x[0] </value></element>",
        lambda x, b: x[0] == (2, 1)[b],
    ),
    "element of a matrix": (
        RANGE, "<element><matrix> (0,1,2)(2,2,0) </matrix><index> x[0] x[1] </index>"
        "<value> x[2] </value></element>",
        lambda x: x[0] < 2 and ((0, 1, 2), (2, 2, 0))[x[0]][x[1]] == x[2],
    ),
    "channel": (
        array(4, "0..1"), "<channel><list> x[0] x[1] </list><list> x[2] x[3] </list></channel>",
        lambda x: all(x[2 + x[i]] == i for i in (0, 1)) and all(x[x[2 + i]] == i for i in (0, 1)),
    ),
    "channel of one list": (
        RANGE, "<channel> x[] </channel>", lambda x: all(x[x[i]] == i for i in range(3)),
    ),
    "no overlap": (
        RANGE, "<noOverlap><origins> x[] </origins><lengths> 1 0 2 </lengths></noOverlap>",
        lambda x: is_apart(*zip(x, (1, 0, 2), strict=True)),
    ),
    "no overlap of boxes": (
        array(4), "<noOverlap><origins> (x[0],x[1])(x[2],x[3]) </origins>"
        "<lengths> (1,2)(2,1) </lengths></noOverlap>",
        lambda x: x[0] + 1 <= x[2] or x[2] + 2 <= x[0] or x[1] + 2 <= x[3] or x[3] + 1 <= x[1],
    ),
    "cumulative": (
        RANGE, "<cumulative><origins> x[] </origins><lengths> 2 1 2 </lengths>"
        "<heights> 1 2 1 </heights><condition> (lt,3) </condition></cumulative>",
        lambda x: all(
            sum(h for s, d, h in zip(x, (2, 1, 2), (1, 2, 1), strict=True) if s <= t < s + d) < 3
            for t in range(5)
        ),
    ),
    "bin packing": (
        RANGE, "<binPacking><list> x[] </list><sizes> 2 3 4 </sizes>"
        "<condition> (le,5) </condition></binPacking>",
        lambda x: max(loads(x, (2, 3, 4), range(3))) <= 5,
    ),
    "bin packing with limits": (
        RANGE, "<binPacking><list> x[] </list><sizes> 2 3 4 </sizes>"
        "<limits> 9 3 5 </limits></binPacking>",
        lambda x: all(
            a <= b for a, b in zip(loads(x, (2, 3, 4), range(3)), (9, 3, 5), strict=True)
        ),
    ),
    "bin packing with loads": (
        RANGE, "<binPacking><list> x[] </list><sizes> 2 3 4 </sizes>"
        "<loads> 4 5 0 </loads></binPacking>",
        lambda x: loads(x, (2, 3, 4), range(3)) == [4, 5, 0],
    ),
    "knapsack": (
        RANGE, "<knapsack><list> x[] </list><weights> 1 2 3 </weights>"
        "<condition> (le,4) </condition><profits> 3 2 1 </profits><condition> (ge,4) </condition>"
        "</knapsack>",
        lambda x: x[0] + 2 * x[1] + 3 * x[2] <= 4 <= 3 * x[0] + 2 * x[1] + x[2],
    ),
    "instantiation": (
        RANGE, "<instantiation><list> x[0] x[2] </list><values> 1 2 </values></instantiation>",
        lambda x: (x[0], x[2]) == (1, 2),
    ),
    "circuit": (RANGE, "<circuit> x[] </circuit>", is_tour),
    "group": (
        RANGE, "<group><intension> lt(%0,%1) </intension><args> x[0] x[1] </args>"
        "<args> x[1] x[2] </args></group>",
        lambda x: x[0] < x[1] < x[2],
    ),
    "slide": (
        array(4), "<slide><list> x[] </list><intension> ne(%0,%1) </intension></slide>",
        lambda x: all(x[i] != x[i + 1] for i in range(3)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_a_file_means_what_the_specification_says(name):
    variables, constraints, meaning = MEANINGS[name]
    model = parse_xcsp3(instance(variables, constraints), "file.xml")
    own = [v for v in model.variables if v.name.startswith("x[") or v.name == "b"]
    array_names = [v for v in own if v.name.startswith("x[")]
    holds = 0
    for values in product(*(variable.values for variable in own)):
        given = dict(zip(own, values, strict=True))
        others = {v.name: given[v] for v in own if v not in array_names}
        wanted = bool(meaning([given[v] for v in array_names], **others))
        assert extends(model, given) == wanted, given
        holds += wanted
    assert holds or name == "no supports"


@pytest.mark.parametrize(
    ("objective", "maximize", "best"),
    [
        ("<minimize> add(x[0],mul(2,x[1])) </minimize>", False, 1),
        ('<maximize type="sum"><list> x[] </list><coeffs> 1 2 -1 </coeffs></maximize>', True, 5),
        ('<minimize type="maximum"> x[] </minimize>', False, 2),
    ],
)
def test_objectives(objective, maximize, best):
    different = "<allDifferent> x[] </allDifferent>"
    text = instance(RANGE, different, f"<objectives>{objective}</objectives>")
    model = parse_xcsp3(text.replace('CSP"><', 'COP"><'), "file.xml")
    assert model.objective.maximize is maximize
    assert list(answers_of(Task(model)))[-1].objective == best


def test_a_compressed_file_and_the_arguments_of_the_program(tmp_path):
    before = list(sys.argv)
    path = tmp_path / "queens.xml.gz"
    with open("docs/examples/queens.xml", "rb") as file:
        path.write_bytes(gzip.compress(file.read()))
    model = ode.read_xcsp3(path)
    assert isinstance(model, ode.Model)
    assert len([v for v in model.variables if v.name.startswith("q")]) == 6
    assert sys.argv == before


PROGRAM = """
import builtins, sys
before = dict(vars(builtins))
from odesolve.problems.models.xcsp3 import read_xcsp3
read_xcsp3("docs/examples/queens.xml")
changed = [name for name, value in before.items() if vars(builtins)[name] is not value]
assert changed == [] and sys.argv == ["-c", "-dataexport"], (changed, sys.argv)
"""


def test_a_program_that_reads_a_file_prints_nothing_at_its_end():
    command = [sys.executable, "-W", "error", "-c", PROGRAM, "-dataexport"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


LIST = "<list> x[] </list>"
HOSTILE = {
    "nothing": "",
    "no XML": "p cnf 3 2",
    "another root": "<graphml></graphml>",
    "cut off": '<instance format="XCSP3" type="CSP"><variables>',
    "another format": '<instance format="XCSP2"><variables/></instance>',
    "another type": '<instance format="XCSP3" type="QCSP"><variables/></instance>',
    "an entity": '<!DOCTYPE a [<!ENTITY b "c">]><instance><variables/></instance>',
    "no variables": '<instance format="XCSP3" type="CSP"><constraints/></instance>',
    "empty variables": instance(""),
    "a part of no known name": instance(RANGE, "", "<constraint> lt(x[0],1) </constraint>"),
    "a second part": instance(RANGE, "", "<constraints></constraints>"),
    "a second variable of one name": instance('<var id="x"> 1 </var><var id="x"> 2 </var>'),
    "no name": instance("<var> 1 </var>"),
    "symbols": instance('<var id="x" type="symbolic"> a b </var>'),
    "real numbers": instance('<var id="x" type="real"> [0,1] </var>'),
    "an empty domain": instance('<var id="x"> </var>'),
    "a domain from high to low": instance('<var id="x"> 5..2 </var>'),
    "a domain of words": instance('<var id="x"> many </var>'),
    "a domain beyond 2^62": instance('<var id="x"> 0..9999999999999999999 </var>'),
    "an unknown variable": instance(RANGE, "<intension> lt(y,2) </intension>"),
    "an unknown place": instance(RANGE, "<intension> lt(x[7],2) </intension>"),
    "an unknown operator": instance(RANGE, "<intension> sin(x[0]) </intension>"),
    "a cut expression": instance(RANGE, "<intension> eq(x[0],12 </intension>"),
    "more after an expression": instance(RANGE, "<intension> eq(x[0],1) 2 </intension>"),
    "an argument too few": instance(RANGE, "<intension> lt(x[0]) </intension>"),
    "an argument too many": instance(RANGE, "<intension> lt(x[0],1,2) </intension>"),
    "equality of one": instance(RANGE, "<intension> eq(x[0]) </intension>"),
    "an integer alone": instance(RANGE, "<intension> add(x[0],x[1]) </intension>"),
    "a variable exponent": instance(RANGE, "<intension> eq(pow(x[0],x[1]),2) </intension>"),
    "an unknown constraint": instance(RANGE, "<allSame> x[] </allSame>"),
    "stretch": instance(
        RANGE, f"<stretch>{LIST}<values> 1 </values><widths> 1 </widths></stretch>"
    ),
    "a tuple too short": instance(
        RANGE, f"<extension>{LIST}<supports> (0,1) </supports></extension>"
    ),
    "a coefficient too few": instance(
        RANGE, f"<sum>{LIST}<coeffs> 2 </coeffs><condition> (le,2) </condition></sum>"
    ),
    "a condition of no known kind": instance(
        RANGE, f"<sum>{LIST}<condition> (like,2) </condition></sum>"
    ),
    "a choice of transitions": instance(
        RANGE,
        f"<regular>{LIST}<transitions> (a,0,a)(a,0,b) </transitions><start> a </start>"
        "<final> b </final></regular>",
    ),
    "heights too few": instance(
        RANGE,
        "<cumulative><origins> x[] </origins><lengths> 1 1 1 </lengths><heights> 1 1 </heights>"
        "<condition> (le,2) </condition></cumulative>",
    ),
    "a capacity that is exact": instance(
        RANGE,
        "<cumulative><origins> x[] </origins><lengths> 1 1 1 </lengths><heights> 1 1 1 </heights>"
        "<condition> (eq,2) </condition></cumulative>",
    ),
    "a length of 0 that is not ignored": instance(
        RANGE,
        '<noOverlap zeroIgnored="false"><origins> x[] </origins><lengths> 1 0 1 </lengths>'
        "</noOverlap>",
    ),
    "covered precedence": instance(
        RANGE, f'<precedence>{LIST}<values covered="true"> 0 1 </values></precedence>'
    ),
    "a circuit of a size": instance(RANGE, f"<circuit>{LIST}<size> 2 </size></circuit>"),
    "bins without limits": instance(
        RANGE,
        f"<binPacking>{LIST}<sizes> 1 1 1 </sizes><limits> 2 2 </limits></binPacking>",
    ),
    "two objectives": instance(
        RANGE, "", "<objectives><minimize> x[0] </minimize><minimize> x[1] </minimize></objectives>"
    ),
    "an objective of no known type": instance(
        RANGE, "", '<objectives><minimize type="lex"> x[] </minimize></objectives>'
    ),
    "deep nesting": instance(RANGE, f"<intension> {'neg(' * 3000}x[0]{')' * 3000} </intension>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_refused_in_one_line(name, tmp_path, capfd):
    path = tmp_path / "file.xml"
    path.write_text(HOSTILE[name], encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_xcsp3(path)
    text = str(error.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["queens.xml", "queens.xml.gz", "-"])
def test_the_command_solves_a_file_and_prints_what_it_declares(name, tmp_path, monkeypatch, capsys):
    content = Path("docs/examples/queens.xml").read_bytes()
    path = tmp_path / name
    if name == "-":
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    else:
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    given = name if name == "-" else str(path)
    assert run(["model", given, "--json", "--seed", "1", "--max-steps", "5000"]) == 0
    solution = json.loads(capsys.readouterr().out)["solution"]
    assert list(solution) == [f"q[{k}]" for k in range(6)]
    rows = list(solution.values())
    for shift in (-1, 0, 1):
        assert len({row + shift * column for column, row in enumerate(rows)}) == 6


def test_the_command_names_what_is_wrong_in_a_file(tmp_path, capsys):
    path = tmp_path / "cut.xml"
    path.write_text('<instance format="XCSP3" type="CSP"> <variables>')
    assert run(["model", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"odesolve: {path}")
    assert said.count("\n") == 1
