from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import islice, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from systems import evaluated, holds

from odesolve.potentials.relations.presolve import RelationContradiction, simplify
from odesolve.problems.arithmetic.adders import ripple_adder
from odesolve.problems.arithmetic.multiplication import MULTIPLIERS
from odesolve.problems.factoring.residues import high_block, low_block
from odesolve.problems.relations.circuit import Circuit, cell_table, fixed_bits, number_in

OPERATIONS = {"add": ripple_adder, **MULTIPLIERS}
TRUTH = {
    name: (lambda a, b: a + b) if name == "add" else (lambda a, b: a * b) for name in OPERATIONS
}
SMALL_WIDTHS = [*product(range(1, 4), repeat=2), (4, 4), (3, 5), (5, 3), (1, 4), (4, 1)]


@lru_cache
def built(name: str, first: int, second: int):
    circuit = Circuit()
    a, b = circuit.bits(first), circuit.bits(second)
    return circuit, a, b, OPERATIONS[name](circuit, a, b)


def presolved(name: str, widths: tuple[int, int], a: int, b: int, extra=()) -> int:
    """The result that presolve alone finds for known inputs."""
    circuit, first, second, out = built(name, *widths)
    fixed = fixed_bits(a, first) | fixed_bits(b, second) | dict(extra)
    simplified = simplify(circuit.relations, fixed, circuit.variable_count)
    assert simplified.solved
    assert not simplified.free
    assert not simplified.aliases
    return number_in(out, simplified.lift({}))


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("widths", SMALL_WIDTHS)
def test_every_pair_of_inputs_has_exactly_the_right_result(name, widths):
    _, _, _, out = built(name, *widths)
    assert len(out) == (max(widths) + 1 if name == "add" else sum(widths))
    for a, b in product(range(2 ** widths[0]), range(2 ** widths[1])):
        truth = TRUTH[name](a, b)
        assert presolved(name, widths, a, b, fixed_bits(truth, out).items()) == truth
        assert presolved(name, widths, a, b) == truth


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("widths", [(2, 2), (3, 2), (1, 3)])
def test_every_wrong_result_is_a_contradiction(name, widths):
    _, _, _, out = built(name, *widths)
    for a, b in product(range(2 ** widths[0]), range(2 ** widths[1])):
        for wrong in set(range(2 ** len(out))) - {TRUTH[name](a, b)}:
            with pytest.raises(RelationContradiction):
                presolved(name, widths, a, b, fixed_bits(wrong, out).items())


@pytest.mark.parametrize("name", OPERATIONS)
@given(st.data(), st.integers(1, 16), st.integers(1, 16))
def test_known_inputs_are_solved_by_presolve_at_any_width(name, data, first, second):
    a = data.draw(st.integers(0, 2**first - 1))
    b = data.draw(st.integers(0, 2**second - 1))
    assert presolved(name, (first, second), a, b) == TRUTH[name](a, b)


@pytest.mark.parametrize("name", OPERATIONS)
def test_numbers_of_64_bits(name):
    for a, b in [(2**64 - 1, 2**64 - 1), (0, 2**64 - 1), (12345678901234567891, 2**63 + 9)]:
        assert presolved(name, (64, 64), a, b) == TRUTH[name](a, b)


@given(st.integers(1, 24), st.data())
def test_addition_runs_backwards_by_presolve_alone(width, data):
    total = data.draw(st.integers(0, 2 ** (width + 1) - 1))
    known = data.draw(st.integers(0, 2**width - 1))
    circuit, a, b, out = built("add", width, width)
    fixed = fixed_bits(known, a) | fixed_bits(total, out)
    if 0 <= total - known < 2**width:
        simplified = simplify(circuit.relations, fixed, circuit.variable_count)
        assert simplified.solved
        assert number_in(b, simplified.lift({})) == total - known
    else:
        with pytest.raises(RelationContradiction, match="adder at bit"):
            simplify(circuit.relations, fixed, circuit.variable_count)


@pytest.mark.parametrize("name", OPERATIONS)
def test_evaluation_satisfies_every_relation(name):
    circuit, p, q, out = built(name, 4, 4)
    for a, b in product(range(16), repeat=2):
        values = evaluated(circuit, fixed_bits(a, p) | fixed_bits(b, q))
        assert number_in(out, values) == TRUTH[name](a, b)
        assert all(holds(relation, values) for relation in circuit.relations)


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("width", range(1, 5))
def test_a_number_may_be_combined_with_itself(name, width):
    circuit = Circuit()
    bits = circuit.bits(width)
    out = OPERATIONS[name](circuit, bits, bits)
    for a in range(2**width):
        simplified = simplify(circuit.relations, fixed_bits(a, bits), circuit.variable_count)
        assert number_in(out, simplified.lift({})) == TRUTH[name](a, a)


