"""The article's examples as jobs for the batch: its published method and our default."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Job = dict[str, Any]

#: Budgets of our default; what the article gives its own runs stands with each example.
DEFAULT_STEPS, LIMIT_SECONDS = 200_000, 120.0
#: A published run of one pair of factors; the article takes 100,000 steps for its one pair.
PAIR_STEPS = 10_000
RANDOM_SEED = 20260001

PUBLISHED, DEFAULT = "published", "default"

#: Where the article says that its descent is stuck in a local minimum.
SADDLE = "half adder backward"


@dataclass(frozen=True)
class Example:
    """One example of the article.

    Attributes:
        article: what the article got.
        jobs: (method, job) in the order of the table's rows.
        asked: least solved fraction that the project asks of our default; None if it asks none.
    """

    name: str
    article: str
    jobs: tuple[tuple[str, Job], ...]
    asked: float | None = None


@dataclass(frozen=True)
class Section:
    """A section of the article, or a set of figures of this project."""

    title: str
    examples: Sequence[Example]


def descent(name: str, title: str, article: str, *, relation: bool = True) -> Example:
    """A potential that the article descends: from its start, from random starts, our default."""
    start = {"kind": "start", "potential": name}
    jobs: list[tuple[str, Job]] = [("descent from its start", start | {"double": True})]
    if name == SADDLE:
        jobs.append(("the same, 200 steps", start | {"double": True, "steps": 200}))
        jobs.append(("the same, float32", start | {"double": False}))
    if relation:
        jobs.append(("descent, random starts", {"kind": "descent", "potential": name}))
        jobs.append((DEFAULT, {"kind": "relations", "potential": name}))
    return Example(title, article, tuple(jobs))


def published_options(steps: int) -> Job:
    """As published: so many steps, no restarts; every step is looked at."""
    return {"max_steps": steps, "patience": None, "look_every": 1, "time_limit": LIMIT_SECONDS}


def default_options() -> Job:
    """Our default with a budget."""
    return {"max_steps": DEFAULT_STEPS, "time_limit": LIMIT_SECONDS}


def arithmetic(operation: str, numbers: Sequence[int | None], bits: int) -> tuple[Job, Job]:
    """(published, default) jobs; the published steps are filled in by ``both``."""
    job = {"kind": "arithmetic", "operation": operation, "numbers": list(numbers), "bits": bits}
    return job | {"published": True}, job


def both(
    title: str, article: str, jobs: tuple[Job, Job], steps: int, asked: float | None = None
) -> Example:
    """The published method for so many steps, and our default."""
    published, default = jobs
    rows = (
        (PUBLISHED, published | {"options": published_options(steps)}),
        (DEFAULT, default | {"options": default_options()}),
    )
    return Example(title, article, rows, asked)


def linear_addition(title: str, numbers: Sequence[int | None]) -> Example:
    """Addition by one linear equality over the bits."""
    numbers = list(numbers)
    default = {"kind": "arithmetic", "operation": "add", "numbers": numbers, "bits": 8}
    published = {"kind": "linear addition", "numbers": numbers, "bits": 8}
    rows = (
        (PUBLISHED, published | {"options": published_options(20_000)}),
        (DEFAULT, default | {"linear": True, "options": default_options()}),
    )
    return Example(f"{title}, one linear equality", "does not work", rows, 0.95)


def pairs(bits: int, numbers: Sequence[tuple[int, int]], title: str) -> Example:
    """Multiplications forward, one seed each, by one compiled function."""
    job = {"kind": "pairs", "bits": bits, "pairs": [list(pair) for pair in numbers]}
    default = {"max_steps": DEFAULT_STEPS, "time_limit": 20.0}
    rows = (
        (PUBLISHED, job | {"published": True, "options": published_options(PAIR_STEPS)}),
        (DEFAULT, job | {"options": default}),
    )
    return Example(title, "usually stuck", rows, 0.98)


def random_pairs(bits: int, count: int) -> list[tuple[int, int]]:
    """Pairs of numbers of exactly so many bits or fewer, from a fixed seed."""
    source = random.Random(RANDOM_SEED + bits)
    return [(source.randrange(2**bits), source.randrange(2**bits)) for _ in range(count)]


def wide_addition(bits: int, asked: float) -> Example:
    """Forward addition of two random numbers of full width."""
    source = random.Random(RANDOM_SEED + bits)
    a, b = (source.getrandbits(bits) | 1 << (bits - 1) for _ in range(2))
    title = f"{bits}-bit addition, both inputs fixed"
    return both(title, "not tried", arithmetic("add", (a, b, None), bits), 10_000, asked)


def sections(quick: bool) -> Iterable[Section]:
    """Everything that is measured in batches, in the order of the report."""
    yield potentials()
    yield three_coloring()
    yield additions()
    yield factorization()
    yield wider_numbers(quick)


def potentials() -> Section:
    """The potentials by themselves, descended."""
    return Section(
        "Potentials",
        (
            descent("V1", "V1, from 0.55", "1", relation=False),
            descent("VAnd", "and-gate, all free", "[0, 0, 0]"),
            descent("VAnd forward", "and-gate forward, (0, 1, z)", "0"),
            descent("VAnd backward", "and-gate backward, (x, y, 1)", "[1, 1]"),
            descent("VAndL backward", "VAndL backward, (x, y, 1)", "[1, 1]"),
            descent("half adder forward", "half adder forward, 1 + 1", "[0, 1]"),
            descent(
                "half adder backward", "half adder backward, sum 1, carry 0",
                "[0.460, 0.460]: stuck",
            ),
            descent("V2", "V2, minima on the edges, from 0.55", "1", relation=False),
            descent("VLin", "VLin, 2x - 3y + 4z = 0", "[0.397, 0.655, 0.293], V = 3e-21"),
            Example(
                "find_coefficients, xor of 0/1 bits", "[0, 1, 1, -2]",
                (("exact", {"kind": "coefficients", "table": [0, 1, 1, 0]}),),
            ),
            Example(
                "find_coefficients, xor of -1/+1 bits", "[0, 0, 0, 1]",
                (("exact", {"kind": "coefficients", "table": [1, -1, -1, 1]}),),
            ),
            Example(
                "find_coefficients, 3-bit xor of -1/+1 bits", "[0, 0, 0, 0, 0, 0, 0, 1]",
                (("exact", {"kind": "coefficients", "table": [-1, 1, 1, -1, 1, -1, -1, 1]}),),
            ),
        ),
    )  # fmt: skip


def three_coloring() -> Section:
    """The graph of ten nodes."""
    return Section(
        "Three Coloring",
        (
            Example(
                "10 nodes, 3 colours", "coloured (seed 42)",
                (
                    ("published: modular", {"kind": "coloring", "published": True}),
                    (DEFAULT, {"kind": "coloring"}),
                ),
            ),
        ),
    )  # fmt: skip


def additions() -> Section:
    """Eight bits, by relations and by one linear equality."""
    addition = (
        ("8-bit addition, all free", "62 + 117 = 179", (None, None, None)),
        ("155 + 105", "260", (155, 105, None)),
        ("260 - 155", "105", (155, None, 260)),
    )
    return Section(
        "Addition and Subtraction",
        (
            *(both(t, a, arithmetic("add", n, 8), 1000, 1.0) for t, a, n in addition),
            *(linear_addition(t, n) for t, _, n in addition),
        ),
    )


def factorization() -> Section:
    """Three bits, forward and backward."""
    backward = both("15 = p x q, 3 bits", "3 x 5", arithmetic("multiply", (None, None, 15), 3),
                    10_000)  # fmt: skip
    factor = ("default of `factor`", {"kind": "factor", "number": 15})
    return Section(
        "Prime factorization",
        (
            both("3 x 5, 3 bits", "15", arithmetic("multiply", (3, 5, None), 3), 100_000),
            Example(backward.name, backward.article, (*backward.jobs, factor)),
        ),
    )


def wider_numbers(quick: bool) -> Section:
    """More bits than the article tried."""
    count = 3 if quick else 100
    every = [(a, b) for a in range(8) for b in range(8)]
    return Section(
        "Beyond the article: wider numbers",
        (
            wide_addition(32, 1.0),
            wide_addition(64, 0.95),
            pairs(3, every[: count if quick else None], "3 x 3 bits forward, all pairs"),
            pairs(6, random_pairs(6, count), f"6 x 6 bits forward, {count} random pairs"),
            pairs(8, random_pairs(8, count), f"8 x 8 bits forward, {count} random pairs"),
        ),
    )
