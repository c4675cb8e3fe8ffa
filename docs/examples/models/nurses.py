"""A roster of two weeks: who works by day, who by night, and who is free."""

from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
NURSES, DAYS = ["Ada", "Bea", "Cem", "Dan", "Eva", "Fay", "Gil"], 14
FREE, DAY, NIGHT = 0, 1, 2
NEEDED = {FREE: 2, DAY: 3, NIGHT: 2}


def stated() -> ode.Model:
    """A variable for each nurse and day, an automaton for each nurse, a count for each day."""
    model, rules = ode.Model(), ode.constraints
    roster = {
        name: [model.integer(f"{name} {day}", FREE, NIGHT) for day in range(DAYS)]
        for name in NURSES
    }
    # A state is how many days were worked in a row, and whether the last one was a night.
    steps = {}
    for worked in range(5):
        for night in (False, True):
            state = f"{worked}{night}"
            steps[state, FREE] = "0False"
            if worked < 4:  # at most four days in a row
                steps[state, NIGHT] = f"{worked + 1}True"
                if not night:  # no day behind a night
                    steps[state, DAY] = f"{worked + 1}False"
    accepting = sorted({*steps.values()})
    for own in roster.values():
        model.add(rules.Regular(own, steps, "0False", accepting))
        model.add(rules.Cardinality(own, [NIGHT], [4]))  # nights are shared out evenly
    for day in range(DAYS):
        column = [own[day] for own in roster.values()]
        model.add(rules.Cardinality(column, list(NEEDED), list(NEEDED.values())))
    wishes = [("Ada", 5), ("Ada", 6), ("Dan", 0), ("Gil", 12), ("Gil", 13)]
    model.add(rules.AllEqual([roster[name][day], FREE]) for name, day in wishes)
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """A row for each nurse."""
    figure = Figure(figsize=(6, 2.8), dpi=100, layout="constrained")
    axes = figure.subplots()
    colors = {FREE: "white", DAY: "#e69f00", NIGHT: "#332288"}
    for row, name in enumerate(NURSES):
        for day in range(DAYS):
            shift = values[f"{name} {day}"]
            axes.barh(row, 0.92, left=day + 0.04, color=colors[shift], height=0.84)
    for name, shift in (("day", DAY), ("night", NIGHT)):
        axes.barh([0], [0], color=colors[shift], label=name)
    axes.set_yticks(range(len(NURSES)), NURSES)
    axes.set_xticks([day + 0.5 for day in range(DAYS)], [str(day + 1) for day in range(DAYS)])
    axes.set(xlim=(0, DAYS), ylim=(len(NURSES) - 0.5, -0.5), xlabel="day")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "in", result.run.steps, "steps")
    drawn(result.values).savefig("nurses.png")
