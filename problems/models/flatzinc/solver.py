"""odesolve as MiniZinc sees it: the configuration of the solver, and where it is installed."""

from __future__ import annotations

import json
import os
import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from odesolve.problems.errors import InputError
from odesolve.problems.files import write_atomically

__all__ = ["LIBRARY", "SOLVER", "configuration", "install", "uninstall", "usual_folder"]

#: What ``minizinc --solver`` calls us.
SOLVER = "org.odesolve.odesolve"

#: Our redefinitions of MiniZinc's global constraints.
LIBRARY = Path(__file__).resolve().parent / "minizinc"

_CONFIGURATION = "odesolve.msc"
_PROGRAM = "fzn-odesolve.cmd" if os.name == "nt" else "fzn-odesolve"

#: Name, meaning, type and default of each flag of our own.
_EXTRA_FLAGS = [
    ["--runs", "Runs integrated together (0: by problem and device)", "int", "0"],
    ["--max-steps", "Steps that each run may take (0: no limit)", "int", "0"],
    ["--dynamics", "The equations (empty: by problem)", "string", ""],
    ["--preset", "Equations, values and steps together (empty: by problem)", "string", ""],
    ["--prove", "Whether CaDiCaL runs beside the dynamics", "opt:none:beside", "none"],
]


def configuration(program: Path | str) -> dict[str, Any]:
    """The content of the file ``.msc`` that makes a solver known to MiniZinc.

    Arguments:
        program: that is called with flags and a file of FlatZinc.
    """
    return {
        "id": SOLVER,
        "name": "odesolve",
        "description": "Integrates differential equations until they satisfy the constraints",
        "version": version("odesolve"),
        "mznlib": str(LIBRARY),
        "executable": str(program),
        "tags": ["ode", "int", "set"],
        "stdFlags": ["-a", "-f", "-i", "-n", "-p", "-r", "-s", "-t", "-v"],
        "extraFlags": _EXTRA_FLAGS,
        "supportsMzn": False,
        "supportsFzn": True,
        "needsSolns2Out": True,
        "needsMznExecutable": False,
        "needsStdlibDir": False,
        "isGUIApplication": False,
    }


def usual_folder() -> Path:
    """Where MiniZinc looks for the solvers of a user."""
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", Path.home())) / "MiniZinc" / "solvers"
    return Path.home() / ".minizinc" / "solvers"


def install(folder: Path) -> Path:
    """Write the configuration, and the program that it names, into a folder.

    Arguments:
        folder: is made if there is none.

    Returns:
        The file of the configuration.

    Raises:
        InputError: if they cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError):
        raise InputError(str(folder), "cannot be made", "a folder that can be written") from None
    program = folder.absolute() / _PROGRAM
    write_atomically(program, _program_text())
    program.chmod(0o755)
    target = folder / _CONFIGURATION
    write_atomically(target, json.dumps(configuration(program), indent=2) + "\n")
    return target


def uninstall(folder: Path) -> Path | None:
    """Delete what ``install`` wrote; the configuration's file, None if there was none.

    Raises:
        InputError: if it cannot be deleted.
    """
    target = folder / _CONFIGURATION
    found = target.is_file()
    for path in (target, folder / _PROGRAM):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(str(path), f"cannot be deleted: {reason}") from None
    return target if found else None


def _program_text() -> str:
    """A program that calls this Python: MiniZinc gives its solvers no command of their own."""
    # -P: a folder "odesolve" where MiniZinc is called must not be taken for the package.
    words = [sys.executable, "-P", "-m", "odesolve.cli.main", "minizinc"]
    if os.name == "nt":
        return "@" + " ".join(f'"{word}"' for word in words) + " %*\r\n"
    return f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'
