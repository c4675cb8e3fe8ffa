"""Clauses over shares: their equations written out, their corners, and gradients."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from odesolve.potentials import (
    AtMostOne,
    Nogoods,
    ShareOrder,
    ShareSum,
    Simplex,
    Supports,
    compile_system,
)

#: Numbers of values of the variables of every test system.
SIZES = (3, 2, 4)
DOMAINS = [(Simplex(q), 1) for q in SIZES]


def conjunction_clauses(family, length, guards, seed):
    """Three random clauses of up to three disjoint conjunctions over the three variables."""
    generator, rows = np.random.default_rng(seed), []
    for _ in range(3):
        row = [(0, int(generator.integers(3)), 0.0, 1.0)] * guards
        tuples = list(product(*(range(q) for q in SIZES[-length:])))
        for number in generator.permutation(len(tuples))[:2]:
            own = tuples[number]
            row += [(3 - length + k, value, 0.0, 1.0) for k, value in enumerate(own)]
        row += [(1, 0, 0.0, 0.0)] * length  # a conjunction that fills up the row
        rows.append(row)
    table = np.array(rows)
    scopes, values = table[:, :, 0].astype(int), table[:, :, 1].astype(int)
    return family(scopes, values, table[:, :, 2], table[:, :, 3], length=length, guards=guards)


def negative_literals():
    """Neither x0 != 1 with x1 = 0 nor x1 = 1, a conjunction of one literal that is padded."""
    return Nogoods(
        [[0, 1, 1, 2]], [[1, 0, 1, 0]], [[1.0, 0.0, 0.0, 1.0]], [[-1.0, 1.0, 1.0, 0.0]], length=2
    )


def share_sums(comparison, guards, pairs):
    """4 x0 + (7 if x1 else 2) - x2^2 against a bound, behind x1 = 1 if there is a guard."""
    scopes = [1] * guards + [1] * pairs + [0] * 4 + [2] * 4
    values = [1] * guards + [1] * pairs + [0, 1, 2, 0] + [0, 1, 2, 3]
    numbers = [0] * guards + [5] * pairs + [0, 4, 8, 0] + [0, -1, -4, -9]
    opened = [1] * guards + [1] * pairs + [1, 1, 1, 0] + [1] * 4
    bounds = [3 - 2 * pairs, 7 - 2 * pairs]
    rows = [scopes] * 2, [values] * 2, [numbers] * 2, [opened] * 2
    return ShareSum(*rows, bounds, terms=2, comparison=comparison, guards=guards, pairs=pairs)


def exclusions(guards):
    """At most one of x0 = 0, x1 = 1, x2 = 3 and of x0 = 2, x2 = 0, the row filled up."""
    scopes = [[1] * guards + own for own in ([0, 1 - guards, 2], [0, 2, 0])]
    values = [[0] * guards + own for own in ([0, 1, 3], [2, 0, 0])]
    opened = [[1] * guards + own for own in ([1, 1 - guards, 1], [1, 1, 0])]
    return AtMostOne(scopes, values, opened, guards=guards)


def orders(guards):
    """x0 > x2, and x2 > x0 + 1, the row filled up, behind x1 = 0 if there is a guard."""
    scopes = [[1] * guards + own for own in ([0] * 4 + [2] * 5, [0] * 4 + [2] * 5)]
    values = [
        [0] * guards + own for own in ([0, 1, 2, 0, 3, 2, 1, 0, 0], [2, 1, 0, 0, 0, 1, 2, 3, 0])
    ]
    opened = [[1] * guards + [1, 1, 1, 0, 1, 1, 1, 1, 0]] * 2
    clashes = [
        [0] * guards + own for own in ([4, 3, 2, 0, 3, 3, 2, 1, 0], [4, 3, 2, 0, 3, 3, 2, 1, 0])
    ]
    return ShareOrder(scopes, values, opened, clashes, left=4, guards=guards)


CASES = {
    **{f"ShareOrder-{guards}": orders(guards) for guards in (0, 1)},
    **{f"AtMostOne-{guards}": exclusions(guards) for guards in (0, 1)},
    **{
        f"{family.__name__}-{length}-{guards}": conjunction_clauses(family, length, guards, seed)
        for seed, family in enumerate((Nogoods, Supports))
        for length, guards in ((1, 0), (2, 0), (2, 1), (3, 0))
        if length + guards <= 3
    },
    "Nogoods-negative": negative_literals(),
    **{
        f"ShareSum-{comparison}-{guards}-{pairs}": share_sums(comparison, guards, pairs)
        for comparison in ("==", "!=", "<=")
        for guards, pairs in ((0, 0), (0, 1), (1, 0))
    },
}
#: Every second case is slow.
cases = pytest.mark.parametrize(
    "name",
    [
        pytest.param(own, marks=pytest.mark.slow) if number % 2 else own
        for number, own in enumerate(CASES)
    ],
)


def holds(clauses, m, point):
    """Whether clause m holds for values of the three variables, from its arrays as documented."""
    literal = [point[v] == n for v, n in zip(clauses.scopes[m], clauses.values[m], strict=True)]
    if not all(literal[: clauses.guards]):
        return True
    if isinstance(clauses, ShareOrder):
        return point[0] > point[2] if m == 0 else point[2] > point[0] + 1
    if isinstance(clauses, AtMostOne):
        opened = clauses.open[m, clauses.guards :]
        return (
            sum(has and o > 0 for has, o in zip(literal[clauses.guards :], opened, strict=True))
            <= 1
        )
    if isinstance(clauses, ShareSum):
        total = sum(
            int(number)
            for number, has, opened in zip(
                clauses.numbers[m, clauses.guards :],
                literal[clauses.guards :],
                clauses.open[m, clauses.guards :],
                strict=True,
            )
            if has and opened
        )
        bound = int(clauses.bounds[m])
        return {"==": total == bound, "!=": total != bound, "<=": total <= bound}[
            clauses.comparison
        ]
    factors = [
        bias + sign * has
        for bias, sign, has in zip(clauses.bias[m], clauses.sign[m], literal, strict=True)
    ][clauses.guards :]
    parts = [factors[k : k + clauses.length] for k in range(0, len(factors), clauses.length)]
    some = any(all(factor == 1 for factor in part) for part in parts)
    return some == isinstance(clauses, Supports)


def literal_value(clauses, m, shares):
    """V of clause m at shares by variable and value, one number at a time."""
    own = [shares[v][n] for v, n in zip(clauses.scopes[m], clauses.values[m], strict=True)]
    guard = np.prod(own[: clauses.guards])
    if isinstance(clauses, ShareOrder):
        pairs = product(range(SIZES[0]), range(SIZES[2]))
        wrong = [(a, b) for a, b in pairs if not (a > b if m == 0 else b > a + 1)]
        return guard * sum(shares[0][a] * shares[2][b] for a, b in wrong)
    if isinstance(clauses, AtMostOne):
        taken = [p for p, o in zip(own, clauses.open[m], strict=True) if o > 0][clauses.guards :]
        chance = 0.0  # of every choice of literals that holds together
        for choice in product((False, True), repeat=len(taken)):
            if sum(choice) > 1:
                chance += np.prod(
                    [p if has else 1 - p for p, has in zip(taken, choice, strict=True)]
                )
        return guard * chance
    if not isinstance(clauses, ShareSum):
        factors = [
            b + s * x for b, s, x in zip(clauses.bias[m], clauses.sign[m], own, strict=True)
        ][clauses.guards :]
        starts = range(0, len(factors), clauses.length)
        chance = sum(np.prod(factors[k : k + clauses.length]) for k in starts)
        return guard * (1 - chance if isinstance(clauses, Supports) else chance)
    mean, variance = moments(clauses, m, own)
    return guard * violation(clauses.comparison, mean - clauses.bounds[m], variance)


def moments(clauses, m, own):
    """Mean and variance of the sum, as independent terms have them."""
    first, last = clauses.guards, clauses.guards + clauses.pairs
    numbers, opened = clauses.numbers[m].astype(float), clauses.open[m]
    mean = sum(numbers[k] * own[k] for k in range(first, last))
    variance = sum(numbers[k] ** 2 * own[k] * (1 - own[k]) for k in range(first, last))
    width = (len(own) - last) // clauses.terms
    for start in range(last, len(own), width):
        places = [k for k in range(start, start + width) if opened[k]]
        average = sum(numbers[k] * own[k] for k in places)
        mean += average
        variance += sum(numbers[k] ** 2 * own[k] for k in places) - average**2
    return mean, variance


def violation(comparison, distance, variance):
    """The equations of ShareSum's docstring."""
    if comparison == "!=":
        return max(1 - distance**2 / (1 + variance), 0) / np.sqrt(1 + 6 * variance)
    wrong = max(distance, 0) if comparison == "<=" else abs(distance)
    return wrong / (wrong + 1 + 0.3 * np.sqrt(variance))


