"""Presets as data: what comes with odesolve, what a file may hold, and what a problem gets."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import odesolve as ode
from odesolve.cli.main import run
from odesolve.dynamics.ctds import ContinuousTime
from odesolve.dynamics.memcomputing import Memcomputing, Rectified
from odesolve.presets.choice import check, choose, packaged_presets, preset_for, preset_named
from odesolve.presets.files import load_presets, parse_presets, to_toml
from odesolve.presets.method import Method
from odesolve.presets.preset import Preset, PresetError
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.satisfiability.features import FormulaFeatures
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall

PRESETS = packaged_presets()
ROOT = Path(__file__).parents[2]
ARTICLE = ROOT / "docs" / "examples" / "article.json"

OWN = """
[mine]
problems = ["coloring"]
dynamics = "memcomputing"
stepper = "heavy-ball"
measured = "nowhere"

[mine.parameters]
alpha = 1.5
centring = 0.25
reach = 0.7

[mine.options]
patience = 77

[[mine.lanes]]

[[mine.lanes]]
alpha = 3.6
stride = 0.5
"""


@pytest.fixture
def own_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


# ------------------------------------------------------------------------- what comes with odesolve


def test_the_presets_of_one_kind_of_problem_stand_in_one_file_each_under_a_name_of_its_own():
    files = sorted((ROOT / "odesolve" / "presets").glob("*.toml"))
    packaged = [load_presets(file) for file in files]
    assert [name for presets in packaged for name in presets] == list(PRESETS)
    kinds = [
        kind
        for presets in packaged
        for kind in {kind for preset in presets.values() for kind in preset.problems}
    ]
    assert len(kinds) == len(set(kinds))


def formula_features(**changes: float) -> dict[str, float]:
    """Those of a uniform formula of three literals, with changes."""
    usual = {
        "variables": 1000, "clauses": 4200, "parities": 0, "not_all_equal": 0, "soft": 0,
        "least_width": 3, "most_width": 3, "mean_width": 3.0, "one_width": 1, "ratio": 4.2,
        "sums": 0, "others": 0, "hinted": 0,
    }  # fmt: skip
    return usual | changes


#: (problem, features) -> the preset that is chosen, and with which dynamics by name.
CHOICES = [
    ("coloring", {"encoding": "simplex", "colors": 3, "nodes": 1500}, "coloring-simplex"),
    ("coloring", {"encoding": "simplex", "colors": 2, "nodes": 1501}, "coloring-simplex-large"),
    *(
        (
            "coloring",
            {"encoding": "simplex", "colors": colors, "nodes": 9},
            "coloring-simplex-from-4-colors",
        )
        for colors in (4, 1000)
    ),
    *(
        (
            "coloring",
            {"encoding": "simplex", "colors": 17, "nodes": nodes, "density": p, "spread": spread},
            name,
        )
        for nodes, p, spread, name in (
            (125, 0.5, 0.1, "coloring-dense"),
            (100, 0.3, 0.2, "coloring-dense"),
            (125, 0.29, 0.1, "coloring-medium"),
            (100, 0.1, 0.35, "coloring-medium"),
            (99, 0.5, 0.1, "coloring-simplex-from-4-colors"),
            (99, 0.2, 0.1, "coloring-simplex-from-4-colors"),
            (125, 0.09, 0.1, "coloring-simplex-from-4-colors"),
            (125, 0.2, 0.4, "coloring-simplex-from-4-colors"),
            (125, 0.9, 0.1, "coloring-simplex-from-4-colors"),
            (125, 0.5, 0.3, "coloring-simplex-from-4-colors"),
        )
    ),
    ("coloring", {"encoding": "onehot", "colors": 9, "nodes": 9}, "coloring-onehot"),
    ("coloring", {"encoding": "modular", "colors": 3, "nodes": 9}, "coloring-modular"),
    ("arithmetic", {"encoding": "clauses"}, "circuit-clauses-rectified"),
    ("arithmetic", {"encoding": "relation"}, "circuit-relation-rectified"),
    ("factoring", {"encoding": "clauses"}, "circuit-clauses-memcomputing"),
    ("linear-addition", {}, "linear-addition-descent"),
    ("sat", formula_features(ratio=6.0), "sat-survey-dense"),
    ("sat", formula_features(), "sat-survey"),
    ("sat", formula_features(variables=2000), "sat-survey-threshold"),
    ("sat", formula_features(variables=2000, ratio=4.25), "sat-survey-threshold"),
    ("sat", formula_features(variables=5000, ratio=4.25), "sat-survey-critical"),
    ("sat", formula_features(variables=5000, ratio=4.2), "sat-survey-threshold"),
    ("sat", formula_features(variables=5000, ratio=4.3), "sat-survey"),
    ("sat", formula_features(variables=2000, ratio=4.0), "sat-survey"),
    ("sat", formula_features(variables=2000, ratio=4.3), "sat-survey"),
    ("sat", formula_features(hinted=1), "sat-uniform"),
    ("sat", formula_features(variables=100), "sat-uniform"),
    ("sat", formula_features(least_width=5, most_width=5), "sat-survey-wide"),
    ("sat", formula_features(variables=100, least_width=5, most_width=5), "sat-wide"),
    ("sat", formula_features(least_width=4, most_width=9, one_width=0), "sat-wide"),
    ("sat", formula_features(parities=3, others=3), "sat-hybrid"),
    ("sat", formula_features(sums=3, others=3), "sat-counting"),
    ("sat", formula_features(not_all_equal=3, others=3), "sat-not-all-equal"),
    ("sat", formula_features(least_width=2, one_width=0), "sat-clauses"),
    ("maxsat", formula_features(soft=9, hard=0), "maxsat"),
    ("maxsat", formula_features(soft=9, hard=3), "maxsat-hard"),
]


@pytest.mark.parametrize(("problem", "features", "name"), CHOICES)
def test_the_features_of_a_problem_choose_its_preset(problem, features, name):
    assert preset_for(problem, features).name == name
    choice = choose(problem, features)
    assert choice.preset == name
    assert list(choice.lanes) == PRESETS[name].lanes()


def test_the_features_of_a_formula():
    literals = LiteralRows.of
    found = FormulaFeatures.of(
        Formula(
            4,
            clauses=literals([[1, 2, 3], [-1, 4]]),
            parities=literals([[1, 2], [3, 4]]),
            not_all_equal=literals([[1, 2, 3, 4]]),
        )
    )
    assert (found.least_width, found.most_width, found.one_width) == (2, 3, 0)
    assert found.mean_width == 2.5
    assert (found.sums, found.others, found.parities, found.ratio) == (0, 3, 2, 0.5)
    empty = FormulaFeatures.of(Formula(0))
    assert (empty.least_width, empty.one_width, empty.sums, empty.others) == (0, 0, 0, 0)
    uniform = FormulaFeatures.of(Formula(3, clauses=literals([[1, 2, 3], [-1, 2, -3]])))
    assert (uniform.least_width, uniform.one_width) == (3, 1)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_asked_for(name):
    preset = preset_named(name)
    assert preset.name == name
    for dynamics, stepper in preset.lanes():
        assert (dynamics.name, stepper.name) == (preset.dynamics, preset.stepper)
    # Runs of one batch share one program: lanes must differ in numbers only.
    dynamics, stepper = choose(preset.problems[0], {}, preset=name).for_runs(5)
    assert dynamics.parameters().keys() == preset.lanes()[0][0].parameters().keys()
    assert stepper.name == preset.stepper


@pytest.mark.parametrize(
    ("problem", "name"),
    [
        ("sat", "ising-cac"),
        ("coloring", "ising"),
        ("ising", "sat-ctds"),
        ("coloring", "sat-spectral"),
        ("maxsat", "sat-spectral"),
    ],
)
def test_a_preset_of_another_kind_of_equations_is_refused(problem, name):
    for ask in (choose, check):
        with pytest.raises(PresetError, match=f"preset {name}: .* for other problems; expected"):
            ask(problem, {}, preset=name)


def test_every_problem_has_one_preset_without_conditions_left_out():
    problems = {problem for preset in PRESETS.values() for problem in preset.problems}
    automatic = {problem for preset in PRESETS.values() for problem in preset.automatic}
    assert problems == automatic
    for preset in PRESETS.values():
        assert preset.measured or not preset.automatic, f"{preset.name}: measured where?"


def test_known_values_of_presets():
    small, sparse = preset_named("coloring-simplex").lanes()
    assert small[0] == Rectified(
        alpha=3.6, beta=10.0, gamma=0.029, delta=0.09, epsilon=0.0016, zeta=0.036, decay=0.09,
        centring=0.47, eta=0.13, kappa=0.0,
    )  # fmt: skip
    assert small[1] == HeavyBall(reach=1.3, floor=0.0006, ceiling=1.7, momentum=0.465)
    assert (sparse[0].alpha, sparse[0].decay, sparse[1].stride) == (3.4, 0.09, 0.7)
    for lane, _ in preset_named("coloring-simplex-from-4-colors").lanes():
        # An undecided edge must move the memories, whatever its number of colours.
        assert lane.thresholds == "relative"
        assert lane.gamma < 1
        assert lane.delta < 1
    factoring = preset_named("circuit-clauses-memcomputing").lanes()
    assert factoring[0][0].satisfied_force == "rigidity"
    assert factoring[0][1] == AdaptiveEuler(reach=1.9, floor=0.0015, ceiling=0.19)


# ----------------------------------------------------------------------------------- the user's say

SIMPLEX = {"encoding": "simplex", "colors": 3, "nodes": 10}


def test_a_dynamics_by_name_takes_its_own_preset():
    choice = choose("coloring", SIMPLEX, dynamics="memcomputing")
    assert choice.preset == "coloring-simplex-memcomputing"
    assert choice.lanes[0][0].beta == 13.7


def test_a_dynamics_without_a_preset_takes_its_defaults():
    choice = choose("linear-addition", {}, dynamics="ctds", parameters={"alpha": 3})
    assert (choice.preset, choice.lanes) == (None, ((ContinuousTime(alpha=3.0), AdaptiveEuler()),))
    mine = Rectified(alpha=9.0)
    choice = choose("coloring", SIMPLEX, dynamics=mine, stepper=Euler(dt=0.5))
    assert (choice.preset, choice.lanes) == (None, ((mine, Euler(dt=0.5)),))


def test_parameters_and_a_stepper_go_on_top_of_a_preset(own_file):
    choice = choose("coloring", SIMPLEX, preset=str(own_file), parameters={"beta": "2", "reach": 1})
    assert choice.preset == "mine"
    assert [(d.alpha, d.beta, s.reach, s.stride) for d, s in choice.lanes] == [
        (1.5, 2.0, 1.0, float("inf")), (3.6, 2.0, 1.0, 0.5),
    ]  # fmt: skip
    choice = choose("coloring", SIMPLEX, preset=own_file, stepper="euler")
    assert [stepper for _, stepper in choice.lanes] == [Euler(), Euler()]


def test_another_dynamics_keeps_the_values_of_a_preset_that_it_has(own_file):
    choice = choose("coloring", SIMPLEX, preset=own_file, dynamics="ctds")
    # ctds has an alpha, and no centring.
    assert choice.lanes == (
        (ContinuousTime(alpha=1.5), HeavyBall(reach=0.7)),
        (ContinuousTime(alpha=3.6), HeavyBall(reach=0.7, stride=0.5)),
    )
    mine = Memcomputing(alpha=8.0)
    assert choose("coloring", SIMPLEX, preset=own_file, dynamics=mine).lanes[0][0] == mine


def test_options_are_the_users_then_the_presets_then_the_usual_ones():
    choice = replace(choose("coloring", SIMPLEX), options={"patience": 7, "runs": 3})
    found = choice.with_options({"runs": None, "seed": 5}, patience=100, look_every=2)
    assert (found.runs, found.patience, found.look_every, found.seed) == (3, 7, 2, 5)
    found = choice.with_options({"runs": 9, "patience": None})
    assert (found.runs, found.patience) == (9, None)
    with pytest.raises(ValueError, match="no option 'unheard'"):
        choice.with_options({"unheard": 1})


@pytest.mark.parametrize(
    "wrong",
    [{"dynamics": "magic"}, {"stepper": "leap"}, {"parameters": {"omega": 1}},
     {"preset": "coloring-simplx"}, {"preset": 3}, {"preset": "mine", "dynamics": "magic"}],
)  # fmt: skip
def test_what_there_is_not_is_refused(wrong, own_file):
    if wrong.get("preset") == "mine":
        wrong = wrong | {"preset": own_file}
    with pytest.raises(ValueError, match=r"no |expected"):
        choose("coloring", SIMPLEX, **wrong)


def test_a_misspelt_name_is_told_the_nearest():
    with pytest.raises(PresetError, match="coloring-simplex"):
        preset_named("colouring-simplex")


# -------------------------------------------------------------------------------------------- files


def test_a_file_says_what_it_says(own_file):
    preset = preset_named(own_file)
    assert preset == Preset(
        name="mine",
        problems=("coloring",),
        dynamics="memcomputing",
        stepper="heavy-ball",
        parameters={"alpha": 1.5, "centring": 0.25, "reach": 0.7},
        lane_parameters=({}, {"alpha": 3.6, "stride": 0.5}),
        options={"patience": 77},
        measured="nowhere",
    )


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_writing_and_reading(name):
    assert parse_presets(to_toml(PRESETS[name]), "x") == {name: PRESETS[name]}


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
numbers = st.floats(allow_nan=False, allow_infinity=True) | st.integers(-(2**40), 2**40)
conditions = words.map(lambda word: (word,)) | st.tuples(
    st.integers(-9, 9) | st.just(float("-inf")), st.integers(10, 99)
)


@given(
    name=words,
    measured=words,
    values=st.dictionaries(st.sampled_from(["alpha", "beta", "reach"]), numbers),
    lanes=st.lists(st.dictionaries(st.sampled_from(["zeta", "floor"]), numbers), max_size=3),
    when=st.dictionaries(words, conditions, max_size=3),
)
def test_any_preset_survives_writing_and_reading(name, measured, values, lanes, when):
    preset = Preset(
        name, ("coloring",), "rectified", "adaptive-euler", values, tuple(lanes) or ({},),
        when=when, measured=measured,
    )  # fmt: skip
    assert list(parse_presets(to_toml(preset), "x").values()) == [preset]


@given(st.text(max_size=60) | st.permutations(OWN.splitlines()).map("\n".join))
def test_no_text_breaks_the_reader(text):
    with suppress(PresetError):
        assert all(preset.lanes() for preset in parse_presets(text, "x.toml").values())


FAULTS = {
    "not TOML": ("[a\n", r"x.toml:1: not TOML"),
    "cut short": ('[a]\nproblems = ["sat', r"x.toml:2: not TOML"),
    "no table": ("a = 3", "preset a: 3; expected a table"),
    "another key": ("{head}\nspeed = 3", "preset a: speed: no such key; there are problems"),
    "no problems": ('[a]\ndynamics = "descent"\nstepper = "euler"', "a: problems is missing"),
    "wrong kind": ('[a]\nproblems = "sat"', "preset a: problems: 'sat'; expected a list"),
    "wrong item": ("{head}\nautomatic = [3]", "automatic: 3; expected text"),
    "no such dynamics": (
        '[a]\nproblems = ["sat"]\ndynamics = "magic"\nstepper = "euler"',
        "preset a: dynamics: there is no 'magic'; choose from descent",
    ),
    "no such stepper": (
        '[a]\nproblems = ["sat"]\ndynamics = "descent"\nstepper = "leap"',
        "preset a: stepper: there is no 'leap'; choose from euler",
    ),
    "no such parameter": ("{head}\n[a.parameters]\nalhpa = 3", "preset a: no parameter 'alhpa'"),
    "no number": ('{head}\n[a.parameters]\nrate = "fast"', "rate needs a number, got 'fast'"),
    "a list": ("{head}\n[a.parameters]\nrate = [1]", r"parameters.rate: \[1\]; expected a number"),
    "not a number": ("{head}\n[a.parameters]\nrate = nan", "parameters.rate: nan; expected"),
    "too large": (f"{{head}}\n[a.parameters]\nrate = 1{'0' * 400}", "preset a: .*too large"),
    "lane": ("{head}\nlanes = [3]", "lanes, number 1: 3; expected a table"),
    "lane value": ("{head}\n[[a.lanes]]\n[[a.lanes]]\nrate = true", "lanes, number 2.rate: True"),
    "condition": ("{head}\nwhen = {{ ratio = 3 }}", "when.ratio: 3; expected a word, words, or"),
    "empty range": ("{head}\nwhen = {{ n = {{ at_least = 3, at_most = 2 }} }}", "when.n: "),
    "unknown bound": ("{head}\nwhen = {{ n = {{ below = 3 }} }}", "when.n: "),
    "no such option": ("{head}\noptions = {{ speed = 3 }}", "options.speed: no such option"),
    "option value": ("{head}\noptions = {{ patience = 0 }}", "patience must be at least 1, got 0"),
    "no such start": ('{head}\nstart = "middle"', "preset a: start: 'middle'; expected 'spectral'"),
    "start of another problem": (
        '[a]\nproblems = ["coloring"]\ndynamics = "descent"\nstepper = "euler"\nstart = "spectral"',
        "preset a: start: 'spectral' is for sat alone, not for 'coloring'",
    ),
    "automatic": ('{head}\nautomatic = ["sudoku"]', "automatic: 'sudoku' is not among"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_file_preset_and_key(fault, tmp_path, capsys):
    text, message = FAULTS[fault]
    head = '[a]\nproblems = ["sat"]\ndynamics = "descent"\nstepper = "euler"'
    text = text.format(head=head) if "{head}" in text else text
    with pytest.raises(PresetError, match=message) as caught:
        parse_presets(text, "x.toml")
    assert str(caught.value).startswith("x.toml:")
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    assert run(["color", str(ARTICLE), "--preset", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"odesolve: {path}:")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe", "not a text file"), (b"", "holds 0 presets; expected one"),
     (OWN.encode() + OWN.replace("mine", "other").encode(), "holds 2 presets")],
)  # fmt: skip
def test_a_file_must_hold_one_preset(content, message, tmp_path):
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(PresetError, match=message):
        preset_named(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(PresetError, match="no such file or directory"):
        preset_named(str(tmp_path / "missing.toml"))
    with pytest.raises(PresetError, match="expected a file of presets"):
        preset_named(tmp_path)


# --------------------------------------------------------------------------------- solving with one


def test_results_name_the_preset_and_print_parameters_as_given(own_file):
    edges = [(i, (i + 1) % 5) for i in range(5)]
    found = ode.color(edges, 3, preset=own_file, presolve=False, runs=4, max_steps=2000)
    assert found.satisfied
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (document["preset"], document["dynamics"]) == ("mine", "memcomputing")
    # Not 3.5999999046, which is what float32 holds.
    assert document["parameters"]["alpha"] == [1.5, 3.6]
    assert document["parameters"]["stride"] == [None, 0.5]
    assert document["parameters"]["centring"] == 0.25


@pytest.mark.parametrize(
    ("command", "default"),
    [
        ("sat {cnf}", None),
        pytest.param("add 3 _ 8", "circuit-clauses-rectified", marks=pytest.mark.slow),
        pytest.param("factor 15", "circuit-clauses-memcomputing", marks=pytest.mark.slow),
        pytest.param("add 3 _ 8 --linear", "linear-addition-descent", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_every_command_takes_a_preset(command, default, own_file, tmp_path, capsys):
    cnf = tmp_path / "small.cnf"
    cnf.write_text("p cnf 3 3\n1 2 -3 0\n-1 3 2 0\n-2 -1 3 0\n", encoding="utf-8")
    words = [*command.format(cnf=cnf).split(), "--no-presolve", "--json", "--max-steps", "3000"]
    assert run([*words, "--runs", "8"]) in (0, 10)
    automatic = json.loads(capsys.readouterr().out)
    assert automatic["status"] == "satisfied"
    assert automatic["preset"] is not None
    assert default in (None, automatic["preset"])
    assert run([*words, "--runs", "8", "--preset", str(own_file), "--set", "beta=17"]) in (0, 1, 10)
    chosen = json.loads(capsys.readouterr().out)
    assert (chosen["preset"], chosen["dynamics"]) == ("mine", "memcomputing")
    assert chosen["parameters"]["beta"] == 17
    assert chosen["parameters"]["alpha"] == [1.5, 3.6]


@pytest.mark.parametrize(("problem", "known", "parameter", "is_possible"), [
    ("sat", {}, "rho", True),  # of a preset for a few widths
    ("sat", {}, "alpha", True),
    ("sat", {}, "omega", False),
    ("maxsat", {}, "rho", False),
    ("coloring", {"encoding": "simplex", "colors": 5}, "rho", False),
])  # fmt: skip
def test_parameters_are_refused_early_where_no_preset_that_may_be_chosen_has_them(
    problem, known, parameter, is_possible
):
    method = Method(parameters={parameter: 0.5})
    if is_possible:
        method.check(problem, known)
        return
    with pytest.raises(ValueError, match=f"no parameter '{parameter}'"):
        method.check(problem, known)


def test_what_is_set_belongs_to_the_preset_that_is_chosen_after_presolve():
    clauses = [[1, 2, 3], [-1, -2, 3], [1, -2, -3], [-1, 2, -3], [1, 2, -3]]
    with pytest.raises(ode.InputError, match="no parameter 'growth'"):
        ode.sat(clauses, parameters={"growth": 0.5}, presolve=False, max_steps=1)
    soft = ode.Formula(2, soft=LiteralRows.of([[1], [-1]]), soft_weights=np.array([1, 1]))
    with pytest.raises(ode.InputError, match=r"no parameter 'growth'.*multipliers"):
        ode.sat(soft, parameters={"growth": 0.5})
