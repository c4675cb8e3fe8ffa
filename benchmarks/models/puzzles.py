"""Puzzles as models, each with a checker that shares nothing with odesolve.

A generator returns a ``Generated``; those that draw something at random take a seed, from which
the instance follows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import odesolve as ode

#: The letters of SEND + MORE = MONEY.
LETTERS = "SENDMORY"


@dataclass(frozen=True)
class Generated:
    """A model that was made here.

    Attributes:
        check: whether values by name are a solution, computed without odesolve.
        solution: one that is known, by name; None where none is.
        satisfiable: whether there is a solution; None where nobody knows.
    """

    model: ode.Model
    check: Callable[[Mapping[str, int]], bool]
    solution: dict[str, int] | None = None
    satisfiable: bool | None = True


def queens(order: int) -> Generated:
    """One queen in each column of a board, none of which attacks another: q_i is a row."""
    model = ode.Model()
    rows = [model.integer(f"q{i}", 0, order - 1) for i in range(order)]
    model.add(ode.constraints.AllDifferent(rows))
    for sign in (1, -1):
        diagonals = []
        for i, row in enumerate(rows):
            low, high = sorted((sign * i, sign * i + order - 1))
            diagonal = model.integer(f"d{i}" if sign > 0 else f"e{i}", low, high)
            model.add(ode.constraints.Sum([1, -1], [diagonal, row], "==", sign * i))
            diagonals.append(diagonal)
        model.add(ode.constraints.AllDifferent(diagonals))

    def check(values: Mapping[str, int]) -> bool:
        own = [values[f"q{i}"] for i in range(order)]
        named = all(
            values[f"d{i}"] == row + i and values[f"e{i}"] == row - i for i, row in enumerate(own)
        )
        return named and all(
            abs(own[i] - own[j]) not in (0, j - i) for i, j in combinations(range(order), 2)
        )

    return Generated(model, check)


def send_more() -> Generated:
    """SEND + MORE = MONEY: a digit for each letter, no two alike, no leading zero."""
    model = ode.Model()
    digits = {each: model.integer(each, int(each in "SM"), 9) for each in LETTERS}
    weights = dict.fromkeys(LETTERS, 0)
    for word, sign in (("SEND", 1), ("MORE", 1), ("MONEY", -1)):
        for place, letter in enumerate(reversed(word)):
            weights[letter] += sign * 10**place
    model.add(ode.constraints.AllDifferent(digits.values()))
    model.add(ode.constraints.Sum(weights.values(), digits.values(), "==", 0))

    def check(values: Mapping[str, int]) -> bool:
        def number(word: str) -> int:
            return int("".join(str(values[letter]) for letter in word))

        alike = len({values[letter] for letter in LETTERS}) < len(LETTERS)
        leading = values["S"] and values["M"]
        return not alike and bool(leading) and number("SEND") + number("MORE") == number("MONEY")

    solution = dict(zip(LETTERS, (9, 5, 6, 7, 1, 0, 8, 2), strict=True))
    return Generated(model, check, solution)


def magic_square(order: int) -> Generated:
    """The numbers from 1 in a square, with one sum in all rows, columns and both diagonals."""
    model = ode.Model()
    total = order * (order**2 + 1) // 2
    cells = [[model.integer(_cell(r, c), 1, order**2) for c in range(order)] for r in range(order)]
    model.add(ode.constraints.AllDifferent(cell for row in cells for cell in row))
    for line in _lines(cells):
        model.add(ode.constraints.Sum([1] * order, line, "==", total))

    def check(values: Mapping[str, int]) -> bool:
        square = [[values[_cell(r, c)] for c in range(order)] for r in range(order)]
        numbers = sorted(number for row in square for number in row)
        sums = {sum(line) for line in _lines(square)}
        return numbers == list(range(1, order**2 + 1)) and sums == {total}

    return Generated(model, check)


def langford(pairs: int) -> Generated:
    """Two of each number k = 1, 2, ... in a row, with k others between them."""
    model = ode.Model()
    first = [model.integer(f"first{k}", 0, 2 * pairs - 1) for k in range(1, pairs + 1)]
    second = [model.integer(f"second{k}", 0, 2 * pairs - 1) for k in range(1, pairs + 1)]
    model.add(ode.constraints.AllDifferent([*first, *second]))
    for k, (before, after) in enumerate(zip(first, second, strict=True), 1):
        model.add(ode.constraints.Sum([1, -1], [after, before], "==", k + 1))

    def check(values: Mapping[str, int]) -> bool:
        row = [0] * (2 * pairs)
        for k in range(1, pairs + 1):
            places = values[f"first{k}"], values[f"second{k}"]
            if places[1] - places[0] != k + 1:
                return False
            for place in places:
                row[place] = k
        return 0 not in row

    return Generated(model, check, satisfiable=pairs % 4 in (0, 3))


def all_interval(order: int) -> Generated:
    """A series of the numbers from 0 whose neighbours differ by every interval once."""
    model = ode.Model()
    series = [model.integer(f"x{i}", 0, order - 1) for i in range(order)]
    intervals = []
    for i in range(order - 1):
        step = model.integer(f"step{i}", 1 - order, order - 1)
        interval = model.integer(f"interval{i}", 1, order - 1)
        model.add(ode.constraints.Sum([1, -1, -1], [series[i + 1], series[i], step], "==", 0))
        model.add(ode.constraints.AbsoluteValue(step, interval))
        intervals.append(interval)
    model.add(ode.constraints.AllDifferent(series))
    model.add(ode.constraints.AllDifferent(intervals))

    def check(values: Mapping[str, int]) -> bool:
        own = [values[f"x{i}"] for i in range(order)]
        steps = [own[i + 1] - own[i] for i in range(order - 1)]
        named = all(
            values[f"step{i}"] == step and values[f"interval{i}"] == abs(step)
            for i, step in enumerate(steps)
        )
        distances = sorted(map(abs, steps))
        return named and sorted(own) == list(range(order)) and distances == list(range(1, order))

    # 0, n - 1, 1, n - 2, ...: the differences fall from n - 1 to 1.
    zigzag = [i // 2 if i % 2 == 0 else order - 1 - i // 2 for i in range(order)]
    solution = {f"x{i}": value for i, value in enumerate(zigzag)}
    for i in range(order - 1):
        solution[f"step{i}"] = zigzag[i + 1] - zigzag[i]
        solution[f"interval{i}"] = abs(zigzag[i + 1] - zigzag[i])
    return Generated(model, check, solution)


def golfers(groups: int, size: int, weeks: int) -> Generated:
    """Players in groups every week, no two of them together twice; the first week is given."""
    model = ode.Model()
    players = range(groups * size)
    meetings: dict[tuple[int, int], list[ode.constraints.Variable]] = {}
    for week in range(weeks):
        own = [
            model.integer(f"w{week}p{p}", 0, groups - 1)
            if week
            else model.integer(f"w0p{p}", p // size, p // size)
            for p in players
        ]
        model.add(ode.constraints.Cardinality(own, range(groups), [size] * groups))
        for p, q in combinations(players, 2):
            together = model.boolean(f"w{week}m{p}-{q}")
            same = ode.constraints.Sum([1, -1], [own[p], own[q]], "==", 0)
            model.add(ode.constraints.Reified(together, same))
            meetings.setdefault((p, q), []).append(together)
    for each in meetings.values():
        model.add(ode.constraints.Sum([1] * weeks, each, "<=", 1))

    def check(values: Mapping[str, int]) -> bool:
        met: set[tuple[int, int]] = set()
        for week in range(weeks):
            own = [values[f"w{week}p{p}"] for p in players]
            if any(own.count(group) != size for group in range(groups)):
                return False
            if week == 0 and own != [p // size for p in players]:
                return False
            pairs = {(p, q) for p, q in combinations(players, 2) if own[p] == own[q]}
            flags = {(p, q) for p, q in combinations(players, 2) if values[f"w{week}m{p}-{q}"]}
            if pairs != flags or pairs & met:
                return False
            met |= pairs
        return True

    return Generated(model, check)


def sudoku(clues: int, seed: int) -> Generated:
    """A Sudoku of 9 x 9 cells with so many clues and exactly one solution.

    Holes are dug into a random full grid, in random order, each only if the solution stays the only
    one; where too few can be dug, another grid is tried.
    """
    generator = random.Random(f"sudoku {clues} {seed}")
    while True:
        full = next(completions([0] * 81, generator))
        given = full.copy()
        for cell in generator.sample(range(81), 81):
            if sum(map(bool, given)) == clues:
                return _latin(given, full, 9, boxes=True)
            given[cell] = 0
            others = (v for v in range(1, 10) if v != full[cell])
            if any(_can_be(given, cell, value, generator) for value in others):
                given[cell] = full[cell]


def latin_square(order: int, holes: int, seed: int) -> Generated:
    """A random latin square of which so many cells are open, for which it is a solution."""
    generator = random.Random(f"latin {order} {holes} {seed}")
    square = random_latin_square(order, generator)
    full = [value + 1 for row in square for value in row]
    given = full.copy()
    for cell in generator.sample(range(order**2), holes):
        given[cell] = 0
    return _latin(given, full, order, boxes=False)


def random_latin_square(order: int, generator: random.Random) -> list[list[int]]:
    """A latin square of 0, 1, ..., nearly uniformly random.

    The walk of Jacobson and Matthews (Journal of Combinatorial Designs 4, 1996), order^3 moves
    through proper and improper squares from the cyclic one. A square is a cube of zeros and ones,
    each line of which adds up to 1; an improper one has one -1.
    """
    # For each line of the cube along rows, columns and symbols, where it is 1.
    rows, columns, symbols = (
        {line: [sum(line) % order] for line in product(range(order), repeat=2)} for _ in range(3)
    )
    for i, j in product(range(order), repeat=2):
        rows[i, j], columns[i, j] = [(j - i) % order], [(j - i) % order]
    negative: tuple[int, int, int] | None = None
    moves = 0
    while moves < order**3 or negative is not None:
        moves += 1
        if negative is None:
            i, j, k = (generator.randrange(order) for _ in range(3))
            if symbols[i, j] == [k]:
                continue
        else:
            i, j, k = negative
        a, b, c = (
            own[0] if len(own) == 1 else own[generator.randrange(2)]
            for own in (rows[j, k], columns[i, k], symbols[i, j])
        )
        for place in ((i, j, k), (i, b, c), (a, j, c), (a, b, k)):
            if place == negative:
                negative = None
                continue
            r, s, t = place
            rows[s, t].append(r)
            columns[r, t].append(s)
            symbols[r, s].append(t)
        for place in ((a, j, k), (i, b, k), (i, j, c), (a, b, c)):
            r, s, t = place
            if t not in symbols[r, s]:
                negative = place
                continue
            rows[s, t].remove(r)
            columns[r, t].remove(s)
            symbols[r, s].remove(t)
    return [[symbols[i, j][0] for j in range(order)] for i in range(order)]


def _latin(given: Sequence[int], full: Sequence[int], order: int, *, boxes: bool) -> Generated:
    """A square with clues, 0 for an open cell; cells have names of row and column."""
    model = ode.Model()
    names = [_cell(*divmod(place, order)) for place in range(order**2)]
    cells = [
        model.integer(name, value or 1, value or order)
        for name, value in zip(names, given, strict=True)
    ]
    lines = [[r * order + c for c in range(order)] for r in range(order)]
    lines += [list(column) for column in zip(*lines, strict=True)]
    if boxes:
        lines += [[cell for cell in range(81) if 18 + box in _LINES_OF[cell]] for box in range(9)]
    for line in lines:
        model.add(ode.constraints.AllDifferent([cells[place] for place in line]))

    def check(values: Mapping[str, int]) -> bool:
        own = [values[name] for name in names]
        kept = all(clue in (0, value) for clue, value in zip(given, own, strict=True))
        wanted = list(range(1, order + 1))
        return kept and all(sorted(own[place] for place in line) == wanted for line in lines)

    return Generated(model, check, dict(zip(names, full, strict=True)))


def completions(given: Sequence[int], generator: random.Random) -> Iterator[list[int]]:
    """Every full grid that a Sudoku's clues allow, in random order; 0 is an open cell."""
    grid, taken = [*given], [0] * 27
    for cell, value in enumerate(grid):
        for line in _LINES_OF[cell] if value else ():
            taken[line] |= 1 << value
    for _ in _filled(grid, taken, [cell for cell in range(81) if not grid[cell]], generator):
        yield grid.copy()


