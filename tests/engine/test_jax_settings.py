"""JAX's global settings change no answer, and what JAX cannot do is said in one line."""

import json
import logging
import os
import re
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_solves import SOLVES
from tables import (
    DYNAMICS_CASES,
    FAMILY_CASES,
    STEPPER_CASES,
    SYSTEM_CASES,
    FamilyCase,
    interior_cells,
    interior_state,
)

import odesolve as ode
from odesolve.cli.device import choose_device
from odesolve.cli.main import run
from odesolve.potentials.device import DeviceError, on_device

SCRIPT = Path(__file__).parents[1] / "small_solves.py"
FORMULA = "p cnf 4 4\n1 2 3 0\n-1 -2 4 0\n-3 -4 1 0\n2 -3 4 0\n"

SETTINGS: dict[str, dict[str, Any]] = {
    "x64": {"jax_enable_x64": True},
    "strict-types": {"jax_numpy_dtype_promotion": "strict"},
    "strict-types-x64": {"jax_numpy_dtype_promotion": "strict", "jax_enable_x64": True},
    "strict-ranks": {"jax_numpy_rank_promotion": "raise"},
    "nans": {"jax_debug_nans": True},
    "infs": {"jax_debug_infs": True},
    "matmul": {"jax_default_matmul_precision": "bfloat16"},
    "tracer-leaks": {"jax_check_tracer_leaks": True},
    "transfers": {"jax_transfer_guard": "disallow"},
    "threefry": {"jax_threefry_partitionable": False},
    "generator": {"jax_default_prng_impl": "rbg"},
    "named-device": {"jax_default_device": "cpu"},
}


def in_new_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
        env=os.environ | environment,
    )


def solved(settings: dict[str, Any], *names: str, **environment: str) -> Any:
    ran = in_new_process(str(SCRIPT), json.dumps(settings), *names, **environment)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@cache
def usual(name: str) -> Any:
    """What a solve finds without any setting, as JSON holds it."""
    return json.loads(json.dumps(SOLVES[name]()))


@pytest.mark.slow
def test_strictest_settings_together_change_no_answer() -> None:
    names = ("color", "max-sat", "dynamics-survey-flow")
    together = SETTINGS["strict-types-x64"] | SETTINGS["strict-ranks"] | SETTINGS["nans"]
    assert solved(together, *names) == {name: usual(name) for name in names}


def test_a_recorded_solve_sends_nothing_unasked() -> None:
    clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2]])
    system = ode.compile_system([(ode.Box(), 3)], clauses)
    recorder = ode.Recorder(cells=2, clauses=1)
    with jax.transfer_guard("disallow"):
        ode.solve(system, ode.Memcomputing(), runs=2, max_steps=5, recorder=recorder)
    trajectory = recorder.trajectory()
    assert trajectory.variables.shape[1] == 2
    assert {memory.shape[1] for memory in trajectory.memories.values()} == {1}


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_no_setting_changes_an_answer(setting: str) -> None:
    assert solved(SETTINGS[setting]) == {name: usual(name) for name in SOLVES}


@pytest.mark.slow
def test_second_device_gives_the_same_answers() -> None:
    # Beside how the tests compile: with JAX 0.10 other options add up in another order.
    two = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=2"
    found = solved({"jax_default_device": 1}, XLA_FLAGS=two)
    assert found == {name: usual(name) for name in SOLVES}


@pytest.mark.slow
def test_without_compiling() -> None:
    found = solved({"jax_disable_jit": True}, "tiny")
    assert found == {"tiny": usual("tiny")}


def wide(function: Any, *arguments: Any) -> list[str]:
    """Arrays of 64 bits in a traced function; literals and JAX's own loop counters are scalars."""
    with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
        text = str(jax.make_jaxpr(function)(*arguments))
    return re.findall(r"\b[fiu]64\[[^]]+\]", text)


@pytest.mark.parametrize("case", FAMILY_CASES, ids=lambda case: case.name)
def test_families_state_their_types(case: FamilyCase) -> None:
    family, domains = case.clauses, case.domains
    x = interior_cells(domains, len(family), 2, 0).astype(np.float32)
    values = np.zeros((len(family), len(domains), 2), np.int32)

    def everything(family: ode.Clauses, x: Any, values: Any) -> Any:
        forms = family.value_and_pull(x, domains), family.rigidity(x, domains)
        return family.value(x, domains), forms, family.satisfied(values)

    assert wide(everything, on_device(family), jnp.asarray(x), jnp.asarray(values)) == []


@pytest.mark.parametrize(
    ("dynamics", "stepper"),
    [
        *((dynamics, "euler") for dynamics in DYNAMICS_CASES),
        *(("rectified-mixed", stepper) for stepper in STEPPER_CASES),
    ],
)
def test_dynamics_and_steppers_state_their_types(dynamics: str, stepper: str) -> None:
    system = SYSTEM_CASES["mixed-domains"]()
    x = jnp.asarray(interior_state(system, 2, 0), jnp.float32)
    law, rule = on_device((DYNAMICS_CASES[dynamics], STEPPER_CASES[stepper]))

    def step(system: ode.System, law: ode.Dynamics, rule: ode.Stepper, x: Any) -> Any:
        state, elapsed = rule.step(rule.prepare(law.start(system, x), system), system, law)
        return state, elapsed, system.rank(system.decode(state.x))

    assert wide(step, system, law, rule, x) == []


