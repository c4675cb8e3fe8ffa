"""Tables that several tests share: families, systems, dynamics and steppers.

A new clause family gets a row in ``FAMILY_CASES`` and a case in ``literal_forms``; a new dynamics
one in ``DYNAMICS_CASES`` and a case in ``literal_field``; a new stepper one in ``STEPPER_CASES``.
The literal functions are slow NumPy float64 transcriptions of the published equations, one
clause and one number at a time; they share no code with the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from odesolve.dynamics.article import Article
from odesolve.dynamics.base import Dynamics
from odesolve.dynamics.ctds import ContinuousTime
from odesolve.dynamics.descent import Descent
from odesolve.dynamics.memcomputing import Memcomputing, Rectified
from odesolve.dynamics.multipliers import Multipliers
from odesolve.potentials import (
    Box,
    Cardinality,
    Circle,
    Clauses,
    Different,
    Domain,
    Gate,
    Integer,
    Integral,
    Linear,
    NotAllEqual,
    Or,
    Points,
    Simplex,
    System,
    Threshold,
    TruthTable,
    WideThreshold,
    Xor,
    compile_system,
)
from odesolve.potentials.families.cardinality import CardinalityForm
from odesolve.potentials.families.cardinality import Comparison as CountComparison
from odesolve.potentials.families.disjunction import OrForm
from odesolve.potentials.families.gates import Kind as GateKind
from odesolve.potentials.families.linear import Comparison, LinearForm
from odesolve.potentials.families.parity import XorForm
from odesolve.potentials.families.points import PointsForm
from odesolve.potentials.families.threshold import ThresholdForm
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall
from odesolve.steppers.heun import Heun
from odesolve.steppers.langevin import Langevin

UNIT, SIGNED = Box(), Box(-1.0, 1.0)


@dataclass(frozen=True, eq=False)
class FamilyCase:
    """Some clauses of one family and the domains of their scopes' variables."""

    name: str
    clauses: Clauses
    domains: tuple[Domain, ...]


def random_relation(arity: int, seed: int) -> np.ndarray:
    """A truth table with at least one allowed and one forbidden row."""
    table = np.random.default_rng((arity, seed)).random(2**arity) < 0.5
    table[0], table[-1] = True, False
    return table


def truth_tables(arity: int) -> TruthTable:
    """Three clauses, two different relations."""
    scopes = np.arange(3 * arity).reshape(3, arity)
    first = TruthTable.from_table(scopes[:2], random_relation(arity, 1))
    second = TruthTable.from_table(scopes[2:], random_relation(arity, 2))
    return TruthTable.merged([first, second])


def disjunctions(width: int, form: OrForm) -> Or:
    """Three clauses with random signs."""
    scopes = np.arange(3 * width).reshape(3, width)
    signs = np.random.default_rng(width).choice([-1.0, 1.0], (3, width))
    return Or(scopes, signs, form)


def point_lists(arity: int, form: PointsForm, values: int = 2) -> Points:
    """Three clauses, two different relations of three points each."""
    scopes = np.arange(3 * arity).reshape(3, arity)
    generator = np.random.default_rng((arity, values))
    lists = [
        [np.unravel_index(i, (values,) * arity) for i in generator.permutation(values**arity)[:3]]
        for _ in range(2)
    ]
    batches = [
        Points.from_points(rows, points, values, form)
        for rows, points in zip((scopes[:2], scopes[2:]), lists, strict=True)
    ]
    return Points.merged(batches)


def signed_literals(width: int, padding: int) -> tuple[np.ndarray, np.ndarray]:
    """Scopes and random signs of three rows; the last literals of the first row are padding."""
    scopes = np.arange(3 * width).reshape(3, width)
    signs = np.random.default_rng(width + 20).choice([-1.0, 1.0], (3, width))
    signs[0, width - padding :] = 0.0
    return scopes, signs


def parities(width: int, form: XorForm = "product", padding: int = 0) -> Xor:
    """Three clauses, odd, even and odd."""
    scopes, signs = signed_literals(width, padding)
    return Xor(scopes, np.array([1, 0, 1]), signs, form)


def not_all_equal(width: int, padding: int = 0) -> NotAllEqual:
    """Three clauses with random signs."""
    return NotAllEqual(*signed_literals(width, padding))


