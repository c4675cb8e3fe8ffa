"""Settings of a study: presets from files, lanes, and what makes a cell another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import odesolve as ode
from odesolve.presets.files import to_toml
from odesolve.problems.studies.cells import method_of
from odesolve.problems.studies.files import study_from


def keys(*settings: dict[str, Any], **other: Any) -> list[str]:
    """The keys of the cells of a formula."""
    tables = {"instances": [{"generator": "planted", "sizes": [5]} | other]}
    return [cell.key for cell in study_from(tables | {"settings": list(settings)})[0].cells()]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_preset_in_a_file_travels_with_its_cells():
    own = ode.Preset("mine", ("sat",), "rectified", "adaptive-euler", {"alpha": 3.0})
    Path("mine.toml").write_text(to_toml(own), encoding="utf-8")
    setting = {"name": "a", "preset": "mine.toml"}
    [cell] = study_from(
        {"instances": [{"generator": "planted", "sizes": [5]}], "settings": [setting]}
    )[0].cells()
    before = keys(setting)
    Path("mine.toml").unlink()
    assert method_of(cell.task().options, ("sat",)) == {"preset": own}
    other = ode.Preset("mine", ("sat",), "rectified", "adaptive-euler", {"alpha": 4.0})
    Path("mine.toml").write_text(to_toml(other), encoding="utf-8")
    assert keys(setting) != before


@pytest.mark.parametrize(
    "base",
    [{"preset": "sat-ctds"}, {"dynamics": "ctds", "stepper": "adaptive-euler"}],
    ids=["preset", "dynamics and stepper"],
)
def test_lanes_are_those_of_the_setting(base):
    lanes = [{"reach": 0.1}, {"reach": 0.2}]
    chosen = method_of({**base, "lanes": lanes}, ("sat",))
    assert [stepper.reach for _, stepper in chosen["preset"].lanes()] == [0.1, 0.2]
    assert chosen["preset"].dynamics == "ctds"


def test_a_lane_without_such_a_parameter_is_told_at_once():
    setting = {"name": "a", "preset": "sat-ctds", "lanes": [{"none": 1}]}
    with pytest.raises(ode.InputError, match=r"study: settings\[0\]\.preset: .*none"):
        keys(setting)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"name": "a"}, {"name": "b"}, True),
        ({"name": "a"}, {"name": "a", "time_limit": 600.0}, True),
        ({"name": "a"}, {"name": "a", "time_limit": 60.0}, False),
        ({"name": "a"}, {"name": "a", "runs": 3}, False),
        ({"name": "a"}, {"name": "a", "command": "solver {file}"}, False),
    ],
)
def test_a_cell_is_known_by_what_it_does(one, other, same):
    assert (keys(one) == keys(other)) == same


def test_other_content_is_another_cell():
    own = keys({"name": "a"})
    assert keys({"name": "a"}) == own
    assert keys({"name": "a"}, seeds=[1]) != own
    assert keys({"name": "a"}, ratio=4.4) != own
    assert keys({"name": "a"}, target=1) != own


def test_a_problem_that_is_there_twice_is_solved_once():
    Path("one.cnf").write_text("p cnf 1 1\n1 0\n", encoding="utf-8")
    Path("two.cnf").write_text("p cnf 1 1\n1 0\n", encoding="utf-8")
    tables = {"instances": [{"files": "*.cnf"}], "settings": [{"name": "a"}]}
    study, notes = study_from(tables)
    assert [cell.instance.name for cell in study.cells()] == ["one.cnf"]
    assert notes == ["two.cnf is the same problem as one.cnf"]


def test_a_setting_that_fits_nothing_is_noted():
    tables = {"instances": [{"numbers": [15]}], "settings": [{"name": "a", "kinds": ["sat"]}]}
    study, notes = study_from(tables)
    assert (list(study.cells()), notes) == ([], ["setting a is for none of the instances"])
