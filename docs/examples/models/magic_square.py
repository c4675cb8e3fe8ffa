"""A magic square of order 4: all rows, columns and diagonals add up to 34."""

from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
SIZE = 4
TOTAL = SIZE * (SIZE**2 + 1) // 2


def stated() -> ode.Model:
    """A variable for each cell."""
    model = ode.Model()
    square = [
        [model.integer(f"{row} {column}", 1, SIZE**2) for column in range(SIZE)]
        for row in range(SIZE)
    ]
    diagonals = [
        [square[k][k] for k in range(SIZE)],
        [square[k][SIZE - 1 - k] for k in range(SIZE)],
    ]
    model.add(ode.constraints.AllDifferent(cell for row in square for cell in row))
    for line in [*square, *zip(*square, strict=True), *diagonals]:
        model.add(ode.constraints.Sum([1] * SIZE, line, "==", TOTAL))
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """The square, darker where the numbers are larger."""
    figure = Figure(figsize=(3.2, 3.2), dpi=100, layout="constrained")
    axes = figure.subplots()
    square = [[values[f"{row} {column}"] for column in range(SIZE)] for row in range(SIZE)]
    axes.imshow(square, cmap="Blues", vmax=2 * SIZE**2)
    for row, line in enumerate(square):
        for column, number in enumerate(line):
            axes.annotate(str(number), (column, row), ha="center", va="center", fontsize=18)
    axes.set_axis_off()
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "in", result.run.steps, "steps")
    drawn(result.values).savefig("magic_square.png")