def cardinalities(
    width: int, comparison: CountComparison, form: CardinalityForm, padding: int = 0
) -> Cardinality:
    """Three clauses, with the least, a middle and the greatest bound."""
    scopes, signs = signed_literals(width, padding)
    bounds = np.array([0, width // 2, width])
    if padding:
        bounds = np.array([width - padding, 1, width - 1])
    return Cardinality(scopes, signs, bounds, comparison, form)


def thresholds(width: int, form: ThresholdForm, padding: int = 0) -> Threshold:
    """Three rows with random coefficients, from easy to all literals but one or none."""
    scopes, signs = signed_literals(width, padding)
    numbers = np.random.default_rng(width + 30).integers(1, 6, (3, width))
    real = np.where(signs == 0, 0, numbers).sum(axis=1)
    bounds = np.maximum(real * np.array([2, 4, 6]) // 6, 1)
    return Threshold(scopes, signs, numbers, bounds, form)


def wide_thresholds(width: int, scale: int, padding: int = 0) -> WideThreshold:
    """The rows of ``thresholds`` with larger coefficients, no multiples of one another."""
    small = thresholds(width, "min", padding)
    numbers = np.asarray(small.coefficients).astype(object) * scale + np.arange(width)
    bounds = np.asarray(small.bounds).astype(object) * scale
    return WideThreshold.from_integers(small.scopes, small.signs, numbers, bounds)


def gates(width: int, kind: GateKind) -> Gate:
    """Three gates with random signs."""
    scopes = np.arange(3 * width).reshape(3, width)
    signs = np.random.default_rng(width + 50).choice([-1.0, 1.0], (3, width))
    return Gate(scopes, signs, kind)


def sums(width: int, comparison: Comparison, form: LinearForm) -> Linear:
    """Three weighted sums that some corner of bits satisfies and some other violates."""
    scopes = np.arange(3 * width).reshape(3, width)
    generator = np.random.default_rng(width + 80)
    weights = generator.choice([-3, -2, -1, 1, 2, 4], (3, width))
    bounds = (weights * generator.integers(0, 2, (3, width))).sum(axis=1)
    return Linear(scopes, weights, bounds, comparison, form)


LITERAL_COUNT_CASES = [
    *(FamilyCase(f"not-all-equal{n}-min", not_all_equal(n), (UNIT,) * n) for n in (2, 3, 5)),
    FamilyCase("not-all-equal3-min-mixed", not_all_equal(3), (SIGNED, UNIT, SIGNED)),
    FamilyCase("not-all-equal5-min-padded", not_all_equal(5, 3), (SIGNED,) * 5),
    *(
        FamilyCase(f"cardinality{n}{c}-{form}", cardinalities(n, c, form), (domain,) * n)
        for n, domain in ((1, UNIT), (3, SIGNED), (6, UNIT))
        for c in (">=", "==")
        for form in ("min", "linear")
    ),
    *(
        FamilyCase(f"cardinality5{c}-{form}-padded", cardinalities(5, c, form, 2), (SIGNED,) * 5)
        for c in (">=", "==")
        for form in ("min", "linear")
    ),
    *(
        FamilyCase(f"threshold{n}-{form}", thresholds(n, form), (domain,) * n)
        for n, domain in ((1, UNIT), (3, SIGNED), (6, UNIT))
        for form in ("min", "linear")
    ),
    FamilyCase("wide4-min", wide_thresholds(4, 2**31), (UNIT,) * 4),
    FamilyCase("wide5-min-padded", wide_thresholds(5, 10**30, 2), (SIGNED, UNIT) * 2 + (UNIT,)),
    FamilyCase("threshold5-min-padded", thresholds(5, "min", 2), (SIGNED, UNIT) * 2 + (UNIT,)),
]

EDGES = Different([[0, 1], [2, 3], [4, 5]])
WHOLE = Integer(-1, 3)

FAMILY_CASES = [
    *(FamilyCase(f"table{n}-unit", truth_tables(n), (UNIT,) * n) for n in (1, 2, 5)),
    FamilyCase("table3-signed", truth_tables(3), (SIGNED,) * 3),
    FamilyCase("table3-mixed", truth_tables(3), (UNIT, SIGNED, UNIT)),
    *(FamilyCase(f"or{n}-product", disjunctions(n, "product"), (UNIT,) * n) for n in range(1, 7)),
    FamilyCase("or3-product-signed", disjunctions(3, "product"), (SIGNED,) * 3),
    FamilyCase("or3-product-mixed", disjunctions(3, "product"), (SIGNED, UNIT, UNIT)),
    *(FamilyCase(f"or{n}-min", disjunctions(n, "min"), (UNIT,) * n) for n in range(1, 7)),
    *(FamilyCase(f"or{n}-min-signed", disjunctions(n, "min"), (SIGNED,) * n) for n in (2, 3, 6)),
    FamilyCase("or3-min-mixed", disjunctions(3, "min"), (SIGNED, UNIT, UNIT)),
    *LITERAL_COUNT_CASES,
    *(FamilyCase(f"different-simplex{q}", EDGES, (Simplex(q),) * 2) for q in range(1, 6)),
    *(FamilyCase(f"different-circle{q}", EDGES, (Circle(q),) * 2) for q in range(1, 6)),
    *(FamilyCase(f"points{n}-squares", point_lists(n, "squares"), (UNIT,) * n) for n in (2, 3, 5)),
    FamilyCase("points3-squares-mixed", point_lists(3, "squares"), (UNIT, SIGNED, SIGNED)),
    *(FamilyCase(f"points{n}-distance", point_lists(n, "distance"), (UNIT,) * n) for n in (2, 4)),
    FamilyCase("points3-distance-mixed", point_lists(3, "distance"), (SIGNED, UNIT, SIGNED)),
    FamilyCase("points2-squares-0to2", point_lists(2, "squares", 3), (Integer(0, 2),) * 2),
    FamilyCase("points2-distance-0to2", point_lists(2, "distance", 3), (Integer(0, 2),) * 2),
    *(FamilyCase(f"xor{n}", parities(n), (UNIT,) * n) for n in (1, 2, 3, 10)),
    *(FamilyCase(f"xor{n}-min", parities(n, "min"), (UNIT,) * n) for n in (1, 2, 3, 10)),
    FamilyCase("xor4-signed", parities(4), (SIGNED,) * 4),
    FamilyCase("xor4-padded", parities(4, padding=2), (SIGNED,) * 4),
    FamilyCase(
        "xor5-min-padded", parities(5, "min", padding=2), (SIGNED, UNIT, UNIT, SIGNED, UNIT)
    ),
    FamilyCase("xor3-mixed", parities(3), (SIGNED, UNIT, UNIT)),
    *(
        FamilyCase(f"gate{n}-{k}", gates(n, k), (UNIT,) * n)
        for n in (2, 3, 5)
        for k in ("and", "or")
    ),
    FamilyCase("gate4-and-signed", gates(4, "and"), (SIGNED,) * 4),
    FamilyCase("gate3-or-mixed", gates(3, "or"), (SIGNED, UNIT, SIGNED)),
    *(
        FamilyCase(f"linear5{c}{form}", sums(5, c, form), (UNIT,) * 5)
        for c in ("==", "<=", ">=")
        for form in ("squared", "absolute", "logarithmic")
    ),
    FamilyCase("linear9", sums(9, "==", "squared"), (SIGNED,) * 9),
    FamilyCase("linear3-whole", sums(3, ">=", "squared"), (WHOLE, Integer(-2, 0), WHOLE)),
    FamilyCase("linear3-mixed", sums(3, "==", "logarithmic"), (UNIT, WHOLE, SIGNED)),
    *(
        FamilyCase(f"integral-{form}-{name}", Integral([[0], [1], [2]], form), (domain,))
        for form in ("sine", "edge")
        for name, domain in (("unit", UNIT), ("signed", SIGNED), ("whole", WHOLE))
    ),
]


def interior(domain: Domain, count: int, generator: np.random.Generator) -> np.ndarray:
    """Random interior points of a domain, float64 ``[count, width]``."""
    if isinstance(domain, Simplex):
        return generator.dirichlet(np.ones(domain.q), count)
    if isinstance(domain, Circle):
        return generator.uniform(0, domain.q, (count, 1))
    assert isinstance(domain, Box | Integer)
    return generator.uniform(domain.low, domain.high, (count, 1))


def interior_cells(domains: Sequence[Domain], clauses: int, runs: int, seed: int) -> np.ndarray:
    """Random cells of ``clauses`` scopes, float64 ``[clauses, width, runs]``."""
    generator = np.random.default_rng(seed)
    blocks = [interior(domain, clauses * runs, generator) for domain in domains]
    parts = [block.reshape(clauses, runs, -1).transpose(0, 2, 1) for block in blocks]
    return np.concatenate(parts, axis=1)


def every_assignment(domains: Sequence[Domain]) -> np.ndarray:
    """All discrete assignments of one scope, ``[arity, assignments]``."""
    values = list(product(*(range(d.lowest, d.lowest + d.values) for d in domains)))
    return np.array(values).reshape(len(values), len(domains)).T


def corner_cells(domains: Sequence[Domain], values: np.ndarray) -> np.ndarray:
    """The cells of assignments ``[arity, n]`` of one scope, ``[width, n]``."""
    parts = [np.asarray(d.corner(row)) for d, row in zip(domains, values, strict=True)]
    return np.concatenate(parts, axis=1).T


# ----------------------------------------------------------------------------------- systems


def random_scopes(first: int, count: int, clauses: int, arity: int, seed: int) -> np.ndarray:
    """Scopes of distinct variables out of ``first ... first + count - 1``."""
    generator = np.random.default_rng(seed)
    rows = [generator.permutation(count)[:arity] + first for _ in range(clauses)]
    return np.array(rows)


def random_disjunctions(first: int, count: int, clauses: int, form: OrForm, seed: int) -> Or:
    """A random 3-CNF formula."""
    signs = np.random.default_rng(seed + 1).choice([-1.0, 1.0], (clauses, 3))
    return Or(random_scopes(first, count, clauses, 3, seed), signs, form)


def random_tables(first: int, count: int, clauses: int, arity: int, seed: int) -> TruthTable:
    """Random relations on random scopes."""
    scopes = random_scopes(first, count, clauses, arity, seed)
    batches = [TruthTable.from_table(scopes[[m]], random_relation(arity, m % 3)) for m in range(3)]
    rest = TruthTable.from_table(scopes[3:], random_relation(arity, 7))
    return TruthTable.merged([*batches, rest])


SYSTEM_CASES = {
    "bits": lambda **options: compile_system(
        [(UNIT, 7)],
        [
            random_tables(0, 7, 6, 4, 1),
            random_disjunctions(0, 7, 5, "min", 2),
            random_disjunctions(0, 7, 5, "product", 3),
        ],
        **options,
    ),
    "signed-bits": lambda **options: compile_system(
        [(SIGNED, 8)],
        [random_disjunctions(0, 8, 9, "min", 4), random_tables(0, 8, 5, 3, 5)],
        **options,
    ),
    "simplex": lambda **options: compile_system(
        [(Simplex(3), 6)], [Different(random_scopes(0, 6, 9, 2, 6))], **options
    ),
    "circle": lambda **options: compile_system(
        [(Circle(3), 6)], [Different(random_scopes(0, 6, 9, 2, 7))], **options
    ),
    "mixed-domains": lambda **options: compile_system(
        [(Simplex(4), 4), (UNIT, 4), (Circle(3), 3)],
        [
            Different(random_scopes(0, 4, 5, 2, 8)),
            random_disjunctions(4, 4, 4, "product", 9),
            Different(random_scopes(8, 3, 4, 2, 10)),
        ],
        **options,
    ),
}


def interior_state(system: System, runs: int, seed: int) -> np.ndarray:
    """Random interior cells of a system, float64 ``[cells, runs]``."""
    generator = np.random.default_rng(seed)
    parts = []
    for block in system.layout.blocks:
        points = interior(block.domain, block.count * runs, generator)
        parts.append(
            points.reshape(block.count, runs, block.domain.width)
            .transpose(0, 2, 1)
            .reshape(-1, runs)
        )
    return np.concatenate(parts)


# ------------------------------------------------------------------- literal clause equations


def literal_forms(
    clauses: Clauses, m: int, x: np.ndarray, domains: Sequence[Domain]
) -> tuple[float, np.ndarray, np.ndarray | None]:
    """V, G and R (None without a rigidity) of clause ``m`` at its cells ``x``, ``[width]``."""
    if isinstance(clauses, TruthTable):
        forbidden = np.asarray(clauses.violated)[int(np.asarray(clauses.relation)[m])]
        return *literal_table(forbidden, x, domains), None
    if isinstance(clauses, Or):
        signs = np.asarray(clauses.signs, np.float64)[m]
        if clauses.form == "product":
            return *literal_product(signs, x, domains), None
        return literal_minimum(signs, x, domains)
    if isinstance(clauses, NotAllEqual | Cardinality | Threshold | Xor):
        return literal_forms_of_literals(clauses, m, x, domains)
    if not isinstance(clauses, Different):
        return *literal_number_forms(clauses, m, x, domains), None
    if isinstance(domains[0], Simplex):
        q = domains[0].q
        overlap = sum(x[c] * x[q + c] for c in range(q))
        return overlap, np.array([*(-x[q:]), *(-x[:q])]), None
    return *literal_modular(x, domains[0].values), None


def literal_number_forms(
    clauses: Clauses, m: int, x: np.ndarray, domains: Sequence[Domain]
) -> tuple[float, np.ndarray]:
    """V and G of the families on Box and Integer cells, of the numbers that the cells stand for."""
    spans = np.array([d.high - d.low if isinstance(d, Box) else 1 for d in domains])
    lows = np.array([d.low if isinstance(d, Box) else 0 for d in domains])
    y = (x - lows) / spans
    if isinstance(clauses, Points):
        value, slope = literal_points(clauses, m, y)
    elif isinstance(clauses, Gate):
        value, slope = literal_gate(clauses, m, y)
    elif isinstance(clauses, Linear):
        value, slope = literal_linear(clauses, m, y, domains)
    else:
        assert isinstance(clauses, Integral)
        if clauses.form == "sine":
            value = (np.sin(np.pi * (2 * y[0] + 3 / 2)) + 1) / 2
            slope = np.array([np.pi * np.cos(np.pi * (2 * y[0] + 3 / 2))])
        else:
            within = y[0] % 1
            value = -abs(within - 0.5) + 0.5
            slope = np.array([-np.sign(within - 0.5)])
    return value, -slope / spans


def lows_and_spans(domains: Sequence[Domain]) -> tuple[np.ndarray, np.ndarray]:
    """Where each domain begins, and how long it is."""
    boxes = [d for d in domains if isinstance(d, Box | Integer)]
    assert len(boxes) == len(domains)
    return np.array([d.low for d in boxes]), np.array([d.high - d.low for d in boxes])


def literal_forms_of_literals(
    clauses: Clauses, m: int, x: np.ndarray, domains: Sequence[Domain]
) -> tuple[float, np.ndarray, np.ndarray | None]:
    """V, G and R of the families that count or add signed literals, without their padding.

    A slope is measured in x; the forces of a min form are the same for every Box.
    """
    assert isinstance(clauses, NotAllEqual | Xor | Cardinality | Threshold)
    signs = np.asarray(clauses.signs, np.float64)[m]
    lows, spans = lows_and_spans(domains)
    y = (x - lows) / spans
    real = np.flatnonzero(signs)
    truth = [float(y[i] if signs[i] > 0 else 1 - y[i]) for i in real]
    if isinstance(clauses, NotAllEqual):
        value, pull, hold = literal_not_all_equal(truth)
    elif isinstance(clauses, Xor):
        value, pull, hold = literal_parity(clauses.form, truth, int(clauses.parity[m]))
    elif isinstance(clauses, Cardinality):
        value, pull, hold = literal_count(clauses, truth, int(clauses.bounds[m]))
    else:
        assert isinstance(clauses, Threshold)
        numbers, bound = literal_integers(clauses, m)
        value, pull, hold = literal_threshold(
            clauses.form, truth, [numbers[i] for i in real], bound
        )
    g, r = np.zeros(len(x)), np.zeros(len(x))
    g[real] = signs[real] * pull
    if hold is None:
        return value, g / spans, None
    r[real] = signs[real] * hold
    return value, g, r


def literal_integers(clauses: Threshold, m: int) -> tuple[list[int], int]:
    """The coefficients and the bound of row ``m``, put together from their words."""
    numbers, bound = np.asarray(clauses.coefficients)[m], np.asarray(clauses.bounds)[m]
    if not isinstance(clauses, WideThreshold):
        return numbers.tolist(), int(bound)

    def whole(words: list[int]) -> int:
        return sum(word << (clauses.bits * i) for i, word in enumerate(words))

    return [whole(words) for words in numbers.tolist()], whole(bound.tolist())


LiteralRow = tuple[float, list[float], list[float] | None]


def literal_not_all_equal(truth: list[float]) -> LiteralRow:
    """The disjunction of the literals and the disjunction of their negations."""
    untruth = [1 - y for y in truth]
    others = [[j for j in range(len(truth)) if j != n] for n in range(len(truth))]
    pull = [min(untruth[j] for j in rest) - min(truth[j] for j in rest) for rest in others]
    if min(untruth) > min(truth):
        return min(untruth), pull, [u if u == min(untruth) else 0.0 for u in untruth]
    return min(truth), pull, [-y if y == min(truth) else 0.0 for y in truth]


def literal_parity(form: str, truth: list[float], odd: int) -> LiteralRow:
    """The product of the literals in -1/+1, or of their signs and the least magnitude."""
    s = [2 * y - 1 for y in truth]
    wanted = (-1) ** (len(s) - odd)
    rests = [[s[j] for j in range(len(s)) if j != n] for n in range(len(s))]
    if form == "product":
        # The slope in y of s = 2 y - 1 cancels the half of V.
        pull = [wanted * float(np.prod(rest)) for rest in rests]
        return (1 - wanted * np.prod(s)) / 2, pull, None
    asked = [wanted * float(np.prod(np.sign(rest))) for rest in rests]
    least = min(abs(si) for si in s)
    value = (1 - wanted * np.prod(np.sign(s)) * least) / 2
    pull = [a * min(map(abs, rest), default=1.0) for a, rest in zip(asked, rests, strict=True)]
    hold = [(a - si) / 2 if abs(si) == least else 0.0 for a, si in zip(asked, s, strict=True)]
    return value, pull, hold


def literal_count(clauses: Cardinality, truth: list[float], bound: int) -> LiteralRow:
    """A bound from below, and for "==" one from above on the negated literals."""
    n = len(truth)
    untruth = [1 - y for y in truth]
    exact = clauses.comparison == "=="
    if clauses.form == "linear":
        missing = bound - sum(truth)
        missing = missing if exact else max(missing, 0.0)
        farthest = max(bound, n - bound) if exact else max(bound, 1)
        return abs(missing) / farthest, [float(np.sign(missing)) / farthest] * n, None
    low, low_pull, low_hold = literal_at_least(untruth, bound)
    if not exact:
        return low, low_pull, low_hold
    high, high_pull, high_hold = literal_at_least(truth, n - bound)
    pull = [a - b for a, b in zip(low_pull, high_pull, strict=True)]
    return max(low, high), pull, low_hold if low >= high else [-h for h in high_hold]


def literal_at_least(untruth: list[float], k: int) -> tuple[float, list[float], list[float]]:
    """The k-th smallest untruth, that of the other literals, and the literals that attain it."""
    if k == 0:
        return 0.0, [0.0] * len(untruth), [0.0] * len(untruth)
    value = sorted(untruth)[k - 1]
    # Another literal that is missing counts as false.
    pull = [sorted([*untruth[:n], *untruth[n + 1 :], 1.0])[k - 1] for n in range(len(untruth))]
    return value, pull, [u if u == value else 0.0 for u in untruth]


def literal_threshold(form: str, truth: list[float], numbers: list[int], bound: int) -> LiteralRow:
    """The least untruth up to which the coefficients reach the bound."""
    untruth = [1 - y for y in truth]
    if form == "linear":
        missing = bound - sum(a * y for a, y in zip(numbers, truth, strict=True))
        slope = [a / bound if missing > 0 else 0.0 for a in numbers]
        return max(missing, 0.0) / bound, slope, None

    def least(members: list[int]) -> float:
        for level in sorted(untruth[i] for i in members):
            if sum(numbers[i] for i in members if untruth[i] <= level) >= bound:
                return level
        return 1.0

    everyone = list(range(len(truth)))
    value = least(everyone)
    pull = [least([i for i in everyone if i != n]) for n in everyone]
    return value, pull, [u if u == value else 0.0 for u in untruth]


def literal_points(clauses: Points, m: int, y: np.ndarray) -> tuple[float, np.ndarray]:
    """The product of squared distances, or the least distance, over the points."""
    relation = int(clauses.relation[m])
    points, scale = np.asarray(clauses.points)[relation], float(clauses.scale[relation])
    if clauses.form == "distance":
        distances = [sum(abs(yi - pi) for yi, pi in zip(y, p, strict=True)) for p in points]
        nearest = points[int(np.argmin(distances))]
        return min(distances) / scale, np.sign(y - nearest) / scale
    squares = [sum((yi - pi) ** 2 for yi, pi in zip(y, p, strict=True)) for p in points]
    constant, slope = scale ** len(points), np.zeros(len(y))
    for i, p in enumerate(points):
        slope += np.prod(squares[:i] + squares[i + 1 :]) * 2 * (y - p) / constant
    return np.prod(squares) / constant, slope


def literal_gate(clauses: Gate, m: int, y: np.ndarray) -> tuple[float, np.ndarray]:
    """|output - min of the inputs| or |output - max of the inputs|, of signed literals."""
    signs = np.asarray(clauses.signs, np.float64)[m]
    truth = [yi if sign > 0 else 1 - yi for yi, sign in zip(y, signs, strict=True)]
    pick = np.argmin if clauses.kind == "and" else np.argmax
    chosen = 1 + int(pick(truth[1:]))
    slope = np.zeros(len(y))
    side = np.sign(truth[0] - truth[chosen])
    slope[0], slope[chosen] = side * signs[0], -side * signs[chosen]
    return abs(truth[0] - truth[chosen]), slope


def literal_linear(
    clauses: Linear, m: int, y: np.ndarray, domains: Sequence[Domain]
) -> tuple[float, np.ndarray]:
    """The excess of one clause, shaped by the form, over the largest on any corner."""
    weights, bound = np.asarray(clauses.weights, np.float64)[m], int(clauses.bounds[m])

    def excess(numbers: np.ndarray) -> float:
        found = sum(w * n for w, n in zip(weights, numbers, strict=True)) - bound
        if clauses.comparison == "<=":
            return max(found, 0.0)
        return min(found, 0.0) if clauses.comparison == ">=" else found

    largest = max(abs(excess(corner)) for corner in every_assignment(domains).T) or 1.0
    e = excess(y)
    side = np.sign(e) * weights
    if clauses.form == "squared":
        # The article's normalised potential, and the same for the farthest corner.
        norm = sum(w**2 for w in weights)
        farthest = largest**2 / norm
        return (e**2 / norm) / farthest, 2 * e * weights / norm / farthest
    if clauses.form == "absolute":
        return abs(e) / largest, side / largest
    return np.log(1 + abs(e)) / np.log(1 + largest), side / (1 + abs(e)) / np.log(1 + largest)


def literal_table(
    forbidden: np.ndarray, x: np.ndarray, domains: Sequence[Domain]
) -> tuple[float, np.ndarray]:
    """The multilinear interpolation of the negated table: a sum over its forbidden rows."""
    lows, spans = lows_and_spans(domains)
    y = (x - lows) / spans
    value, pull = 0.0, np.zeros(len(x))
    for row, bits in enumerate(product((0, 1), repeat=len(x))):
        if not forbidden[row]:
            continue
        factors = [yi if bit else 1 - yi for yi, bit in zip(y, bits, strict=True)]
        value += np.prod(factors)
        for i, bit in enumerate(bits):
            others = np.prod([f for j, f in enumerate(factors) if j != i])
            pull[i] -= others * (1 if bit else -1) / spans[i]
    return value, pull


def literal_product(
    signs: np.ndarray, x: np.ndarray, domains: Sequence[Domain]
) -> tuple[float, np.ndarray]:
    """A clause as the product of its literals' untruths."""
    arity = len(x)
    forbidden = np.zeros(2**arity)
    forbidden[sum((s < 0) << (arity - 1 - i) for i, s in enumerate(signs))] = 1
    return literal_table(forbidden, x, domains)


def literal_minimum(
    signs: np.ndarray, x: np.ndarray, domains: Sequence[Domain]
) -> tuple[float, np.ndarray, np.ndarray]:
    """C, G and R of Bearden, Pei, Di Ventra (2020), in their v on [-1, 1].

    On [-1, 1] they are taken as they stand. G and R are forces; on [0, 1] the package applies
    the same ones, which is twice their speed measured in v.
    """
    lows, spans = lows_and_spans(domains)
    v = 2 * (x - lows) / spans - 1
    q = signs
    c = 0.5 * min(1 - q[i] * v[i] for i in range(len(v)))
    g, r = np.zeros(len(v)), np.zeros(len(v))
    for n in range(len(v)):
        rest = [1 - q[j] * v[j] for j in range(len(v)) if j != n]
        # A unit clause has no other literal; the largest value that (1 - q v) takes stands in.
        g[n] = 0.5 * q[n] * min(rest, default=2.0)
        r[n] = 0.5 * (q[n] - v[n]) if c == 0.5 * (1 - q[n] * v[n]) else 0.0
    return c, g, r


def literal_modular(x: np.ndarray, q: int) -> tuple[float, np.ndarray]:
    """The article's circular potential and its slope where one pair of colours is nearest."""

    def signed(a: float, b: int) -> float:
        return (a - b + q / 2) % q - q / 2

    pairs = [(i, j) for i in range(q) for j in range(q) if i != j]
    if not pairs:
        return 1.0, np.zeros(2)
    sums = [abs(signed(x[0], i)) + abs(signed(x[1], j)) for i, j in pairs]
    i, j = pairs[int(np.argmin(sums))]
    return min(sums), -np.sign([signed(x[0], i), signed(x[1], j)])


# ------------------------------------------------------------------------- literal dynamics

DYNAMICS_CASES: dict[str, Dynamics] = {
    "descent": Descent(rate=0.7),
    "article": Article(),
    "memcomputing-pull": Memcomputing(zeta=0.3),
    "memcomputing-rigidity": Memcomputing(satisfied_force="rigidity", decay=0.03),
    "rectified-pull": Rectified(decay=0.01, gamma=0.3),
    "rectified-rigidity": Rectified(satisfied_force="rigidity", zeta=0.02),
    "rectified-discrete": Rectified(discreteness=0.6, centring=0.4),
    "rectified-mixed": Rectified(satisfied_force="mixed", rigidity=0.3, tilt=0.7),
    "memcomputing-tilted": Memcomputing(satisfied_force="rigidity", tilt=1.3),
    "ctds": ContinuousTime(alpha=0.7),
    "ctds-squared": ContinuousTime(growth="squared"),
    "multipliers": Multipliers(alpha=0.7, decay=0.2),
}

STEPPER_CASES: dict[str, Stepper] = {
    "euler": Euler(dt=0.05),
    "adaptive-euler": AdaptiveEuler(reach=0.5, ceiling=0.5),
    "heun": Heun(dt=0.05),
    "heavy-ball": HeavyBall(reach=0.3, ceiling=0.2, stride=0.1),
    "langevin": Langevin(dt=0.1, noise=0.5, period=7.0),
}


@dataclass(frozen=True)
class LiteralClause:
    """One clause at one state: its forms and the numbers of its cells."""

    value: float
    pull: np.ndarray
    rigidity: np.ndarray | None
    cells: np.ndarray
    violated: bool


def literal_clauses(system: System, x: np.ndarray) -> list[LiteralClause]:
    """Every clause of a system at the state ``x``, ``[cells]``, group by group."""
    found = []
    for group in system.groups:
        for m, scope in enumerate(np.asarray(group.clauses.scopes)):
            cells = np.concatenate([literal_cells(system, int(v)) for v in scope])
            value, pull, rigidity = literal_forms(group.clauses, m, x[cells], group.domains)
            decoded = [
                literal_decode(domain, x[literal_cells(system, int(v))])
                for domain, v in zip(group.domains, scope, strict=True)
            ]
            violated = literal_violated(group.clauses, m, decoded)
            found.append(LiteralClause(value, pull, rigidity, cells, violated))
    return found


def literal_cells(system: System, variable: int) -> np.ndarray:
    """The cells of one variable, counted through all variables before it."""
    widths = [b.domain.width for b in system.layout.blocks for _ in range(b.count)]
    first = sum(widths[:variable])
    return np.arange(first, first + widths[variable])


def literal_decode(domain: Domain, cells: np.ndarray) -> int:
    """The value that a variable stands for."""
    if isinstance(domain, Simplex):
        return max(range(domain.q), key=lambda c: cells[c])
    if isinstance(domain, Circle):
        return round(cells[0]) % domain.q
    if isinstance(domain, Integer):
        return min(max(round(cells[0]), domain.low), domain.high)
    assert isinstance(domain, Box)
    return int(cells[0] > (domain.low + domain.high) / 2)


def literal_violated(clauses: Clauses, m: int, values: Sequence[int]) -> bool:
    """Whether an assignment of the scope violates clause ``m``."""
    if isinstance(clauses, TruthTable):
        row = int("".join(map(str, values)), 2)
        relation = int(np.asarray(clauses.relation)[m])
        return bool(np.asarray(clauses.violated)[relation, row])
    if isinstance(clauses, Or):
        signs = np.asarray(clauses.signs)[m]
        return not any((s > 0) == bool(v) for s, v in zip(signs, values, strict=True))
    if isinstance(clauses, Points):
        points = np.asarray(clauses.points)[int(np.asarray(clauses.relation)[m])]
        return tuple(values) not in {tuple(point) for point in points.astype(int).tolist()}
    if isinstance(clauses, NotAllEqual | Cardinality | Threshold | Xor):
        return literal_violated_literals(clauses, m, values)
    if isinstance(clauses, Gate):
        signs = np.asarray(clauses.signs)[m]
        output, *inputs = [bool(v) == (s > 0) for v, s in zip(values, signs, strict=True)]
        return output != (all(inputs) if clauses.kind == "and" else any(inputs))
    if isinstance(clauses, Linear):
        weights, bound = np.asarray(clauses.weights)[m].tolist(), int(np.asarray(clauses.bounds)[m])
        total = sum(w * int(v) for w, v in zip(weights, values, strict=True))
        return not {"==": total == bound, "<=": total <= bound, ">=": total >= bound}[
            clauses.comparison
        ]
    if isinstance(clauses, Integral):
        return False
    return values[0] == values[1]


def literal_violated_literals(clauses: Clauses, m: int, values: Sequence[int]) -> bool:
    """Whether bits violate clause ``m`` of a family that counts or adds signed literals."""
    assert isinstance(clauses, NotAllEqual | Xor | Cardinality | Threshold)
    signs = np.asarray(clauses.signs)[m]
    real = np.flatnonzero(signs)
    true = [bool(values[i]) == (signs[i] > 0) for i in real]
    if isinstance(clauses, NotAllEqual):
        return len(set(true)) < 2
    if isinstance(clauses, Xor):
        return sum(true) % 2 != int(clauses.parity[m])
    if isinstance(clauses, Cardinality):
        bound = int(clauses.bounds[m])
        return sum(true) != bound if clauses.comparison == "==" else sum(true) < bound
    assert isinstance(clauses, Threshold)
    numbers, bound = literal_integers(clauses, m)
    return sum(numbers[i] for i, t in zip(real, true, strict=True) if t) < bound


def literal_tangent(system: System, force: np.ndarray) -> np.ndarray:
    """Forces on simplices without their mean, and none on fixed cells."""
    force = force.copy()
    for block in system.layout.blocks:
        if isinstance(block.domain, Simplex):
            for i in range(block.count):
                own = literal_cells(system, block.first_variable + i)
                force[own] -= sum(force[own]) / len(own)
    if system.fixed is not None:
        force[~np.isnan(np.asarray(system.fixed)[:, 0])] = 0.0
    return force


def literal_field(
    dynamics: Dynamics, system: System, x: np.ndarray, s: np.ndarray, long: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx/dt ``[cells]`` and ds/dt, dl/dt ``[clauses]`` of one run, from the equations."""
    p = dynamics
    clauses = literal_clauses(system, x)
    force, short_rate, long_rate = np.zeros(len(x)), np.zeros(len(s)), np.zeros(len(s))
    softmax = np.exp(long) / np.exp(long).sum()
    for m, clause in enumerate(clauses):
        g, r = clause.pull, clause.rigidity
        if isinstance(p, Descent):
            term = p.rate * g
        elif isinstance(p, ContinuousTime):
            term = 2 * long[m] * clause.value * g
        elif isinstance(p, Multipliers):
            term = long[m] * g
        elif isinstance(p, Article):
            term = g * (s[m] * softmax[m] + (1 - s[m]) * p.zeta * softmax[m])
        elif p.satisfied_force == "rigidity" and r is not None:
            term = long[m] * s[m] * g + (1 + p.zeta * long[m]) * (1 - s[m]) * r
        elif p.satisfied_force == "mixed" and r is not None:
            rigid = long[m] * s[m] * g + (1 + p.zeta * long[m]) * (1 - s[m]) * r
            pulled = long[m] * (s[m] + p.zeta * (1 - s[m])) * g
            term = p.rigidity * rigid + (1 - p.rigidity) * pulled
        else:
            term = long[m] * (s[m] + p.zeta * (1 - s[m])) * g
        for cell, push in zip(clause.cells, term, strict=True):
            force[cell] += push
        if isinstance(p, ContinuousTime):
            power = 1 if p.growth == "potential" else 2
            long_rate[m] = p.alpha * long[m] * clause.value**power
        elif not isinstance(p, Descent):
            v = clause.value
            if getattr(p, "discreteness", None) is not None:
                v = (1 - p.discreteness) * v + p.discreteness * clause.violated
            if not isinstance(p, Multipliers):
                short_rate[m] = literal_short_rate(p, s[m], v)
            long_rate[m] = p.alpha * (v - p.delta)
            if not isinstance(p, Article):
                long_rate[m] -= p.decay * (long[m] - 1)
    if getattr(p, "centring", None) is not None:
        force -= p.centring * (x - literal_centre(system, x))
    if getattr(p, "tilt", None) is not None:
        force -= p.tilt * literal_polarity(system)
    return literal_tangent(system, force), short_rate, long_rate


def literal_polarity(system: System) -> np.ndarray:
    """For each cell, the disjunctions with its bit, less those with the bit's negation."""
    total = np.zeros(system.cell_count)
    for group in system.groups:
        if isinstance(group.clauses, Or):
            for scope, signs in zip(group.clauses.scopes, group.clauses.signs, strict=True):
                for variable, sign in zip(scope, signs, strict=True):
                    total[literal_cells(system, int(variable))] += float(sign)
    return total


def literal_centre(system: System, x: np.ndarray) -> np.ndarray:
    """The undecided point of every variable; a circle has none, so its own place stands in."""
    centre = x.copy()
    for block in system.layout.blocks:
        if isinstance(block.domain, Box):
            centre[block.cells] = (block.domain.low + block.domain.high) / 2
        elif isinstance(block.domain, Simplex):
            centre[block.cells] = 1 / block.domain.q
    return centre


def literal_short_rate(p: Dynamics, s: float, v: float) -> float:
    """ds/dt of one clause: the law of 2020, or the rectified law."""
    if not isinstance(p, Rectified):
        return p.beta * (s + p.epsilon) * (v - p.gamma)
    rise = p.beta * (1 - s) * max(v - p.gamma, 0)
    sigmoid = 1 / (1 + np.exp(-(p.gamma - v) / p.tau))
    fall = p.beta * (1 + p.eta) * (s + p.epsilon) * (max(p.gamma - v, 0) + p.kappa * sigmoid)
    return rise - fall