def random_shares(seed):
    generator = np.random.default_rng(seed)
    return [generator.dirichlet(np.ones(q)) for q in SIZES]


def forms(clauses, shares):
    """V and the pull on every cell, in float64: the system's own gather and scatter included."""
    system = compile_system(DOMAINS, [clauses])
    group = system.groups[0]
    with jax.enable_x64(True):
        x = jnp.asarray(np.concatenate(shares)[:, None], jnp.float64)
        value, pull = jax.jit(lambda group, own: group.clauses.value_and_pull(own, ()))(
            group, x[np.asarray(group.cells)]
        )
    force = np.zeros((len(value), sum(SIZES)))
    for m, cells in enumerate(np.asarray(group.cells)):
        np.add.at(force[m], cells, np.asarray(pull)[m, :, 0])
    return np.asarray(value)[:, 0], force


@cases
def test_the_potential_is_the_documented_one(name):
    clauses = CASES[name]
    for seed in range(4):
        shares = random_shares(seed)
        value, _ = forms(clauses, shares)
        expected = [literal_value(clauses, m, shares) for m in range(len(clauses))]
        np.testing.assert_allclose(value, expected, atol=1e-6)


@cases
def test_the_level_is_the_potential_where_nothing_is_decided(name):
    clauses = CASES[name]
    centre = [np.full(q, 1 / q) for q in SIZES]
    system = compile_system(DOMAINS, [clauses])
    expected = [max(literal_value(clauses, m, centre), 1e-3) for m in range(len(clauses))]
    np.testing.assert_allclose(np.asarray(system.groups[0].level)[:, 0], expected, rtol=1e-5)


