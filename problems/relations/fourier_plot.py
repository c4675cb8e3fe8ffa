"""The potential of a relation of two bits as a landscape, with a descent."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from os import PathLike

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from odesolve.dynamics.base import State
from odesolve.dynamics.descent import Descent
from odesolve.pictures import PALETTE, save_picture
from odesolve.potentials import Box, System, TruthTable, compile_system
from odesolve.problems.relations.expressions import BooleanExpression
from odesolve.steppers.euler import Euler

__all__ = ["DEFAULT_START", "descent_path", "plot_landscape"]

#: Beside the centre, where the potentials of exclusive or and equivalence are level.
DEFAULT_START = (0.55, 0.4)

STEP, STEPS = 0.02, 1500
GRID = 101
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
DOTS_PER_INCH = 150


def plot_landscape(
    path: str | PathLike[str],
    expression: BooleanExpression,
    start: Sequence[float] = DEFAULT_START,
) -> None:
    """Draw V, the multilinear potential that is 0 where the relation holds, and a descent of it.

    Arguments:
        path: PNG, PDF or SVG by its extension.
        expression: a function of two variables; the first is the horizontal axis.
        start: where the descent begins, in [0, 1]^2.

    Raises:
        ValueError: other than two variables, or another extension.
        OSError: the file cannot be written.
    """
    if len(expression.variables) != 2:
        raise ValueError(f"a landscape has 2 variables, not {len(expression.variables)}")
    system = _system(expression)
    figure = Figure(figsize=(6.6, 5.4), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots()
    _draw_potential(figure, axes, system)
    _draw_corners(axes, expression)
    _draw_path(axes, descent_path(expression, start))
    axes.set_title("\n".join(textwrap.wrap(f"V of  {expression.text}", 60, max_lines=2)))
    axes.set_xlabel(expression.variables[0])
    axes.set_ylabel(expression.variables[1])
    axes.set(xlim=(-0.06, 1.06), ylim=(-0.06, 1.06), aspect="equal", xticks=TICKS, yticks=TICKS)
    axes.spines[:].set_visible(False)
    handles = axes.get_legend_handles_labels()[0]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    save_picture(path, figure)


def descent_path(
    expression: BooleanExpression, start: Sequence[float]
) -> Float[np.ndarray, "points 2"]:
    """Euler's steps of dx/dt = -dV/dx from ``start``, inside [0, 1]^2."""
    system, dynamics, stepper = _system(expression), Descent(), Euler(dt=STEP)

    def step(state: State, _: None) -> tuple[State, Array]:
        state = stepper.step(state, system, dynamics)[0]
        return state, state.x[:, 0]

    first = jnp.asarray(start, jnp.float32)
    state = dynamics.start(system, first[:, None])
    _, points = jax.jit(lambda state: jax.lax.scan(step, state, length=STEPS))(state)
    return np.concatenate([np.asarray(first)[None], np.asarray(points)])


def _system(expression: BooleanExpression) -> System:
    return compile_system([(Box(), 2)], [TruthTable.from_table([[0, 1]], expression.table)])


def _draw_potential(figure: Figure, axes: Axes, system: System) -> None:
    grid = np.linspace(0.0, 1.0, GRID)
    across, up = np.meshgrid(grid, grid)
    x = jnp.asarray(np.stack([across.ravel(), up.ravel()]), jnp.float32)
    values = np.asarray(system.groups[0].value(x)).reshape(across.shape)
    filled = axes.contourf(
        across, up, values.clip(0.0, 1.0), levels=np.linspace(0.0, 1.0, 21), cmap="viridis"
    )
    # A tautology and a contradiction are level everywhere: they have no contours.
    if np.ptp(values) > 0.0:
        inner = np.linspace(0.05, 0.95, 10)  # between them the saddle of exclusive or, at 0.5
        axes.contour(across, up, values, levels=inner, colors="white", linewidths=0.5, alpha=0.6)
    bar = figure.colorbar(filled, ax=axes, ticks=TICKS)
    bar.set_label("V  (0: the relation holds)")


def _draw_corners(axes: Axes, expression: BooleanExpression) -> None:
    corners = np.array([(row >> 1, row & 1) for row in range(4)])
    for held, marker, face, label in (
        (True, "o", "white", "relation holds"),
        (False, "X", "black", "violated"),
    ):
        chosen = corners[expression.table == held]
        if len(chosen):
            axes.scatter(
                chosen[:, 0], chosen[:, 1], s=90, marker=marker, color=face, edgecolor="#777777",
                label=label, clip_on=False, zorder=4,
            )  # fmt: skip


def _draw_path(axes: Axes, points: Float[np.ndarray, "points 2"]) -> None:
    color = PALETTE[6]
    axes.plot(*points.T, color="white", lw=4.0, solid_capstyle="round", zorder=5)
    axes.plot(*points.T, color=color, lw=2.2, label="descent", zorder=6)
    axes.plot(*points[0], "o", color=color, markeredgecolor="white", label="start", ls="", zorder=7)
    axes.plot(
        *points[-1], "*", color=color, markeredgecolor="white", markersize=15, label="end", ls="",
        zorder=7,
    )  # fmt: skip
