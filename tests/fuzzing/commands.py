"""Cases for every command: what is called, on what, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from fuzzing.arithmetic_cases import (
    addition_case,
    factor_case,
    fourier_case,
    multiplication_case,
    relate_case,
)
from fuzzing.cases import Case
from fuzzing.choices import Choices
from fuzzing.damage import ODD, damaged
from fuzzing.energy_cases import (
    check_energy_case,
    convert_energy_case,
    ising_case,
    maxcut_case,
    random_file_of_energies,
    shortened_case,
)
from fuzzing.formula_cases import check_formula_case, random_file_of_formula, sat_case
from fuzzing.graph_cases import check_graph_case, color_case, random_file_of_graph
from fuzzing.model_cases import model_case
from fuzzing.quadratization_cases import lifted_case, quadratized_case

ROOT = Path(__file__).parents[2]

Maker = Callable[[Choices], Case]


@cache
def samples() -> dict[str, bytes]:
    """Files of the repository to damage: name -> content."""
    folders = (ROOT / "tests" / "data", ROOT / "docs" / "examples")
    found = {path.name: path.read_bytes() for folder in folders for path in sorted(folder.iterdir())
             if path.is_file()}  # fmt: skip
    return {name: data for name, data in found.items() if len(data) < 5000}


# ----------------------------------------------------------------------------- any file anywhere

_SUFFIXES = [
    ".json", ".col", ".edgelist", ".csv", ".tsv", ".graphml", ".xml", ".g6", ".s6", ".cnf", ".wcnf",
    ".opb", ".dimacs", ".dot", ".gv", ".gml", ".net", ".adjlist", ".mtx", ".metis", ".graph",
    ".lad", ".leda", ".txt", ".gz", ".xz", ".bz2", ".zst", ".xyz", ".html", ".sol", ".toml",
    ".rudy", ".sparse", ".qubo", ".coo", ".bqm",
]  # fmt: skip


def _any_file(choices: Choices) -> tuple[str, bytes]:
    """A file of any kind, perhaps damaged, perhaps under another's extension."""
    kind = choices.below(4)
    if kind == 0:
        name, data = choices.pick(list(samples().items()))
    elif kind == 1:
        name, data = random_file_of_graph(choices)
    elif kind == 2:
        name, data = random_file_of_energies(choices)
    else:
        name, data = random_file_of_formula(choices)
    if choices.below(5):
        data = damaged(choices, data)
    if choices.one_in(3):
        name = "file" + choices.pick(_SUFFIXES)
    return name, data


#: Keeps what no one can judge from integrating for long.
SOON = ("--time-limit", "0")


def damaged_case(choices: Choices) -> Case:
    """A command on a file of which nothing is known: it must answer consistently or refuse."""
    name, data = _any_file(choices)
    command = choices.pick(
        ["color", "color", "color", "sat", "check", "check", "ising", "ising", "maxcut", "convert"]
    )
    arguments = [command, name, "--json"]
    files = {name: data}
    stdin, outputs = b"", ()
    if choices.one_in(8):
        arguments[1], stdin, files = "-", data, {}
    if command == "check":
        other, content = _any_file(choices) if choices.below(2) else ("s.sol", b"v 1 -2 3 0\n")
        arguments.insert(2, f"s-{other}")
        files[f"s-{other}"] = content
        arguments += ["--cut"] if choices.one_in(4) else []
    elif command == "convert":
        suffix = choices.pick(["qubo", "bqm", "coo", "json", "col", "gml", "cnf", "wcnf", "opb"])
        target = f"o.{suffix}"
        outputs = (target, f"{target}.map.json")
        arguments[2:] = [target, *choices.pick([[], ["--colors", "2"], ["--renumber"]])]
    else:
        # So many colours that every node of a small graph gets one at once.
        extra = ["--colors", choices.pick(["1", "2", "9", "12", "60"])]
        arguments += [*SOON, *(extra if command == "color" else [])]
    if choices.one_in(8):
        arguments += ["--format", choices.pick([*_FORMAT_NAMES, choices.pick(ODD)])]
    kind = f"{command}: damaged or foreign file"
    return Case(arguments, files, stdin, kind=kind, outputs=outputs)


