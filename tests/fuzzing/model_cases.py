"""Cases of ``odesolve model``: small models in FlatZinc, whose solutions all are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product

from fuzzing.cases import Case, Outcome
from fuzzing.choices import Choices
from fuzzing.damage import damaged
from fuzzing.judgements import json_of

#: Names that FlatZinc allows, some of which have a meaning elsewhere.
NAMES = ["x", "y1", "X_INTRODUCED_0_", "objective", "solve_1", "true_", "__v", "Array"]

#: Of a model decided by trying; what would be integrated has no time.
SOON = ("--time-limit", "5")

#: Predicate of two or three integers -> its meaning.
PREDICATES: dict[str, tuple[int, Callable[..., bool]]] = {
    "int_eq": (2, lambda a, b: a == b),
    "int_ne": (2, lambda a, b: a != b),
    "int_le": (2, lambda a, b: a <= b),
    "int_lt": (2, lambda a, b: a < b),
    "int_abs": (2, lambda a, b: abs(a) == b),
    "int_plus": (3, lambda a, b, c: a + b == c),
    "int_times": (3, lambda a, b, c: a * b == c),
    "int_min": (3, lambda a, b, c: min(a, b) == c),
    "int_max": (3, lambda a, b, c: max(a, b) == c),
}
LINEAR = {
    "int_lin_eq": lambda total, bound: total == bound,
    "int_lin_ne": lambda total, bound: total != bound,
    "int_lin_le": lambda total, bound: total <= bound,
}


@dataclass(frozen=True)
class MeantModel:
    """Variables, what holds between them, and what is to be best.

    Attributes:
        domains: name -> its values.
        tests: of values by name.
        goal: the variable that is minimised or maximised, None for neither.
    """

    domains: dict[str, list[int]]
    tests: list[Callable[[dict[str, int]], bool]]
    goal: str | None
    maximizes: bool

    def holds(self, values: dict[str, int]) -> bool:
        named = values.keys() == self.domains.keys()
        inside = named and all(values[name] in own for name, own in self.domains.items())
        return inside and all(test(values) for test in self.tests)

    def solutions(self) -> list[dict[str, int]]:
        """Every one."""
        choices = product(*self.domains.values())
        every = (dict(zip(self.domains, values, strict=True)) for values in choices)
        return [values for values in every if self.holds(values)]


def random_model(choices: Choices) -> tuple[MeantModel, str]:
    """A model and its FlatZinc."""
    names = choices.shuffled(NAMES)[: choices.between(1, 4)]
    domains, lines = {}, []
    for name in names:
        low = choices.between(-3, 3)
        own = list(range(low, low + choices.between(1, 5)))
        declared = f"{low}..{own[-1]}"
        if choices.one_in(4):
            own = sorted({*choices.some(own, 5), low})
            declared = "{" + ",".join(map(str, own)) + "}"
        domains[name] = own
        lines.append(f"var {declared}: {name} :: output_var;")
    tests = []
    for _ in range(choices.below(5)):
        text, test = _constraint(choices, names)
        lines.append(f"constraint {text};")
        tests.append(test)
    goal, maximizes = None, bool(choices.below(2))
    if choices.one_in(3):
        goal = choices.pick(names)
    asked = "satisfy" if goal is None else f"{'maximize' if maximizes else 'minimize'} {goal}"
    lines.append(f"solve {asked};")
    return MeantModel(domains, tests, goal, maximizes), "\n".join(lines) + "\n"


def _constraint(choices: Choices, names: list[str]) -> tuple[str, Callable[[dict[str, int]], bool]]:
    kind = choices.below(3)
    if kind == 0:
        name = choices.pick(list(PREDICATES))
        arity, meaning = PREDICATES[name]
        terms: list[str | int] = [
            choices.between(-3, 5) if choices.one_in(5) else choices.pick(names)
            for _ in range(arity)
        ]
        text = f"{name}({','.join(map(str, terms))})"
        return text, lambda values: meaning(*(_value(term, values) for term in terms))
    own = [choices.pick(names) for _ in range(choices.between(1, 4))]
    listed = f"[{','.join(own)}]"
    if kind == 1:
        text = f"fzn_all_different_int({listed})"
        return text, lambda values: len({values[name] for name in own}) == len(own)
    name = choices.pick(list(LINEAR))
    factors, bound = [choices.between(-3, 3) for _ in own], choices.between(-6, 6)
    text = f"{name}([{','.join(map(str, factors))}],{listed},{bound})"

    def holds(values: dict[str, int]) -> bool:
        total = sum(f * values[name] for f, name in zip(factors, own, strict=True))
        return LINEAR[name](total, bound)

    return text, holds


def _value(term: str | int, values: dict[str, int]) -> int:
    return term if isinstance(term, int) else values[term]


def model_case(choices: Choices) -> Case:
    """A valid model, or a damaged one."""
    model, text = random_model(choices)
    data, name = text.encode(), "model.fzn"
    is_damaged = choices.one_in(3)
    if is_damaged:
        data = damaged(choices, data)
    stdin, files = b"", {name: data}
    arguments = ["model", name, "--json", *SOON]
    wanted = 1
    if model.goal is None and choices.one_in(4):
        wanted = choices.between(2, 5)
        arguments += ["--solutions", str(wanted)]
    if is_damaged:  # what is left may be of any size
        arguments[-1 if wanted == 1 else -3] = "0"
        return Case(arguments, files, stdin, kind="model: damaged file")
    judge = partial(_judge, model=model, wanted=wanted)
    return Case(arguments, files, stdin, kind="model: FlatZinc", judge=judge)


def _judge(outcome: Outcome, *, model: MeantModel, wanted: int) -> str | None:
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}"
    right = model.solutions()
    if outcome.code == 3:
        return f"wrong infeasible: {right[0]}" if right else None
    if outcome.code == 1:
        return "unknown: a model that trying decides"
    document = json_of(outcome)
    found = document["solutions"]
    if not found or any(not model.holds(values) for values in found):
        return f"wrong satisfied: {found}"
    if len({tuple(sorted(values.items())) for values in found}) < len(found):
        return f"a solution twice: {found}"
    if model.goal is None:
        if len(found) != min(wanted, len(right)):
            return f"missing solutions: {len(found)} of {len(right)}"
        return None
    best = (max if model.maximizes else min)(values[model.goal] for values in right)
    if document["optimal"] and document["objective"] != best:
        return f"wrong optimum: {document['objective']}, not {best}"
    return None
