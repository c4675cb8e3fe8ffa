"""The native kernels' library: built once by this machine's C++ compiler, kept beside the cache.

A wheel of odesolve holds the kernels' source alone. The library is found by what determines it: the
source, the version of jaxlib, whose headers it is made with, and what machine code the processor
may use, since a folder may be shared by different machines.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from odesolve.compilation_cache import cache_folder
from odesolve.machine import is_of_this_user, processor

SOURCE = Path(__file__).parent / "source"

#: Not ``-ffast-math``: what is no number must stay so, for the looks to see it.
OPTIONS = (
    "-std=c++17", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math",
    "-fPIC", "-shared",
)  # fmt: skip

#: Compilers that are looked for, besides the one that the environment variable CXX names.
COMPILERS = ("c++", "g++", "clang++")

_lock = Lock()
_loaded: set[Path] = set()


class NativeError(ValueError):
    """The native kernels cannot be built; the message is one line."""


def library() -> Path | None:
    """Where the built library is; None where it was not built, or may not be used."""
    path = _place()
    return path if path is not None and _is_usable(path) else None


def built() -> Path:
    """The library, built first where it is not there yet: some ten seconds, once.

    Raises:
        NativeError: if the cache is off, there is no compiler, or it fails.
    """
    path = _place()
    if path is None:
        raise NativeError(
            "kernels: native ones are kept beside the compilation cache, which is off; "
            "expected ODESOLVE_CACHE unset, or kernels 'jax'"
        )
    with _lock:
        if not _is_usable(path):
            _build(path)
    return path


def load(path: Path) -> None:
    """Make the functions of a library known to JAX, once in a process."""
    import jax

    from odesolve.native.kernels import KERNELS

    with _lock:
        if path in _loaded:
            return
        functions = ctypes.CDLL(str(path))
        for kernel in KERNELS:
            function = jax.ffi.pycapsule(getattr(functions, kernel.TARGET))
            jax.ffi.register_ffi_target(kernel.TARGET, function, platform="cpu")
        _loaded.add(path)


@functools.cache
def digest() -> str:
    """A name for all that the library is made of."""
    found = hashlib.sha256()
    for path in sorted(SOURCE.iterdir()):
        found.update(path.name.encode() + b"\n" + path.read_bytes())
    found.update(repr((OPTIONS, version("jaxlib"), processor())).encode())
    return found.hexdigest()


def _place() -> Path | None:
    """Where the library is, or would be; None where the cache is off."""
    folder = cache_folder()
    return None if folder is None else folder / "native" / f"{digest()}.so"


def _is_usable(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_of_this_user(file.fileno())
    except OSError:
        return False


def compiler() -> str | None:
    """The C++ compiler that would be taken; None where there is none."""
    names = (os.environ.get("CXX"), *COMPILERS)
    return next((found for name in names if name and (found := shutil.which(name))), None)


def _build(path: Path) -> None:
    """Compile into a file of its own, which takes its place when it is whole.

    Raises:
        NativeError: if that fails.
    """
    program = compiler()
    if program is None:
        raise NativeError(
            f"kernels: no C++ compiler found; expected {', '.join(COMPILERS[:-1])} or "
            f"{COMPILERS[-1]} on the PATH, or CXX, or kernels 'jax'"
        )
    partial = path.with_suffix(f".{os.getpid()}.partial")
    command = [program, *OPTIONS, "-isystem", str(_headers()), str(SOURCE / "kernels.cpp")]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ran = subprocess.run([*command, "-o", str(partial)], capture_output=True, text=True)
        if ran.returncode == 0:
            os.replace(partial, path)
    except OSError as error:
        place = error.filename or program
        raise NativeError(f"kernels: {place}: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
    if ran.returncode != 0:
        lines = [line for line in ran.stderr.splitlines() if "error" in line]
        told = (lines or ran.stderr.splitlines() or [f"exit code {ran.returncode}"])[0]
        raise NativeError(f"kernels: {program} cannot build them: {told.strip()}")


def _headers() -> Path:
    """Where jaxlib has XLA's headers, found without loading JAX."""
    found = find_spec("jaxlib")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "include"
