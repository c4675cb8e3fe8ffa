"""What a system keeps for each cell: fixed values, mobilities, values left open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Array, Float

from odesolve.potentials.device import on_device
from odesolve.potentials.domains import Simplex
from odesolve.potentials.layout import Layout


def open_cells(
    open_values: Mapping[int, int], layout: Layout
) -> Float[np.ndarray, "cells 1"] | None:
    """1 for the first values of each variable that stands there, and for all of the others.

    Raises:
        ValueError: if a variable does not exist, has fewer values, or is on no simplex.
    """
    if not open_values:
        return None
    _check_numbers("open_values", open_values)
    cells = np.ones((layout.cell_count, 1), np.float32)
    variables = np.fromiter(open_values.keys(), np.int64, len(open_values))
    counts = np.fromiter(open_values.values(), np.int64, len(open_values))
    known = (variables >= 0) & (variables < layout.variable_count)
    if not known.all():
        raise ValueError(f"open_values: variable {variables[~known][0]} does not exist")
    block = layout.block_of(variables)
    for number in np.unique(block):
        domain, own = layout.blocks[int(number)].domain, block == number
        wrong = own & ((counts < 1) | (counts > domain.values))
        if not isinstance(domain, Simplex) or wrong.any():
            first = int(np.argmax(wrong if wrong.any() else own))
            raise ValueError(
                f"open_values: {counts[first]} values of variable {variables[first]} on {domain}"
            )
        opened = np.arange(domain.width) < counts[own, None]
        cells[layout.cells_of(variables[own, None]), 0] = opened
    return cells


def mobilities(mobility: Mapping[int, float], layout: Layout) -> Float[Array, "cells 1"] | None:
    """The factor of each cell's velocity; None where all are 1.

    Raises:
        ValueError: if a variable does not exist, or a factor is not positive.
    """
    if not mobility:
        return None
    _check_numbers("mobility", mobility)
    cells = np.ones((layout.cell_count, 1), np.float32)
    variables = np.fromiter(mobility.keys(), np.int64, len(mobility))
    factors = np.fromiter(mobility.values(), float, len(mobility))
    wrong = ~((variables >= 0) & (variables < layout.variable_count) & (factors > 0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ValueError(f"mobility {factors[first]} of variable {variables[first]}")
    block = layout.block_of(variables)
    for number in np.unique(block):
        own = block == number
        cells[layout.cells_of(variables[own, None]), 0] = factors[own, None]
    return on_device(cells)


def fixed_cells(fixed: Mapping[int, int], layout: Layout) -> Float[Array, "cells 1"] | None:
    """The value of each fixed cell, NaN for the others; None where none is fixed.

    Raises:
        ValueError: if a variable does not exist, or has no such value.
    """
    if not fixed:
        return None
    cells = np.full((layout.cell_count, 1), np.nan, np.float32)
    _check_numbers("fixed", fixed)
    for variable, value in fixed.items():
        if not 0 <= variable < layout.variable_count:
            raise ValueError(f"fixed variable {variable} does not exist")
        block = layout.blocks[int(layout.block_of(np.array([variable]))[0])]
        lowest, highest = block.domain.lowest, block.domain.lowest + block.domain.values - 1
        if value != int(value) or not lowest <= value <= highest:
            raise ValueError(f"variable {variable} has values {lowest} to {highest}, not {value}")
        own = layout.cells_of(np.array([[variable]]))[0]
        cells[own, 0] = np.asarray(block.domain.corner(np.array([value])))[0]
    return on_device(cells)


def _check_numbers(name: str, mapping: Mapping[Any, Any]) -> None:
    for variable, value in mapping.items():
        keys, values = (int, np.integer), (int, float, np.number)
        right = isinstance(variable, keys) and isinstance(value, values)
        if not right or isinstance(variable, bool) or isinstance(value, np.complexfloating):
            kinds = f"{type(variable).__name__}: {type(value).__name__}"
            raise ValueError(f"{name}: {kinds}; expected the number of a variable and a number")
