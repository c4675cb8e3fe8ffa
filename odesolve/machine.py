"""What machine code this processor runs, and whose files it may be taken from."""

from __future__ import annotations

import functools
import os
import platform
from contextlib import suppress


@functools.cache
def processor() -> str:
    """What machine code may use: a folder may be shared by different machines."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith(("flags", "Features")):
                return line
    return platform.machine() + platform.processor()


def is_of_this_user(file: int) -> bool:
    """Whether an open file was written by this user: what another one wrote may run anything."""
    return not hasattr(os, "getuid") or os.fstat(file).st_uid == os.getuid()
