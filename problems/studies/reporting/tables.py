"""The tables of a report, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from odesolve.problems.studies.reporting.statistics import Growth, Measured
from odesolve.problems.studies.rows import StudyRow

__all__ = ["markdown"]

#: Rows of a table of instances, and of a list of failures, at most.
MOST_ROWS, MOST_FAILURES = 60, 20


def markdown(name: str, own: Measured, left: int, pictures: Iterable[tuple[str, str]] = ()) -> str:
    """A report.

    Arguments:
        name: of the study.
        left: cells without a row.
        pictures: title and address of each.
    """
    lines = [f"# {name}", "", *_head(own, left), ""]
    for title, address in pictures:
        lines += [f"![{title}]({address})", ""]
    for section in (_summary, _growth, _restart_times, _comparisons, _failures):
        lines += section(own)
    return "\n".join(lines).rstrip() + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table with padded columns."""
    cells = [list(header), *([_escaped(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    cells.insert(1, ["-" * width for width in widths])
    padded = (
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    )
    return [f"| {row} |" for row in padded]


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _head(own: Measured, left: int) -> Iterator[str]:
    yield (
        f"- Cells: {len(own.rows)} with a row, {left} without; {len(own.instances)} instances, "
        f"{len(own.settings)} settings"
    )
    for title, values in (
        ("Hosts", Counter(row.result.host for row in own.rows)),
        ("Devices", Counter(row.result.device or "none" for row in own.rows)),
        ("Versions", Counter(row.result.versions for row in own.rows)),
    ):
        told = "; ".join(f"{value} ({count})" for value, count in values.most_common())
        yield f"- {title}: {told}"
    if own.rows:
        moments = sorted(row.result.began for row in own.rows)
        yield f"- Measured: {moments[0]} to {moments[-1]}"


def _number(value: float | None, digits: int = 3) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def _summary(own: Measured) -> list[str]:
    if not own.rows:
        return ["Nothing has been measured.", ""]
    header = ("kind", "setting", "solved", "share, 95 %", "median s", "median steps",
              "median run-steps", "mean energy")  # fmt: skip
    rows = [
        (
            each.kind,
            each.setting,
            f"{each.solved}/{each.cells}",
            "{:.2f} to {:.2f}".format(*each.interval),
            _number(each.median_seconds),
            _number(each.median_steps),
            _number(each.median_run_steps),
            _number(each.mean_energy, 6),
        )
        for each in own.summaries()
    ]
    said = (
        "A cell is solved by a checked answer or a proof that there is none, and where there are "
        "energies (costs, cuts) by the best of all rows of the instance. Medians are of what was "
        "solved; seconds are those until the answer was found."
    )
    return ["## Solved", "", said, "", *table(header, rows), ""]


def _growth(own: Measured) -> list[str]:
    found: list[Growth] = [*own.growths("steps"), *own.growths("run_steps")]
    if not found:
        return []
    header = ("kind", "setting", "of", "sizes", "exponent a of size^a", "b of 2^(b size)",
              "sizes left out")  # fmt: skip
    rows = [
        (
            each.kind,
            each.setting,
            each.of.replace("_", "-"),
            f"{min(each.sizes)} to {max(each.sizes)} ({len(each.sizes)})",
            "{:.2f} [{:.2f}, {:.2f}]".format(*each.exponent),
            "{:.3g} [{:.3g}, {:.3g}]".format(*each.doubling),
            ", ".join(map(str, each.left_out)),
        )
        for each in found
    ]
    said = (
        "Lines through the medians of each size, of instances by the median of their seeds; in "
        "brackets the middle 95 % of the slopes of resampled instances. Sizes at which half of the "
        "instances were not solved are left out."
    )
    return ["## Steps against size", "", said, "", *table(header, rows), ""]


def _restart_times(own: Measured) -> list[str]:
    found = own.restart_times()
    instances = [name for name in own.instances if any(key[0] == name for key in found)]
    if not instances:
        return []
    rows = []
    for instance in instances[:MOST_ROWS]:
        cells = [instance]
        for setting in own.settings:
            time = found.get((instance, setting))
            if time is None:
                cells.append("-" if (instance, setting) in found else "")
                continue
            low, high = time.interval
            upper = "∞" if high is None else _number(high)
            cells.append(f"{_number(time.seconds)} [{_number(low)}, {upper}]")
        rows.append(cells)
    said = (
        "Seconds to a solution with a probability of 99 %, if tries are begun anew after the best "
        "time for that (TTT99); in brackets by the 95 % interval of the share that was solved by "
        "then."
    )
    more = [f"{len(instances) - MOST_ROWS} more instances are not shown.", ""]
    lines = ["## Time to solution", "", said, "", *table(("instance", *own.settings), rows), ""]
    return lines + (more if len(instances) > MOST_ROWS else [])


def _comparisons(own: Measured) -> list[str]:
    found = own.comparisons()
    if not found:
        return []
    header = ("first", "second", "better", "equal", "worse", "p", "p, corrected", "speed")
    rows = [
        (
            each.first,
            each.second,
            str(each.better),
            str(each.equal),
            str(each.worse),
            f"{each.p_value:.2g}",
            f"{each.corrected:.2g}",
            _number(each.speed),
        )
        for each in found
    ]
    said = (
        "On how many instances the first setting is better than the second: more of its seeds are "
        "solved, else its mean energy is the better, else its median seconds are less. p is of the "
        "sign test (two sides), corrected by Holm's rule; speed is the seconds of the second over "
        "those of the first where both solve all seeds."
    )
    return ["## Settings compared", "", said, "", *table(header, rows), ""]


def _failures(own: Measured) -> list[str]:
    failed = [row for row in own.rows if row.result.status not in _PLAIN]
    if not failed:
        return []
    lines = ["## Failures", ""]
    lines += [f"- {_failure(row)}" for row in failed[:MOST_FAILURES]]
    if len(failed) > MOST_FAILURES:
        lines.append(f"- and {len(failed) - MOST_FAILURES} more")
    return [*lines, ""]


_PLAIN = ("satisfied", "infeasible", "unknown")


def _failure(row: StudyRow) -> str:
    message = f": {row.result.message}" if row.result.message else ""
    return f"{row.instance}, {row.setting}, seed {row.seed}: {row.result.status}{message}"