_FORMAT_NAMES = [
    "json", "dimacs", "edgelist", "graphml", "graph6", "sparse6", "cnf", "wcnf", "opb", "dot",
    "gml", "metis", "rudy", "bqp", "qubo", "coo", "coo-bits", "bqm", "dimod-json", "matrix-market",
]  # fmt: skip


# ------------------------------------------------------------------------------- options at random

_OPTIONS = {
    "--runs": ["1", "2", "0"], "--seed": ["0", "7", "-1"], "--max-steps": ["0", "1"],
    "--preset": ["mine.toml", "sat-3", "nothing"], "--dynamics": ["rectified", "ctds", "nothing"],
    "--set": ["alpha=2", "alpha", "=1", "zeta=nan", "nothing=1"], "--stepper": ["euler", "heun"],
    "--patience": ["5", "0"], "--all-runs": [], "--no-presolve": [], "--presolve": [],
    "--json": [], "-o": ["o.json", "o.xyz", "no/o.json", "."], "--plot": ["p.png", "p.doc"],
    "--trace": ["t.npz", "t.txt"], "--device": ["cpu", "tpu"], "-q": [], "-v": [],
    "--no-progress": [], "--colors": ["2", "0", "10000000"], "--encoding": ["onehot", "clauses"],
    "--format": ["json", "cnf"], "--precolor": ["1=0", "1", "z=0", "1=-1", "=", "1=99"],
    "--precoloring": ["mine.json", "none.csv"], "--assume": ["1", "1 -1", "0", "x", "99", ""],
    "--hint": ["hint.sol", "none"], "--solutions": ["2", "0"], "--prove": ["after", "beside"],
    "--max-sat": [], "--target": ["0", "-1", "x"], "--bits": ["3", "0", "4000"], "--linear": [],
    "--implicates": ["prime", "nothing"], "--multiplier": ["dadda"], "--split": [], "--fix":
    ["a=1", "a", "z=0", "a=2"], "--trials": ["1", "0"], "--vary": ["alpha", "nothing"], "--start":
    ["0.5,0.5", "2,2", "x"], "--run": ["0", "99"], "--time-limit": ["-1", "nan", "x", "0"], "-h":
    [], "--nothing": [], "--ratio": ["nan", "-1"], "--width": ["0"], "--clauses": ["0"],
    "--variables": ["0"], "--seconds": ["-1"], "--renumber": [], "--to": ["metis", "qubo", "x"],
    "--cut": [], "--relate": ["a ^ b", "a &"], "--factor": ["15", "0", "x"], "--map":
    ["m.json", "no/m.json"], "--from": ["json", "qubo", "x"],
}  # fmt: skip

_GRAPH, _FORMULA = b'{"edges": [[1, 2], [2, 3]]}', b"p cnf 3 2\n1 2 0\n-1 3 0\n"
_ARGUMENTS = {
    "color": ["g.json"], "sat": ["f.cnf"], "check": ["f.cnf", "hint.sol"], "fourier": ["a & b"],
    "relate": ["a & b"], "add": ["2", "3", "_"], "subtract": ["7", "3", "_"],
    "multiply": ["3", "5", "_"], "factor": ["17"], "tune": ["none.cnf"], "plot": ["t.npz"],
    "bench": [], "convert": ["g.json", "o.gml"], "ising": ["q.qubo"], "maxcut": ["g.json"],
    "model": ["m.fzn"],
}  # fmt: skip
_INTEGRATING = {"--no-presolve", "--all-runs"}
_UNLIMITED = {"check", "convert", "fourier", "plot", "bench"}  # without --time-limit


@cache
def preset_file() -> bytes:
    """The presets that come with the package, as one file of presets."""
    files = sorted((ROOT / "odesolve" / "presets").glob("*.toml"))
    return b"\n".join(file.read_bytes() for file in files)


