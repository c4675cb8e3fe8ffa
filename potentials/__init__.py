"""What a constraint is: domains, clause families and the compiler that joins them into a System."""

from odesolve.potentials.clauses import Clauses
from odesolve.potentials.different import Different
from odesolve.potentials.disjunction import Or
from odesolve.potentials.domains import Box, Circle, Domain, Simplex
from odesolve.potentials.fourier import (
    multilinear_coefficients,
    truth_table_from_predicate,
    walsh_coefficients,
)
from odesolve.potentials.system import System, compile_system
from odesolve.potentials.truth_table import TruthTable

#: Every clause family; a new one is added here and to the tests' table.
FAMILIES: tuple[type[Clauses], ...] = (TruthTable, Or, Different)

__all__ = [
    "FAMILIES",
    "Box",
    "Circle",
    "Clauses",
    "Different",
    "Domain",
    "Or",
    "Simplex",
    "System",
    "TruthTable",
    "compile_system",
    "multilinear_coefficients",
    "truth_table_from_predicate",
    "walsh_coefficients",
]