@pytest.mark.parametrize("name", MULTIPLIERS)
def test_a_multiplier_run_backwards_keeps_exactly_the_factor_pairs(name):
    # Presolve leaves relations; every pair of factors either satisfies them or is excluded.
    circuit, p, q, out = built(name, 3, 3)
    for number in range(64):
        expected = {(a, b) for a, b in product(range(8), repeat=2) if a * b == number}
        found = set()
        for a, b in product(range(8), repeat=2):
            fixed = fixed_bits(a, p) | fixed_bits(b, q) | fixed_bits(number, out)
            try:
                simplify(circuit.relations, fixed, circuit.variable_count)
            except RelationContradiction:
                continue
            found.add((a, b))
        assert found == expected


@pytest.mark.parametrize("widths", [(1,), (2,), (1, 1), (2, 1), (1, 1, 1), (2, 2, 1), (2, 1, 1)])
def test_cells_add_products(widths):
    outputs = len(widths).bit_length()
    table = cell_table(widths).reshape((2,) * (sum(widths) + outputs))
    for inputs in product((0, 1), repeat=sum(widths)):
        left = iter(inputs)
        total = sum(min(list(islice(left, width))) for width in widths)
        allowed = np.argwhere(table[inputs])
        assert [sum(int(bit) << i for i, bit in enumerate(row)) for row in allowed] == [total]


@pytest.mark.parametrize(
    ("width", "stages"), [(2, 0), (3, 1), (4, 2), (6, 3), (8, 4), (9, 4), (13, 5), (16, 6)]
)
def test_a_dadda_multiplier_has_the_known_number_of_stages_and_adders(width, stages):
    circuit, _, _, _ = built("dadda", width, width)
    depth = [0] * circuit.variable_count
    names = Counter(relation.name.split()[0] for relation in circuit.relations)
    for relation in circuit.relations:
        # A cell's outputs are its last variables: two of an adder, one of an and-gate.
        inputs, outputs = np.split(relation.variables, [-1 if relation.arity == 3 else -2])
        level = 1 + max(depth[variable] for variable in inputs)
        if relation.name.startswith("adder in column"):
            assert level <= 1 + stages
        for variable in outputs:
            depth[variable] = level
    # n^2 - 4n + 3 full and n - 1 half adders, then a ripple adder of 2n - 2 bits.
    reduction = (width**2 - 4 * width + 3) + (width - 1)
    assert names["adder"] == reduction
    assert names["last"] == 2 * width - 2


def test_cells_have_names_and_operands_must_have_bits():
    circuit, _, _, _ = built("add", 2, 3)
    names = [relation.name for relation in circuit.relations]
    assert names == ["half adder at bit 0", "full adder at bit 1", "half adder at bit 2"]
    for operation in OPERATIONS.values():
        with pytest.raises(ValueError, match="at least one bit"):
            operation(Circuit(), [], [0])
    with pytest.raises(ValueError, match="empty cell: a cell adds at least one term"):
        Circuit().sum_of([], "empty cell")


@pytest.mark.parametrize(("number", "width"), [(-1, 4), (16, 4), (1, 0)])
def test_numbers_that_do_not_fit_are_refused(number, width):
    with pytest.raises(ValueError, match=f"{number} does not fit in {width} bits"):
        fixed_bits(number, range(width))


@pytest.mark.parametrize(
    ("known", "message"),
    [({0: 1, 1: 1, 2: 1}, "half adder at bit 0: .* contradict"), ({0: 1}, "does not follow")],
)
def test_evaluation_says_what_is_wrong(known, message):
    circuit, _, _, _ = built("add", 1, 1)
    with pytest.raises(ValueError, match=message):
        evaluated(circuit, known)


def is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def odd_primes(width: int) -> list[int]:
    return [number for number in range(2 ** (width - 1) | 1, 2**width, 2) if is_prime(number)]


