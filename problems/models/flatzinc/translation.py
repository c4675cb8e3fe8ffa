"""From the name and the arguments of a FlatZinc constraint to constraints of the model."""

from __future__ import annotations

from collections.abc import Sequence

from odesolve.problems.errors import quote
from odesolve.problems.models.constraints import Constraint, Implied, Reified
from odesolve.problems.models.constraints.base import Operand, Variable
from odesolve.problems.models.flatzinc.arguments import check_arguments
from odesolve.problems.models.flatzinc.builder import FLOATS_EXPECTED, Builder
from odesolve.problems.models.flatzinc.builtins import BUILTINS, OVERLOADS, Builtin, conjunction
from odesolve.problems.models.flatzinc.globals import GLOBALS
from odesolve.problems.models.flatzinc.sets import SETS
from odesolve.problems.models.flatzinc.terms import Argument, Refused

#: Every constraint that is read, by name; each may also end in ``_reif`` or ``_imp``.
TRANSLATIONS: dict[str, Builtin] = {**BUILTINS, **SETS, **GLOBALS}


def translate(builder: Builder, name: str, arguments: list[Argument]) -> None:
    """Add a constraint to a builder.

    Raises:
        Refused: if there is none of this name, or the arguments are not such as it takes.
    """
    builtin = _named(name, len(arguments))
    if builtin is not None:
        check_arguments(name, builtin.signature, arguments)
        builder.add(builtin.translate(builder, *arguments))
        return
    base, _, ending = name.rpartition("_")
    builtin = _named(base, len(arguments) - 1) if ending in ("reif", "imp") else None
    if builtin is None:
        if "float" in name.split("_") or name == "int2float":
            raise Refused(f"the constraint {name}", FLOATS_EXPECTED)
        known = "a constraint of the standard library"
        raise Refused(f"the constraint {quote(name)} is not known", known)
    check_arguments(name, f"{builtin.signature} b", arguments)
    truth = arguments[-1]
    assert isinstance(truth, Variable | int)  # checked above
    parts = builtin.translate(builder, *arguments[:-1])
    made = _equivalent if ending == "reif" else _implied
    builder.add(made(builder, truth, parts))


def _named(name: str, arguments: int) -> Builtin | None:
    return OVERLOADS.get((name, arguments)) or TRANSLATIONS.get(name)


def _implied(_: Builder, truth: Operand, parts: Sequence[Constraint]) -> list[Constraint]:
    if isinstance(truth, int):
        return list(parts) if truth else []
    return [Implied(truth, part) for part in parts]


def _equivalent(builder: Builder, truth: Operand, parts: Sequence[Constraint]) -> list[Constraint]:
    if isinstance(truth, int) and truth:
        return list(parts)
    if len(parts) == 1:
        return [Reified(truth, parts[0])]
    truths = [(builder.fresh(), 1) for _ in parts]
    defined = [Reified(t, part) for (t, _), part in zip(truths, parts, strict=True)]
    return [*defined, *conjunction(truth, truths)]
