"""Files of Ising problems: every format there and back, public ones, and hostile ones."""

from __future__ import annotations

import gzip
import json
from fractions import Fraction
from pathlib import Path

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ising.hostile import HOSTILE
from ising.instances import random_problem

import odesolve as ode
from odesolve.cli.main import run
from odesolve.problems.exact_text import decimal_text, exact_number
from odesolve.problems.graphs.formats import parse_graph
from odesolve.problems.ising.cuts import read_cut
from odesolve.problems.ising.formats.files import ISING_FORMATS, parse_ising

PUBLIC = Path(__file__).parents[3] / "shared" / "instances" / "ising"


@pytest.mark.parametrize(
    ("command", "name", "content", "code", "part"),
    HOSTILE,
    ids=[f"{number}-{row[0]}-{row[1]}" for number, row in enumerate(HOSTILE)],
)
def test_hostile_files(command, name, content, code, part, tmp_path, capsys):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert run([command, str(file)]) == code
    printed = capsys.readouterr()
    assert part in printed.out + printed.err
    if code == 2:
        assert printed.out == ""
        assert printed.err.startswith(f"odesolve: {file}")
        assert printed.err.count("\n") == 1


def test_there_are_enough_of_them():
    assert len(HOSTILE) >= 60
    assert {name for row in HOSTILE if (name := Path(row[1]).suffix[1:])} > {"rudy", "qubo", "bqm"}


EXACT = st.one_of(st.integers(-9, 9), st.integers(-(2**70), 2**70), st.decimals(-9, 9, places=3))


@pytest.mark.parametrize("format", ISING_FORMATS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_again(format, data, tmp_path_factory):
    count = data.draw(st.integers(1, 5))
    is_float = format in ("bqm", "dimod-json") or format.startswith("matrix")
    numbers = st.integers(-9, 9) if is_float else EXACT
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    terms = {p: v for p, v in data.draw(st.dictionaries(pairs, numbers)).items() if p[0] != p[1]}
    binary = format.endswith("bits") or format in ("qubo", "bqp") or data.draw(st.booleans())
    only_couplings = format in ("rudy", "matrix-market", "matrix-market-spins")
    binary = binary and not only_couplings
    linear = (
        [0] * count
        if only_couplings
        else data.draw(st.lists(numbers, min_size=count, max_size=count))
    )
    problem = ode.IsingProblem.from_dicts(linear, terms, binary=binary)
    file = tmp_path_factory.mktemp("written") / "file"
    ode.write_ising(problem, file, format=format)
    found = ode.read_ising(file, format=format)
    spins = np.random.default_rng(0).choice([-1, 1], (count, 8))
    differences = {found.energy(own) - problem.energy(own) for own in spins.T}
    # Where the format has no place for an offset, all energies differ by the same.
    assert len(differences) == 1
    keeps = format not in ("bqp", "rudy") and not format.startswith("matrix")
    assert not keeps or differences == {0}


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".bz2"])
def test_compression_is_done_and_undone(suffix, tmp_path):
    problem = random_problem(9, 20, 1, fields=3)
    file = tmp_path / f"problem.qubo{suffix}"
    ode.write_ising(problem, file)
    spins = np.ones(9, np.int8)
    assert ode.read_ising(file).energy(spins) == problem.energy(spins)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_what_dimod_writes_is_what_it_means(vartype, tmp_path):
    dimod = pytest.importorskip("dimod")
    model = dimod.generators.gnp_random_bqm(9, 0.6, vartype, random_state=3)
    model.offset = 0.75
    model.relabel_variables({0: "zero", 1: ("a", 1)})
    texts = {
        "bqm": model.to_file().read(),
        "dimod-json": json.dumps(model.to_serializable()).encode(),
    }
    for format, data in texts.items():
        problem = parse_ising(data, "file")
        assert problem.is_binary == (vartype == "BINARY")
        for sample in dimod.RandomSampler().sample(model, num_reads=5, seed=1).samples():
            low = {0: -1, -1: -1, 1: 1}
            spins = [low[sample[name]] for name in problem.labels]
            assert float(problem.energy(spins)) == pytest.approx(model.energy(sample)), format
    problem = parse_ising(texts["bqm"], "file")
    ode.write_ising(problem, tmp_path / "again.bqm")
    again = dimod.BinaryQuadraticModel.from_file((tmp_path / "again.bqm").read_bytes())
    assert again.is_almost_equal(model)


