"""Langford's pairs: each number twice, with as many others between the two as it says."""

from matplotlib.figure import Figure
from matplotlib.patches import Arc

import odesolve as ode

# --8<-- [start:model]
NUMBERS = 12


def stated() -> ode.Model:
    """The places of the first and of the second one of each number."""
    model, rules = ode.Model(), ode.constraints
    places = []
    for number in range(1, NUMBERS + 1):
        first = model.integer(f"first {number}", 0, 2 * NUMBERS - number - 2)
        second = model.integer(f"second {number}", number + 1, 2 * NUMBERS - 1)
        model.add(rules.Sum([1, -1], [second, first], "==", number + 1))
        places += [first, second]
    model.add(rules.AllDifferent(places))
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """An arc from each number to its equal."""
    figure = Figure(figsize=(6, 2), dpi=100, layout="constrained")
    axes = figure.subplots()
    for number in range(1, NUMBERS + 1):
        first, second = values[f"first {number}"], values[f"second {number}"]
        width = second - first
        middle = ((first + second) / 2, 0.4)
        color = "#0072b2" if number % 2 else "#e69f00"
        axes.add_patch(Arc(middle, width, width * 0.7, theta2=180, color=color))
        for place in (first, second):
            axes.annotate(str(number), (place, 0), ha="center", va="center", fontsize=9)
    axes.set(xlim=(-1, 2 * NUMBERS), ylim=(-0.6, 0.45 * NUMBERS))
    axes.set_axis_off()
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "in", result.run.steps, "steps")
    drawn(result.values).savefig("langford.png")
