"""Addition as ONE linear equality over bits: sum 2^i a_i + sum 2^i b_i - sum 2^i c_i = 0.

The article ("Addition and Subtraction") could not make this work with the gradient of the
distance; the resonant form of ``Linear`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from odesolve.budget import OutOfTime
from odesolve.potentials import Box, Linear, compile_system
from odesolve.problems.errors import InputError
from odesolve.problems.preparation import not_prepared, prepared
from odesolve.problems.relations.circuit import fixed_bits
from odesolve.problems.relations.solve import CircuitAnswer, CircuitSettings, found_by, integrate
from odesolve.results import Reason, Status, nothing_integrated
from odesolve.watching import GivenUp

#: Sums are 32-bit integers.
WIDEST = 28
#: A run starts anew after this many steps for each bit of the operands.
STEPS_PER_BIT = 5


def linear_attempt(
    width: int, numbers: Sequence[int | None]
) -> tuple[Callable[[CircuitSettings], CircuitAnswer], list[list[int]]]:
    """The query as one linear equality, and the variables of a, b and their sum.

    Raises:
        InputError: if the numbers are too wide for 32-bit sums.
    """
    if width > WIDEST:
        raise InputError("numbers", f"{width} bits", f"at most {WIDEST} as one linear equality")
    starts = [0, width, 2 * width, 3 * width + 1]
    operands = [list(range(first, last)) for first, last in pairwise(starts)]
    powers = [[1 << i for i in range(len(own))] for own in operands]
    weights = [*powers[0], *powers[1], *(-power for power in powers[2])]
    fixed: dict[int, int] = {}
    for number, variables in zip(numbers, operands, strict=True):
        if number is not None:
            fixed |= fixed_bits(number, variables)
    clause = Linear([range(starts[-1])], [weights], [0], "==", "resonant")
    system = compile_system([(Box(), starts[-1])], [clause], fixed=fixed)

    known = sum(
        weight * fixed[variable] for variable, weight in enumerate(weights) if variable in fixed
    )
    free = [weight for variable, weight in enumerate(weights) if variable not in fixed]
    least, most = known + sum(w for w in free if w < 0), known + sum(w for w in free if w > 0)

    def attempt(settings: CircuitSettings) -> CircuitAnswer:
        if settings.presolve and not least <= 0 <= most:
            run = nothing_integrated(Status.INFEASIBLE, Reason.PROVED, settings.seed)
            none = np.zeros((0, starts[-1]), np.int64)
            why = f"the sum less its parts lies between {least} and {most}"
            return CircuitAnswer(none, None, run, len(free), 1, (why,))
        try:
            ready = prepared(
                lambda: settings.method.choose("linear-addition", {}),
                lambda _: system,
                settings.options or {},
                run_length=STEPS_PER_BIT * width,
            )
            run = integrate(ready, settings)
        except (OutOfTime, GivenUp) as error:
            run = not_prepared(error, settings.seed)
        return CircuitAnswer(found_by(run), None, run, len(free), 1, run.notes)

    return attempt, operands
