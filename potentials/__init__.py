"""What a constraint is: domains, clause families and the compiler that joins them into a System.

Names are imported when they are first used: the modules on relations and presolve need no JAX,
and a query that presolve answers never loads it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from odesolve.potentials.clauses import (
        Clauses as Clauses,
    )
    from odesolve.potentials.clauses import (
        Soft as Soft,
    )
    from odesolve.potentials.clauses import (
        Weighted as Weighted,
    )
    from odesolve.potentials.compilation import (
        compile_system as compile_system,
    )
    from odesolve.potentials.domains import (
        Box as Box,
    )
    from odesolve.potentials.domains import (
        Circle as Circle,
    )
    from odesolve.potentials.domains import (
        Domain as Domain,
    )
    from odesolve.potentials.domains import (
        Integer as Integer,
    )
    from odesolve.potentials.domains import (
        Simplex as Simplex,
    )
    from odesolve.potentials.families.at_most_one import (
        AtMostOne as AtMostOne,
    )
    from odesolve.potentials.families.cardinality import (
        Cardinality as Cardinality,
    )
    from odesolve.potentials.families.different import (
        Different as Different,
    )
    from odesolve.potentials.families.disjunction import (
        Or as Or,
    )
    from odesolve.potentials.families.gates import (
        Gate as Gate,
    )
    from odesolve.potentials.families.integral import (
        Integral as Integral,
    )
    from odesolve.potentials.families.linear import (
        Linear as Linear,
    )
    from odesolve.potentials.families.nogoods import (
        Nogoods as Nogoods,
    )
    from odesolve.potentials.families.nogoods import (
        Supports as Supports,
    )
    from odesolve.potentials.families.not_all_equal import (
        NotAllEqual as NotAllEqual,
    )
    from odesolve.potentials.families.parity import (
        Xor as Xor,
    )
    from odesolve.potentials.families.points import (
        Points as Points,
    )
    from odesolve.potentials.families.share_order import (
        ShareOrder as ShareOrder,
    )
    from odesolve.potentials.families.share_sum import (
        ShareSum as ShareSum,
    )
    from odesolve.potentials.families.threshold import (
        Threshold as Threshold,
    )
    from odesolve.potentials.families.truth_table import (
        TruthTable as TruthTable,
    )
    from odesolve.potentials.families.wide_threshold import (
        WideThreshold as WideThreshold,
    )
    from odesolve.potentials.goals import (
        Goal as Goal,
    )
    from odesolve.potentials.goals import (
        ProductGoal as ProductGoal,
    )
    from odesolve.potentials.relations.fourier import (
        multilinear_coefficients as multilinear_coefficients,
    )
    from odesolve.potentials.relations.fourier import (
        truth_table_from_predicate as truth_table_from_predicate,
    )
    from odesolve.potentials.relations.fourier import (
        walsh_coefficients as walsh_coefficients,
    )
    from odesolve.potentials.system import (
        System as System,
    )

_HOME = {
    "odesolve.potentials.families.cardinality": ("Cardinality",),
    "odesolve.potentials.clauses": (
        "Clauses",
        "Soft",
        "Weighted",
    ),
    "odesolve.potentials.families.different": ("Different",),
    "odesolve.potentials.families.disjunction": ("Or",),
    "odesolve.potentials.domains": (
        "Box",
        "Circle",
        "Domain",
        "Integer",
        "Simplex",
    ),
    "odesolve.potentials.relations.fourier": (
        "multilinear_coefficients",
        "truth_table_from_predicate",
        "walsh_coefficients",
    ),
    "odesolve.potentials.families.gates": ("Gate",),
    "odesolve.potentials.goals": (
        "Goal",
        "ProductGoal",
    ),
    "odesolve.potentials.families.integral": ("Integral",),
    "odesolve.potentials.families.linear": ("Linear",),
    "odesolve.potentials.families.not_all_equal": ("NotAllEqual",),
    "odesolve.potentials.families.at_most_one": ("AtMostOne",),
    "odesolve.potentials.families.nogoods": ("Nogoods", "Supports"),
    "odesolve.potentials.families.parity": ("Xor",),
    "odesolve.potentials.families.points": ("Points",),
    "odesolve.potentials.families.share_order": ("ShareOrder",),
    "odesolve.potentials.families.share_sum": ("ShareSum",),
    "odesolve.potentials.compilation": ("compile_system",),
    "odesolve.potentials.system": ("System",),
    "odesolve.potentials.families.threshold": ("Threshold",),
    "odesolve.potentials.families.truth_table": ("TruthTable",),
    "odesolve.potentials.families.wide_threshold": ("WideThreshold",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

#: The clause families; a new one is added here, above, and to the tests' table.
_FAMILIES = (
    "TruthTable",
    "Or",
    "NotAllEqual",
    "Cardinality",
    "Threshold",
    "WideThreshold",
    "Xor",
    "Gate",
    "Different",
    "Points",
    "Linear",
    "Integral",
    "Nogoods",
    "Supports",
    "ShareSum",
    "AtMostOne",
    "ShareOrder",
)

__all__ = sorted([*_MODULE_OF, "FAMILIES"])


def __getattr__(name: str) -> Any:
    if name == "FAMILIES":
        value: Any = tuple(__getattr__(family) for family in _FAMILIES)
    elif name in _MODULE_OF:
        value = getattr(import_module(_MODULE_OF[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
