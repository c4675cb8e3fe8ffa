"""A latin square of order 14 from which half of the symbols were taken, completed again."""

import random

import numpy as np
from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
ORDER, HOLES = 14, 98


def given() -> list[list[int | None]]:
    """A latin square with rows, columns and symbols in random order, and None at the holes."""
    generator = random.Random(7)
    rows, columns, symbols = (generator.sample(range(ORDER), ORDER) for _ in range(3))
    square: list[list[int | None]] = [
        [symbols[(row + column) % ORDER] for column in columns] for row in rows
    ]
    cells = [(row, column) for row in range(ORDER) for column in range(ORDER)]
    for row, column in generator.sample(cells, HOLES):
        square[row][column] = None
    return square


def stated() -> ode.Model:
    """A variable for each cell; in no row and no column is a symbol twice."""
    model = ode.Model()
    cells = [
        [
            model.integer(f"{row} {column}", values=range(ORDER) if own is None else [own])
            for column, own in enumerate(line)
        ]
        for row, line in enumerate(given())
    ]
    model.add(ode.constraints.AllDifferent(line) for line in [*cells, *zip(*cells, strict=True)])
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """The square; what was put into the holes has a colour."""
    figure = Figure(figsize=(4, 4), dpi=100, layout="constrained")
    axes = figure.subplots()
    shown = np.full((ORDER, ORDER), np.nan)
    for row, line in enumerate(given()):
        for column, own in enumerate(line):
            symbol = values[f"{row} {column}"]
            shown[row, column] = np.nan if own is not None else symbol
            color = "black" if own is None else "#777777"
            place = (column, row)
            axes.annotate(str(symbol), place, ha="center", va="center", fontsize=8, color=color)
    axes.imshow(shown, cmap="Set3", vmin=0, vmax=ORDER - 1)
    axes.set(xticks=[], yticks=[])
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "in", result.run.steps, "steps")
    drawn(result.values).savefig("latin_square.png")