@cases
def test_corners_are_satisfied_exactly_where_the_relation_holds(name):
    clauses = CASES[name]
    points = np.array(list(product(*(range(q) for q in SIZES)))).T
    system = compile_system(DOMAINS, [clauses])
    own = points[np.asarray(clauses.scopes)]
    expected = np.array([[holds(clauses, m, p) for p in points.T] for m in range(len(clauses))])
    np.testing.assert_array_equal(jax.jit(clauses.satisfied)(jnp.asarray(own)), expected)
    corners = np.concatenate([np.eye(q)[points[v]].T for v, q in enumerate(SIZES)])
    cells = jnp.asarray(corners, jnp.float32)[np.asarray(system.groups[0].cells)]
    value = np.asarray(jax.jit(lambda x: clauses.value(x, ()))(cells))
    np.testing.assert_array_equal(value < 1e-6, expected)
    assert value.min() >= -1e-6
    assert value.max() <= 1 + 1e-6


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.conservative])
def test_the_pull_is_the_negative_gradient_along_the_simplices(name):
    clauses, step = CASES[name], 1e-4
    shares = random_shares(7)
    _, force = forms(clauses, shares)
    flat = np.concatenate(shares)
    for cell in range(len(flat)):
        moved = []
        for sign in (1, -1):
            point = flat.copy()
            point[cell] += sign * step
            moved.append(np.split(point, np.cumsum(SIZES)[:-1]))
        for m in range(len(clauses)):
            slope = (literal_value(clauses, m, moved[0]) - literal_value(clauses, m, moved[1])) / (
                2 * step
            )
            assert force[m, cell] == pytest.approx(-slope, abs=1e-5)


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("AtMostOne")])
def test_a_share_is_pulled_by_the_chance_that_it_would_clash(name):
    clauses, shares = CASES[name], random_shares(3)
    _, force = forms(clauses, shares)
    first = np.cumsum([0, *SIZES])
    for m in range(len(clauses)):
        literals = list(zip(clauses.scopes[m], clauses.values[m], clauses.open[m], strict=True))
        guard = np.prod([shares[v][n] for v, n, _ in literals[: clauses.guards]])
        expected = np.zeros(sum(SIZES))
        own = [(v, n) for v, n, o in literals[clauses.guards :] if o]
        for variable, value in own:
            others = [1 - shares[v][n] for v, n in own if (v, n) != (variable, value)]
            expected[first[variable] + value] = -guard * (1 - np.prod(others))
        if clauses.guards:
            expected[first[1]] = -literal_value(clauses, m, shares) / guard
        np.testing.assert_allclose(force[m], expected, atol=1e-6)


