"""What is wrong about an outcome; nothing here comes from the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fuzzing.cases import Case, Outcome
from fuzzing.harness import HANG_SECONDS
from fuzzing.meant_formulas import MOST_VARIABLES, MeantFormula, holds
from fuzzing.meant_graphs import MeantGraph

#: Exit codes of each command; all others have those behind the last.
CODES = {"sat": {0, 2, 10, 20, 30, 130}, "check": {0, 1, 2}, "": {0, 1, 2, 3, 130}}
_LINE = re.compile(r"(?m)^odesolve: \S.*\n\Z")
_WARNING = re.compile(r"(?m)^\S*:[0-9]+: \w*Warning: |^Traceback|^Exception ignored")


def wrong_with(case: Case, outcome: Outcome) -> tuple[str, str] | None:
    """The kind of failure, which names what to look for, and its description."""
    if outcome.traceback:
        return "traceback", outcome.traceback
    general = _wrong_for_any_command(case, outcome)
    if general:
        return general
    wrong = case.judge(outcome)
    return None if wrong is None else (wrong.partition(":")[0], wrong)


def _wrong_for_any_command(case: Case, outcome: Outcome) -> tuple[str, str] | None:
    command = case.arguments[0] if case.arguments else ""
    asked_help = {"-h", "--help", "--version"} & {*case.arguments}
    if outcome.seconds > HANG_SECONDS:
        return "hang", f"{outcome.seconds:.0f} s of processor time"
    if outcome.code not in CODES.get(command, CODES[""]):
        return "exit code", f"exit code {outcome.code}"
    if outcome.code == 130:
        return "exit code", "130 without an interrupt"
    if found := _WARNING.search(outcome.errors):
        return "warning", outcome.errors[found.start() :][:1000]
    refused = outcome.code == 2
    if refused and not (case.arguments == [] or asked_help) and not _is_one_line(outcome.errors):
        return "error line", f"not one line 'odesolve: ...': {outcome.errors!r}"
    if refused and outcome.output and not asked_help and case.arguments:
        return "error line", f"standard output before a refusal: {outcome.output[:300]!r}"
    if "\x1b" in outcome.output + outcome.errors:
        return "terminal", "an escape character reaches the terminal"
    return _wrong_files(case, outcome) or _wrong_json(case, outcome)


def _is_one_line(errors: str) -> bool:
    return errors.count("\n") == 1 and bool(_LINE.match(errors))


def _wrong_files(case: Case, outcome: Outcome) -> tuple[str, str] | None:
    for name in outcome.files:
        if name not in case.outputs:
            return "stray file", f"{name!r} was written"
        # An Ising problem's best answer so far is written, whatever is proved of it.
        written = {"sat": {10, 30}, "ising": {0, 1, 3}, "maxcut": {0, 1, 3}}
        found = outcome.code in written.get(case.arguments[0], {0})
        pictured = name.endswith((".png", ".svg", ".pdf", ".npz")) and outcome.code in (0, 1, 3)
        if not found and not pictured:
            return "file on failure", f"{name!r} was written, exit code {outcome.code}"
    return None


def _wrong_json(case: Case, outcome: Outcome) -> tuple[str, str] | None:
    if "--json" not in case.arguments or outcome.code == 2 or not outcome.output:
        return None
    if {"-h", "--help", "--version"} & {*case.arguments}:
        return None
    try:
        document = json_of(outcome)
    except ValueError as error:
        return "json", f"{error}: {outcome.output[:300]!r}"
    if outcome.output.count("\n") != 1 or not isinstance(document, dict):
        return "json", f"not one object on one line: {outcome.output[:300]!r}"
    return None


def json_of(outcome: Outcome) -> dict[str, Any]:
    """The object on standard output, read strictly."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} in JSON")

    return json.loads(outcome.output, parse_constant=refuse)


# ------------------------------------------------------------------------------------ colourings


