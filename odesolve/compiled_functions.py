"""Compiled functions that are kept: in this process, and in the folder of the compilation cache.

JAX's own cache keeps what XLA made of a function, and finds it by what was traced and lowered:
that alone takes as long as many a solve. Here a function is found by what determines it: its name,
the structure and the shapes of its arguments, odesolve's source, the versions and settings of JAX
and the device. Then nothing is traced. Whatever takes part that is not odesolve's own, a user's
dynamics or family, is left to JAX.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxlib.version import __version__ as jaxlib_version

from odesolve.machine import is_of_this_user, processor
from odesolve.potentials.device import device
from odesolve.results import Compiled

#: Functions that a process keeps: of most problems a handful are used, at about a megabyte each.
KEPT = 64

#: Least recently used files are dropped beyond this size.
FILE_BYTES = 128 * 2**20

#: Settings of JAX by which the same function is traced to another program.
_SETTINGS = (
    "jax_enable_x64",
    "jax_numpy_dtype_promotion",
    "jax_default_matmul_precision",
    "jax_default_prng_impl",
    "jax_optimization_level",
)

#: Settings under which JAX itself must call the function: it would look into it.
_LOOKS_INSIDE = (
    "jax_disable_jit",
    "jax_debug_nans",
    "jax_debug_infs",
    "jax_check_tracer_leaks",
    "jax_log_compiles",
)

#: Endings of files that say what is compiled.
_COMPILED = (".py", ".hpp", ".cpp")

#: What starts a file, besides the digest of what follows.
_MAGIC = b"odesolve function 1\n"

#: By what determines it; where that is not odesolve's own, two classes may have one name.
_kept: OrderedDict[tuple[str, Any], Callable[..., Any]] = OrderedDict()
_lock = threading.Lock()
_seen = threading.local()


def compiled(
    name: str, function: Any, arguments: tuple[Any, ...], like: Any, **options: Any
) -> tuple[Callable[..., Any], Compiled]:
    """A jitted function made ready for arguments of these shapes, and whether it was there already.

    Arguments:
        name: of the function, the same in every process.
        function: what ``jax.jit`` gives.
        arguments: of the function, none by keyword; only their structure and shapes are used.
        like: a tree of the structure that it gives back.
        options: static ones, by keyword.

    Returns:
        What to call with the arguments, without the options; and one hit or one miss.
    """
    if any(_setting(setting) for setting in _LOOKS_INSIDE):
        return functools.partial(function, **options), Compiled()
    leaves, tree = jax.tree.flatten(arguments)
    text = [name, repr(sorted(options.items())), *map(_shape, leaves), *_environment()]
    is_own = _describe(tree, text)
    is_own &= all(_is_on_one_device(leaf) for leaf in leaves)
    key = hashlib.sha256("\n".join(text).encode()).hexdigest()
    kept = key, None if is_own else tree
    with _lock:
        if kept in _kept:
            _kept.move_to_end(kept)
            return _kept[kept], Compiled(hits=1)
    folder = _folder() if is_own else None
    ready = None if folder is None else _loaded(folder / key, tree, like)
    count = Compiled(hits=1)
    if ready is None:
        with _cache_hits() as hits:
            ready = function.lower(*arguments, **options).compile()
        if not hits:
            count = Compiled(misses=1)
            if folder is not None:  # what JAX's cache gives cannot be written again
                _store(folder, key, ready)
    with _lock:
        _kept[kept] = ready
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return ready, count


def _setting(name: str) -> Any:
    return getattr(jax.config, name, None)


def _shape(leaf: Any) -> str:
    """Shape and type of an argument, and where it is, if on several devices."""
    if isinstance(leaf, jax.Array):
        where = "" if _is_on_one_device(leaf) else repr(leaf.sharding)
        return f"{leaf.dtype}{leaf.shape}{leaf.weak_type}{where}"
    return f"{type(leaf).__name__}{getattr(leaf, 'dtype', '')}{np.shape(leaf)}"


def _is_on_one_device(leaf: Any) -> bool:
    return not isinstance(leaf, jax.Array) or len(leaf.sharding.device_set) == 1


def _describe(tree: Any, text: list[str]) -> bool:
    """Write down the structure of a tree, and tell whether all its types are odesolve's own."""
    node = tree.node_data()
    if node is None:
        text.append("*")
        return True
    kind, options = node
    text.append(f"{kind.__module__}.{kind.__qualname__}{options!r}")
    own = [_is_own(kind), _is_of_own(options), *(_describe(c, text) for c in tree.children())]
    return all(own)


