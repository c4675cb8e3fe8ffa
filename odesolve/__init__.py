"""Solve constraint problems by integrating ordinary differential equations.

The public names below are imported when they are first used, so that ``import odesolve`` stays
light and commands that integrate nothing never load JAX.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

_HOME = {
    "odesolve.potentials": (
        "Box",
        "Cardinality",
        "Circle",
        "Clauses",
        "Different",
        "Domain",
        "Gate",
        "Integer",
        "Integral",
        "Linear",
        "NotAllEqual",
        "Or",
        "Points",
        "Simplex",
        "Soft",
        "System",
        "Threshold",
        "TruthTable",
        "Weighted",
        "WideThreshold",
        "Xor",
        "compile_system",
        "multilinear_coefficients",
        "walsh_coefficients",
    ),
    "odesolve.dynamics.base": ("Dynamics", "State"),
    "odesolve.dynamics.ctds": ("ContinuousTime",),
    "odesolve.dynamics.descent": ("Descent",),
    "odesolve.dynamics.article": ("Article",),
    "odesolve.dynamics.memcomputing": ("Memcomputing", "Rectified"),
    "odesolve.steppers.base": ("AdaptiveEuler", "Euler", "HeavyBall", "Heun", "Stepper"),
    "odesolve.registry": ("DYNAMICS", "STEPPERS", "interleaved", "with_parameters"),
    "odesolve.options": ("Options",),
    "odesolve.solving": ("Progress", "default_runs", "solve"),
    "odesolve.results": ("Reason", "Result", "RunTable", "Status"),
    "odesolve.presets.preset": ("Preset", "PresetError"),
    "odesolve.presets.choice": ("preset_named",),
    "odesolve.presets.files": ("load_presets",),
    "odesolve.trajectory": ("Recorder", "Trajectory"),
    "odesolve.compilation_cache": ("use_compilation_cache",),
    "odesolve.problems.arithmetic.solve": ("ArithmeticResult", "add", "multiply", "subtract"),
    "odesolve.problems.coloring.solve": ("color",),
    "odesolve.problems.coloring.result": ("ColoringResult",),
    "odesolve.problems.factoring.solve": ("FactorResult", "factor"),
    "odesolve.problems.relations.relate": ("RelationsResult", "relate"),
    "odesolve.problems.relations.form": ("Form",),
    "odesolve.problems.tuning.search": ("TuningResult", "tune"),
    "odesolve.problems.errors": ("InputError",),
    "odesolve.problems.formulas.formats": ("read_formula", "write_formula"),
    "odesolve.problems.formulas.formula": ("Formula",),
    "odesolve.problems.satisfiability.solve": ("sat",),
    "odesolve.problems.satisfiability.result": ("SatResult",),
    "odesolve.problems.graphs.from_objects": ("Graph",),
    "odesolve.problems.graphs.formats": ("read_graph", "write_graph"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted([*_MODULE_OF, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("odesolve")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'odesolve' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def _before_fork() -> None:
    """Have the child know whether JAX was used before, which would hang it without a word."""
    if "jax" in sys.modules:
        import_module("odesolve.potentials.device")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork)
