"""Cases of ``odesolve sat`` and of ``odesolve check`` on formulas."""

from __future__ import annotations

import json
from functools import partial

from fuzzing.cases import Case
from fuzzing.choices import Choices
from fuzzing.damage import wrapped
from fuzzing.formula_writers import FormulaFormat
from fuzzing.judgements import check_judgement, sat_judgement
from fuzzing.meant_formulas import MeantFormula
from fuzzing.tables import compiles_without_time, wrappings, written_formula_formats

#: One of so many formulas is left open where that integrates, which takes seconds.
INTEGRATING = 30


def random_file_of_formula(choices: Choices) -> tuple[str, bytes]:
    """A valid file with a name that suits it."""
    format = choices.pick(written_formula_formats())
    return f"file.{format.suffix}", format.write(choices)[1].encode()


def _named(
    choices: Choices, text: str, format: FormulaFormat
) -> tuple[list[str], dict[str, bytes], bytes, str]:
    """Arguments, files and standard input, and by what the format is to be told."""
    way = choices.pick(["extension", "extension", "option", "content"])
    if way == "content" and format.format == "wcnf" and not text.startswith(("p", "h", "c")):
        way = "option"  # without h or a header it is CNF, too
    name = f"formula.{format.suffix}" if way == "extension" else choices.pick(["f.txt", "formula"])
    data, name = wrapped(choices, text, name, wrappings())
    option = ["--format", format.format] if way == "option" else []
    if choices.one_in(8) and way != "extension":
        return ["-", *option], {}, data, way
    return [name, *option], {name: data}, b"", way


def sat_case(choices: Choices) -> Case:
    """A valid formula in any format, solved."""
    format = choices.pick(written_formula_formats())
    formula, text = format.write(choices)
    is_open = choices.one_in(INTEGRATING if compiles_without_time() else 3)
    named, files, stdin, way = _named(choices, text, format)
    as_json = bool(choices.below(3))
    arguments = ["sat", *named, *(["--json"] if as_json else [])]
    arguments += choices.pick([[], ["--max-steps", "0"], ["--max-steps", "20"]])
    arguments += ["--time-limit", choices.pick(["0", "0.3", "1"] if is_open else ["5"])]
    strict = way in ("extension", "option")
    assumed: list[int] = []
    most = 1
    if choices.one_in(5) and not formula.optimizes and not formula.names:
        most = choices.between(1, 5)
        arguments += ["--solutions", str(most)]
    answer_format = "literals"
    if not as_json and most == 1 and choices.one_in(3):
        answer_format = choices.pick(["names", "bits", "literals"][: 1 if formula.names else 3])
        arguments += ["--answer-format", answer_format]
    if formula.names:
        pass  # their numbers are the package's own
    elif not is_open and any(True for _ in formula.models()):
        # Presolve decides what is assumed as a whole, and without models it needs no help.
        model = _random_model(choices, formula)
        assumed = [v if true else -v for v, true in enumerate(model, 1)]
        assumed = choices.shuffled(assumed)[: -1 if choices.one_in(4) else None]
    elif choices.one_in(6):
        assumed = [v if choices.below(2) else -v
                   for v in choices.some(range(1, formula.variables + 1), 3)]  # fmt: skip
    if assumed:
        arguments += ["--assume", choices.pick([" ", ",", ", "]).join(map(str, assumed))]
    if choices.one_in(12):
        files["hint.sol"] = _model_text(choices, formula, _random_model(choices, formula))
        arguments += ["--hint", "hint.sol"]
    if choices.one_in(10) and most == 1 and not formula.optimizes:
        arguments += ["--prove", choices.pick(["after", "beside"])]
        strict = strict and format.format == "cnf"
    target = choices.one_in(10) and formula.optimizes
    if target:
        arguments += ["--target", str(choices.below(20))]
    outputs = _outputs(choices, arguments, files)
    judge = partial(
        _judge_sat, formula=formula, assumed=assumed, strict=strict, as_json=as_json, most=most,
        target=target, bits=answer_format == "bits",
    )  # fmt: skip
    kind = f"sat: {format.name} by {way}"
    return Case(arguments, files, stdin, kind=kind, outputs=outputs, judge=judge)


def _judge_sat(outcome, **meant) -> str | None:
    return sat_judgement(outcome=outcome, **meant)


def _outputs(choices: Choices, arguments: list[str], files: dict[str, bytes]) -> tuple[str, ...]:
    if not choices.one_in(4):
        return ()
    name = choices.pick(["out.json", "out.sol", "out.txt"])
    arguments += ["-o", name]
    if choices.below(2):
        files[name] = b"what was there before"
    return (name,)


def _random_model(choices: Choices, formula: MeantFormula) -> list[bool]:
    """A model if there is one, half of the time; else anything."""
    if choices.below(2):
        found = next(formula.models(), None)
        if found is not None:
            return list(found)
    return [bool(choices.below(2)) for _ in range(formula.variables)]


def _model_text(choices: Choices, formula: MeantFormula, model: list[bool]) -> bytes:
    literals = [v if model[v - 1] else -v for v in formula.shown]
    words = " ".join(map(formula.named, literals))
    if formula.names:
        return f"v {words}\n".encode()
    forms = [f"s SATISFIABLE\nv {words} 0\n", f"v {words}\nv 0\n", f"{words} 0\n"]
    forms.append(json.dumps({"model": literals}))
    if len(model) > 3 and model[0] is False:
        forms.append("v " + "".join("01"[true] for true in model) + "\n")
    return choices.pick(forms).encode()


def check_formula_case(choices: Choices) -> Case:
    """A model, right or wrong, of a formula in any format."""
    format = choices.pick(written_formula_formats())
    return _check(choices, format, *format.write(choices))


def _check(choices: Choices, format: FormulaFormat, formula: MeantFormula, text: str) -> Case:
    model = _random_model(choices, formula)
    named, files, stdin, way = _named(choices, text, format)
    as_json = bool(choices.below(2))
    files["m.sol"] = _model_text(choices, formula, model)
    arguments = ["check", named[0], "m.sol", *named[1:], *(["--json"] if as_json else [])]
    judge = partial(
        _judge_check,
        satisfied=formula.admits(model),
        cost=formula.cost(model) if formula.optimizes else None,
        strict=way in ("extension", "option"),
        as_json=as_json,
    )
    return Case(arguments, files, stdin, kind=f"check: {format.name} by {way}", judge=judge)


def _judge_check(outcome, **meant) -> str | None:
    return check_judgement(outcome=outcome, **meant)
