"""Models from files: MiniZinc through its compiler, FlatZinc, and XCSP3."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from odesolve.budget import Budget, OutOfTime
from odesolve.problems.errors import InputError
from odesolve.problems.files import decode_text, file_suffix, place_of, read_bytes
from odesolve.problems.models.flatzinc import FlatZinc, parse_flatzinc
from odesolve.problems.models.flatzinc.solver import SOLVER, configuration
from odesolve.problems.models.flatzinc.terms import Output

__all__ = ["compile_minizinc", "read_model"]


def read_model(
    path: str | os.PathLike[str],
    data: Sequence[str | os.PathLike[str]] = (),
    *,
    budget: Budget | None = None,
) -> FlatZinc:
    """Read a model, and what it asks to be output.

    Arguments:
        path: a file of MiniZinc (``.mzn``), FlatZinc (``.fzn``, ``.fzn.json``) or XCSP3
            (``.xml``), the last three also compressed; ``-`` for FlatZinc or XCSP3 from standard
            input.
        data: files of data (``.dzn``, ``.json``) for a model of MiniZinc.
        budget: ends the compiler.

    Raises:
        InputError: if it cannot be read, with the line and what was expected.
        OutOfTime: if the compiler was still at work at the end of the budget.

    Example:
        >>> from pathlib import Path
        >>> from odesolve.problems.models.files import read_model
        >>> text = "var 1..3: x :: output_var; constraint int_le(2, x); solve satisfy;"
        >>> _ = Path("small.fzn").write_text(text)
        >>> read_model("small.fzn").model.variables
        [x]
    """
    place = place_of(path)
    suffix = file_suffix(path)
    if suffix == "mzn":
        return compile_minizinc(path, data, budget=budget)
    if data:
        raise InputError(place, "data for what is no model of MiniZinc", "a file .mzn")
    content = read_bytes(path)
    if suffix == "xml" or content.lstrip()[:1] == b"<":
        return _read_xcsp3(content, place)
    return parse_flatzinc(decode_text(content, place), place)


def _read_xcsp3(content: bytes, place: str) -> FlatZinc:
    """A model of XCSP3, which asks for every variable that the file declares.

    Raises:
        InputError: if it cannot be read, or the extra ``xcsp3`` is missing.
    """
    from odesolve.problems.models.xcsp3 import parse_declared

    model, declared = parse_declared(decode_text(content, place), place)
    return FlatZinc(model, tuple(Output(v.name, "int", (v,)) for v in declared))


def compile_minizinc(
    path: str | os.PathLike[str],
    data: Sequence[str | os.PathLike[str]] = (),
    *,
    budget: Budget | None = None,
) -> FlatZinc:
    """Compile a model of MiniZinc with our library of redefinitions, and read the result.

    Arguments:
        path, data, budget: as in ``read_model``.

    Raises:
        InputError: if there is no compiler, or it finds a mistake.
        OutOfTime: as in ``read_model``.
    """
    place = place_of(path)
    compiler = shutil.which("minizinc")
    if compiler is None:
        wrong = "the compiler minizinc is not on the PATH"
        raise InputError(place, wrong, "MiniZinc, from www.minizinc.org or a package")
    for file in (path, *data):
        if not Path(file).is_file():
            raise InputError(place_of(file), "no such file or directory", "a readable file")
    limit = budget.left() if budget is not None and budget.is_limited else None
    with tempfile.TemporaryDirectory(prefix="odesolve-") as folder:
        target = Path(folder, "model.fzn")
        own = Path(folder, "odesolve.msc")
        # The compiler only wants to know the library; it starts no solver here.
        own.write_text(json.dumps(configuration(own)), encoding="utf-8")
        files = [str(Path(file).absolute()) for file in (path, *data)]
        words = [compiler, "-c", "--solver", SOLVER, "--no-output-ozn", "--fzn", str(target)]
        try:
            done = subprocess.run(
                [*words, *files],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=limit,
                check=False,
                env={**os.environ, "MZN_SOLVER_PATH": folder},
            )
        except subprocess.TimeoutExpired:
            raise OutOfTime from None
        except OSError as error:
            raise InputError(compiler, f"cannot be run: {error.strerror}", "MiniZinc") from None
        if done.returncode or not target.is_file():
            raise _mistake(done.stderr, place)
        return parse_flatzinc(target.read_text(encoding="utf-8"), f"{place} (as FlatZinc)")


_PLACE = re.compile(r"^(.+?\.(?:mzn|dzn|json)):(\d+)\b", re.MULTILINE)
_MESSAGE = re.compile(r"^(?:MiniZinc: |Error: )(.+)", re.MULTILINE)


def _mistake(remarks: str, place: str) -> InputError:
    """What the compiler said, on one line, with the place that it names."""
    found, message = _PLACE.search(remarks), _MESSAGE.search(remarks)
    lines = [line.strip() for line in remarks.splitlines() if line.strip()]
    text = message[1] if message else (lines[-1] if lines else "the compiler failed")
    text = text.removeprefix("error: ").removeprefix("evaluation error: ")
    where = f"{os.path.relpath(found[1])}:{found[2]}" if found else place
    return InputError(where, f"minizinc: {text}")
