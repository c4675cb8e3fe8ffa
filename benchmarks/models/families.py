"""The generated families: what is measured, how long, and what is asked of the dynamics alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.models import puzzles, random_models
from benchmarks.models.instances import Instance
from benchmarks.models.puzzles import Generated

#: Where the seeds of random instances begin; no parameter was chosen on these.
FIRST_SEED = 20268001
#: Orders for which queens are asked of every seed.
BOARDS = (8, 12, 16, 24, 32, 48, 64)


@dataclass(frozen=True)
class Family:
    """Instances of one kind.

    Attributes:
        make: (seed) -> a model; the seed is that of the instance, where anything is random.
        count: of instances.
        limit: seconds.
        seeds: of odesolve on each instance.
        needed: attempts of the dynamics alone that the project asks to be solved; None if none.
        optimises: whether there is an objective.
    """

    name: str
    make: Callable[[int], Generated]
    count: int
    limit: float
    seeds: int = 1
    needed: int | None = None
    optimises: bool = False
    title: str = ""

    def instances(self, most: int | None = None) -> list[Instance]:
        """The first ones, or all."""
        count = self.count if most is None else min(most, self.count)
        return [
            Instance(
                self.name if self.count == 1 else f"{self.name}/{number}",
                self.name,
                self.optimises,
                partial(self.make, FIRST_SEED + number - 1),
            )
            for number in range(1, count + 1)
        ]

    @property
    def asked(self) -> str:
        """What the project asks, for a person; empty if nothing."""
        if self.needed is None:
            return ""
        total = self.count * self.seeds
        what = "seeds" if self.count == 1 else "instances"
        return f"{self.title}: {self.needed} of {total} {what} within {self.limit:g} s"


def _same(make: Callable[[], Generated]) -> Callable[[int], Generated]:
    """A generator of which nothing is random."""
    return lambda _: make()


def _sudoku(seed: int) -> Generated:
    """24 to 28 clues in turn."""
    return puzzles.sudoku(24 + seed % 5, seed)


def _latin(order: int, holes: int) -> Callable[[int], Generated]:
    return lambda seed: puzzles.latin_square(order, holes, seed)


FAMILIES: tuple[Family, ...] = (
    *(
        Family(f"queens-{n}", _same(partial(puzzles.queens, n)), 1, 20.0, 20, 20,
               title=f"{n} queens")
        for n in BOARDS
    ),
    Family("queens-200", _same(partial(puzzles.queens, 200)), 1, 60.0, 3, 3, title="200 queens"),
    Family("sudoku", _sudoku, 50, 10.0, needed=50, title="Sudoku, 24 to 28 clues"),
    Family("latin-20", _latin(20, 168), 20, 60.0, needed=18,
           title="latin squares of order 20, 42 % holes"),
    Family("latin-30", _latin(30, 378), 20, 60.0, needed=10,
           title="latin squares of order 30, 42 % holes"),
    Family("latin-33", _latin(33, 457), 10, 60.0),
    Family("send-more", _same(puzzles.send_more), 1, 30.0, 20, 20, title="SEND + MORE = MONEY"),
    Family("magic-3", _same(partial(puzzles.magic_square, 3)), 1, 30.0, 10),
    Family("magic-4", _same(partial(puzzles.magic_square, 4)), 1, 30.0, 20, 20,
           title="magic square of order 4"),
    Family("magic-5", _same(partial(puzzles.magic_square, 5)), 1, 60.0, 5),
    Family("langford-4", _same(partial(puzzles.langford, 4)), 1, 30.0, 10),
    Family("langford-12", _same(partial(puzzles.langford, 12)), 1, 30.0, 20, 20,
           title="Langford 12"),
    Family("langford-16", _same(partial(puzzles.langford, 16)), 1, 60.0, 5),
    Family("langford-20", _same(partial(puzzles.langford, 20)), 1, 60.0, 5),
    Family("rb-20-forced", partial(random_models.model_rb, 20, forced=True), 10, 60.0, needed=8,
           title="model RB at the threshold, 20 variables, satisfiable"),
    Family("rb-20", partial(random_models.model_rb, 20, forced=False), 10, 60.0),
    *(
        Family(f"all-interval-{n}", _same(partial(puzzles.all_interval, n)), 1, 30.0, 5)
        for n in range(8, 13)
    ),
    *(
        Family("golfers-{}-{}-{}".format(*each), _same(partial(puzzles.golfers, *each)), 1, 60.0, 5)
        for each in ((3, 2, 4), (4, 3, 3), (3, 3, 4), (4, 4, 4))
    ),
    Family("subset-sum-20", partial(random_models.subset_sum, 20, 3), 10, 30.0),
    Family("subset-sum-30", partial(random_models.subset_sum, 30, 5), 10, 30.0),
    Family("job-shop-5", partial(random_models.job_shop, 5, 5), 5, 60.0, optimises=True),
    Family("job-shop-6", partial(random_models.job_shop, 6, 6), 5, 60.0, optimises=True),
)  # fmt: skip
