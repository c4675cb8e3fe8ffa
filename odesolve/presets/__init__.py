"""Values for kinds of problems, kept as data, and how one is chosen."""

from odesolve.presets.preset import Preset, PresetError

__all__ = ["Preset", "PresetError"]
