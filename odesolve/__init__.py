"""Solve constraint problems by integrating ordinary differential equations.

The public names below are imported when they are first used, so that ``import odesolve`` stays
light and commands that integrate nothing never load JAX.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

# For type checkers and editors, which do not see names that are loaded lazily; a test compares
# them with the table below.
if TYPE_CHECKING:
    from odesolve.batch_size import default_runs as default_runs
    from odesolve.compilation_cache import use_compilation_cache as use_compilation_cache
    from odesolve.dynamics.article import Article as Article
    from odesolve.dynamics.base import Dynamics as Dynamics
    from odesolve.dynamics.base import State as State
    from odesolve.dynamics.ctds import ContinuousTime as ContinuousTime
    from odesolve.dynamics.descent import Descent as Descent
    from odesolve.dynamics.ising.adiabatic import AdiabaticBifurcation as AdiabaticBifurcation
    from odesolve.dynamics.ising.amplitude_control import AmplitudeControl as AmplitudeControl
    from odesolve.dynamics.ising.annealed_langevin import AnnealedLangevin as AnnealedLangevin
    from odesolve.dynamics.ising.ballistic import BallisticBifurcation as BallisticBifurcation
    from odesolve.dynamics.ising.base import IsingDynamics as IsingDynamics
    from odesolve.dynamics.ising.base import IsingSystem as IsingSystem
    from odesolve.dynamics.ising.discrete import DiscreteBifurcation as DiscreteBifurcation
    from odesolve.dynamics.ising.feedback_control import FeedbackControl as FeedbackControl
    from odesolve.dynamics.ising.generalised import GeneralisedBifurcation as GeneralisedBifurcation
    from odesolve.dynamics.ising.memories import Memories as Memories
    from odesolve.dynamics.ising.oscillators import Oscillators as Oscillators
    from odesolve.dynamics.memcomputing import Memcomputing as Memcomputing
    from odesolve.dynamics.memcomputing import Rectified as Rectified
    from odesolve.dynamics.multipliers import Multipliers as Multipliers
    from odesolve.dynamics.survey_flow import SurveyFlow as SurveyFlow
    from odesolve.options import Options as Options
    from odesolve.parameters import interleaved as interleaved
    from odesolve.parameters import with_parameters as with_parameters
    from odesolve.potentials import AtMostOne as AtMostOne
    from odesolve.potentials import Box as Box
    from odesolve.potentials import Cardinality as Cardinality
    from odesolve.potentials import Circle as Circle
    from odesolve.potentials import Clauses as Clauses
    from odesolve.potentials import Different as Different
    from odesolve.potentials import Domain as Domain
    from odesolve.potentials import Gate as Gate
    from odesolve.potentials import Integer as Integer
    from odesolve.potentials import Integral as Integral
    from odesolve.potentials import Linear as Linear
    from odesolve.potentials import Nogoods as Nogoods
    from odesolve.potentials import NotAllEqual as NotAllEqual
    from odesolve.potentials import Or as Or
    from odesolve.potentials import Points as Points
    from odesolve.potentials import ShareOrder as ShareOrder
    from odesolve.potentials import ShareSum as ShareSum
    from odesolve.potentials import Simplex as Simplex
    from odesolve.potentials import Soft as Soft
    from odesolve.potentials import Supports as Supports
    from odesolve.potentials import System as System
    from odesolve.potentials import Threshold as Threshold
    from odesolve.potentials import TruthTable as TruthTable
    from odesolve.potentials import Weighted as Weighted
    from odesolve.potentials import WideThreshold as WideThreshold
    from odesolve.potentials import Xor as Xor
    from odesolve.potentials import compile_system as compile_system
    from odesolve.potentials import multilinear_coefficients as multilinear_coefficients
    from odesolve.potentials import truth_table_from_predicate as truth_table_from_predicate
    from odesolve.potentials import walsh_coefficients as walsh_coefficients
    from odesolve.presets.choice import preset_named as preset_named
    from odesolve.presets.files import load_presets as load_presets
    from odesolve.presets.preset import Preset as Preset
    from odesolve.presets.preset import PresetError as PresetError
    from odesolve.problems.arithmetic.solve import ArithmeticResult as ArithmeticResult
    from odesolve.problems.arithmetic.solve import add as add
    from odesolve.problems.arithmetic.solve import multiply as multiply
    from odesolve.problems.arithmetic.solve import subtract as subtract
    from odesolve.problems.coloring.result import ColoringResult as ColoringResult
    from odesolve.problems.coloring.solve import color as color
    from odesolve.problems.errors import InputError as InputError
    from odesolve.problems.factoring.result import FactorResult as FactorResult
    from odesolve.problems.factoring.solve import factor as factor
    from odesolve.problems.formulas.formats import read_formula as read_formula
    from odesolve.problems.formulas.formula import Formula as Formula
    from odesolve.problems.formulas.writing import write_formula as write_formula
    from odesolve.problems.graphs.formats import read_graph as read_graph
    from odesolve.problems.graphs.from_objects import Graph as Graph
    from odesolve.problems.graphs.writing import write_graph as write_graph
    from odesolve.problems.ising.formats.files import read_ising as read_ising
    from odesolve.problems.ising.formats.files import write_ising as write_ising
    from odesolve.problems.ising.problem import IsingProblem as IsingProblem
    from odesolve.problems.ising.problem import Qubo as Qubo
    from odesolve.problems.ising.result import Improvement as Improvement
    from odesolve.problems.ising.result import IsingProgress as IsingProgress
    from odesolve.problems.ising.result import IsingResult as IsingResult
    from odesolve.problems.ising.solve import ising as ising
    from odesolve.problems.ising.solve import maxcut as maxcut
    from odesolve.problems.ising.solve import qubo as qubo
    from odesolve.problems.models import constraints as constraints
    from odesolve.problems.models.model import Model as Model
    from odesolve.problems.models.plot import plot_shares as plot_shares
    from odesolve.problems.models.result import ModelResult as ModelResult
    from odesolve.problems.models.xcsp3 import read_xcsp3 as read_xcsp3
    from odesolve.problems.quadratization.circuits import Addition as Addition
    from odesolve.problems.quadratization.circuits import Factorization as Factorization
    from odesolve.problems.quadratization.circuits import Multiplication as Multiplication
    from odesolve.problems.quadratization.quadratize import LiftedAnswer as LiftedAnswer
    from odesolve.problems.quadratization.quadratize import Quadratization as Quadratization
    from odesolve.problems.quadratization.quadratize import quadratize as quadratize
    from odesolve.problems.relations.form import Form as Form
    from odesolve.problems.relations.relate import RelationsResult as RelationsResult
    from odesolve.problems.relations.relate import relate as relate
    from odesolve.problems.satisfiability.result import SatResult as SatResult
    from odesolve.problems.satisfiability.solve import sat as sat
    from odesolve.problems.studies.reporting.report import StudyReport as StudyReport
    from odesolve.problems.studies.reporting.report import study_report as study_report
    from odesolve.problems.studies.result import StudyProgress as StudyProgress
    from odesolve.problems.studies.result import StudyResult as StudyResult
    from odesolve.problems.studies.rows import StudyRow as StudyRow
    from odesolve.problems.studies.solve import study as study
    from odesolve.problems.tuning.result import TuningResult as TuningResult
    from odesolve.problems.tuning.solve import tune as tune
    from odesolve.registry import DYNAMICS as DYNAMICS
    from odesolve.registry import ISING_DYNAMICS as ISING_DYNAMICS
    from odesolve.registry import STEPPERS as STEPPERS
    from odesolve.results import Reason as Reason
    from odesolve.results import Result as Result
    from odesolve.results import RunTable as RunTable
    from odesolve.results import Status as Status
    from odesolve.solving import Progress as Progress
    from odesolve.solving import solve as solve
    from odesolve.steppers.anneal import Anneal as Anneal
    from odesolve.steppers.base import Stepper as Stepper
    from odesolve.steppers.euler import AdaptiveEuler as AdaptiveEuler
    from odesolve.steppers.euler import Euler as Euler
    from odesolve.steppers.heavy_ball import HeavyBall as HeavyBall
    from odesolve.steppers.heun import Heun as Heun
    from odesolve.steppers.langevin import Langevin as Langevin
    from odesolve.trajectory import Recorder as Recorder
    from odesolve.trajectory import Trajectory as Trajectory
    from odesolve.trajectory_plot import plot_trajectory as plot_trajectory


_HOME = {
    "odesolve.potentials": (
        "AtMostOne",
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
        "Nogoods",
        "NotAllEqual",
        "Or",
        "Points",
        "ShareOrder",
        "ShareSum",
        "Simplex",
        "Soft",
        "Supports",
        "System",
        "Threshold",
        "TruthTable",
        "Weighted",
        "WideThreshold",
        "Xor",
        "compile_system",
        "multilinear_coefficients",
        "truth_table_from_predicate",
        "walsh_coefficients",
    ),
    "odesolve.dynamics.base": ("Dynamics", "State"),
    "odesolve.dynamics.ctds": ("ContinuousTime",),
    "odesolve.dynamics.descent": ("Descent",),
    "odesolve.dynamics.article": ("Article",),
    "odesolve.dynamics.memcomputing": ("Memcomputing", "Rectified"),
    "odesolve.dynamics.multipliers": ("Multipliers",),
    "odesolve.dynamics.survey_flow": ("SurveyFlow",),
    "odesolve.steppers.base": ("Stepper",),
    "odesolve.steppers.euler": ("AdaptiveEuler", "Euler"),
    "odesolve.steppers.heavy_ball": ("HeavyBall",),
    "odesolve.steppers.heun": ("Heun",),
    "odesolve.steppers.langevin": ("Langevin",),
    "odesolve.dynamics.ising.adiabatic": ("AdiabaticBifurcation",),
    "odesolve.dynamics.ising.amplitude_control": ("AmplitudeControl",),
    "odesolve.dynamics.ising.annealed_langevin": ("AnnealedLangevin",),
    "odesolve.dynamics.ising.ballistic": ("BallisticBifurcation",),
    "odesolve.dynamics.ising.base": ("IsingDynamics", "IsingSystem"),
    "odesolve.dynamics.ising.discrete": ("DiscreteBifurcation",),
    "odesolve.dynamics.ising.feedback_control": ("FeedbackControl",),
    "odesolve.dynamics.ising.generalised": ("GeneralisedBifurcation",),
    "odesolve.dynamics.ising.memories": ("Memories",),
    "odesolve.dynamics.ising.oscillators": ("Oscillators",),
    "odesolve.steppers.anneal": ("Anneal",),
    "odesolve.registry": ("DYNAMICS", "ISING_DYNAMICS", "STEPPERS"),
    "odesolve.parameters": ("interleaved", "with_parameters"),
    "odesolve.batch_size": ("default_runs",),
    "odesolve.options": ("Options",),
    "odesolve.solving": ("Progress", "solve"),
    "odesolve.results": ("Reason", "Result", "RunTable", "Status"),
    "odesolve.presets.preset": ("Preset", "PresetError"),
    "odesolve.presets.choice": ("preset_named",),
    "odesolve.presets.files": ("load_presets",),
    "odesolve.trajectory_plot": ("plot_trajectory",),
    "odesolve.trajectory": ("Recorder", "Trajectory"),
    "odesolve.compilation_cache": ("use_compilation_cache",),
    "odesolve.problems.arithmetic.solve": ("ArithmeticResult", "add", "multiply", "subtract"),
    "odesolve.problems.coloring.solve": ("color",),
    "odesolve.problems.coloring.result": ("ColoringResult",),
    "odesolve.problems.factoring.result": ("FactorResult",),
    "odesolve.problems.factoring.solve": ("factor",),
    "odesolve.problems.relations.relate": ("RelationsResult", "relate"),
    "odesolve.problems.relations.form": ("Form",),
    "odesolve.problems.ising.formats.files": ("read_ising", "write_ising"),
    "odesolve.problems.ising.problem": ("IsingProblem", "Qubo"),
    "odesolve.problems.ising.result": ("Improvement", "IsingProgress", "IsingResult"),
    "odesolve.problems.ising.solve": ("ising", "maxcut", "qubo"),
    "odesolve.problems.models": ("constraints",),
    "odesolve.problems.models.model": ("Model",),
    "odesolve.problems.models.plot": ("plot_shares",),
    "odesolve.problems.models.result": ("ModelResult",),
    "odesolve.problems.models.xcsp3": ("read_xcsp3",),
    "odesolve.problems.quadratization.circuits": ("Addition", "Factorization", "Multiplication"),
    "odesolve.problems.quadratization.quadratize": (
        "LiftedAnswer",
        "Quadratization",
        "quadratize",
    ),
    "odesolve.problems.studies.reporting.report": ("StudyReport", "study_report"),
    "odesolve.problems.studies.result": ("StudyProgress", "StudyResult"),
    "odesolve.problems.studies.rows": ("StudyRow",),
    "odesolve.problems.studies.solve": ("study",),
    "odesolve.problems.tuning.result": ("TuningResult",),
    "odesolve.problems.tuning.solve": ("tune",),
    "odesolve.problems.errors": ("InputError",),
    "odesolve.problems.formulas.formats": ("read_formula",),
    "odesolve.problems.formulas.formula": ("Formula",),
    "odesolve.problems.formulas.writing": ("write_formula",),
    "odesolve.problems.satisfiability.solve": ("sat",),
    "odesolve.problems.satisfiability.result": ("SatResult",),
    "odesolve.problems.graphs.from_objects": ("Graph",),
    "odesolve.problems.graphs.formats": ("read_graph",),
    "odesolve.problems.graphs.writing": ("write_graph",),
}
__version__: str

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
