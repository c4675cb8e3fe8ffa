"""Hostile files of Ising problems and cuts: what each is read as, or why it is refused.

(command, file name, content, exit code, a part of what is printed.) What is read says the exact
least energy or largest cut, proved by presolve; what is refused is one line.
"""

from __future__ import annotations

import bz2
import gzip
import json
import struct

import numpy as np

MARKET = "%%MatrixMarket matrix coordinate real "


def dimod_file(shape=(2, 1), vartype="SPIN", body=None, version=2, variables=False) -> bytes:
    """A file of dimod, put together by hand: J = 1 between two variables."""
    header = {
        "dtype": "float64", "itype": "int32", "ntype": "int32", "shape": list(shape),
        "type": "BinaryQuadraticModel", "variables": variables, "vartype": vartype,
    }  # fmt: skip
    text = json.dumps(header).encode() + b"\n"
    text += b" " * (-(len(text) + 14) % 64)
    if body is None:
        body = np.float64(0).tobytes()
        body += b"".join(struct.pack("<id", start, 0.0) for start in (0, 1))
        body += b"".join(struct.pack("<id", other, 1.0) for other in (1, 0))
    return b"DIMODBQM" + struct.pack("<BBI", version, 0, len(text)) + text + body


def dimod_json(**changes) -> str:
    """JSON of dimod for J = 1 between two variables, with some keys changed."""
    document = {
        "variable_type": "SPIN", "use_bytes": False, "num_variables": 2, "num_interactions": 1,
        "variable_labels": ["a", "b"], "offset": 0.0, "linear_biases": [0.0, 0.0],
        "quadratic_biases": [1.0], "quadratic_head": [0], "quadratic_tail": [1],
    }  # fmt: skip
    return json.dumps(document | changes)


