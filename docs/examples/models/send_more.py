"""SEND + MORE = MONEY: a digit for each letter, different ones for different letters."""

from matplotlib.figure import Figure

import odesolve as ode

# --8<-- [start:model]
ADDENDS, TOTAL = ["SEND", "MORE"], "MONEY"


def stated() -> ode.Model:
    """One sum over the digits, with powers of ten, and no leading zero."""
    model = ode.Model()
    words = [*ADDENDS, TOTAL]
    first = {word[0] for word in words}
    digit = {x: model.integer(x, int(x in first), 9) for x in sorted(set("".join(words)))}
    terms = [
        (10**place * (-1 if word is TOTAL else 1), digit[letter])
        for word in words
        for place, letter in enumerate(reversed(word))
    ]
    factors, letters = zip(*terms, strict=True)
    model.add(ode.constraints.Sum(factors, letters, "==", 0))
    model.add(ode.constraints.AllDifferent(digit.values()))
    return model


# --8<-- [end:model]


def drawn(values: dict[str, int]) -> Figure:
    """The addition in letters and in digits."""
    figure = Figure(figsize=(5, 2), dpi=100)
    for left, text in ((0.25, str), (0.75, lambda letter: str(values[letter]))):
        lines = [*ADDENDS, TOTAL]
        shown = ["".join(map(text, word)).rjust(len(TOTAL)) for word in lines]
        shown = ["  " + shown[0], "+ " + shown[1], "-" * (len(TOTAL) + 2), "  " + shown[2]]
        figure.text(
            left, 0.5, "\n".join(shown), family="monospace", size=15, ha="center", va="center"
        )
    return figure


if __name__ == "__main__":
    result = stated().solve(seed=0, time_limit=60)
    print(result.status, "in", result.run.steps, "steps")
    drawn(result.values).savefig("send_more.png")
