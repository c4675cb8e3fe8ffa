"""Run the tests on the Pythons that this machine has, each in an environment of its own in build/.

    pythons.py list      which Pythons were found
    pythons.py others    the core of the tests on each of them but this one, newest releases
    pythons.py lowest    the core on the oldest, with the lowest releases that pyproject.toml allows
    pythons.py newest    all tests on the newest, everything upgraded first
    pythons.py docs      set up the newest for the documentation, which needs 3.12 or newer

What stands behind the word goes to pytest. Needs nothing but Python 3.11; `lowest` runs uv.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = ROOT / "pyproject.toml"
ENVIRONMENTS = ROOT / "build" / "environments"
# Tested where it is found, though not promised yet: its classifier comes when it has passed.
AWAITED = ("3.14",)
CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")
# What has no venv or pip (as Debian packs Python without python3-venv) is of no use here.
PROBE = "import ensurepip, venv, sys; print('%d.%d' % sys.version_info[:2])"


def supported() -> list[str]:
    """The versions that the classifiers name, and what is awaited, oldest first."""
    classifiers = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["classifiers"]
    found = [match[1] for text in classifiers if (match := CLASSIFIER.fullmatch(text))]
    return sorted({*found, *AWAITED}, key=lambda version: int(version.split(".")[1]))


def candidates(version: str) -> Iterator[Path]:
    """Where an interpreter of a version may lie: on the PATH, then where pyenv and uv keep them."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for name in (f"python{version}", "python3", "python"):
            yield Path(folder or ".", name)
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}*/bin/python{version}"))
    yield from sorted(home.glob(f".local/share/uv/python/cpython-{version}*/bin/python{version}"))


def runs(interpreter: Path, version: str) -> bool:
    """Whether it starts and is that version: the shim of a Python that is switched off does not."""
    if not interpreter.is_file():
        return False
    try:
        ran = subprocess.run([interpreter, "-c", PROBE], capture_output=True, text=True)
    except OSError:
        return False
    return ran.returncode == 0 and ran.stdout.strip() == version


def interpreters() -> dict[str, Path]:
    """Each of the versions that this machine has, oldest first; says which it has not."""
    found = {}
    for version in supported():
        places = (place for place in candidates(version) if runs(place, version))
        if (interpreter := next(places, None)) is not None:
            found[version] = interpreter
        print(f"Python {version}: {interpreter or 'not found'}", flush=True)
    if not found:
        sys.exit("none of the supported Pythons was found")
    return found


def environment(
    name: str, interpreter: Path, lowest: bool = False, fresh: bool = False, extras: str = "test"
) -> Path:
    """The Python of an environment, made anew since pyproject.toml last changed.

    Arguments:
        lowest: with the lowest releases that pyproject.toml allows, not the newest.
        fresh: made anew in any case.
        extras: of odesolve, that are installed with it.
    """
    folder = ENVIRONMENTS / name
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if fresh or not stamp.exists() or stamp.stat().st_mtime < PYPROJECT.stat().st_mtime:
        print(f"Setting up {folder.relative_to(ROOT)}", flush=True)
        subprocess.run([interpreter, "-m", "venv", "--clear", folder], check=True)
        install = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        if lowest:
            subprocess.run([*install, "uv"], check=True)
            install = [python, "-m", "uv", "--quiet", "pip", "install", "--python", python]
            install += ["--resolution", "lowest-direct"]
        subprocess.run([*install, "--editable", f".[{extras}]"], check=True, cwd=ROOT)
        stamp.touch()
    return python


def test(title: str, python: Path, options: list[str]) -> bool:
    """Run pytest there; whether it passed."""
    print(f"\n-- {title} --", flush=True)
    ran = subprocess.run([python, "-m", "pytest", *options], cwd=ROOT)
    return ran.returncode == 0


def main(what: str, *options: str) -> int:
    """Do what the word says; return the exit code."""
    found = interpreters()
    oldest, newest = next(iter(found)), next(reversed(found))
    core = ["-m", "core and not slow", *options]
    passed = True
    if what == "others":
        this = "{}.{}".format(*sys.version_info[:2])
        for version, interpreter in found.items():
            if version != this:
                python = environment(version, interpreter)
                passed &= test(f"core of the tests, Python {version}", python, core)
    elif what == "lowest":
        if oldest != supported()[0]:
            print(f"Not run: the lowest releases are those for Python {supported()[0]}.")
            return 0
        python = environment("lowest", found[oldest], lowest=True)
        passed = test(f"core of the tests, lowest releases, Python {oldest}", python, core)
    elif what == "newest":
        python = environment("newest", found[newest], fresh=True)
        passed = test(f"all tests, newest releases, Python {newest}", python, list(options))
    elif what == "docs":
        if newest == "3.11":
            sys.exit("the documentation needs Python 3.12 or newer: only 3.11 was found")
        environment("docs", found[newest], extras="docs,test")
    elif what != "list":
        sys.exit(__doc__)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