#: Row, column and box of each cell, by the place of its bits among those that are taken.
_LINES_OF = [(c // 9, 9 + c % 9, 18 + c // 27 * 3 + c % 9 // 3) for c in range(81)]
_ALL_VALUES = sum(1 << value for value in range(1, 10))


def _filled(
    grid: list[int], taken: list[int], cells: list[int], generator: random.Random
) -> Iterator[None]:
    if not cells:
        yield
        return
    narrowest, left, fewest = cells[0], 0, 10
    for cell in cells:
        row, column, box = _LINES_OF[cell]
        own = _ALL_VALUES & ~(taken[row] | taken[column] | taken[box])
        if own.bit_count() < fewest:
            narrowest, left, fewest = cell, own, own.bit_count()
            if fewest < 2:
                break
    values = [value for value in range(1, 10) if left >> value & 1]
    if fewest > 1:
        generator.shuffle(values)
    others = [cell for cell in cells if cell != narrowest]
    for value in values:
        grid[narrowest] = value
        for line in _LINES_OF[narrowest]:
            taken[line] ^= 1 << value
        yield from _filled(grid, taken, others, generator)
        for line in _LINES_OF[narrowest]:
            taken[line] ^= 1 << value
    grid[narrowest] = 0


def _can_be(grid: Sequence[int], cell: int, value: int, generator: random.Random) -> bool:
    """Whether a Sudoku has a solution with a value in an open cell."""
    lines = set(_LINES_OF[cell])
    if any(own == value and lines & set(_LINES_OF[c]) for c, own in enumerate(grid)):
        return False
    tried = [*grid]
    tried[cell] = value
    return any(True for _ in completions(tried, generator))


def _cell(row: int, column: int) -> str:
    return f"r{row}c{column}"


def _lines(square: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows, columns and both diagonals."""
    order = len(square)
    return [
        *map(list, square),
        *map(list, zip(*square, strict=True)),
        [square[i][i] for i in range(order)],
        [square[i][order - 1 - i] for i in range(order)],
    ]
