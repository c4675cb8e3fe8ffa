"""``Method``: what a caller says of how a problem is to be solved; known without loading JAX."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from odesolve.dynamics.base import Configurable
    from odesolve.presets.choice import Choice
    from odesolve.presets.preset import Preset


class MethodOptions(TypedDict, total=False):
    """Fields of ``Method``, by keyword."""

    preset: str | os.PathLike[str] | Preset | None
    dynamics: str | Configurable | None
    stepper: str | Configurable | None
    parameters: Mapping[str, Any] | None


@dataclass(frozen=True)
class Method:
    """Equations, steps and values, as far as the caller chose any.

    Attributes:
        preset, dynamics, stepper, parameters: as for ``odesolve.presets.choice.choose``.

    Example:
        >>> Method().is_chosen, Method(dynamics="ctds").is_chosen
        (False, True)
    """

    preset: str | os.PathLike[str] | Preset | None = None
    dynamics: str | Configurable | None = None
    stepper: str | Configurable | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_chosen(self) -> bool:
        """Whether the caller chose anything at all."""
        named = (self.preset, self.dynamics, self.stepper)
        return bool(self.parameters) or any(value is not None for value in named)

    def choose(self, problem: str, features: Mapping[str, Any]) -> Choice:
        """What a problem is solved with; loads JAX.

        Arguments:
            problem: the kind of problem, as in ``Preset.problems``.
            features: what ``Preset.when`` may ask for.

        Raises:
            ValueError: as ``odesolve.presets.choice.choose``.
        """
        from odesolve.presets.choice import choose

        return choose(problem, features, **vars(self))

    def check(self, problem: str, known: Mapping[str, Any]) -> None:
        """Refuse what no problem with the known features could be solved with; loads JAX.

        Arguments:
            problem: the kind of problem, as in ``Preset.problems``.
            known: some of what ``Preset.when`` may ask for.

        Raises:
            ValueError: as ``odesolve.presets.choice.choose``, for the most general preset that
                may be chosen.
        """
        from odesolve.presets.choice import check

        check(problem, known, **vars(self))
