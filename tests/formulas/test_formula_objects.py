"""Formulas of python-sat and of plain Python: taken whole, or refused in one line."""

from __future__ import annotations

import sys
from collections import deque
from decimal import Decimal
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import odesolve as ode
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formula import LinearRows, LiteralRows
from odesolve.problems.formulas.from_objects import formula_from

pysat = pytest.importorskip("pysat.formula")
cardinality = pytest.importorskip("pysat.card")
solvers = pytest.importorskip("pysat.solvers")
CASES = Path(__file__).parents[2] / ".." / "shared" / "cases"

CLAUSES = [[1, -2], [2, 3, -4], [4]]


def models(formula: ode.Formula) -> set[tuple[bool, ...]]:
    """Every model, by enumeration."""
    every = product((False, True), repeat=formula.variable_count)
    return {bits for bits in every if not violations(formula, np.array(bits, bool)).total}


@pytest.fixture(autouse=True)
def clean_context():
    yield
    pysat.Formula.cleanup()
    pysat.Formula.set_context("default")


# ------------------------------------------------------------------------------------ plain Python


@pytest.mark.parametrize(
    "clauses",
    [
        CLAUSES,
        tuple(map(tuple, CLAUSES)),
        iter(CLAUSES),
        (iter(clause) for clause in CLAUSES),
        deque(map(np.array, CLAUSES)),
        dict(enumerate(CLAUSES)).values(),
        [np.array(clause, np.int8) for clause in CLAUSES],
        [[np.int64(literal) for literal in clause] for clause in CLAUSES],
        np.array([np.array(clause) for clause in CLAUSES], object),
        pysat.CNF(from_clauses=CLAUSES),
        pysat.CNF(from_clauses=CLAUSES).clauses,
        iter(pysat.CNF(from_clauses=CLAUSES)),
    ],
    ids=lambda clauses: type(clauses).__name__,
)
def test_clauses_in_every_kind_of_collection(clauses):
    formula = formula_from(clauses)
    assert [row.tolist() for row in formula.clauses] == CLAUSES
    assert formula.variable_count == 4


def test_sets_of_clauses_and_clauses_that_are_sets():
    rows = formula_from({frozenset(clause) for clause in CLAUSES}).clauses
    assert {frozenset(row.tolist()) for row in rows} == set(map(frozenset, CLAUSES))


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint16, "jax"])
def test_arrays_of_clauses(kind):
    rows = [[1, 2], [3, 1]]
    if kind == "jax":
        import jax.numpy as jnp

        array = jnp.array(rows)
    else:
        array = np.array(rows, kind)
    formula = formula_from(array)
    assert [row.tolist() for row in formula.clauses] == rows
    assert not ode.sat(np.zeros((2, 0), int)).satisfied  # two clauses without literals
    assert ode.sat(np.zeros((0, 2), int)).satisfied


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ([[1], [2, 0]], "problem: clause 2: literal 0; expected literals from 1 to 2147483646"),
        (np.array([[1, 2], [0, 3]]), "problem: clause 2: literal 0"),
        ([[1], [10**30]], f"problem: clause 2: literal {10**30}"),
        ([[1], [-(2**31)]], "problem: clause 2: literal -2147483648"),
        ([[1], [True]], "problem: clause 2: literal True"),
        ([[1], [1.0]], "problem: clause 2: literal 1.0"),
        ([[1], b"\x02"], "problem: clause 2: b'\\x02'; expected a list of literals"),
        ([[1], {2: 3}], "problem: clause 2: a value of type dict; expected a list of literals"),
        ([1, 2], "problem: clause 1: 1; expected a list of literals"),
        ({1: [2]}, "problem: a value of type dict; expected a formula, a file"),
        (np.ma.masked_array([[1, 2]], [[0, 1]]), "problem: an array with masked values"),
        (np.array([[1.0]]), "problem: an array of shape (1, 1) and type float64"),
        (np.array([1, 2]), "problem: an array of shape (2,) and type int64"),
    ],
    ids=str,
)
def test_what_is_no_clause_is_refused_with_its_number(problem, message):
    with pytest.raises(ode.InputError) as caught:
        ode.sat(problem)
    assert str(caught.value).startswith(message)
    assert str(caught.value).isprintable()


# ------------------------------------------------------------------------------------- python-sat


def native(rows, *constraints, kind=pysat.CNFPlus):
    formula = kind()
    for row in rows:
        formula.append(row)
    for constraint in constraints:
        formula.append(list(constraint), is_atmost=True)
    return formula


def test_the_cases_that_lost_their_constraints():
    units = native([[1], [2], [3]], ([1, 2, 3], 1))
    assert ode.sat(units).status == "infeasible"
    x = pysat.Atom("x")
    assert ode.sat(x & ~x).status == "infeasible"


