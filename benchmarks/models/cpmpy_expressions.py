"""CPMpy's kinds of expression, combined as its own tests of solvers combine them.

A number of each kind, compared in six ways with a number, a truth value and constants; a truth
value of each kind; and each of these implied by a truth value, implying one, and equal to one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

import cpmpy as cp

from benchmarks.report import Figure, Report, note

COMPARISONS = {"==": eq, "!=": ne, "<=": le, "<": lt, ">=": ge, ">": gt}

METHOD = """\
{count} of {all} expressions over CPMpy's kinds of operator, global function and global
constraint, drawn with seed {seed}: comparisons of a number with a variable, a truth value and
constants, truth values, and each implied by a truth value, implying one and equal to one. Each is
posted alone, as `Model(expression).solve(solver="odesolve")` does, in one process, {how};
{limit:g} s each. An answer is right if the expression has the value true, or if CP-SAT finds no
solution either. Most are decided by presolve, or by trying few assignments.
"""


@dataclass(frozen=True)
class Outcome:
    """How one expression went.

    Attributes:
        right: None where nothing was found and nothing proved.
    """

    text: str
    right: bool | None
    seconds: float
    steps: int


def numbers() -> Iterator[Any]:
    """A numeric expression of each kind."""
    x, y, z = (cp.intvar(-3, 5, name=name) for name in "xyz")
    small, divisor = cp.intvar(0, 10, name="m"), cp.intvar(1, 10, name="d")
    index = cp.intvar(0, 2, name="i")
    terms = [x, y, z]
    yield from (cp.sum(terms), x - y, -x, x * y, 2 * y - 3 * z + x, abs(x))
    yield from (small // 2, small // divisor, small % divisor, small**2)
    yield from (cp.min(terms), cp.max(terms), cp.cpm_array(terms)[index], cp.Element([4, 0, 7], x))
    yield from (cp.Count(terms, small), cp.NValue(terms), cp.NValueExcept(terms, 0))
    yield cp.Among(terms, [0, 3])


def truths() -> Iterator[Any]:
    """A truth value of each kind."""
    a, b, c = (cp.boolvar(name=name) for name in "abc")
    x, y, z = terms = [cp.intvar(-3, 5, name=name) for name in "xyz"]
    small = cp.intvar(0, 10, name="m")
    for one, two, three in ((a, b, c), (~a, ~b, ~c)):
        yield from (one, one & two & three, one | two | three, one.implies(two), one ^ two)
        yield from (one == two, one != two, cp.Xor([one, two, three]))
    yield from (cp.AllDifferent(terms), cp.AllDifferentExcept0(terms), cp.AllEqual(terms))
    yield from (cp.AllEqualExceptN(terms, 1), cp.Increasing(terms), cp.Decreasing(terms))
    yield from (cp.IncreasingStrict(terms), cp.DecreasingStrict(terms))
    yield from (cp.Circuit(terms), cp.Inverse(terms, [y, z, x]))
    yield from (cp.Table(terms, [[0, 1, 2], [5, -3, 0]]), cp.NegativeTable(terms, [[0, 1, 2]]))
    yield cp.IfThenElse(a, x > y, y > z)
    yield from (cp.InDomain(x, [-1, 3]), cp.LexLess(terms, [z, y, x]), cp.LexLessEq(terms, [y] * 3))
    yield cp.GlobalCardinalityCount(terms, [0, 1, 4], [small, 1, cp.intvar(0, 3, name="n")])
    yield cp.Precedence([cp.intvar(0, 3, name=f"v{k}") for k in range(4)], [0, 1, 2])
    starts = [cp.intvar(0, 10, name=f"s{k}") for k in range(3)]
    ends = [cp.intvar(0, 10, name=f"e{k}") for k in range(3)]
    yield cp.Cumulative(starts, [1, 4, 3], ends, [4, 5, 7], 10)
    yield cp.NoOverlap(starts, [1, 4, 3], ends)
    yield cp.Regular(
        terms, [("p", 0, "q"), ("q", 1, "q"), ("q", 5, "r"), ("r", 2, "p")], "p", ["r"]
    )


def expressions() -> list[Any]:
    """All of them, in one order."""
    truth, small = cp.boolvar(name="t"), cp.intvar(0, 10, name="l")
    plain = list(truths())
    for compared in COMPARISONS.values():
        plain += [compared(number, other) for number in numbers() for other in (small, truth, 1, 0)]
    found = list(plain)
    for each in plain:
        found += (each.implies(truth), truth.implies(each), each == truth)
    return found


def run(
    report: Report, count: int, seed: int, limit: float, *, prove: str | None, presolve: bool
) -> None:
    """Solve a sample, and write what came out."""
    import odesolve.cpmpy  # noqa: F401  registers the solver

    every = expressions()
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    how = "with the prover beside" if prove else "by dynamics alone"
    how += "" if presolve else ", without presolve and trying"
    report.write(METHOD.format(count=len(chosen), all=len(every), seed=seed, limit=limit, how=how))
    outcomes = []
    for number, expression in enumerate(chosen, 1):
        outcomes.append(solved(expression, limit, prove=prove, presolve=presolve))
        if number % 50 == 0:
            note(f"{number} of {len(chosen)}")
    right = sum(each.right is True for each in outcomes)
    wrong = [each for each in outcomes if each.right is False]
    open_ = [each for each in outcomes if each.right is None]
    integrated = sum(each.steps > 0 for each in outcomes)
    seconds = sorted(each.seconds for each in outcomes)
    report.table(
        ("expressions", "right", "wrong", "open", "integrated", "median s", "longest s"),
        [[
            str(len(outcomes)), str(right), str(len(wrong)), str(len(open_)), str(integrated),
            f"{seconds[len(seconds) // 2]:.2f}", f"{seconds[-1]:.2f}",
        ]],
    )  # fmt: skip
    for name, own in (("Wrong", wrong), ("Open", open_)):
        if own:
            report.write(f"{name}:\n")
            for each in own:
                report.write(f"- `{each.text}` after {each.seconds:.1f} s")
            report.write()
    asked = "CPMpy's expressions, with the prover all right"
    reached = right == len(outcomes) if prove else None
    report.figures([Figure(asked, f"{right} of {len(outcomes)}", reached)], shortened=count < 400)


def solved(expression: Any, limit: float, *, prove: str | None, presolve: bool) -> Outcome:
    """One expression, posted alone and judged."""
    model = cp.Model(expression)
    began = time.perf_counter()
    solver = cp.SolverLookup.get("odesolve", model)
    found = solver.solve(time_limit=limit, prove=prove, presolve=presolve)
    seconds = time.perf_counter() - began
    steps = int(solver.result.run.steps)
    if found:
        right: bool | None = bool(expression.value())
    elif solver.cpm_status.exitstatus.name == "UNSATISFIABLE":
        right = not cp.Model(expression).solve(solver="ortools")
    else:
        right = None
    return Outcome(str(expression), right, seconds, steps)
