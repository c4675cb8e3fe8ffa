"""Random models: model RB, subset sums and job shops."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from itertools import combinations, product

import odesolve as ode
from benchmarks.models.puzzles import Generated

#: Model RB: the domains have n^alpha values; this tightness is at the threshold.
ALPHA, TIGHTNESS = 0.8, 0.25
#: Values of an operation of a job shop.
LONGEST_OPERATION = 10


def model_rb(variables: int, seed: int, *, forced: bool) -> Generated:
    """Model RB at its threshold: random binary constraints, each with random forbidden pairs.

    n variables have n^alpha values. r n ln n constraints on random pairs of variables, which may
    be repeated, each forbid p d^2 pairs of values, with r = alpha / ln(1 / (1 - p)), where half of
    the instances are satisfiable as n grows (Xu and Li, Journal of Artificial Intelligence Research
    12, 2000). ``forced`` keeps a hidden solution out of the forbidden pairs (Xu, Boussemart, Hemery
    and Lecoutre, Artificial Intelligence 171, 2007).
    """
    generator = random.Random(f"rb {variables} {seed} {forced}")
    width = round(variables**ALPHA)
    density = ALPHA / math.log(1 / (1 - TIGHTNESS))
    count = round(density * variables * math.log(variables))
    hidden = [generator.randrange(width) for _ in range(variables)]
    model = ode.Model()
    terms = [model.integer(f"x{i}", 0, width - 1) for i in range(variables)]
    forbidden: list[tuple[int, int, set[tuple[int, int]]]] = []
    for _ in range(count):
        i, j = sorted(generator.sample(range(variables), 2))
        pairs = [
            pair
            for pair in product(range(width), repeat=2)
            if not forced or pair != (hidden[i], hidden[j])
        ]
        chosen = generator.sample(pairs, round(TIGHTNESS * width**2))
        forbidden.append((i, j, set(chosen)))
        own = ode.constraints.Table([terms[i], terms[j]], sorted(chosen), allowed=False)
        model.add(own)

    def check(values: Mapping[str, int]) -> bool:
        own = [values[f"x{i}"] for i in range(variables)]
        return all((own[i], own[j]) not in pairs for i, j, pairs in forbidden)

    solution = {f"x{i}": value for i, value in enumerate(hidden)} if forced else None
    return Generated(model, check, solution, True if forced else None)


def subset_sum(items: int, digits: int, seed: int) -> Generated:
    """Some of random weights of so many decimal digits add up to the sum of a hidden half."""
    generator = random.Random(f"subset {items} {digits} {seed}")
    weights = [generator.randrange(10 ** (digits - 1), 10**digits) for _ in range(items)]
    hidden = set(generator.sample(range(items), items // 2))
    target = sum(weights[i] for i in hidden)
    model = ode.Model()
    taken = [model.boolean(f"x{i}") for i in range(items)]
    model.add(ode.constraints.Sum(weights, taken, "==", target))

    def check(values: Mapping[str, int]) -> bool:
        return sum(weight for i, weight in enumerate(weights) if values[f"x{i}"]) == target

    return Generated(model, check, {f"x{i}": int(i in hidden) for i in range(items)})


def job_shop(jobs: int, machines: int, seed: int) -> Generated:
    """Each job visits all machines in an order of its own; the makespan is to be least.

    Each two operations of a machine have a truth value that tells which is the first. The horizon
    is the makespan of a greedy schedule, which is a solution.
    """
    generator = random.Random(f"job shop {jobs} {machines} {seed}")
    orders = [generator.sample(range(machines), machines) for _ in range(jobs)]
    lengths = [[generator.randint(1, LONGEST_OPERATION) for _ in orders[j]] for j in range(jobs)]
    greedy = _dispatched(orders, lengths)
    ends = [greedy[j][-1] + lengths[j][-1] for j in range(jobs)]
    horizon, least = max(ends), max(map(sum, lengths))
    model = ode.Model()
    solution = {"makespan": horizon}
    makespan = model.integer("makespan", least, horizon)
    starts: list[list[ode.constraints.Variable]] = []
    users: list[list[tuple[int, int]]] = [[] for _ in range(machines)]
    for j in range(jobs):
        own = []
        for k, machine in enumerate(orders[j]):
            before, left = sum(lengths[j][:k]), sum(lengths[j][k:])
            own.append(model.integer(_start(j, k), before, horizon - left))
            solution[_start(j, k)] = greedy[j][k]
            users[machine].append((j, k))
        for k in range(machines - 1):
            model.add(_precedes(own[k], lengths[j][k], own[k + 1]))
        model.add(_precedes(own[-1], lengths[j][-1], makespan))
        starts.append(own)
    pairs = [pair for each in users for pair in combinations(each, 2)]
    for (i, k), (j, m) in pairs:
        first = model.boolean(_order(i, k, j, m))
        before = _precedes(starts[i][k], lengths[i][k], starts[j][m])
        after = _precedes(starts[j][m], lengths[j][m], starts[i][k])
        model.add(ode.constraints.Implied(first, before))
        model.add(ode.constraints.Implied(first, after, when=0))
        solution[first.name] = int(greedy[i][k] < greedy[j][m])
    model.minimize([(1, makespan)])

    def check(values: Mapping[str, int]) -> bool:
        def ends_before(i: int, k: int, time: int) -> bool:
            return values[_start(i, k)] + lengths[i][k] <= time

        for j in range(jobs):
            times = [*(values[_start(j, k)] for k in range(1, machines)), values["makespan"]]
            if not all(ends_before(j, k, time) for k, time in enumerate(times)):
                return False
        for (i, k), (j, m) in pairs:
            (a, b), (c, d) = ((i, k), (j, m)) if values[_order(i, k, j, m)] else ((j, m), (i, k))
            if not ends_before(a, b, values[_start(c, d)]):
                return False
        return True

    return Generated(model, check, solution)


def _dispatched(orders: list[list[int]], lengths: list[list[int]]) -> list[list[int]]:
    """Starts of a schedule: what can start first is started, the longest rest first."""
    starts: list[list[int]] = [[] for _ in orders]
    job_free, machine_free = [0] * len(orders), [0] * len(orders[0])
    while True:
        open_jobs = [j for j, own in enumerate(starts) if len(own) < len(orders[j])]
        if not open_jobs:
            return starts

        def rank(j: int) -> tuple[int, int]:
            k = len(starts[j])
            return max(job_free[j], machine_free[orders[j][k]]), -sum(lengths[j][k:])

        j = min(open_jobs, key=rank)
        k = len(starts[j])
        start = rank(j)[0]
        starts[j].append(start)
        job_free[j] = machine_free[orders[j][k]] = start + lengths[j][k]


def _precedes(
    start: ode.constraints.Variable, length: int, then: ode.constraints.Variable
) -> ode.constraints.Sum:
    return ode.constraints.Sum([1, -1], [start, then], "<=", -length)


def _start(job: int, place: int) -> str:
    return f"start{job}-{place}"


def _order(i: int, k: int, j: int, m: int) -> str:
    return f"first{i}-{k}-{j}-{m}"