@given(st.integers(2, 10), st.integers(2, 10), st.integers(1, 6), st.data())
def test_blocks_never_exclude_the_factors(first, second, count, data):
    a = data.draw(st.sampled_from(odd_primes(first)))
    b = data.draw(st.sampled_from(odd_primes(second)))
    p, q = list(range(first)), list(range(first, first + second))
    truth = fixed_bits(a, p) | fixed_bits(b, q)
    ends = {p[0]: 1, q[0]: 1, p[-1]: 1, q[-1]: 1}
    for fixed in ({}, ends):
        assert holds(low_block(a * b, p, q, count, fixed), truth)
        assert holds(high_block(a * b, p, q, count, fixed), truth)
        assert holds(high_block(a * b, p, q, count, fixed, ordered=True), truth) or a > b


@pytest.mark.parametrize("widths", [(5, 5), (3, 5), (2, 2), (1, 4)])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_low_block_is_the_product_modulo_a_power_of_two(widths, count):
    p, q = list(range(widths[0])), list(range(10, 10 + widths[1]))
    for number in range(40):
        block = low_block(number, p, q, count)
        for a, b in product(range(2 ** widths[0]), range(2 ** widths[1])):
            expected = (a * b - number) % 2**count == 0
            assert holds(block, fixed_bits(a, p) | fixed_bits(b, q)) == expected


@pytest.mark.parametrize("widths", [(4, 4), (3, 4), (2, 2), (1, 4)])
@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_a_high_block_bounds_the_product(widths, count):
    p, q = list(range(widths[0])), list(range(10, 10 + widths[1]))
    below = [max(width - count, 0) for width in widths]
    products: dict[tuple[int, int], list[int]] = {}
    for a, b in product(range(2 ** widths[0]), range(2 ** widths[1])):
        products.setdefault((a >> below[0], b >> below[1]), []).append(a * b)
    for number in range(1, 2 ** sum(widths), 7):
        block = high_block(number, p, q, count)
        for (top_a, top_b), possible in products.items():
            truth = fixed_bits(top_a << below[0], p) | fixed_bits(top_b << below[1], q)
            assert holds(block, truth) == (min(possible) <= number <= max(possible))


@pytest.mark.parametrize("widths", [(6, 6), (3, 6), (6, 4)])
def test_an_ordered_high_block_excludes_only_reversed_pairs(widths):
    p, q = list(range(widths[0])), list(range(10, 10 + widths[1]))
    unit_a, unit_b = (2 ** (width - 2) for width in widths)
    for number in (3, 130, 713):
        plain = high_block(number, p, q, 2)
        ordered = high_block(number, p, q, 2, ordered=True)
        for a, b in product(range(0, 2 ** widths[0], unit_a), range(0, 2 ** widths[1], unit_b)):
            truth = fixed_bits(a, p) | fixed_bits(b, q)
            can_be_ordered = a <= b + unit_b - 1
            assert holds(ordered, truth) == (holds(plain, truth) and can_be_ordered)


def test_blocks_of_large_numbers_do_not_wrap():
    a, b = 2**199 + 2**198 + 12345, 2**199 + 54321
    p, q = list(range(200)), list(range(200, 400))
    truth = fixed_bits(a, p) | fixed_bits(b, q)
    high = high_block(a * b, p, q, 6)
    assert holds(high, truth)
    assert high.allowed.sum() < 200
    # Many known low bits leave few rows, but their products are large.
    known = {bit: truth[bit] for bit in [*p[:96], *q[:96]]}
    low = low_block(a * b, p, q, 100, known)
    assert holds(low, truth)
    assert low.arity == 8
    assert low.allowed.sum() == 2**4


@pytest.mark.parametrize("block", [low_block, high_block])
def test_blocks_that_cannot_be_built_are_refused(block):
    p, q = list(range(8)), list(range(8, 16))
    with pytest.raises(ValueError, match=r"7 bits of the factors: at most 12 .* got 14"):
        block(143, p, q, 7)
    assert block(143, p, q, 7, {p[0]: 1, q[0]: 1, p[-1]: 1, q[-1]: 1}).arity == 12
    with pytest.raises(ValueError, match="at least one bit, got 0"):
        block(143, p, q, 0)


def test_blocks_of_a_square_use_each_variable_once():
    p = list(range(4))
    block = low_block(121, p, p, 4)
    assert block.variables == (0, 1, 2, 3)
    roots = [a for a in range(16) if holds(block, fixed_bits(a, p))]
    assert roots == [a for a in range(16) if a * a % 16 == 121 % 16]