def color_judgement(
    graph: MeantGraph,
    namings: list[tuple[str, ...]],
    colors: int,
    fixed: Mapping[int, int],
    *,
    strict: bool,
    outcome: Outcome,
    as_json: bool,
) -> str | None:
    """Whether the graph was read as it was meant, and coloured rightly.

    Arguments:
        strict: whether the file is valid and recognisable, so that it may not be refused.
    """
    if graph.loop:
        return None if outcome.code in (2, 3) else f"loop lost: exit code {outcome.code}"
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}" if strict else None
    if outcome.code == 3 and graph.colorable(colors, dict(fixed)):
        return f"wrong infeasible: {colors} colours suffice"
    sizes, coloring = (_color_json if as_json else _color_text)(outcome)
    if sizes is not None and sizes != (graph.count, len(graph.edges)):
        return f"misread: {sizes} nodes and edges, meant {(graph.count, len(graph.edges))}"
    if outcome.code != 0:
        return None
    for naming in namings:
        if set(naming) == coloring.keys():
            found = [coloring[name] for name in naming]
            in_range = all(0 <= color < colors for color in found)
            kept = all(found[node] == color for node, color in fixed.items())
            if graph.is_proper(found) and in_range and kept:
                return None
            return f"wrong satisfied: {coloring}"
    return f"misread: nodes {sorted(coloring)}, meant {namings[0]}"


def fewest_judgement(
    graph: MeantGraph,
    namings: list[tuple[str, ...]],
    colors: int,
    fixed: Mapping[int, int],
    *,
    strict: bool,
    outcome: Outcome,
    as_json: bool,
) -> str | None:
    """Whether as few colours as said do, and as many as said are needed.

    Arguments:
        colors: above all fixed colours, and enough without these.
        strict: whether the file is valid and recognisable, so that it may not be refused.
    """
    clash = any(a in fixed and fixed.get(b) == fixed[a] for a, b in graph.edges)
    if graph.loop or clash:
        return None if outcome.code in (2, 3) else f"loop lost: exit code {outcome.code}"
    if outcome.code == 0:
        document = json_of(outcome)
        most, least = document["colors"], document["lower_bound"]
        enough = next(
            count
            for count in range(1, graph.count + colors + 1)
            if all(color < count for color in fixed.values())
            and graph.colorable(count, dict(fixed))
        )
        if least > enough:
            return f"wrong optimum: at least {least} colours, {enough} do"
        if len({*_color_json(outcome)[1].values()} | set(fixed.values())) > most:
            return f"wrong satisfied: not {most} colours"
        colors = most
    return color_judgement(
        graph, namings, colors, fixed, strict=strict, outcome=outcome, as_json=as_json
    )


def _color_json(outcome: Outcome) -> tuple[tuple[int, int] | None, dict[str, int]]:
    document = json_of(outcome)
    problem, solution = document["problem"], document["solution"] or {}
    # Where time ends before the file is read there is nothing to say of it.
    sizes = None if problem is None else (problem["nodes"], problem["edges"])
    return sizes, solution.get("coloring", {})


_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')


def _color_text(outcome: Outcome) -> tuple[tuple[int, int] | None, dict[str, int]]:
    head = re.match(r"\w+: (\d+) nodes, (\d+) edges", outcome.output)
    coloring: dict[str, int] = {}
    for color, names in re.findall(r"(?m)^  colour (\d+): (.*)$", outcome.output):
        for word in _WORDS.findall(names):
            try:
                name = json.loads(word) if word.startswith('"') else word
            except ValueError:
                name = word
            coloring[name] = int(color)
    return (int(head[1]), int(head[2])) if head else None, coloring


# -------------------------------------------------------------------------------------- formulas


