"""Cases of arithmetic, factoring and Boolean relations."""

from __future__ import annotations

import math
from functools import partial

from fuzzing.cases import Case, Outcome
from fuzzing.choices import Choices
from fuzzing.damage import ODD
from fuzzing.expressions import (
    assignments,
    names_in,
    random_tree,
    text_of,
    value_of,
)
from fuzzing.judgements import json_of

#: One of so many cases may integrate.
INTEGRATING = 60
SOON = ("--time-limit", "0")
#: Digits beyond which Python reads no number.
LONGEST = 4000


def _number(choices: Choices) -> int:
    size = choices.pick([4, 16, 16, 100, 1000, 2**31, 2**64, 2**100])
    return choices.below(size) if size < 2**63 else size + choices.below(1000)


def _numbers(choices: Choices, numbers: list[int]) -> list[str]:
    """The numbers as text, one of them unknown or two, one wrong now and then."""
    shown: list[int | None] = list(numbers)
    if choices.one_in(4):
        at = choices.below(3)
        shown[at] = max(0, numbers[at] + choices.between(-3, 3))
    unknown = 2 if choices.one_in(INTEGRATING) else choices.below(2)
    for at in choices.shuffled(range(3))[:unknown]:
        shown[at] = None
    return ["_" if number is None else str(number) for number in shown]


def _arithmetic(
    choices: Choices, command: str, texts: list[str], keys: tuple[str, str, str]
) -> Case:
    strict = True
    if choices.one_in(12):
        texts[choices.below(3)] = choices.pick(ODD).replace("\0", "") or "x"
        strict = False
    arguments = [command, *texts, "--json", *SOON]
    if choices.one_in(6):
        arguments += ["--bits", str(choices.between(1, 8))]
        strict = False
    if command != "multiply" and choices.one_in(INTEGRATING):
        arguments += ["--linear"]
        strict = False
    if any(len(text) > 12 for text in texts) and command == "multiply":
        strict = False
    known = [_parsed(text) for text in texts]
    judge = partial(
        _judge_arithmetic, command=command, known=known, keys=keys, strict=strict,
        odd="--bits" in arguments or not all(t.isdigit() or t == "_" for t in texts),
    )  # fmt: skip
    return Case(arguments, kind=command, judge=judge)


def _parsed(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) < LONGEST
    return int(text) if plain else None


def addition_case(command: str, choices: Choices) -> Case:
    """a + b = sum, or the same turned around."""
    a, b = _number(choices), _number(choices)
    if command == "add":
        return _arithmetic(choices, command, _numbers(choices, [a, b, a + b]), ("a", "b", "sum"))
    keys = ("minuend", "subtrahend", "difference")
    return _arithmetic(choices, command, _numbers(choices, [a + b, a, b]), keys)


def multiplication_case(choices: Choices) -> Case:
    """a x b = product."""
    a, b = _number(choices) % 2**32, _number(choices) % 2**32
    keys = ("a", "b", "product")
    return _arithmetic(choices, "multiply", _numbers(choices, [a, b, a * b]), keys)


def _possible(command: str, known: list[int | None]) -> bool:
    """Whether natural numbers exist; two of the three are known, or all."""
    match command, known:
        case "add", [int(a), int(b), int(total)]:
            return a + b == total
        case "add", [int(a), None, int(total)] | [None, int(a), int(total)]:
            return total >= a
        case "subtract", [int(minuend), int(subtrahend), int(difference)]:
            return minuend - subtrahend == difference
        case "subtract", [int(minuend), int(part), None] | [int(minuend), None, int(part)]:
            return minuend >= part
        case "multiply", [int(a), int(b), int(made)]:
            return a * b == made
        case "multiply", [int(a), None, int(made)] | [None, int(a), int(made)]:
            return made == 0 if a == 0 else made % a == 0
    return True


def _judge_arithmetic(
    outcome: Outcome, *, command: str, known: list[int | None], keys: tuple[str, str, str],
    strict: bool, odd: bool,
) -> str | None:  # fmt: skip
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}" if strict else None
    if outcome.output.startswith("Usage:"):  # one of the odd texts asks for help
        return None
    if outcome.code == 3 and not odd and _possible(command, known):
        return f"wrong infeasible: {known}"
    if outcome.code != 0:
        return None
    found = [json_of(outcome)["solution"][key] for key in keys]
    kept = all(k is None or k == f for k, f in zip(known, found, strict=True))
    if (kept or odd) and _possible(command, found) and min(found) >= 0:
        return None
    return f"wrong satisfied: {found}"