def test_at_most_one_of_many_shares_is_exact_at_and_between_corners():
    count, runs = 200, 4
    domains = [(Simplex(2), count)]
    clauses = AtMostOne([np.arange(count)], [np.ones(count)], np.ones((1, count)))
    system = compile_system(domains, [clauses])
    p = np.random.default_rng(1).uniform(0, 0.03, (count, runs))
    p[:, 1] = 0.0
    p[:, 2:] = 0.0
    p[7, 2:] = 1.0  # one is taken, and two
    p[9, 3] = 1.0
    x = jnp.asarray(np.stack([1 - p, p], axis=1).reshape(-1, runs), jnp.float32)
    value, pull = jax.jit(lambda s, x: s.groups[0].forms(x)[:2])(system, x)
    free = np.prod(1 - p[:, 0])
    expected = 1 - free - sum(p[:, 0] * free / (1 - p[:, 0]))
    np.testing.assert_allclose(np.asarray(value)[0], [expected, 0, 0, 1], atol=1e-5)
    np.testing.assert_allclose(np.asarray(pull)[0, :, 0], free / (1 - p[:, 0]) - 1, atol=1e-4)
    others = np.arange(count) != 7
    np.testing.assert_allclose(np.asarray(pull)[0, :, 2], -others.astype(float), atol=1e-5)


