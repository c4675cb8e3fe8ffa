"""Kernels in C++: the same steps as JAX's, and what is said where they cannot be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from native_cases import CASES, RUNS

import odesolve as ode
from odesolve.batch import runs_broadcast
from odesolve.native.building import NativeError, compiler
from odesolve.native.kernels import kernel_for
from odesolve.potentials.device import on_device
from odesolve.solving import padded_for

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler")


#: Enough where compiling takes seconds, and on every other Python.
ONE_A_KERNEL = ("surveys-memory", "memories-ball", "colors-7")

#: XLA compiles these for seconds, and what they are made of stands in other cases as well.
LONG_COMPILED = ("memories-adaptive", "memories-euler", "colors-16")

#: Parameters that only bound something.
LIMITS = ("long_limit", "floor", "ceiling", "stride")


def the_rest_slow(names: tuple[str, ...]) -> list:
    """The names of all cases, of which those that are not named are slow."""
    return [pytest.param(name, marks=[] if name in names else pytest.mark.slow) for name in CASES]


def cases_and_runs() -> list:
    """Names and numbers of runs: by default once a case, whole vectors and parts by turns."""
    found = []
    for place, name in enumerate(CASES):
        for runs in RUNS:
            is_slow = runs != (3, 16)[place % 2] or name in LONG_COMPILED
            marks = [pytest.mark.slow] if is_slow else []
            if name in ONE_A_KERNEL:
                marks.append(pytest.mark.core)
            found.append(pytest.param(name, runs, marks=marks))
    return found


def use(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Have the native library looked for there."""
    patch.setenv("ODESOLVE_NATIVE", str(folder))


def begun(case, runs: int):
    """The padded system of a case, its equations, and a state."""
    system, dynamics, stepper = case(runs)
    equations = on_device((dynamics, stepper))
    system = padded_for(system, *equations).system
    x = system.sample([np.random.default_rng((7, run)) for run in range(runs)])
    with runs_broadcast():
        state = equations[0].start(system, system.hold(jnp.asarray(x)))
        return system, *equations, equations[1].prepare(state, system)


@jax.jit
def by_jax(state, time, count, system, dynamics, stepper):
    """So many steps of the stepper."""

    def one(_, carry):
        state, elapsed = stepper.step(carry[0], system, dynamics)
        return state, carry[1] + elapsed

    with runs_broadcast():
        return jax.lax.fori_loop(0, count, one, (state, time))


@jax.jit
def by_kernel(state, time, count, system, dynamics, stepper):
    """The same, by the kernel that covers it."""
    with runs_broadcast():
        kernel = kernel_for(system, dynamics, stepper)
        return kernel.call(len(time)).steps(state, time, count)


@needs_compiler
@pytest.mark.parametrize(("name", "runs"), cases_and_runs())
def test_a_kernel_does_the_steppers_steps(name, runs, library):
    system, dynamics, stepper, state = begun(CASES[name], runs)
    time = jnp.zeros(runs)
    for count in (0, 1, 2, 9):
        own = time, jnp.int32(count), system, dynamics, stepper
        # Logarithms of what is all but 0 have fewer digits.
        close = partial(np.testing.assert_allclose, rtol=2e-3, atol=2e-4)
        jax.tree.map(close, by_kernel(state, *own), by_jax(state, *own))


@needs_compiler
@pytest.mark.parametrize("name", the_rest_slow(ONE_A_KERNEL))
def test_a_run_does_the_same_beside_others(name, library):
    """To the last bit in whole vectors; up to rounding where several rows are taken together."""
    equal = np.testing.assert_array_equal
    close = partial(np.testing.assert_allclose, rtol=2e-3, atol=2e-4)
    wholes = [(0, 16), (16, 32), (32, 48)]
    for total, parts, compared in ((48, wholes, equal), (11, [(0, 3), (3, 11)], close)):
        system, dynamics, stepper, state = begun(CASES[name], total)
        own = jnp.int32(6), system, dynamics, stepper
        whole, _ = by_kernel(state, jnp.zeros(total), *own)
        for part in parts:
            runs = slice(*part)
            chosen, *parameters, expected = [
                jax.tree.map(lambda leaf, runs=runs: leaf[..., runs] if leaf.ndim else leaf, tree)
                for tree in (state, dynamics, stepper, whole)
            ]
            count = chosen.x.shape[1]
            alone, _ = by_kernel(chosen, jnp.zeros(count), jnp.int32(6), system, *parameters)
            jax.tree.map(compared, alone, expected)


