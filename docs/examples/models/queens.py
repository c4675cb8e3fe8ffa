"""Twenty queens on a board of 20 x 20, none of which attacks another."""

from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
SIZE = 20


def stated() -> ode.Model:
    """A variable for each row: the column of its queen."""
    model = ode.Model()
    columns = [model.integer(f"row {row}", 0, SIZE - 1) for row in range(SIZE)]
    for a in range(SIZE):
        for b in range(a):
            for slope in (-1, 0, 1):  # one diagonal, the column, the other diagonal
                pair = [columns[a], columns[b]]
                model.add(ode.constraints.Sum([1, -1], pair, "!=", slope * (a - b)))
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """The board."""
    figure = Figure(figsize=(4, 4), dpi=100, layout="constrained")
    axes = figure.subplots()
    axes.imshow([[(a + b) % 2 for b in range(SIZE)] for a in range(SIZE)], cmap="Greys", vmax=4)
    for row in range(SIZE):
        place = (values[f"row {row}"], row)
        axes.annotate("♛", place, ha="center", va="center", fontsize=11, color="#0072b2")
    axes.set_axis_off()
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "in", result.run.steps, "steps")
    drawn(result.values).savefig("queens.png")
