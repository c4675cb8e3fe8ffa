"""The keys of every command's JSON object, in order: scripts read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from odesolve.cli.main import run

#: What every solving command says of its run, from ``runs`` to ``kernels``.
RUN = "runs steps violated time compiled seed dynamics preset parameters device kernels"
RUN_WITH_COST = RUN.replace("violated", "violated cost")

FILES = {
    "triangle.json": '[["a", "b"], ["b", "c"], ["a", "c"]]',
    "k4.json": '[["a","b"],["a","c"],["a","d"],["b","c"],["b","d"],["c","d"]]',
    "odd.col": "p edge 5 5\ne 1 2\ne 2 3\ne 3 4\ne 4 5\ne 5 1\n",
    "formula.cnf": "p cnf 3 3\n1 2 0\n-1 3 0\n-2 -3 0\n",
    "none.cnf": "p cnf 1 2\n1 0\n-1 0\n",
    "three.qubo": "p qubo 0 3 1 1\n0 0 -1\n0 1 2\n",
    "bits.json": '{"0": 1, "1": 0, "2": 0}',
    "cut.json": '{"a": 1, "b": -1, "c": 1}',
    "claims.json": '{"assignment": {"a": 1, "b": -1, "c": 1}, "cut": 3}',
    "none.wcnf": "h 1 2 0\nh -1 2 0\nh 1 -2 0\nh -1 -2 0\n1 1 0\n",
    "soft.wcnf": "h 1 2 3 0\nh -1 -2 0\n3 -1 0\n2 -2 0\n1 -3 0\n",
}

SUM = "var 1..9: x :: output_var;\nvar 1..9: y :: output_var;\n"
FILES |= {
    "small.fzn": SUM + "constraint int_plus(x, y, 12);\nsolve satisfy;\n",
    "none.fzn": SUM + "constraint int_plus(x, y, 1);\nsolve satisfy;\n",
    "goal.fzn": SUM + "constraint int_plus(x, y, 12);\nsolve minimize x;\n",
    "odd.fzn": "".join(f"var bool: {name} :: output_var;\n" for name in "abc")
    + "".join(f"constraint bool_not({a}, {b});\n" for a, b in ("ab", "bc", "ca"))
    + "solve satisfy;\n",
}
FILES |= {
    "small.toml": '[[instances]]\nqueries = ["add 1 _ 3"]\n[[settings]]\nname = "default"\n',
}
MODEL = f"objective bound optimal complete found_by proof {RUN} notes"

#: Arguments, and the keys.
KEYS = {
    "color triangle.json --no-presolve": f"status reason solution problem {RUN} notes",
    "color triangle.json": f"status reason solution problem {RUN} notes",
    "color k4.json": f"status reason solution problem proof {RUN} notes",
    "color odd.col --colors 2 --no-presolve --max-steps 5": (
        f"status reason solution problem best {RUN} notes"
    ),
    "color odd.col --colors min": (
        f"status reason solution problem colors lower_bound found_after proof {RUN} notes"
    ),
    "color odd.col --time-limit 0 --no-presolve --colors 2": (
        f"status reason solution problem best {RUN} notes"
    ),
    "sat formula.cnf --no-presolve --prove none": (
        f"status reason solution problem found_by {RUN} notes"
    ),
    "sat formula.cnf": f"status reason solution problem found_by {RUN} notes",
    "sat none.cnf": f"status reason solution problem found_by proof {RUN} notes",
    "sat none.cnf --no-presolve --max-steps 5": (
        f"status reason solution problem best found_by {RUN} notes"
    ),
    "sat soft.wcnf": f"status reason solution problem found_by {RUN} cost optimal bound notes",
    "sat soft.wcnf --no-presolve --max-steps 50": (
        f"status reason solution problem found_by {RUN_WITH_COST} optimal bound notes"
    ),
    "sat none.wcnf --no-presolve --prove none --time-limit 0": (
        f"status reason solution problem best found_by {RUN} cost optimal bound notes"
    ),
    "relate a^b --fix a=1 --no-presolve": (f"status reason solution solutions problem {RUN} notes"),
    "relate a&b --fix a=0": f"status reason solution solutions problem {RUN} notes",
    "add 1 ? 3": f"status reason solution solutions problem {RUN} notes",
    "subtract 1 3": f"status reason solution solutions problem {RUN} notes",
    "multiply 3 ? 10": f"status reason solution solutions problem {RUN} notes",
    "factor 15": f"status reason solution problem splits {RUN} notes",
    "factor 143 --max-steps 0 --no-presolve": (
        f"status reason solution problem best splits {RUN} notes"
    ),
    "ising three.qubo": (f"status reason solution problem optimal improvements {RUN} notes"),
    "ising three.qubo --target -3": (
        f"status reason solution problem optimal target improvements {RUN} notes"
    ),
    "maxcut triangle.json --no-presolve --time-limit 0": (
        f"status reason solution problem best optimal improvements {RUN} notes"
    ),
    "model small.fzn": f"status reason solution solutions problem {MODEL}",
    "model none.fzn": f"status reason solution solutions problem {MODEL}",
    "model goal.fzn --target 3": f"status reason solution solutions problem {MODEL}",
    "model odd.fzn --no-presolve --max-steps 5": (
        f"status reason solution solutions problem best {MODEL}"
    ),
    "model small.fzn --time-limit 0": f"status reason solution solutions problem {MODEL}",
    "fourier a^b": (
        "expression variables truth_table polynomial prime_implicants prime_implicates"
    ),
    "study small.toml --workers 1": (
        "status reason study results cells hidden statuses time notes"
    ),
    "report small.toml": "study cells summary growth restart_times comparisons statuses",
    "check three.qubo bits.json": "energy problem notes",
    "check --cut triangle.json cut.json": "energy cut problem notes",
    "check --cut triangle.json claims.json": "energy cut claimed_cut problem notes",
    "check formula.cnf model": "satisfied violated first missing_variables problem",
    "check triangle.json colors.json": "satisfied violated colors problem notes",
}

#: Keys inside of some of these.
INSIDE = {
    "problem": {
        "color": "nodes edges colors core_nodes core_edges encoding",
        "sat": "variables clauses",
        "add": "bits variables presolved clauses",
        "relate": "variables presolved clauses",
        "factor": "number bits",
        "ising": "spins couplings fields offset",
        "maxcut": "spins couplings fields offset",
    },
    "runs": {"color": "total satisfied", "factor": "total satisfied"},
    "time": dict.fromkeys(("color", "sat", "add", "factor"), "presolve compile solve total"),
    "compiled": dict.fromkeys(("color", "sat", "add", "factor"), "hits misses"),
}


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """The inputs, in the working folder."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    Path("model").write_text("v 1 -2 3 0\n", encoding="utf-8")
    Path("colors.json").write_text('{"a": 0, "b": 1, "c": 2}', encoding="utf-8")


@pytest.mark.parametrize("command", KEYS)
def test_the_keys_and_their_order(command, capsys):
    if command.startswith("report"):
        run(["study", "small.toml", "--time-limit", "0"])
        capsys.readouterr()
    run([*command.split(), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [*KEYS[command].split(), "version"]
    for key, commands in INSIDE.items():
        wanted = commands.get(command.split()[0])
        if wanted is not None and key in found:
            assert list(found[key])[: len(wanted.split())] == wanted.split()