@pytest.mark.parametrize("name", [n for n in CASES if n.startswith("ShareSum")])
def test_a_sum_pulls_by_what_each_value_would_leave_of_the_violation(name):
    clauses = CASES[name]
    shares = random_shares(3)
    _, force = forms(clauses, shares)
    first = np.cumsum([0, *SIZES])
    for m in range(len(clauses)):
        guard = shares[1][1] if clauses.guards else 1.0
        # A guard's own pull is that of a product; without pairs x1 stands in no term.
        for variable in (0, 1, 2) if clauses.pairs else (0, 2):
            q, left = SIZES[variable], []
            for value in range(q):
                fixed = [np.eye(q)[value] if v == variable else s for v, s in enumerate(shares)]
                literals = zip(clauses.scopes[m], clauses.values[m], strict=True)
                mean, variance = moments(clauses, m, [fixed[v][n] for v, n in literals])
                left.append(violation(clauses.comparison, mean - clauses.bounds[m], variance))
            own = force[m, first[variable] : first[variable] + q]
            # Only differences between the values of a variable move it.
            expected = -guard * (np.array(left) - np.mean(left))
            np.testing.assert_allclose(own - own.mean(), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Nogoods([[0, 1, 2]], [[0] * 3], [[0.0] * 3], [[1.0] * 3]), "3 literals are not 0"),
        (lambda: Nogoods([[0, 1]], [[0]], [[0.0] * 2], [[1.0] * 2]), "values must be"),
        (lambda: AtMostOne([[0, 1]], [[0]], [[1.0] * 2]), "values must be"),
        (lambda: ShareOrder([[0, 1]], [[0]], [[1] * 2], [[1] * 2]), "values must be"),
        (lambda: ShareOrder([[0]], [[0]], [[1]], [[1]]), "not 0 guards, 1 values and others"),
        (lambda: ShareOrder([[0, 1]], [[0] * 2], [[1] * 2], [[2, 1]]), "more values than"),
        (lambda: AtMostOne([[0]], [[0]], [[1.0]], guards=1), "no literals behind 1 guards"),
        (lambda: ShareSum([[0]], [[0]], [[1]], [[1]], [0], comparison="<"), "comparison is"),
        (lambda: ShareSum([[0, 0]], [[0, 1]], [[1]], [[1, 1]], [0]), "numbers must be"),
        (lambda: ShareSum([[0, 0]], [[0, 1]], [[1, 1]], [[1, 1]], [0, 1]), "2 bounds for 1"),
        (lambda: ShareSum([[0]], [[0]], [[2**31]], [[1]], [0]), r"more than 2\^31"),
    ],
)
def test_malformed_clauses_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_what_no_domain_has_is_refused():
    clauses = Nogoods([[0, 1]], [[2, 2]], [[0.0] * 2], [[1.0] * 2])
    with pytest.raises(ValueError, match="variable 1 has no value number 2"):
        compile_system(DOMAINS, [clauses])
    from odesolve.potentials import Box

    with pytest.raises(ValueError, match="Nogoods works on Simplex"):
        compile_system([(Box(), 2)], [clauses])


# ------------------------------------------------------------------------------- values left open


def test_closed_values_are_never_taken():
    clauses = Nogoods([[0, 1]], [[0, 0]], [[0.0] * 2], [[1.0] * 2])
    system = compile_system([(Simplex(5), 2)], [clauses], open_values={0: 2, 1: 3})
    x = system.sample([np.random.default_rng(k) for k in range(6)])
    np.testing.assert_allclose(x.reshape(2, 5, 6).sum(axis=1), 1.0, atol=1e-6)
    assert (x[[2, 3, 4, 8, 9]] == 0).all()
    moved = jnp.asarray(x + np.random.default_rng(9).normal(0, 1, x.shape), jnp.float32)
    project = jax.jit(lambda system, x: (system.project(x), system.tangent(x)))
    projected, tangent = map(np.asarray, project(system, moved))
    assert (projected[[2, 3, 4, 8, 9]] == 0).all()
    np.testing.assert_allclose(projected.reshape(2, 5, 6).sum(axis=1), 1.0, atol=1e-5)
    # As on simplices that have no more values.
    small = compile_system([(Simplex(2), 1), (Simplex(3), 1)], [clauses])
    kept = [0, 1, 5, 6, 7]
    np.testing.assert_allclose(projected[kept], jax.jit(small.project)(moved[np.array(kept)]))
    expected = jax.jit(small.tangent)(moved[np.array(kept)])
    np.testing.assert_allclose(tangent[kept], expected, atol=1e-6)
    centre = jax.jit(lambda system, x: system.from_centre(x))
    np.testing.assert_allclose(
        centre(system, moved)[np.array(kept)], centre(small, moved[np.array(kept)]), atol=1e-6
    )
    level = [np.asarray(s.groups[0].level) for s in (system, small)]
    np.testing.assert_allclose(*level)


@pytest.mark.parametrize(
    ("open_values", "message"),
    [({0: 0}, "0 values of variable 0"), ({1: 6}, "6 values"), ({7: 1}, "7 does not exist")],
)
def test_impossible_numbers_of_open_values_are_refused(open_values, message):
    clauses = Nogoods([[0, 1]], [[0, 0]], [[0.0] * 2], [[1.0] * 2])
    with pytest.raises(ValueError, match=message):
        compile_system([(Simplex(5), 2)], [clauses], open_values=open_values)