def sat_judgement(
    formula: MeantFormula,
    assumed: list[int],
    *,
    strict: bool,
    outcome: Outcome,
    as_json: bool,
    most: int = 1,
    target: bool = False,
    bits: bool = False,
) -> str | None:
    """Whether the formula was read as it was meant, and answered rightly.

    Arguments:
        strict: whether the file is valid and recognisable, so that it may not be refused.
        most: models asked for.
        target: whether a cost was said at which to stop, which is then no optimum.
        bits: whether the text lists a 0 or 1 for every variable.
    """
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}" if strict else None
    words = _models_json(outcome) if as_json else list(_models_text(outcome, bits=bits))
    models = [[formula.literal(word) for word in model] for model in words]
    if outcome.code == 20 and formula.variables <= MOST_VARIABLES:
        possible = next(_admitted(formula, assumed), None)
        return None if possible is None else f"wrong unsatisfiable: {possible} is a model"
    if outcome.code not in (10, 30):
        return None
    if not 1 <= len(models) <= most:
        return f"wrong number of models: {len(models)} of {most}"
    if len({tuple(model) for model in models}) < len(models):
        return "wrong number of models: one of them twice"
    for literals in models:
        if sorted(map(abs, literals)) != formula.shown:
            return f"misread: variables {literals}, meant {formula.shown}"
        model = _truth(formula, literals)
        if not formula.admits(model) or not all(holds(x, model) for x in assumed):
            return f"wrong satisfied: {literals}"
    return _wrong_cost(formula, _truth(formula, models[0]), assumed, outcome, as_json, target)


def _truth(formula: MeantFormula, literals: list[int]) -> list[bool]:
    """Variables that do not occur are false."""
    return [variable in literals for variable in range(1, formula.variables + 1)]


def _admitted(formula: MeantFormula, assumed: list[int]) -> Iterator[tuple[bool, ...]]:
    return (m for m in formula.models() if all(holds(x, m) for x in assumed))


def _wrong_cost(
    formula: MeantFormula,
    model: list[bool],
    assumed: list[int],
    outcome: Outcome,
    as_json: bool,
    target: bool,
) -> str | None:
    claimed: int | None
    if as_json:
        claimed = json_of(outcome).get("cost")
    else:
        lines = re.findall(r"(?m)^o (-?\d+)$", outcome.output)
        claimed = int(lines[-1]) if lines else None
    if not formula.optimizes:
        return (
            None
            if claimed is None and outcome.code == 10
            else "misread: a cost without an objective"
        )
    if claimed != formula.cost(model):
        return f"wrong cost: {claimed}, it is {formula.cost(model)}"
    if outcome.code == 30 and formula.variables <= MOST_VARIABLES:
        least = min(map(formula.cost, _admitted(formula, assumed)))
        if claimed != least:
            return f"wrong optimum: {claimed}, the least is {least}"
    return None


def _models_json(outcome: Outcome) -> list[list[object]]:
    solution = json_of(outcome)["solution"]
    return [] if solution is None else solution.get("models", [solution["model"]])


def _models_text(outcome: Outcome, *, bits: bool) -> Iterator[list[str]]:
    model: list[str] = []
    if bits:
        for word in re.findall(r"(?m)^v ([01]*)$", outcome.output):
            yield [f"{'' if bit == '1' else '-'}{v}" for v, bit in enumerate(word, 1)]
        return
    for line in outcome.output.splitlines():
        if not line.startswith("v "):
            continue
        for word in line.split()[1:]:
            if word == "0":
                yield model
                model = []
            else:
                model.append(word)
    if model:  # named literals have no 0 behind them
        yield model


def check_judgement(
    satisfied: bool, cost: int | None, *, strict: bool, outcome: Outcome, as_json: bool
) -> str | None:
    """Whether ``check`` says what is true."""
    if outcome.code == 2:
        return f"valid input refused: {outcome.errors}" if strict else None
    if (outcome.code == 0) != satisfied:
        return f"wrong check: exit code {outcome.code}, satisfied is {satisfied}"
    if cost is None:
        return None
    if as_json:
        claimed = json_of(outcome).get("cost")
    else:
        found = re.search(r", cost (-?\d+)", outcome.output)
        claimed = int(found[1]) if found else None
    return None if claimed == cost else f"wrong cost: {claimed}, it is {cost}"