@pytest.mark.parametrize(
    "name", ["python-cnfplus-atmost-dropped", "python-pysat-formula-contradiction"]
)
def test_shared_cases(name, capsys):
    path = CASES / f"{name}.py"
    if not path.exists():
        pytest.skip("no such file here")
    exec(compile(path.read_text(), str(path), "exec"), {})
    assert "odesolve: infeasible" in capsys.readouterr().out


@pytest.mark.parametrize("bound", range(-1, 5))
def test_native_constraints_count(bound):
    literals = [1, -2, 3, 4]
    formula = formula_from(native([[1, 2]], (literals, bound)))
    wanted = {
        bits
        for bits in product((False, True), repeat=4)
        if (bits[0] or bits[1]) and sum(bits[abs(v) - 1] == (v > 0) for v in literals) <= bound
    }
    assert models(formula) == wanted
    assert ode.sat(formula, max_steps=500).satisfied == bool(wanted)


def test_native_constraints_with_weights_and_with_repeated_literals():
    formula = formula_from(native([], ([1, 2, -3], 4, [3, 2, 2**70]), ([1, 1, 2], 2)))
    wanted = {
        (a, b, c)
        for a, b, c in product((False, True), repeat=3)
        if 3 * a + 2 * b + 2**70 * (not c) <= 4 and 2 * a + b <= 2
    }
    assert models(formula) == wanted


def test_a_native_constraint_may_name_the_last_variable():
    assert formula_from(native([[1]], ([2, 9], 1))).variable_count == 9


@pytest.mark.parametrize("kind", ["atmost", "atleast"])
@pytest.mark.parametrize("encoding", [1, 9])  # sequential counter, native
def test_encodings_of_cardinalities(kind, encoding):
    made = getattr(cardinality.CardEnc, kind)([1, -2, 3, 4], bound=2, encoding=encoding)
    wanted = {
        "atmost": lambda count: count <= 2,
        "atleast": lambda count: count >= 2,
    }[kind]
    assert {bits[:4] for bits in models(formula_from(made))} == {
        bits
        for bits in product((False, True), repeat=4)
        if wanted(bits[0] + (not bits[1]) + bits[2] + bits[3])
    }


@pytest.mark.parametrize("kind", [pysat.WCNF, pysat.WCNFPlus])
def test_weighted_formulas(kind):
    problem = native(
        [[1, 2], [-3]], *([([1, 2, 3], 1)] if kind is pysat.WCNFPlus else []), kind=kind
    )
    for row, weight in (([1], 5), ([-2, 3], 10**30), ([2], 7)):
        problem.append(row, weight=weight)
    formula = formula_from(problem)
    result = ode.sat(problem)  # before RC2, which changes it
    costs = {bits: cost(formula, np.array(bits)) for bits in models(formula)}
    rc2 = pytest.importorskip("pysat.examples.rc2")
    if kind is pysat.WCNF:
        with rc2.RC2(problem) as solver:
            solver.compute()
            assert min(costs.values()) == solver.cost
    else:
        assert costs == {(True, False, False): 7, (False, True, False): 5 + 10**30}
    assert (result.cost, result.optimal) == (min(costs.values()), True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.wght.pop(), "problem: 1 soft clauses and 0 weights"),
        (lambda f: f.wght.__setitem__(0, Decimal("1.5")), "soft clause 1: weight Decimal('1.5')"),
        (lambda f: f.wght.__setitem__(0, -3), "soft clause 1: weight -3"),
        (lambda f: f.hard.append([0]), "problem: hard clause 2: literal 0"),
        (lambda f: f.soft.__setitem__(0, "ab"), "problem: soft clause 1: 'ab'"),
        (lambda f: f.atms.append([[1, 2]]), "problem: at-most constraint 1: 1 parts"),
        (lambda f: f.atms.append([[1, 2], 0.5]), "at-most constraint 1: bound 0.5"),
        (lambda f: f.atms.append([[1, 2], 1, [1]]), "constraint 1: 2 literals and 1 weights"),
        (lambda f: f.atms.append([[1, 0], 1]), "problem: at-most constraint 1: literal 0"),
    ],
)
def test_a_broken_weighted_formula_is_refused(change, message):
    problem = native([[1]], kind=pysat.WCNFPlus)
    problem.append([2], weight=3)
    change(problem)
    with pytest.raises(ode.InputError) as caught:
        ode.sat(problem)
    assert message in str(caught.value)


def random_expression(generator, atoms, depth):
    if depth == 0:
        atom = atoms[generator.integers(len(atoms))]
        return ~atom if generator.random() < 0.5 else atom
    parts = [random_expression(generator, atoms, depth - 1) for _ in range(3)]
    kinds = [
        lambda a, b, c: a & b & c,
        lambda a, b, c: a | b | c,
        lambda a, b, c: (a >> b) & c,
        lambda a, b, c: (a @ b) | ~c,
        lambda a, b, c: a ^ b ^ c,
        pysat.ITE,
        lambda a, b, c: ~(a & b) & c,
    ]
    return kinds[generator.integers(len(kinds))](*parts)


