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
        "Xor",
        "compile_system",
        "multilinear_coefficients",
        "walsh_coefficients",
    ),
    "odesolve.dynamics": ("Dynamics", "State"),
    "odesolve.ctds": ("ContinuousTime",),
    "odesolve.descent": ("Descent",),
    "odesolve.article": ("Article",),
    "odesolve.memcomputing": ("Memcomputing", "Rectified"),
    "odesolve.steppers": ("AdaptiveEuler", "Euler", "HeavyBall", "Heun", "Stepper"),
    "odesolve.registry": ("DYNAMICS", "STEPPERS", "interleaved", "with_parameters"),
    "odesolve.options": ("Options",),
    "odesolve.solving": ("Progress", "default_runs", "solve"),
    "odesolve.results": ("Reason", "Result", "RunTable", "Status"),
    "odesolve.presets": ("Preset", "PresetError"),
    "odesolve.preset_choice": ("preset_named",),
    "odesolve.preset_files": ("load_presets",),
    "odesolve.trajectory": ("Recorder", "Trajectory"),
    "odesolve.compilation_cache": ("use_compilation_cache",),
    "odesolve.problems.arithmetic": ("ArithmeticResult", "add", "multiply", "subtract"),
    "odesolve.problems.coloring": ("color",),
    "odesolve.problems.coloring_result": ("ColoringResult",),
    "odesolve.problems.factoring": ("FactorResult", "factor"),
    "odesolve.problems.relating": ("RelationsResult", "relate"),
    "odesolve.problems.relation_forms": ("Form",),
    "odesolve.problems.tuning": ("TuningResult", "tune"),
    "odesolve.problems.errors": ("InputError",),
    "odesolve.problems.formula": ("Formula",),
    "odesolve.problems.satisfiability": ("sat",),
    "odesolve.problems.satisfiability_result": ("SatResult",),
    "odesolve.problems.graph": ("Graph",),
    "odesolve.problems.graph_files": ("read_graph",),
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
