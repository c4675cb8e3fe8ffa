"""A Sudoku: each digit once in every row, column and block."""

from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
GIVEN = [
    "53..7....", "6..195...", ".98....6.",
    "8...6...3", "4..8.3..1", "7...2...6",
    ".6....28.", "...419..5", "....8..79",
]  # fmt: skip


def stated() -> ode.Model:
    """A variable for each cell; those that are given have one value."""
    model, cell = ode.Model(), {}
    for row, line in enumerate(GIVEN):
        for column, digit in enumerate(line):
            values = range(1, 10) if digit == "." else [int(digit)]
            cell[row, column] = model.integer(f"cell {row} {column}", values=values)
    for k in range(9):
        row = [cell[k, column] for column in range(9)]
        column = [cell[row, k] for row in range(9)]
        block = [cell[k // 3 * 3 + n // 3, k % 3 * 3 + n % 3] for n in range(9)]
        model.add(ode.constraints.AllDifferent(part) for part in (row, column, block))
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """The grid, with what was given in black."""
    figure = Figure(figsize=(3.6, 3.6), dpi=100, layout="constrained")
    axes = figure.subplots()
    for k in range(10):
        width = 1.8 if k % 3 == 0 else 0.5
        axes.plot([0, 9], [k, k], "k", lw=width)
        axes.plot([k, k], [0, 9], "k", lw=width)
    for row, line in enumerate(GIVEN):
        for column, digit in enumerate(line):
            color = "#0072b2" if digit == "." else "black"
            text, place = str(values[f"cell {row} {column}"]), (column + 0.5, 8.5 - row)
            axes.annotate(text, place, ha="center", va="center", fontsize=15, color=color)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "by", result.found_by)
    drawn(result.values).savefig("sudoku.png")