def test_arrays_are_copied_to_the_device() -> None:
    arrays = [np.zeros(4096, np.float32) for _ in range(20)]
    put = on_device(arrays)
    for array in arrays:
        array += 1.0
    assert not any(np.asarray(array).any() for array in put)


@pytest.mark.parametrize("platform", ["cuda", "nonsense"])
def test_missing_platform_is_one_line(platform: str, tmp_path: Path) -> None:
    path = tmp_path / "f.cnf"
    path.write_text(FORMULA, encoding="utf-8")
    words = ("-m", "odesolve.cli.main", "sat", str(path), "--no-presolve", "--prove", "none")
    ran = in_new_process(*words, JAX_PLATFORMS=platform)
    if platform == "cuda" and ran.returncode == 10:
        pytest.skip("there is a GPU")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"odesolve: JAX finds no such device: JAX_PLATFORMS is {platform}; "
        "JAX_PLATFORMS=cpu is always there\n"
    )


def test_missing_default_device_is_one_line() -> None:
    with (
        jax.default_device("tpu"),
        pytest.raises(DeviceError, match="no such device: jax_default_device is tpu;"),
    ):
        ode.sat([[1, 2], [-1, 2], [1, -2]], presolve=False)


FORKS = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")  # JAX and Python warn of forks themselves
import odesolve as ode

def in_child():
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        signal.alarm(100)  # a hang ends the child with a signal
        for attempt in (solve, lambda: ode.compile_system([(ode.Box(), 1)], [])):
            try:
                attempt()
                print("solved", flush=True)
            except RuntimeError as error:
                print(error, flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

def solve():
    return ode.color([(0, 1), (1, 2)], 3, presolve=False, runs=1, max_steps=50)

use = {"odesolve": solve, "jax": lambda: __import__("jax").numpy.ones(3).block_until_ready()}
if sys.argv[1] == "odesolve":
    in_child()
use[sys.argv[1]]()
in_child()
"""
REFUSED = (
    "JAX was used before this process was forked, and would hang: "
    "start processes with multiprocessing.get_context('spawn')"
)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ("odesolve", ["solved"] * 2 + [REFUSED] * 2),
        pytest.param("jax", [REFUSED] * 2, marks=pytest.mark.slow),
    ],
)
def test_use_after_fork_is_refused_instead_of_a_hang(used: str, expected: list[str]) -> None:
    ran = in_new_process("-c", FORKS, used)
    assert (ran.returncode, ran.stdout.splitlines()) == (0, expected), ran.stderr


@pytest.mark.parametrize("quiet", [False, True])
def test_remarks_of_jax_are_one_line_each(
    quiet: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[str] = []
    usual = lambda message, *_, **__: others.append(str(message))  # noqa: E731
    monkeypatch.setattr(warnings, "showwarning", usual)
    monkeypatch.setattr(logging.getLogger("jax"), "propagate", True)
    choose_device(None, quiet=quiet)
    within = str(Path(jax.__file__).with_name("compiler.py"))
    for _ in range(2):
        warnings.showwarning(UserWarning("a damaged\n entry"), UserWarning, within, 7)
    logging.getLogger("jax._src.xla_bridge").warning("a GPU without its library")
    warnings.showwarning(UserWarning("another's"), UserWarning, "/somewhere/else.py", 7)
    lines = capsys.readouterr().err.splitlines()
    remarks = ["odesolve: JAX: a damaged entry", "odesolve: JAX: a GPU without its library"]
    assert lines == ([] if quiet else remarks)
    assert others == ["another's"]


@pytest.mark.slow
def test_damaged_cache_is_one_line(tmp_path: Path) -> None:
    formula, folder = tmp_path / "f.cnf", tmp_path / "cache"
    formula.write_text(FORMULA, encoding="utf-8")

    def errors(*options: str) -> list[str]:
        words = ("-m", "odesolve.cli.main", "sat", str(formula), "--no-presolve", *options)
        words += ("--prove", "none")  # CaDiCaL would answer before anything is compiled
        ran = in_new_process(*words, ODESOLVE_CACHE="on", JAX_COMPILATION_CACHE_DIR=str(folder))
        assert ran.returncode == 10
        # What odesolve keeps itself, too: JAX's cache is asked only for what is not found there.
        for entries in (list(folder.glob("*-cache")), list((folder / "functions").iterdir())):
            assert entries
            for entry in entries:
                entry.write_bytes(b"damaged")
        return ran.stderr.splitlines()

    assert errors() == []
    (line,) = errors()
    assert line.startswith("odesolve: JAX: Error reading persistent compilation cache entry")
    assert errors("-q") == []


def test_bench_says_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    with jax.default_device("tpu"):
        assert run(["bench", "--variables", "10", "--steps", "5"]) == 2
    assert capsys.readouterr().err.startswith("odesolve: JAX finds no such device: ")