def options_case(choices: Choices) -> Case:
    """Any options, with values right and wrong, on a small valid problem."""
    command = choices.pick(list(_ARGUMENTS))
    arguments = [command, *_ARGUMENTS[command]]
    written: tuple[str, ...] = ()
    if command == "convert":
        arguments[2] = choices.pick(["o.gml", "o.qubo"])
        written = (arguments[2], f"{arguments[2]}.map.json", "m.json")
    for _ in range(choices.between(1, 4)):
        option = choices.pick(list(_OPTIONS))
        if option in _INTEGRATING and not choices.one_in(30):
            continue  # would compile
        values = _OPTIONS[option]
        if values and option.startswith("--") and choices.one_in(10):
            values = [choices.pick(ODD).replace("\0", "")[:200]]
        value = [choices.pick(values)] if values else []
        arguments += [option, *value]
        written += tuple(value) if option in ("-o", "--plot", "--trace") else ()
    if "--time-limit" not in arguments and command not in _UNLIMITED:
        arguments += ["--time-limit", "0"]
    if command == "bench":
        arguments += ["--variables", choices.pick(["0", "x", "-5"])]
    if command == "plot" and "-o" not in arguments:
        arguments += ["-o", "p.png"]
        written += ("p.png",)
    if choices.one_in(40):
        arguments = choices.shuffled(arguments)
    preset = preset_file() if choices.below(3) else damaged(choices, preset_file())
    files = {
        "g.json": _GRAPH, "f.cnf": _FORMULA, "q.qubo": b"p qubo 0 2 1 1\n0 0 -1\n0 1 2.5\n",
        "hint.sol": b"v 1 2 3 0\n",
        "m.fzn": b"var 1..3: x :: output_var;\nconstraint int_le(2, x);\nsolve satisfy;\n",
        "mine.json": b'{"1": 0}', "mine.toml": preset,
    }  # fmt: skip
    return Case(arguments, files, kind=f"{command}: options", outputs=written)


@cache
def _trace() -> bytes:
    """A stored trajectory, made once."""
    import tempfile

    from fuzzing.harness import run_case

    arguments = ["color", "g.json", "--no-presolve", "--max-steps", "3", "--trace", "t.npz"]
    with tempfile.TemporaryDirectory() as folder:
        made = run_case(Case(arguments, {"g.json": _GRAPH}), Path(folder) / "made")
    return made.files["t.npz"]


def plot_case(choices: Choices) -> Case:
    """A stored trajectory that is damaged, mostly."""
    data = _trace() if choices.one_in(40) else damaged(choices, _trace())
    return Case(["plot", "t.npz", "-o", "p.png"], {"t.npz": data}, kind="plot", outputs=("p.png",))


def tune_case(choices: Choices) -> Case:
    """Files that tuning refuses; now and then one it takes, for one trial."""
    if choices.one_in(60):
        files = {"f.cnf": b"p cnf 4 4\n1 2 3 0\n-1 -2 4 0\n2 -3 -4 0\n-2 3 1 0\n"}
    else:
        name, data = _any_file(choices)
        files = {name: damaged(choices, data)}
    limits = ["--trials", "1", "--max-steps", "1", "--runs", "1", "--time-limit", "0"]
    return Case(["tune", *files, *limits, "-o", "p.toml"], files, kind="tune", outputs=("p.toml",))


#: What is tried, and how often in all of these together.
MAKERS: tuple[tuple[int, Maker], ...] = (
    (34, color_case), (30, sat_case), (10, check_formula_case), (6, check_graph_case),
    (26, damaged_case), (6, options_case), (4, partial(addition_case, "add")),
    (2, partial(addition_case, "subtract")), (3, multiplication_case), (3, factor_case),
    (3, relate_case), (3, fourier_case), (1, plot_case), (1, tune_case), (14, ising_case),
    (10, maxcut_case), (6, check_energy_case), (6, convert_energy_case), (2, shortened_case),
    (8, quadratized_case), (6, lifted_case), (8, model_case),
)  # fmt: skip


def random_case(choices: Choices) -> Case:
    """Any case."""
    at = choices.below(sum(weight for weight, _ in MAKERS))
    for weight, maker in MAKERS:
        at -= weight
        if at < 0:
            return maker(choices)
    raise AssertionError("unreachable")
