"""An objective as soft shares, beside the bound that falls: what each finds in equal time.

With soft shares every value of a term of the objective is a clause of its own that may stay
violated, at the cost of what it adds, and pulls all the while; the constraints pull beside it. The
package lets a bound fall instead: a sum that must hold, which is lowered after each solution.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

import odesolve as ode
from benchmarks.models.random_models import job_shop
from benchmarks.report import Report, note
from odesolve.budget import Budget
from odesolve.potentials import Nogoods, Soft, System, Weighted, compile_system
from odesolve.presets.method import Method
from odesolve.problems.models.lowering import lower_model
from odesolve.problems.models.merging import merged
from odesolve.problems.models.presolve import narrowed
from odesolve.problems.models.shares import Shares, compiled_shares
from odesolve.problems.preparation import prepared

#: How hard the costliest value pulls beside a constraint.
STRENGTHS = (0.03, 0.1, 0.3)
FIRST_SEED = 4001

METHOD = """\
Generated models, {count} of each kind, {limit:g} s in one process for each way, compiling included.
"Falling bound" is `Model.minimize` as it is. "Soft" adds a soft clause for each value of each term,
with the weight that is told for the costliest one. The gap is in percent of the best that any way
found on the instance, or of 1; medians, and how many instances had a solution.
"""


def knapsack(seed: int) -> ode.Model:
    """The dearest choice of 40 items, up to three of each, under three capacities."""
    generator, model = random.Random(f"knapsack {seed}"), ode.Model()
    items = [model.integer(f"x{k}", 0, 3) for k in range(40)]
    for _ in range(3):
        weights = [generator.randint(5, 40) for _ in items]
        model.add(ode.constraints.Sum(weights, items, "<=", sum(weights) * 3 // 4))
    model.maximize([(generator.randint(5, 40), item) for item in items])
    return model


def assignment(seed: int) -> ode.Model:
    """The cheapest assignment of 20 tasks to 20 workers."""
    generator, model = random.Random(f"assignment {seed}"), ode.Model()
    workers = [model.integer(f"w{k}", 0, 19) for k in range(20)]
    costs = [model.integer(f"c{k}", 0, 60) for k in range(20)]
    model.add(ode.constraints.AllDifferent(workers))
    for worker, cost in zip(workers, costs, strict=True):
        table = [generator.randint(1, 60) for _ in range(20)]
        model.add(ode.constraints.Element(table, worker, cost))
    model.minimize([(1, cost) for cost in costs])
    return model


KINDS: dict[str, Callable[[int], ode.Model]] = {
    "knapsack, 40 items": knapsack,
    "assignment, 20 tasks": assignment,
    "job shop, 5 x 5": lambda seed: job_shop(5, 5, seed).model,
}


def run(report: Report, count: int, limit: float) -> None:
    """Measure every kind, and write the table."""
    report.write(METHOD.format(count=count, limit=limit))
    ways = ["falling bound", *(f"soft, {strength:g}" for strength in STRENGTHS)]
    rows = []
    for kind, make in KINDS.items():
        found: dict[str, list[int | None]] = {way: [] for way in ways}
        for number in range(count):
            model = make(FIRST_SEED + number)
            assert model.objective is not None
            sign = -1 if model.objective.maximize else 1
            result = model.solve(time_limit=limit)
            found[ways[0]].append(None if result.objective is None else sign * result.objective)
            for way, strength in zip(ways[1:], STRENGTHS, strict=True):
                value = by_soft_shares(model, strength, limit)
                found[way].append(None if value is None else sign * value)
        for way, own in found.items():
            gaps = [_gap(value, [found[each][k] for each in ways]) for k, value in enumerate(own)]
            known = [gap for gap in gaps if gap is not None]
            median = f"{statistics.median(known):.2f}" if known else "-"
            rows.append([kind, way, f"{len(known)}/{count}", median])
        note(kind)
    report.table(("kind", "way", "solved", "median gap %"), rows)


def _gap(value: int | None, all_values: Sequence[int | None]) -> float | None:
    """Percent behind the least of all."""
    if value is None:
        return None
    best = min(each for each in all_values if each is not None)
    return 100.0 * (value - best) / max(abs(best), 1)


@dataclass(frozen=True)
class _SoftModel:
    """A system with soft shares, and how it is read."""

    shares: Shares
    system: System


def by_soft_shares(model: ode.Model, strength: float, limit: float) -> int | None:
    """The best objective found with soft shares; None without a solution."""
    budget = Budget.of(limit)
    lowered = lower_model(model, budget)
    store = lowered.store
    rows, aliases = merged(store, narrowed(store, lowered.rows, budget))
    kept: list[_SoftModel] = []

    def system(_: object) -> System:
        shares = compiled_shares(store, rows, None, aliases)
        kept.append(_SoftModel(shares, softened(model, shares, strength)))
        return kept[0].system

    ready = prepared(lambda: Method().choose("model", {}), system, {"time_limit": budget})
    done = ready.solve()
    values = kept[0].shares.read(done.assignment.tolist(), store)
    named = {variable: values[variable.number] for variable in model.variables}
    objective = model.objective
    assert objective is not None
    return None if model.violated(named) else objective.value(named)


def softened(model: ode.Model, shares: Shares, strength: float) -> System:
    """The system with a soft clause for each value of a term that adds to the objective."""
    objective, place = model.objective, {v: k for k, v in enumerate(shares.variables)}
    assert objective is not None
    literals, costs = [], []
    for factor, variable in zip(objective.coefficients, objective.terms, strict=True):
        number = variable.number
        alias = shares.aliases.get(number)
        root = number if alias is None else alias.root
        if root not in place:  # fixed
            continue
        own = [int(n) if alias is None else alias.value(int(n)) for n in shares.values[place[root]]]
        adds = [(-factor if objective.maximize else factor) * n for n in own]
        for cell, added in enumerate(adds):
            if added > min(adds):
                literals.append((place[root], cell))
                costs.append(added - min(adds))
    scopes, values = np.array(literals).T[:, :, None]
    zero, weight = np.zeros(scopes.shape), strength * np.array(costs) / max(costs)
    soft = Soft(Weighted(Nogoods(scopes, values, zero, zero + 1, length=1), weight), costs)
    blocks = [(block.domain, block.count) for block in shares.system.layout.blocks]
    widths = [
        block.domain.width for block in shares.system.layout.blocks for _ in range(block.count)
    ]
    opened = {k: len(own) for k, own in enumerate(shares.values) if len(own) < widths[k]}
    hard = [group.clauses for group in shares.system.groups]
    return compile_system(blocks, [*hard, soft], open_values=opened)