HOSTILE: list[tuple[str, str, str | bytes, int, str]] = [
    # rudy and BiqMac's bqp
    ("ising", "a.rudy", "2 2\n1 2 1\n", 2, ":1: 2 terms claimed, 1 lines follow"),
    ("ising", "a.rudy", "2 1\n1 2 1\n2 1 1\n", 2, "1 terms claimed, 2 lines follow"),
    ("ising", "a.rudy", "2 1\n1 3 1\n", 2, ":2: variable 3; expected 1 to 2"),
    ("ising", "a.rudy", "2 1\n0 1 1\n", 2, ":2: variable 0; expected 1 to 2"),
    ("ising", "a.rudy", "2 1\n1 999999999999 1\n", 2, "variable 999999999999"),
    ("ising", "a.rudy", "999999999999 0\n", 2, "999999999999 variables; expected at most"),
    ("ising", "a.rudy", "2 1\n1 2 nan\n", 2, ":2: 'nan'; expected a number"),
    ("ising", "a.rudy", "2 1\n1 2 inf\n", 2, ":2: 'inf'; expected a number"),
    ("ising", "a.rudy", "2 1\n1 2 1e999\n", 2, "'1e999'; expected a number"),
    ("ising", "a.rudy", "2 1\n1 2 ten\n", 2, ":2: 'ten'; expected a number"),
    ("ising", "a.rudy", "2 1\n1 2 1_000\n", 2, "'1_000'; expected a number"),
    ("ising", "a.rudy", "2 1\n1 two 1\n", 2, ":2: '1 two 1'"),
    ("ising", "a.rudy", "2 1\n1 2\n", 2, ":2: '1 2'; expected two numbers"),
    ("ising", "a.rudy", "2 1\n1 2 3 4\n", 2, ":2: '1 2 3 4'"),
    ("ising", "a.rudy", "2 1\n1 -2 3\n", 2, "'1 -2 3'"),
    ("ising", "a.rudy", "n m\n1 2 3\n", 2, ":1: 'n m'; expected a first line"),
    ("ising", "a.rudy", "2 2\n1 2 1\n2 1 1\n", 0, "energy -2: "),
    ("ising", "a.rudy", "2 2\n1 2 1\n1 2 2\n", 0, "1 repeated term added up"),
    ("ising", "a.rudy", "2 2\n1 1 5\n1 2 1\n", 0, "1 couplings of a spin with itself are const"),
    ("ising", "a.rudy", "2 2\n1 1 5\n1 2 1\n", 0, "energy 4: proved the best"),
    ("ising", "a.rudy", "2 1\n1 2 0\n", 0, "energy 0: proved the best"),
    ("ising", "a.rudy", "3 1 J\n1 2 0.1\n", 0, "energy -0.1: proved"),
    ("ising", "a.rudy", f"2 1\n1 2 {10**30}\n", 0, f"energy -{10**30}"[:24]),
    ("ising", "a.rudy", "2 1\r\n1 2 1\r\n", 0, "energy -1: proved"),
    ("ising", "a.rudy", "0 0\n", 0, "energy 0: proved the best"),
    ("ising", "a.rudy", "", 2, "the file is empty"),
    ("ising", "a.rudy", "2 1\n1 2 1\x00\n", 2, ":2: binary data: byte 0"),
    ("ising", "a.rudy", b"\xff\xfe\xfa", 2, "UTF-16"),
    ("ising", "a.rudy", b"2 1\n1 2 \xe9\n", 2, ":2: not UTF-8 text"),
    ("ising", "a.rudy.gz", gzip.compress(b"2 1\n1 2 1\n" * 99)[:-9], 2, "truncated gzip"),
    ("ising", "a.rudy.gz", b"2 1\n1 2 1\n", 2, "the content is not gzip"),
    ("ising", "a.rudy.bz2", bz2.compress(b"2 1\n1 2 1\n"), 0, "energy -1: proved"),
    ("ising", "a.txt", "2 1\n1 2 1\n", 2, "expected --format rudy or --format bqp"),
    ("ising", "a.txt", "0 1 1\n1 2 1\n", 2, "expected --format coo-spins or --format coo-bits"),
    ("ising", "a.txt", "<html><body>404</body></html>\n", 2, "is a web page"),
    ("ising", "a.txt", "hello there\n", 2, "begins no format that is known"),
    ("ising", "a.col", "p edge 2 1\ne 1 2\n", 2, "a graph by its name, .col"),
    ("ising", "a.sparse", "2 1\n1 2 -3\n", 0, "energy -6: proved"),
    ("ising", "a.sparse", "2 2\n1 2 -3\n2 1 -1\n", 0, "energy -8: proved"),
    ("ising", "a.sparse", "2 2\n1 1 -3\n1 2 -1/2\n", 2, "'-1/2'; expected a number"),
    # qbsolv
    ("ising", "a.qubo", "0 0 1\n", 2, "'0 0 1'; expected 'p qubo"),
    ("ising", "a.qubo", "c nothing\n", 2, "there is nothing but comments"),
    ("ising", "a.qubo", "p qubo 0 2 2 0\n0 0 -1\n", 2, "2 linear terms claimed, 1 found"),
    ("ising", "a.qubo", "p qubo 0 2 0 2\n0 1 -1\n", 2, "2 quadratic terms claimed, 1 found"),
    ("ising", "a.qubo", "p qubo 0 2 1 0\n2 2 -1\n", 2, ":2: variable 2; expected 0 to 1"),
    ("ising", "a.qubo", "p qubo 128 2 1 0\n1 1 -1\n", 2, "the topology '128'"),
    ("ising", "a.qubo", "p qubo 0 two 1 0\n1 1 -1\n", 2, ":1: 'p qubo 0 two 1 0'"),
    ("ising", "a.qubo", "p qubo 0 2 2 0\n0 0 -1\n0 0 -2\n", 0, "energy -3: proved"),
    ("ising", "b.rudy", "p qubo 0 2 1 0\n0 0 -1\n", 0, "was read as that"),
    # coordinates
    ("ising", "a.coo", "0 1 1\n", 2, "expected --format coo-spins or --format coo-bits"),
    ("ising", "a.coo", "# vartype=TRIT\n0 1 1\n", 2, ":1: 'TRIT'; expected SPIN or BINARY"),
    ("ising", "a.coo", "# vartype=SPIN\n", 2, "no term"),
    ("ising", "a.coo", "# vartype=SPIN\n0 0 2\n0 1 1\n", 0, "energy -3: proved"),
    ("ising", "a.coo", "# vartype=BINARY\n7 99999999999 -1\n", 0, "1: 7 99999999999"),
    ("ising", "a.coo", "# vartype=SPIN\n0 1 1\n1 0 1\n", 0, "1 repeated term added up"),
    # dimod
    ("ising", "a.bqm", dimod_file(), 0, "energy -1: proved"),
    ("ising", "a.bqm", dimod_file()[:-3], 2, "the file ends too early"),
    ("ising", "a.bqm", dimod_file()[:12], 2, "the file ends too early"),
    ("ising", "a.bqm", dimod_file(shape=(10**9, 1)), 2, "variables; expected at most"),
    ("ising", "a.bqm", dimod_file(shape=(2, 10**9)), 2, "the file ends too early"),
    ("ising", "a.bqm", dimod_file(version=7), 2, "version 7 of dimod's files"),
    ("ising", "a.bqm", dimod_file(vartype="INTEGER"), 2, "variables of type 'INTEGER'"),
    ("ising", "a.bqm", dimod_file(vartype=["SPIN"]), 2, "variables of type ['SPIN']"),
    ("ising", "a.bqm", dimod_file(variables=True), 2, "the file ends too early"),
    ("ising", "a.bqm", dimod_file((1, 0), body=struct.pack("<did", np.nan, 0, 1)), 2, "nan"),
    ("ising", "a.bqm", "2 1\n1 2 1\n", 2, "expected --format rudy or --format bqp"),
    ("ising", "a.json", dimod_json(), 0, "energy -1: proved"),
    ("ising", "a.json", dimod_json(variable_type={}), 2, "variables of type {}"),
    ("ising", "a.json", dimod_json(quadratic_tail=[2]), 2, "variables 0 and 2"),
    ("ising", "a.json", dimod_json(quadratic_tail=[0]), 2, "variable 0 with itself"),
    ("ising", "a.json", dimod_json(linear_biases=[0.0]), 2, "num_variables"),
    ("ising", "a.json", dimod_json(linear_biases=["1", 0]), 2, "linear_biases: '1'"),
    ("ising", "a.json", dimod_json(variable_labels=["a", "a"]), 2, "a name that stands twice"),
    ("ising", "a.json", dimod_json(offset=float("nan")), 2, "NaN is not JSON"),
    ("ising", "a.json", dimod_json(use_bytes=True), 2, "use_bytes"),
    ("ising", "a.json", dimod_json()[:-5], 2, "broken JSON"),
    ("ising", "a.json", '{"nodes": [1], "edges": []}', 2, "JSON of something else"),
    # Matrix Market
    ("ising", "a.mtx", MARKET + "general\n2 2 1\n1 2 1\n", 2, "--format matrix-market-spins or"),
    ("ising", "a.mtx", MARKET + "general\n% vartype=SPIN\n2 3 1\n1 2 1\n", 2, "a square matrix"),
    ("ising", "a.mtx", MARKET + "general\n% vartype=SPIN\n2 2 2\n1 2 1\n", 2, "2 entries claimed"),
    ("ising", "a.mtx", MARKET + "general\n% vartype=SPIN\n2 2 1\n1 9 1\n", 2, "Matrix Market"),
    ("ising", "a.mtx", MARKET + "general\n% vartype=SPIN\n2 2 1\n1 2 nan\n", 2, "not finite"),
    ("ising", "a.mtx", MARKET + "symmetric\n% vartype=BINARY\n2 2 1\n2 1 -1\n", 0, "energy -2: "),
    # cuts of graphs
    ("maxcut", "a.txt", "2 1\n1 2 5\n", 0, "cut 5: proved"),
    ("maxcut", "a.mc", "2 1\n1 1 5\n", 2, "an edge from a node to itself"),
    ("maxcut", "a.mc", "2 2\n1 2 5\n2 1 1\n", 0, "cut 6: proved"),
    ("maxcut", "a.col", "p edge 2 1\ne 1 2 nan\n", 2, ":2: 'nan'; expected a number"),
    ("maxcut", "a.col", "p edge 3 2\ne 1 2 5\ne 2 3\n", 0, "1 edge without a weight: 1 taken"),
    ("maxcut", "a.edges", "a b 2\nb a 3\n", 0, "weights of edges that are listed repeatedly"),
    ("maxcut", "a.edges", "a b 2 3\nb c 2 3\n", 2, "4 columns, of which no header names"),
    ("maxcut", "a.csv", "source,target,capacity\na,b,2\n", 2, "which may be the edges' weights"),
    ("maxcut", "a.csv", "source,target,weight\na,b,2\nb,c,\n", 0, "cut 3: proved"),
    ("maxcut", "a.graph", "2 1 001\n2 5\n1 6\n", 2, "weighs 5 one way and 6 the other"),
    ("maxcut", "a.dot", 'graph { a -- b [weight="x"]; }', 2, "'x'; expected a number"),
    ("maxcut", "a.json", '{"edges": [{"source": 1, "target": 2, "weight": []}]}', 2, "of []"),
    ("maxcut", "a.qubo", "p qubo 0 2 1 0\n0 0 -1\n", 2, "odesolve ising --format qubo"),
    ("maxcut", "a.mtx", MARKET + "general\n2 2 2\n1 2 1\n2 1 3\n", 2, "one way and 3 the other"),
]  # fmt: skip