@needs_compiler
@pytest.mark.parametrize("name", the_rest_slow(ONE_A_KERNEL))
def test_a_seed_is_solved_again_step_by_step(name, library, monkeypatch):
    """The whole loop: looks, restarts, and calls of any length."""
    use(library, monkeypatch)
    system, dynamics, stepper = CASES[name](4)
    solve = partial(ode.solve, system, dynamics, stepper, runs=4, seed=3, run_length=40)
    first = solve(max_steps=60, kernels="native", all_runs=True)
    again = solve(max_steps=60, kernels="auto", all_runs=True)
    assert first.kernels == again.kernels == "native"
    assert first.runs.to_json() == again.runs.to_json()
    assert first.assignment.tolist() == again.assignment.tolist()
    assert (first.violated == 0) == first.satisfied
    assert solve(max_steps=5, kernels="jax").kernels == "jax"


@needs_compiler
@pytest.mark.parametrize("name", the_rest_slow(ONE_A_KERNEL))
def test_eight_devices_do_what_one_does(name, library):
    script = Path(__file__).with_name("sharded_native.py")
    environment = {**os.environ, "ODESOLVE_NATIVE": str(library)}
    command = [sys.executable, str(script), name]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    one, eight = json.loads(ran.stdout)[name]
    assert (one.pop("device"), eight.pop("device")) == ("cpu", "8 x cpu")
    assert one["kernels"] == "native"
    assert one == eight


@needs_compiler
def test_a_factorization_says_which_kernels_it_took(library, monkeypatch):
    use(library, monkeypatch)
    found = ode.factor(4093 * 4099, presolve=False, kernels="native")
    assert found.run.kernels == "native"
    assert found.factors == [(4093, 1), (4099, 1)]


@needs_compiler
def test_what_no_kernel_covers_is_left_to_jax(library, monkeypatch):
    use(library, monkeypatch)
    system, _, stepper = next(iter(CASES.values()))(2)
    result = ode.solve(system, ode.Descent(), stepper, runs=2, max_steps=5, kernels="native")
    assert result.kernels == "jax"


def test_auto_builds_nothing(tmp_path, monkeypatch):
    use(tmp_path, monkeypatch)
    system, dynamics, stepper = next(iter(CASES.values()))(2)
    assert ode.solve(system, dynamics, stepper, runs=2, max_steps=5).kernels == "jax"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"PATH": "", "CXX": ""}, "no C++ compiler found; expected c++, g++ or clang++"),
        ({"CXX": "false", "PATH": "/usr/bin:/bin"}, "cannot build them"),
        ({"ODESOLVE_NATIVE": "off"}, "ODESOLVE_NATIVE is off; expected a folder"),
    ],
)
def test_what_cannot_be_built_is_one_line(environment, told, tmp_path, monkeypatch):
    use(tmp_path, monkeypatch)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    system, dynamics, stepper = next(iter(CASES.values()))(2)
    with pytest.raises(NativeError, match="kernels: ") as error:
        ode.solve(system, dynamics, stepper, runs=2, max_steps=5, kernels="native")
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.rglob("*.so"))


@pytest.mark.parametrize("word", ["fast", None, True, 3])
def test_another_word_is_refused(word):
    with pytest.raises(ValueError, match="kernels is 'auto', 'jax' or 'native', got"):
        ode.Options(kernels=word)


@needs_compiler
@pytest.mark.parametrize("kernels", ["native", pytest.param("jax", marks=pytest.mark.slow)])
def test_the_command_says_which_it_took(kernels, library, tmp_path):
    generator = np.random.default_rng(5)
    rows = [generator.choice(400, 3, replace=False) + 1 for _ in range(1600)]
    signs = generator.choice([-1, 1], (1600, 3))
    lines = [" ".join(map(str, row * sign)) + " 0" for row, sign in zip(rows, signs, strict=True)]
    formula = tmp_path / "formula.cnf"
    formula.write_text("\n".join(["p cnf 400 1600", *lines]) + "\n")
    environment = {**os.environ, "ODESOLVE_NATIVE": str(library)}
    command = [sys.executable, "-m", "odesolve", "sat", str(formula), "--prove", "none", "--json"]
    ran = subprocess.run(
        [*command, "--kernels", kernels], capture_output=True, text=True, env=environment
    )
    assert ran.returncode == 10, ran.stderr
    found = json.loads(ran.stdout)
    assert found["status"] == "satisfied"
    assert found["kernels"] == kernels


@needs_compiler
@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("surveys", "rho"),
        *((name, "alpha") for name in ("memories-ball", "colors-3", "colors-7")),
        *(pytest.param("memories-ball", own, marks=pytest.mark.slow) for own in LIMITS),
        *(("colors-3", own) for own in ("long_limit", "stride")),
    ],
)
def test_a_state_that_is_no_number_is_seen_as_such(name, parameter, library, monkeypatch):
    use(library, monkeypatch)
    system, *equations = CASES[name](2)
    broken = {parameter: np.array([np.nan, 0.5], np.float32)}
    own = [replace(part, **broken) if hasattr(part, parameter) else part for part in equations]
    result = ode.solve(system, *own, runs=2, max_steps=20, all_runs=True, kernels="native")
    assert result.kernels == "native"
    assert result.runs.finite.tolist() == [False, True]
