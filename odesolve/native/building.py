"""The native kernels' library: built once by this machine's C++ compiler, and kept.

A wheel of odesolve holds the kernels' source alone. The library is found by what determines it: the
source, the version of jaxlib, whose headers it is made with, and what machine code the processor
may use, since a folder may be shared by different machines.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from platformdirs import user_cache_path

from odesolve.machine import is_of_this_user, processor

SOURCE = Path(__file__).parent / "source"

#: Not ``-ffast-math``: what is no number must stay so, for the looks to see it.
OPTIONS = (
    "-std=c++17", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math",
    "-fPIC", "-shared",
)  # fmt: skip

#: Compilers that are looked for, besides the one that the environment variable CXX names.
COMPILERS = ("c++", "g++", "clang++")

#: Libraries that nobody has loaded for so long are removed when another one is built.
UNUSED_SECONDS = 90 * 24 * 3600.0

#: How often whoever waits for the compiler is asked whether to go on.
_POLL_SECONDS = 0.05

#: Of functions for Python: what is read and how many arrays that is, what is written to, options.
_ARGUMENTS = (
    ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64,
    ctypes.POINTER(ctypes.c_int64),
)  # fmt: skip

_lock = Lock()
_loaded: set[Path] = set()
#: Those of the library that was loaded last.
_functions: dict[str, Any] = {}


class NativeError(ValueError):
    """The native kernels cannot be built; the message is one line."""


def library() -> Path | None:
    """Where the built library is; None where it was not built, or may not be used."""
    path = _place()
    return path if path is not None and _is_there(path) else None


def built(check: Callable[[], None] = lambda: None) -> Path:
    """The library, built first where it is not there yet: some twenty seconds, once.

    Arguments:
        check: called now and then meanwhile; what it raises ends the building.

    Raises:
        NativeError: if they are switched off, there is no compiler, or it fails.
    """
    path = _place()
    if path is None:
        raise NativeError(
            "kernels: ODESOLVE_NATIVE is off; expected a folder for the native ones, "
            "or kernels 'jax'"
        )
    while not _lock.acquire(timeout=_POLL_SECONDS):
        check()
    try:
        if not _is_there(path):
            _build(path, check)
    finally:
        _lock.release()
    return path


def load(path: Path) -> None:
    """Make the functions of a library known to JAX, once in a process."""
    import jax

    from odesolve.native.kernels import KERNELS

    with _lock:
        if path in _loaded:
            return
        functions = ctypes.CDLL(str(path))
        with suppress(OSError):  # the folder may be somebody's who lets us read alone
            os.utime(path)
        for kernel in KERNELS:
            function = jax.ffi.pycapsule(getattr(functions, kernel.TARGET))
            jax.ffi.register_ffi_target(kernel.TARGET, function, platform="cpu")
            name = f"{kernel.TARGET}_on_host"
            _functions[name] = getattr(functions, name)
            _functions[name].argtypes = _ARGUMENTS
            _functions[name].restype = ctypes.c_bool
        _loaded.add(path)


def function_of(name: str) -> Callable[..., bool]:
    """A function for Python of the library that was loaded."""
    function: Callable[..., bool] = _functions[name]
    return function


@functools.cache
def digest() -> str:
    """A name for all that the library is made of."""
    found = hashlib.sha256()
    for path in sorted(SOURCE.iterdir()):
        found.update(path.name.encode() + b"\n" + path.read_bytes())
    found.update(repr((OPTIONS, version("jaxlib"), processor())).encode())
    return found.hexdigest()


def _place() -> Path | None:
    """Where the library is, or would be; None where the environment switches it off."""
    configured = os.environ.get("ODESOLVE_NATIVE", "")
    if configured.lower() in ("off", "0", "no", "false"):
        return None
    folder = Path(configured) if configured else user_cache_path("odesolve") / "native"
    # The loader would look for a name without a folder elsewhere.
    return folder.absolute() / f"{digest()}.so"


def _is_there(path: Path) -> bool:
    """Whether a library is in this process already, or can be loaded into it."""
    return path in _loaded or _is_usable(path)


def _is_usable(path: Path) -> bool:
    """Whether a library is this user's, and whole: a damaged one can end the process."""
    try:
        with path.open("rb") as file:
            return is_of_this_user(file.fileno()) and _told_sum(path) == _sum(file.read())
    except OSError:
        return False


def _sum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _place_of_sum(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _told_sum(path: Path) -> bytes:
    return _place_of_sum(path).read_bytes()


def compiler() -> list[str] | None:
    """The C++ compiler that would be taken, with arguments of its own; None where there is none."""
    named = os.environ.get("CXX", "")
    if named.strip():
        try:
            chosen = shlex.split(named)
        except ValueError:  # a quotation without its end
            return None
        return chosen if shutil.which(chosen[0]) else None
    return next(([found] for name in COMPILERS if (found := shutil.which(name))), None)


def _build(path: Path, check: Callable[[], None]) -> None:
    """Compile into a file of its own, which takes its place when it is whole.

    Raises:
        NativeError: if that fails.
    """
    program = compiler()
    if program is None:
        chosen = os.environ.get("CXX", "").strip()
        place = f"no {chosen} found, which CXX names" if chosen else "no C++ compiler found"
        raise NativeError(
            f"kernels: {place}; expected {', '.join(COMPILERS[:-1])} or "
            f"{COMPILERS[-1]} on the PATH, or CXX, or kernels 'jax'"
        )
    partial = path.with_suffix(f".{os.getpid()}.partial")
    command = [*program, *OPTIONS, "-isystem", str(_headers()), str(SOURCE / "kernels.cpp")]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        code, errors = _run([*command, "-o", str(partial)], check)
        if code == 0:
            _place_of_sum(path).write_bytes(_sum(partial.read_bytes()))
            os.replace(partial, path)
            _remove_unused(path.parent)
    except OSError as error:
        place = error.filename or program[0]
        raise NativeError(f"kernels: {place}: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            partial.unlink()
    if code != 0:
        lines = [line for line in errors.splitlines() if "error" in line]
        told = (lines or errors.splitlines() or [f"exit code {code}"])[0]
        raise NativeError(f"kernels: {program[0]} cannot build them: {told.strip()}")


def _remove_unused(folder: Path) -> None:
    """Remove libraries of other versions and machines that nobody has loaded for long."""
    for path in folder.glob("*.so"):
        with suppress(OSError):
            if len(path.stem) == 64 and time.time() - path.stat().st_mtime > UNUSED_SECONDS:
                path.unlink()
                _place_of_sum(path).unlink(missing_ok=True)


def _run(command: list[str], check: Callable[[], None]) -> tuple[int, str]:
    """The exit code of a command and what it says of errors; it ends if the check raises.

    A Ctrl-C is not the command's, but that of whoever checks.
    """
    with tempfile.TemporaryFile() as told:
        running = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=told, stderr=told, start_new_session=True
        )
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    code = running.wait(_POLL_SECONDS)
                    break
                check()
        except BaseException:
            # The compiler has processes and files of its own.
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGTERM)
            running.wait()
            raise
        told.seek(0)
        return code, told.read().decode(errors="replace")


def _headers() -> Path:
    """Where jaxlib has XLA's headers, found without loading JAX."""
    found = find_spec("jaxlib")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "include"
