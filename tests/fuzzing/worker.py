"""One process that fuzzes: bytes from a coverage-guided fuzzer, or random ones."""

from __future__ import annotations

import faulthandler
import os
import random
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from fuzzing.cases import Case
from fuzzing.choices import Choices
from fuzzing.findings import Findings, keep

#: Seconds by the clock after which an input ends its worker: far more than a hang's processor
#: time, since other programs may share the machine.
WATCHDOG_SECONDS = 120
LONGEST_INPUT = 256
ROOT = Path(__file__).parents[2]


def fuzz(folder: Path, seed: int, inputs: int, engine: str) -> None:
    """Try inputs until as many as asked for are counted in the folder; does not return.

    Arguments:
        folder: of this worker, with its corpus.
        engine: ``atheris`` or ``random``.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder.parent / "compiled")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if engine == "atheris":
        _fuzz_by_coverage(folder, seed, inputs)
    else:
        _import_all()
        attempt = Attempt(folder)
        generator = random.Random(seed + attempt.findings.inputs)
        while attempt.findings.inputs < inputs:
            attempt(generator.randbytes(generator.randrange(LONGEST_INPUT)))
        attempt.findings.save()


def _fuzz_by_coverage(folder: Path, seed: int, inputs: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["odesolve"], enable_loader_override=False):
        _import_all()
    attempt = Attempt(folder)

    def one(data: bytes) -> None:
        attempt(data)
        if attempt.findings.inputs >= inputs:
            attempt.findings.save()
            sys.stderr.flush()
            os._exit(0)  # the fuzzer has no other way to end after so many new inputs

    corpus = folder / "corpus"
    options = [f"-seed={seed + attempt.findings.inputs + 1}", f"-max_len={LONGEST_INPUT}",
               f"-timeout={WATCHDOG_SECONDS}", "-rss_limit_mb=0", "-len_control=0",
               f"-artifact_prefix={folder}/", "-handle_int=0", "-handle_term=0",
               "-print_final_stats=1"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


def _import_all() -> None:
    """Load every module of the package: those that are loaded now are watched for coverage."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name in project["tool"]["setuptools"]["packages"]:
        package = import_module(name)
        for module in iter_modules(package.__path__):
            if not module.name.startswith("_"):
                import_module(f"{name}.{module.name}")


class Attempt:
    """Runs an input and keeps what is wrong about it."""

    def __init__(self, folder: Path) -> None:
        from fuzzing.harness import run_case
        from fuzzing.tables import written_formula_formats

        written_formula_formats()  # its questions are no part of an input
        self.findings = Findings(folder)
        self._folder = folder / "scratch"
        self._current = folder / "current"
        self._deadly = {path.read_bytes() for path in folder.glob("findings/death-*/input")}
        self._traces = (folder / "stacks.txt").open("a")
        self._run = run_case

    def __call__(self, data: bytes) -> None:
        """Try one input."""
        from fuzzing.judgements import wrong_with

        if data in self._deadly:
            return
        new = self.findings.is_new(data)
        try:
            case = case_of(data)
        except Exception as error:  # a mistake of the fuzzer itself
            self.findings.failures[f"fuzzer | {error!r}"] += 1
            self.findings.save()
            return
        self._current.write_bytes(data)
        faulthandler.dump_traceback_later(WATCHDOG_SECONDS - 10, file=self._traces)
        outcome = self._run(case, self._folder)
        faulthandler.cancel_dump_traceback_later()
        if not new:
            return
        self.findings.count(case, outcome)
        try:
            wrong = wrong_with(case, outcome)
        except Exception as error:  # an output of another shape is a finding, too
            wrong = "output", f"it cannot be judged: {error!r}"
        if wrong is not None:
            self.findings.fail(data, case, outcome, *wrong)


def case_of(data: bytes) -> Case:
    """The case that bytes stand for."""
    from fuzzing.commands import random_case

    return random_case(Choices(data))


def keep_death(folder: Path, reason: str) -> None:
    """Keep the input during which a worker died."""
    data = (folder / "current").read_bytes()
    findings = Findings(folder)
    findings.failures[f"{reason} | {case_of(data).kind}"] += 1
    findings.is_new(data)
    findings.save()
    number = sum(findings.failures.values())
    keep(folder / "findings" / f"death-{number}", data, case_of(data), None, reason)
