"""FlatZinc, MiniZinc's language for solvers: its text, and its JSON of MiniZinc 2.8 and later."""

from odesolve.problems.models.flatzinc.builder import FlatZinc
from odesolve.problems.models.flatzinc.read import parse_flatzinc, read_flatzinc
from odesolve.problems.models.flatzinc.terms import Output

__all__ = ["FlatZinc", "Output", "parse_flatzinc", "read_flatzinc"]
