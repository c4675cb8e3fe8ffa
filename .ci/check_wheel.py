"""Fail unless a built wheel holds exactly the package odesolve, with all its subpackages."""

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PRESETS = ROOT / "odesolve" / "presets"
NATIVE = ROOT / "odesolve" / "native" / "source"
MINIZINC = ROOT / "problems" / "models" / "flatzinc" / "minizinc"
REQUIRED = (
    "odesolve/__init__.py",
    *(f"odesolve/native/source/{path.name}" for path in sorted(NATIVE.iterdir())),
    *(f"odesolve/presets/{path.name}" for path in sorted(PRESETS.glob("*.toml"))),
    "odesolve/py.typed",
    "odesolve/cli/__init__.py",
    "odesolve/potentials/__init__.py",
    "odesolve/problems/__init__.py",
    *(
        f"odesolve/problems/models/flatzinc/minizinc/{path.name}"
        for path in sorted(MINIZINC.glob("*.mzn"))
    ),
)


def main(wheel: str) -> int:
    """Print each fault of the wheel; return the exit code."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    top_level = {name.split("/")[0] for name in names}
    importable = {name for name in top_level if not name.endswith(".dist-info")}
    faults = [f"lacks {name}" for name in REQUIRED if name not in names]
    if importable != {"odesolve"}:
        faults.append(f"holds the top-level names {sorted(importable)}, expected only odesolve")
    for fault in faults:
        print(f"{wheel}: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