@pytest.mark.parametrize("seed", range(20))
def test_expressions_have_the_models_of_their_atoms(seed):
    generator = np.random.default_rng(seed)
    pysat.Atom("another formula's")  # takes a number of the pool
    atoms = [pysat.Atom(name) for name in "abc"]
    expression = random_expression(generator, atoms, 2)
    wanted = set()
    for bits in product((False, True), repeat=3):
        literals = [atom if bit else ~atom for atom, bit in zip(atoms, bits, strict=True)]
        if expression.satisfied(model=literals):
            wanted.add(bits)
    formula = formula_from(expression)
    places = pysat.Formula.literals(atoms)
    with solvers.Solver("cadical195", [row.tolist() for row in formula.clauses]) as solver:
        found = {
            bits
            for bits in product((False, True), repeat=3)
            if solver.solve([v if bit else -v for v, bit in zip(places, bits, strict=True)])
        }
    assert found == wanted
    if seed >= 4:  # what is solved below is this formula; each would be compiled anew
        return
    result = ode.sat(expression, prove=True, max_steps=200)
    assert result.satisfied == bool(wanted)
    if wanted:
        found = pysat.Formula.formulas(result.model, atoms_only=True)
        assert expression.satisfied(model=found)


@pytest.mark.parametrize(
    ("make", "satisfied"),
    [
        (lambda: pysat.PYSAT_TRUE, True),
        (lambda: pysat.PYSAT_FALSE, False),
        (lambda: pysat.Atom("x") & pysat.PYSAT_FALSE, False),
        (lambda: pysat.Atom(7), True),
        (lambda: pysat.CNF(from_clauses=[[1], [-1]]) | pysat.Atom(5), True),
        (lambda: pysat.CNF(from_clauses=[[1], [-1]]) & pysat.Atom(5), False),
    ],
)
def test_constants_numbers_and_clauses_within_expressions(make, satisfied):
    expression = make()
    with solvers.Solver(name="cadical195", bootstrap_with=list(expression)) as solver:
        assert solver.solve() == satisfied
    assert ode.sat(expression).satisfied == satisfied


def test_expressions_that_python_sat_no_longer_holds_are_refused():
    contradiction = pysat.Atom("x") & ~pysat.Atom("x")
    pysat.Formula.cleanup()
    with pytest.raises(ode.InputError, match="another context, or one that was cleaned up"):
        ode.sat(contradiction)
    other = pysat.Atom("y") | pysat.Atom("z")
    other.clausify()
    pysat.Formula.set_context("another")
    with pytest.raises(ode.InputError, match="another context"):
        ode.sat(other)
    pysat.Formula.set_context("default")
    assert ode.sat(other).satisfied


def test_native_constraints_within_expressions_are_refused():
    with pytest.raises(ode.InputError, match="python-sat makes no clauses of it: Integration"):
        ode.sat(pysat.Atom("x") | native([[1]], ([1, 2], 1)))


def test_numbers_of_a_pool_are_kept():
    pool = pysat.IDPool(start_from=100)
    rows = [[pool.id(("v", i)), -pool.id(("v", i + 1))] for i in range(3)] + [[pool.id(("v", 3))]]
    model = ode.sat(pysat.CNF(from_clauses=rows)).model
    assert {pool.obj(literal) for literal in model if literal >= 100} == {
        ("v", i) for i in range(4)
    }
    with pytest.raises(ode.InputError, match="a value of type IDPool"):
        ode.sat(pool)


def test_python_sat_is_not_loaded_for_other_formulas():
    import subprocess

    ask = "import sys, odesolve as ode; ode.sat([[1]]); "
    ask += "print('pysat' in sys.modules, 'jax' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False False\n"


# ----------------------------------------------------------------------------------------- Formula


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"variable_count": 1}, "problem: clauses: literal 2; expected 1 to 1"),
        ({"variable_count": 1.0}, "problem: variable_count: 1.0"),
        (
            {"soft": LiteralRows.of([[1]])},
            "problem: soft_weights: int64 [0]; expected integers [1]",
        ),
        (
            {"soft": LiteralRows.of([[1]]), "soft_weights": np.array([0])},
            "problem: soft_weights: a weight below 1",
        ),
        ({"linear": LinearRows(LiteralRows.of([[1]]))}, "problem: linear.coefficients"),
        ({"parities": LiteralRows(np.array([1]), np.array([0, 2]))}, "problem: parities: starts"),
        ({"not_all_equal": [[1]]}, "problem: not_all_equal: a value of type list"),
    ],
)
def test_a_formula_made_by_hand_is_checked(parts, message):
    whole = {"variable_count": 2, "clauses": LiteralRows.of([[1, 2]])} | parts
    with pytest.raises(ode.InputError) as caught:
        ode.sat(ode.Formula(**whole))
    assert str(caught.value).startswith(message)
