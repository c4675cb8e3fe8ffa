"""What tests of the native kernels share."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from odesolve.native.building import built, load


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Path:
    """A folder in which the library is built, known to JAX from then on.

    JAX takes one library a process; all workers share what one of them has built.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if own.name.startswith("popen-") else own) / "native-library"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch, FileLock(folder / "lock"):
        patch.setenv("ODESOLVE_NATIVE", str(folder))
        load(built())
    return folder