@pytest.mark.parametrize("suffix", ["bqm", "json"])
def test_integers_that_no_float_holds_are_not_written_as_floats(suffix, tmp_path):
    target = tmp_path / f"problem.{suffix}"
    large = ode.IsingProblem.from_dicts({0: 1, 1: 0}, {(0, 1): 2**53 + 1})
    with pytest.raises(ode.InputError, match="1 coefficients with more digits than a float holds"):
        ode.write_ising(large, target)
    assert not target.exists()
    # Of a float, the shortest decimal is not the number itself.
    held = ode.IsingProblem.from_dicts({0: Fraction(1, 2**40)}, {(0, 1): 2**62 + 2**31})
    assert ode.write_ising(held, target) == ()
    again = ode.read_ising(target)
    assert again.energy([1, 1]) == held.energy([1, 1]) == 2**62 + 2**31 + Fraction(1, 2**40)
    tenths = ode.IsingProblem.from_dicts({0: Fraction(1, 10)}, {(0, 1): 1})
    assert ode.write_ising(tenths, target) == ("1 coefficients rounded to floats",)


MARKED = {
    "p.qubo": "c made by hand\np qubo 0 2 1 1\n0 0 -1\n0 1 2\n",
    "p.coo": "# vartype=BINARY\n0 0 -1\n0 1 2\n",
    "p.mtx": "%%MatrixMarket matrix array integer general\n% vartype=BINARY\n2 2\n-1\n1\n1\n0\n",
    "p.json": '{"variable_type": "BINARY", "use_bytes": false, "linear_biases": [-1, 0], '
    '"quadratic_biases": [2], "quadratic_head": [0], "quadratic_tail": [1], '
    '"variable_labels": [0, 1]}',
}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", MARKED)
def test_a_byte_order_mark_does_not_hide_what_the_content_says(name, encoding, tmp_path, capsys):
    file, answer = tmp_path / name, tmp_path / "answer.txt"
    file.write_bytes(MARKED[name].encode(encoding))
    answer.write_text("1 0")
    assert run(["check", str(file), str(answer)]) == 0
    assert capsys.readouterr().out == "energy -1\n"
    nameless = file.rename(tmp_path / "file")
    assert run(["ising", str(nameless), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["solution"]["energy"] == -1


def test_a_format_of_graphs_and_problems_is_what_its_content_says(tmp_path, capsys):
    file, out = tmp_path / "file", tmp_path / "out.coo"
    file.write_text(MARKED["p.mtx"])
    assert run(["convert", str(file), str(out), "--from", "matrix-market"]) == 0
    assert out.read_text() == "# vartype=BINARY\n1 1 -1\n2 2 0\n1 2 2\n"
    assert "an Ising problem of 2 spins" in capsys.readouterr().err


def test_a_variable_called_c_is_no_comment(tmp_path, capsys):
    problem, values = tmp_path / "p.json", tmp_path / "values.csv"
    problem.write_text(MARKED["p.json"].replace("[0, 1]}", '["b", "c"]}'))
    assert run(["ising", str(problem), "-q", "-o", str(values)]) == 0
    assert values.read_text() == "variable,value\nb,1\nc,0\n"
    assert run(["check", str(problem), str(values)]) == 0
    assert capsys.readouterr().out.endswith("energy -1\n")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("g.json", '{"links": [{"source": 1, "target": 2, "weight": 0.1}]}'),
        ("g.gml", "graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 weight 0.1 ] ]"),
    ],
)
def test_decimals_of_a_graph_mean_what_they_say(name, content, tmp_path):
    (tmp_path / name).write_text(content)
    cut = read_cut(tmp_path / name)
    assert cut.cut(cut.energy([1, -1])) == Fraction(1, 10)


def test_coordinates_of_dimod_have_fields_on_their_diagonal():
    dimod = pytest.importorskip("dimod")
    from dimod.serialization import coo

    model = dimod.BinaryQuadraticModel({0: 1.0, 4: -2.5}, {(0, 4): 1.5}, 0.0, "SPIN")
    problem = parse_ising(coo.dumps(model, vartype_header=True).encode(), "file")
    assert problem.labels == (0, 4)
    assert float(problem.energy([1, -1])) == model.energy({0: 1, 4: -1})


