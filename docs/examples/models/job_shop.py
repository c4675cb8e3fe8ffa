"""A job shop: each job visits the machines in an order of its own; all end as soon as possible."""

from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
#: For each job its tasks in order: a machine, and for how long.
JOBS = [
    [(0, 3), (1, 2), (2, 2), (3, 1)],
    [(0, 2), (2, 1), (1, 4), (3, 2)],
    [(1, 4), (2, 3), (3, 2)],
    [(3, 3), (0, 2), (2, 4)],
]
HORIZON = 24


def stated() -> ode.Model:
    """The start of each task, and the end of all, which is to be early."""
    model, rules = ode.Model(), ode.constraints
    end = model.integer("end", 0, HORIZON)
    on_machine: dict[int, list[tuple[ode.constraints.Variable, int]]] = {}
    for job, tasks in enumerate(JOBS):
        before = None
        for machine, length in tasks:
            start = model.integer(f"{job} on {machine}", 0, HORIZON - length)
            if before is not None:  # before[0] + before[1] <= start
                model.add(rules.Sum([1, -1], [before[0], start], "<=", -before[1]))
            on_machine.setdefault(machine, []).append((start, length))
            before = (start, length)
        model.add(rules.Sum([1, -1], [before[0], end], "<=", -before[1]))
    for own in on_machine.values():
        starts, lengths = zip(*own, strict=True)
        model.add(rules.Cumulative(starts, lengths, [1] * len(own), 1))
    model.minimize([(1, end)])
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """A row for each machine, a colour for each job."""
    figure = Figure(figsize=(5.5, 2.4), dpi=100, layout="constrained")
    axes = figure.subplots()
    colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"]
    for job, tasks in enumerate(JOBS):
        for machine, length in tasks:
            start = values[f"{job} on {machine}"]
            axes.barh(machine, length, left=start, color=colors[job], edgecolor="white")
            place = (start + length / 2, machine)
            axes.annotate(str(job), place, ha="center", va="center", color="white")
    axes.axvline(values["end"], color="#222222", ls="--", lw=1)
    axes.set(xlabel="time", ylabel="machine", yticks=range(4), xlim=(0, values["end"] + 1))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, max_steps=1500, improved=lambda better: print(better.objective))
    print("ends at", result.objective, "after", result.run.steps, "steps")
    drawn(result.values).savefig("job_shop.png")
