"""How long commands take beyond their time limit: commands x sizes x limits, as whole processes.

The project asks for an end within the limit, a tenth of it and one second more, whatever the size
of the problem. Wall time counts from the start of the process to its end; the compilation cache
is off, so that compiling is cut short wherever it takes longer than there is time. On a busy
machine only the processor time says anything.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from benchmarks.processes import COLD, Finished, odesolve_command, run_process
from benchmarks.report import Figure, begun, note

#: Seconds beyond a limit that are asked for: so many, and a share of the limit.
ALLOWED_SECONDS, ALLOWED_SHARE = 1.0, 0.1

#: A process is killed so many seconds after its limit.
KILLED_AFTER = 60.0

LIMITS = (0.1, 1.0, 5.0)


@dataclass(frozen=True)
class Case:
    """One command on one input.

    Attributes:
        command: the words of the command; ``{file}`` stands for the input.
        size: for the table.
        write: writes the input, if there is one.
    """

    command: str
    size: str
    suffix: str = ""
    write: Callable[[Path], None] | None = None


# ------------------------------------------------------------------------------------- the inputs


def _written(path: Path, head: str, rows: Iterable[np.ndarray]) -> None:
    with path.open("w", encoding="ascii") as file:
        file.write(head)
        for part in rows:
            np.savetxt(file, part, fmt="%d")


def uniform(variables: int, clauses: int, width: int) -> Callable[[Path], None]:
    """Uniform random clauses in DIMACS format; literals may repeat in a clause."""

    def write(path: Path) -> None:
        random = np.random.default_rng(20260001)
        signs = random.choice([-1, 1], (clauses, width))
        literals = random.integers(1, variables + 1, (clauses, width)) * signs
        rows = np.concatenate([literals, np.zeros((clauses, 1), int)], axis=1)
        _written(path, f"p cnf {variables} {clauses}\n", [rows])

    return write


def parities(variables: int, rows: int, width: int) -> Callable[[Path], None]:
    """Random XOR lines beside as many clauses, so that elimination alone decides nothing."""

    def write(path: Path) -> None:
        random = np.random.default_rng(20260002)
        scopes = random.integers(1, variables + 1, (rows, width))
        lines = [f"x{' '.join(map(str, scope))} 0" for scope in scopes.tolist()]
        lines += [f"-{a} -{b} -{c} 0" for a, b, c in scopes[:, :3].tolist()]
        head = f"p cnf {variables} {2 * rows}"
        path.write_text("\n".join([head, *lines, ""]), encoding="ascii")

    return write


def soft(variables: int, clauses: int) -> Callable[[Path], None]:
    """Weighted clauses of three literals, without hard ones."""

    def write(path: Path) -> None:
        random = np.random.default_rng(20260003)
        signs = random.choice([-1, 1], (clauses, 3))
        rows = random.integers(1, variables + 1, (clauses, 3)) * signs
        weights = random.integers(1, 100, (clauses, 1))
        _written(path, "", [np.concatenate([weights, rows, np.zeros((clauses, 1), int)], axis=1)])

    return write


def pseudo_boolean(variables: int, rows: int, width: int) -> Callable[[Path], None]:
    """Random pseudo-Boolean rows in OPB format."""

    def write(path: Path) -> None:
        random = np.random.default_rng(20260004)
        lines = [f"* #variable= {variables} #constraint= {rows}"]
        for _ in range(rows):
            chosen = random.choice(variables, width, replace=False) + 1
            weights = random.integers(1, 100, width)
            terms = " ".join(f"+{w} x{v}" for w, v in zip(weights, chosen, strict=True))
            lines.append(f"{terms} >= {weights.sum() // 2} ;")
        path.write_text("\n".join([*lines, ""]), encoding="ascii")

    return write


def pigeons(holes: int) -> Callable[[Path], None]:
    """One pigeon more than there are holes: no model, and long proofs."""

    def write(path: Path) -> None:
        place = np.arange(1, (holes + 1) * holes + 1).reshape(holes + 1, holes)
        rows = [" ".join(map(str, own)) for own in place.tolist()]
        for hole in range(holes):
            own = place[:, hole].tolist()
            rows += [f"-{a} -{b}" for i, a in enumerate(own) for b in own[:i]]
        lines = [f"{row} 0" for row in rows]
        head = f"p cnf {place.size} {len(lines)}"
        path.write_text("\n".join([head, *lines, ""]), encoding="ascii")

    return write


def random_graph(nodes: int, edges: int) -> Callable[[Path], None]:
    """A random graph in DIMACS format."""

    def write(path: Path) -> None:
        random = np.random.default_rng(20260005)
        ends = random.integers(1, nodes + 1, (edges, 2))
        ends = ends[ends[:, 0] != ends[:, 1]]
        with path.open("w", encoding="ascii") as file:
            file.write(f"p edge {nodes} {len(ends)}\n")
            np.savetxt(file, ends, fmt="e %d %d")

    return write


def tree(nodes: int) -> Callable[[Path], None]:
    """A random tree in DIMACS format: presolve removes every node."""

    def write(path: Path) -> None:
        random = np.random.default_rng(20260006)
        child = np.arange(2, nodes + 1)
        parent = 1 + (random.random(nodes - 1) * (child - 1)).astype(int)
        with path.open("w", encoding="ascii") as file:
            file.write(f"p edge {nodes} {nodes - 1}\n")
            np.savetxt(file, np.stack([parent, child], axis=1), fmt="e %d %d")

    return write


def relations(count: int, variables: int) -> str:
    """Random relations of 12 variables each, as words of a command line."""
    random = np.random.default_rng(20260007)
    texts = []
    for _ in range(count):
        a, b, c, d, e, f, g, h, i, j, k, m = (
            f"x{v}" for v in random.choice(variables, 12, replace=False)
        )
        texts.append(f"({a}&{b}|{c}&{d}|{e}&{f})^({g}&{h}|{i}&{j}|{k}&{m})")
    return " ".join(texts)


#: Products of two primes of equal widths, by their widths.
SEMIPRIMES = {
    40: 999985999949,
    64: (2**32 - 5) * (2**32 - 17),
    128: (2**64 - 59) * (2**64 - 83),
    256: (2**128 - 159) * (2**128 - 173),
}


def cases() -> list[Case]:
    """Everything that is measured."""
    found = [Case(f"factor {number}", f"{bits} bits") for bits, number in SEMIPRIMES.items()]
    found += [Case("factor 143", "8 bits"), Case("factor 1000", "10 bits")]
    found += [Case(f"multiply _ _ {SEMIPRIMES[bits]}", f"{bits} bits") for bits in (40, 128)]
    found += [
        Case(f"multiply _ _ {SEMIPRIMES[256]} --bits 128", "256 bits"),
        Case(f"multiply {2**128 - 159} {2**128 - 173}", "128 x 128 bits, known"),
        Case(f"multiply _ {2**128 - 159} _ --bits 128", "128 x 128 bits, half open"),
        Case(f"add _ _ {3**1200}", "1,902 bits"),
        Case("add _ _ 100000000 --linear", "27 bits"),
        Case("add _ _ 1000000 --solutions 1000", "20 bits, 1,000 answers"),
        Case(f"relate {relations(1, 12)}", "1 of 12 variables"),
        Case(f"relate {relations(40, 60)}", "40 of 12 variables"),
        Case(f"relate {relations(40, 60)} --encoding relation", "40 of 12, as relations"),
    ]
    cnf = [
        ("300 variables, 1,500 clauses", uniform(300, 1500, 3), ""),
        ("10,000 variables, 42,000 clauses", uniform(10_000, 42_000, 3), ""),
        ("100,000 variables, 420,000 clauses", uniform(100_000, 420_000, 3), ""),
        ("1,000,000 variables, 4,200,000 clauses", uniform(1_000_000, 4_200_000, 3), ""),
        ("20,000 clauses of 40", uniform(2000, 20_000, 40), ""),
        ("200 clauses of 20,000", uniform(100_000, 200, 20_000), ""),
        ("4,000 parities of 12 and clauses", parities(4000, 3800, 12), ""),
        ("pigeons in 11 holes, after", pigeons(11), " --prove after"),
        ("pigeons in 11 holes, beside", pigeons(11), " --prove beside"),
        ("200 variables, 100 models", uniform(200, 600, 3), " --solutions 100"),
    ]
    found += [Case(f"sat {{file}}{more}", size, "cnf", write) for size, write, more in cnf]
    found += [
        Case("sat {file}", "100,000 soft clauses", "wcnf", soft(30_000, 100_000)),
        Case("sat {file}", "2,000 sums of 300", "opb", pseudo_boolean(3000, 2000, 300)),
    ]
    graphs = [
        ("1,000 nodes, 2,300 edges", random_graph(1000, 2300), 3),
        ("100,000 nodes, 230,000 edges", random_graph(100_000, 230_000), 3),
        ("500,000 nodes, 2,000,000 edges", random_graph(500_000, 2_000_000), 3),
        ("2,000 nodes, 1,000,000 edges, 100 colours", random_graph(2000, 1_000_000), 100),
        ("a tree of 300,000 nodes", tree(300_000), 3),
    ]
    found += [
        Case(f"color {{file}} --colors {colors}", size, "col", write)
        for size, write, colors in graphs
    ]
    found.append(Case("tune {file}", "300 variables, 1,275 clauses", "cnf", uniform(300, 1275, 3)))
    return found


# -------------------------------------------------------------------------------------- measuring


def allowed(limit: float) -> float:
    """The latest end that is asked for."""
    return limit + ALLOWED_SECONDS + ALLOWED_SHARE * limit


def measured(case: Case, file: Path, limit: float) -> Finished:
    """One process with this limit; its output is not kept."""
    words = [str(file) if word == "{file}" else word for word in case.command.split()]
    command = [*odesolve_command(), *words, "--time-limit", f"{limit:g}"]
    return run_process(command, limit=limit + KILLED_AFTER, variables=COLD)


def row(case: Case, limit: float, ran: Finished) -> list[str]:
    """A row of the table."""
    shown = case.command.split()
    options = [word for word in shown[1:] if word.startswith("--")]
    return [
        " ".join([shown[0], *options]),
        case.size,
        f"{limit:g}",
        f"{ran.seconds:.2f}",
        f"{ran.seconds - limit:+.2f}",
        f"{ran.cpu_seconds:.2f}",
        str(ran.code),
        "yes" if ran.seconds <= allowed(limit) else "no",
    ]


HEADER = ("command", "size", "limit s", "wall s", "overrun s", "processor s", "exit", "in time")


@click.command()
@click.option(
    "--limit",
    "limits",
    multiple=True,
    type=float,
    metavar="SEC",
    help="Repeatable. [default: 0.1, 1 and 5]",
)
@click.option(
    "--only", multiple=True, metavar="WORD", help="Commands that begin with WORD. Repeatable."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.md")
def main(limits: Sequence[float], only: Sequence[str], output: Path | None) -> None:
    """Measure how long commands take beyond their time limits."""
    report = begun(output, "Time limits")
    chosen = [case for case in cases() if not only or case.command.startswith(tuple(only))]
    rows, worst, late = [], 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(chosen):
            file = Path(folder) / f"{number}.{case.suffix}"
            if case.write is not None:
                case.write(file)
            for limit in limits or LIMITS:
                ran = measured(case, file, limit)
                rows.append(row(case, limit, ran))
                note(" | ".join(rows[-1]))
                worst = max(worst, ran.seconds - limit * (1 + ALLOWED_SHARE))
                late += ran.seconds > allowed(limit)
            file.unlink(missing_ok=True)
    report.table(HEADER, rows)
    asked = f"every end within the limit + {ALLOWED_SHARE:.0%} + {ALLOWED_SECONDS:g} s"
    found = f"{late} of {len(rows)} later; at most the limit + {ALLOWED_SHARE:.0%} {worst:+.2f} s"
    report.figures([Figure(asked, found, late == 0)], bool(only or limits))


if __name__ == "__main__":
    main()
