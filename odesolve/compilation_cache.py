"""JAX's persistent compilation cache, kept in the user's cache folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

#: Least recently used entries are dropped beyond this size.
CACHE_BYTES = 256 * 2**20


def use_compilation_cache(directory: str | os.PathLike[str] | None = None) -> Path | None:
    """Keep compiled functions between processes.

    The folder is, in this order: ``directory``, the environment variable
    JAX_COMPILATION_CACHE_DIR, or ``odesolve/xla`` in the user's cache folder. The environment
    variable ODESOLVE_CACHE=off switches the cache off. Commands call this by themselves; scripts
    may call it before their first solve.

    Returns:
        The folder, or None when the cache is off or its folder cannot be written.

    Example:
        >>> import odesolve as ode
        >>> folder = ode.use_compilation_cache("cache")
        >>> folder is None or folder.name == "cache"
        True
    """
    if is_off():
        return None
    folder = _folder(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    settings: dict[str, Any] = {
        "jax_compilation_cache_dir": str(folder),
        # JAX's default threshold of one second would store none of our functions.
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": 0,
    }
    if "JAX_COMPILATION_CACHE_MAX_SIZE" not in os.environ:
        settings["jax_compilation_cache_max_size"] = CACHE_BYTES
    _apply(settings)
    return folder


def is_off() -> bool:
    """Whether the environment switches the cache off."""
    return os.environ.get("ODESOLVE_CACHE", "").lower() in ("off", "0", "no", "false")


def cache_folder() -> Path | None:
    """The folder of what is kept between processes; None where that is off, or no folder."""
    configured = None
    if "jax" in sys.modules:
        import jax

        configured = jax.config.jax_compilation_cache_dir
    folder = _folder(configured)
    return None if is_off() or "://" in str(configured or folder) else folder


def _folder(directory: str | os.PathLike[str] | None) -> Path:
    configured = directory or os.environ.get("JAX_COMPILATION_CACHE_DIR")
    if configured:
        return Path(configured)
    from platformdirs import user_cache_path

    return user_cache_path("odesolve") / "xla"


def _apply(settings: dict[str, Any]) -> None:
    """Configure JAX, without loading it: it may never be needed."""
    if "jax" in sys.modules:
        import jax

        for name, value in settings.items():
            jax.config.update(name, value)
    else:
        os.environ.update({name.upper(): str(value) for name, value in settings.items()})
