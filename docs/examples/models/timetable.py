"""A timetable: lessons at times, such that no teacher, class or room is in two places at once."""

from collections import Counter
from itertools import pairwise

from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
DAYS, HOURS, ROOMS = ["Mon", "Tue", "Wed"], 4, 3
#: Who teaches what to whom, and how often.
LESSONS = [
    ("Noether", "algebra", "A", 3), ("Noether", "algebra", "B", 3), ("Noether", "algebra", "C", 2),
    ("Curie", "physics", "A", 2), ("Curie", "physics", "B", 3), ("Curie", "physics", "C", 3),
    ("Sappho", "Greek", "A", 3), ("Sappho", "Greek", "B", 2), ("Sappho", "Greek", "C", 3),
    ("Kahlo", "art", "A", 2), ("Kahlo", "art", "B", 2), ("Kahlo", "art", "C", 2),
]  # fmt: skip
AWAY = {"Curie": "Mon"}


def stated() -> ode.Model:
    """The time of each lesson: its day times the hours of a day, and its hour."""
    model, rules = ode.Model(), ode.constraints
    times = len(DAYS) * HOURS
    of_teacher, of_class, every = {}, {}, []
    for teacher, subject, group, count in LESSONS:
        present = [t for t in range(times) if DAYS[t // HOURS] != AWAY.get(teacher)]
        own = [model.integer(f"{subject} {group} {k}", values=present) for k in range(count)]
        of_teacher.setdefault(teacher, []).extend(own)
        of_class.setdefault(group, []).extend(own)
        every += own
        # The lessons of one subject stand in order of time: others would be the same timetable.
        for first, second in pairwise(own):
            model.add(rules.Sum([1, -1], [first, second], "<=", -1))
    model.add(rules.AllDifferent(own) for own in [*of_teacher.values(), *of_class.values()])
    counts = [model.integer(f"rooms at {time}", 0, ROOMS) for time in range(times)]
    model.add(rules.Cardinality(every, list(range(times)), counts))
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """A row for each class, a colour for each subject."""
    figure = Figure(figsize=(6.2, 2.2), dpi=100, layout="constrained")
    axes = figure.subplots()
    subjects = list(dict.fromkeys(subject for _, subject, _, _ in LESSONS))
    colors = dict(zip(subjects, ["#56b4e9", "#e69f00", "#009e73", "#cc79a7"], strict=True))
    classes = sorted({group for _, _, group, _ in LESSONS})
    for _, subject, group, count in LESSONS:
        for number in range(count):
            time = values[f"{subject} {group} {number}"]
            axes.barh(classes.index(group), 0.94, left=time + 0.03, color=colors[subject])
            place = (time + 0.5, classes.index(group))
            axes.annotate(subject, place, ha="center", va="center", fontsize=7)
    times = len(DAYS) * HOURS
    axes.set_xticks([HOURS * (d + 0.5) for d in range(len(DAYS))], DAYS)
    axes.set_yticks(range(len(classes)), [f"class {group}" for group in classes])
    axes.set(xlim=(0, times), ylim=(len(classes) - 0.5, -0.5))
    for day in range(1, len(DAYS)):
        axes.axvline(day * HOURS, color="#222222", lw=1.2)
    rooms = Counter(value for name, value in values.items() if not name.startswith("rooms"))
    axes.set_title(f"at most {max(rooms.values())} rooms in use", fontsize=9)
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "in", result.run.steps, "steps")
    drawn(result.values).savefig("timetable.png")