def _is_own(kind: type) -> bool:
    return kind.__module__ == "builtins" or kind.__module__.startswith("odesolve.")


def _is_of_own(value: Any) -> bool:
    """Whether options are made of types whose ``repr`` says all."""
    if isinstance(value, tuple | list):
        return all(map(_is_of_own, value))
    if is_dataclass(value) and not isinstance(value, type):
        inside = [getattr(value, field.name) for field in fields(value)]
        return _is_own(type(value)) and _is_of_own(inside)
    return value is None or isinstance(value, str | int | float)


def _environment() -> tuple[str, ...]:
    """What else determines a compiled function."""
    return (*_fixed_environment(device()), *(repr(_setting(name)) for name in _SETTINGS))


@functools.cache
def _fixed_environment(where: jax.Device) -> tuple[str, ...]:
    return (
        _sources(),
        jax.__version__,
        jaxlib_version,
        where.platform,
        str(where.client.platform_version),
        where.device_kind,
        str(where.id),
        str(len(where.client.devices())),
        processor(),
        os.environ.get("XLA_FLAGS", ""),
    )


def _sources() -> str:
    """A digest of the source of all that is compiled."""
    home = Path(__file__).parent
    potentials = Path(str(__import__("odesolve.potentials", fromlist=["x"]).__file__)).parent
    digest = hashlib.sha256()
    for folder in (home, potentials):
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _COMPILED):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _folder() -> Path | None:
    """Where functions are kept, beside what JAX keeps; None where the cache is off."""
    configured = _setting("jax_compilation_cache_dir")
    if not configured or not _setting("jax_enable_compilation_cache") or "://" in configured:
        return None
    return Path(configured) / "functions"


def _loaded(path: Path, tree: Any, like: Any) -> Callable[..., Any] | None:
    """The function in a file; None where there is none that can be used."""
    from jax.experimental.serialize_executable import deserialize_and_load

    try:
        with path.open("rb") as file:
            if not is_of_this_user(file.fileno()):
                return None
            content = file.read()
    except OSError:
        return None
    start = len(_MAGIC) + hashlib.sha256().digest_size
    payload = content[start:]
    if content[:start] != _MAGIC + hashlib.sha256(payload).digest():
        return None  # damaged
    where = device()
    try:
        in_tree = jax.tree.structure((jax.tree.unflatten(tree, [0] * tree.num_leaves), {}))
        function: Callable[..., Any] = deserialize_and_load(
            zlib.decompress(payload), in_tree, jax.tree.structure(like), where.client, [where]
        )
    except Exception:  # of another build, for example: it is compiled anew
        return None
    with suppress(OSError):
        os.utime(path)
    return function


def _store(folder: Path, key: str, function: Any) -> None:
    """Write a function into a file, unless that cannot be done."""
    from jax.experimental.serialize_executable import serialize

    try:
        payload = zlib.compress(serialize(function)[0], 1)
    except Exception:  # not every backend can
        return
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + hashlib.sha256(payload).digest() + payload)
            os.replace(temporary, folder / key)
        except OSError:
            os.unlink(temporary)
            raise
        _drop_oldest(folder)


def _drop_oldest(folder: Path) -> None:
    entries = [(entry.stat(), entry.path) for entry in os.scandir(folder)]
    total = sum(status.st_size for status, _ in entries)
    for status, path in sorted(entries, key=lambda entry: entry[0].st_mtime):
        if total <= FILE_BYTES:
            return
        os.unlink(path)
        total -= status.st_size


# ------------------------------------------------------------------------- what JAX's cache says


@contextmanager
def _cache_hits() -> Iterator[list[str]]:
    """What JAX finds in its own cache meanwhile, in this thread."""
    _listen()
    found: list[str] = []
    _seen.hits = found
    try:
        yield found
    finally:
        _seen.hits = None


@functools.cache
def _listen() -> None:
    def note(event: str, **_: Any) -> None:
        hits = getattr(_seen, "hits", None)
        if hits is not None and event == "/jax/compilation_cache/cache_hits":
            hits.append(event)

    jax.monitoring.register_event_listener(note)