#: The path a - b - c with the weights 3 and -4.5, in every format of graphs that has weights.
WEIGHTED = {
    "dimacs": "p edge 3 2\ne 1 2 3\ne 2 3 -4.5\n",
    "edgelist": "a b 3\nb c -4.5\n",
    "edgelist with data": "a b {'weight': 3}\nb c {'weight': -4.5}\n",
    "edgelist with a header": "source,weight,target\na,3,b\nb,-4.5,c\n",
    "counted-edgelist": "3 2\n1 2 3\n2 3 -4.5\n",
    "json": '[{"source": "a", "target": "b", "weight": 3}, '
    '{"source": "b", "target": "c", "weight": -4.5}]',
    "json with links": '{"nodes": ["a", "b", "c"], "links": [{"source": "a", "target": "b", '
    '"weight": 3}, {"source": "b", "target": "c", "weight": -4.5}]}',
    "matrix-market": "%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 3\n3 2 -4.5\n",
    "pajek": "*Vertices 3\n*Edges\n1 2 3\n2 3 -4.5\n",
    "dot": "graph { edge [weight=3]; a -- b; {edge [weight=9]} b -- c [weight=-4.5]; }",
    "gml": "graph [ node [ id 1 ] node [ id 2 ] node [ id 3 ] edge [ source 1 target 2 weight 3 ] "
    "edge [ source 2 target 3 weight -4.5 ] ]",
    "leda": "LEDA.GRAPH\nstring\ndouble\n-2\n3\n|{a}|\n|{b}|\n|{c}|\n2\n1 2 0 |{3}|\n"
    "2 3 0 |{-4.5}|\n",
    "matrix": "0 3 0\n3 0 -4.5\n0 -4.5 0\n",
}


def weighted_path():
    graph = networkx.Graph()
    graph.add_edge("a", "b", weight=3)
    graph.add_edge("b", "c", weight=-4.5)
    return graph


@pytest.mark.parametrize("name", [*WEIGHTED, "graphml", "networkx"])
def test_weights_of_edges_are_kept_for_cuts(name):
    if name == "networkx":
        graph = weighted_path()
    else:
        text = WEIGHTED.get(name) or "\n".join(networkx.generate_graphml(weighted_path()))
        graph = parse_graph(text.encode(), "file", name.split()[0] if name != "json" else None)
        assert graph.edge_count == 2
    problem = ode.IsingProblem.from_graph(graph)
    weights = [Fraction(int(J), problem.denominator) for J in problem.couplings]
    assert weights == [3, Fraction(-9, 2)]
    assert not any("ignored" in note for note in problem.notes)


def test_weights_that_are_none_do_not_disturb_a_colouring():
    graph = parse_graph(b"p edge 2 1\ne 1 2 x\n", "file")
    assert ode.color(graph, 2).satisfied
    with pytest.raises(ode.InputError, match="'x'"):
        ode.IsingProblem.from_graph(graph)


@given(st.one_of(st.integers(), st.fractions(max_denominator=10**6)))
def test_decimals_are_exact_or_not_given(value):
    text = decimal_text(value)
    if text is None:
        assert not set(_factors(Fraction(value).denominator)) <= {2, 5}
    else:
        assert exact_number(text, "text") == value


def _factors(number: int) -> list[int]:
    found = []
    for prime in (2, 5):
        while number % prime == 0:
            number //= prime
            found.append(prime)
    return [*found, *([number] if number > 1 else [])]


@pytest.mark.parametrize(
    ("name", "spins", "couplings"),
    [("bqp50-1.sparse", 50, 108), ("gka5d.sparse", 100, 2414), ("be250.1.sparse", 250, 3019)],
)
def test_public_qubos(name, spins, couplings):
    if not PUBLIC.exists():
        pytest.skip("the public instances are not here")
    problem = ode.read_ising(PUBLIC / name)
    assert (problem.spin_count, problem.coupling_count, problem.is_binary) == (
        spins, couplings, True,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "edges"), [("G1", 19176), ("G7", 19176), ("G57", 10000)])
def test_public_cuts(name, edges):
    file = PUBLIC / "gset" / f"{name}.txt.gz"
    if not file.exists():
        pytest.skip("the public instances are not here")
    problem = read_cut(file)
    lines = gzip.decompress(file.read_bytes()).split(b"\n")[1:]
    assert problem.coupling_count == edges
    assert problem.total_coupling == sum(int(line.split()[2]) for line in lines if line.strip())