def factor_case(choices: Choices) -> Case:
    """A number whose factors are asked for; splits integrate, so most cases have no time."""
    number = choices.pick([_number(choices), 2 ** choices.below(60), choices.below(50)])
    text = str(number) if choices.below(10) else choices.pick(ODD).replace("\0", "") or "x"
    soon = [] if choices.one_in(INTEGRATING) and number < 1000 else list(SOON)
    split = ["--split"] if choices.one_in(4) else []
    return Case(
        ["factor", text, "--json", *soon, *split],
        kind="factor",
        judge=partial(_judge_factor, text=text, split=bool(split)),
    )


def _judge_factor(outcome: Outcome, *, text: str, split: bool) -> str | None:
    number = _parsed(text)
    if outcome.code == 3 and number is not None and number > 1 and not split:
        return "wrong infeasible: every number has factors"
    if outcome.code != 0 or number is None:
        return None
    factors = json_of(outcome)["solution"]["factors"]
    if math.prod(base**power for base, power in factors) != number:
        return f"wrong satisfied: {factors}"
    small = [base for base, _ in factors if base < 10**9]
    composite = [n for n in small if any(n % d == 0 for d in range(2, math.isqrt(n) + 1))]
    return f"wrong satisfied: {composite} is not prime" if composite and not split else None


# ------------------------------------------------------------------------------------- relations

_NAMES = ["a", "b", "c", "d", "carry", "x1"]


def fourier_case(choices: Choices) -> Case:
    """An expression, tabulated."""
    tree = random_tree(choices, choices.between(1, 4), _NAMES[: choices.between(1, 6)])
    text = text_of(tree, choices)
    if choices.one_in(5):
        at = choices.below(len(text) + 1)
        text = text[:at] + choices.pick(ODD).replace("\0", "")[:4000] + text[at:]
        return Case(["fourier", text, "--json"], kind="fourier: damaged")
    return Case(
        ["fourier", text, "--json"], kind="fourier", judge=partial(_judge_fourier, tree=tree)
    )


def _judge_fourier(outcome: Outcome, *, tree: object) -> str | None:
    if outcome.code != 0:
        return f"valid input refused: {outcome.errors}"
    document, names = json_of(outcome), names_in(tree)
    if document["variables"] != names:
        return f"misread: variables {document['variables']}, meant {names}"
    count = len(names)
    rows = [
        {name: row >> (count - 1 - i) & 1 for i, name in enumerate(names)}
        for row in range(2**count)
    ]
    table = [int(value_of(tree, values)) for values in rows]
    if document["truth_table"] != table:
        return f"misread: table {document['truth_table']}, meant {table}"
    for values, bit in zip(rows, table, strict=True):
        terms = document["polynomial"]["zero_one"]
        value = sum(t["coefficient"] * all(values[v] for v in t["variables"]) for t in terms)
        implied = any(_all_true(term, values) for term in document["prime_implicants"])
        allowed = all(_any_true(term, values) for term in document["prime_implicates"])
        if value != bit or implied != bool(bit) or allowed != bool(bit):
            return f"wrong polynomial or primes: at {values}"
    return None


def _true(literal: str, values: dict[str, int]) -> bool:
    name = literal.removeprefix("~")
    return bool(values[name]) == (name == literal)


def _all_true(term: list[str], values: dict[str, int]) -> bool:
    return all(_true(literal, values) for literal in term)


def _any_true(term: list[str], values: dict[str, int]) -> bool:
    return any(_true(literal, values) for literal in term)


def relate_case(choices: Choices) -> Case:
    """Relations over a few variables; mostly so many of them fixed that presolve decides."""
    trees = [random_tree(choices, choices.between(1, 3), _NAMES[:4])
             for _ in range(choices.between(1, 3))]  # fmt: skip
    names = list(dict.fromkeys(name for tree in trees for name in names_in(tree)))
    free = len(names) if choices.one_in(INTEGRATING) else 1
    fixed = {name: choices.below(2) for name in choices.shuffled(names)[free:]}
    arguments = ["relate", *(text_of(tree, choices) for tree in trees), "--json", *SOON]
    for name, bit in fixed.items():
        arguments += ["--fix", f"{name}={bit}"]
    most = choices.between(1, 3)
    arguments += ["--solutions", str(most)] if most > 1 else []
    strict = all(map(names_in, trees))  # a relation of constants alone is refused
    judge = partial(_judge_relate, trees=trees, fixed=fixed, most=most, strict=strict)
    return Case(arguments, kind="relate", judge=judge)


def _judge_relate(
    outcome: Outcome, *, trees: list, fixed: dict[str, int], most: int, strict: bool
) -> str | None:
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}" if strict else None
    right = list(assignments(trees, fixed))
    if outcome.code == 3:
        return f"wrong infeasible: {right[0]}" if right else None
    if outcome.code != 0:
        return None
    found = json_of(outcome)["solutions"]
    wrong = [values for values in found if values not in right]
    if wrong or not 1 <= len(found) <= most or any(found.count(values) > 1 for values in found):
        return f"wrong satisfied: {found}, right are {right}"
    return None
