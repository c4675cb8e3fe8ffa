"""From a list of couplings to arrays on the device: dense or sparse, whichever is faster there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from odesolve.batch_size import available_bytes
from odesolve.dynamics.ising.base import IsingSystem
from odesolve.dynamics.ising.couplings import (
    UNROLLED,
    Couplings,
    DenseCouplings,
    SparseCouplings,
)
from odesolve.potentials.device import device

#: Coupling-updates a nanosecond, measured with 64 runs on one core of a server, and on a GPU:
#: gathered ones, those of a product in float32, and in bfloat16 where the hardware has it.
GATHERED, SINGLE, HALF = 8.0, 70.0, 300.0
GPU_GATHERED, GPU_SINGLE, GPU_HALF = 400.0, 20_000.0, 150_000.0

#: At most so many classes of spins, by their number of neighbours: each is compiled by itself.
CLASSES = 4

#: Spins of more neighbours than this, and than twice those of the others, are hubs: so many.
HUB_DEGREE, HUBS = 256, 64

#: Dense couplings take at most this share of the memory.
DENSE_SHARE = 0.2


@dataclass(frozen=True)
class Layout:
    """Couplings on the device, and where each spin went.

    Attributes:
        system: on the device.
        order: the spin at each place, ``[places]``; one more than there are spins, -1 for none,
            stands last where there are fields: the spin that they are couplings with.
        is_exact: whether energies on the device are exact.
        coupled: the couplings by place, the fields' left out.
    """

    system: IsingSystem
    order: Int[np.ndarray, " places"]
    is_exact: bool
    coupled: Int[np.ndarray, "couplings 2"]

    @cached_property
    def colors(self) -> Int[np.ndarray, " places"] | None:
        """Colours of which coupled spins' differ, int32 ``[places]``; None for dense couplings."""
        if self.is_dense:
            return None
        colors = _colors(self.coupled, self.count - self.has_fields)
        last = np.int32(colors.max(initial=-1) + 1)
        return np.append(colors, last) if self.has_fields else colors

    @property
    def count(self) -> int:
        """Places, that of the fields included."""
        return len(self.order)

    @property
    def has_fields(self) -> bool:
        """Whether the last place stands for the fields."""
        return bool(len(self.order) and self.order[-1] < 0)

    @property
    def is_dense(self) -> bool:
        """Whether the couplings are one matrix."""
        return isinstance(self.system.couplings, DenseCouplings)

    def spins(self, signs: np.ndarray) -> Int[np.ndarray, "spins runs"]:
        """Signs by place as those by spin, int8; the fields' own is turned to +1."""
        signs = np.where(signs < 0, -1, 1).astype(np.int8)
        if self.has_fields:
            signs = signs[:-1] * signs[-1]
        found = np.empty_like(signs)
        found[self.order[: len(signs)]] = signs
        return found

    def signs(self, spins: np.ndarray) -> Float[np.ndarray, "places runs"]:
        """Spins as values by place."""
        own = spins[self.order[: len(spins)]].astype(np.float32)
        return np.concatenate([own, np.ones_like(own[:1])]) if self.has_fields else own


def laid_out(
    pairs: Int[np.ndarray, "couplings 2"],
    weights: Float[np.ndarray, " couplings"],
    fields: Float[np.ndarray, " spins"],
    *,
    keeps_couplings: bool = False,
    dense: bool | None = None,
) -> Layout:
    """Couplings of E = -1/2 sum W s s - sum b s, as the device wants them.

    Arguments:
        pairs: ``i < j``, each once.
        weights: W, float64.
        fields: b, float64.
        keeps_couplings: whether to list the couplings besides.
        dense: None chooses by the speed that each is expected to have.
    """
    count = len(fields)
    degrees = np.bincount(pairs.ravel(), minlength=count)
    with_fields = bool(fields.any())
    whole = _are_whole(weights) and _are_whole(fields)
    total = float(np.abs(weights).sum() + np.abs(fields).sum())
    half = _is_half_exact(weights) and _is_half_exact(fields) and has_fast_half()
    if dense is None:
        dense = _is_dense_faster(degrees, count + with_fields, half)
    if dense:
        order = np.arange(count + with_fields)
        order[count:] = -1
        matrix = np.zeros((len(order), len(order)), np.float32)
        matrix[pairs[:, 0], pairs[:, 1]] = weights
        if with_fields:
            matrix[:count, count] = fields
        matrix += matrix.T
        couplings: Couplings = DenseCouplings(matrix.astype(jnp.bfloat16) if half else matrix)
        places = pairs
    else:
        order = np.argsort(-degrees, kind="stable")
        place_of = np.empty(count, np.int64)
        place_of[order] = np.arange(count)
        places = place_of[pairs]
        couplings = _sparse(places, weights, fields[order] if with_fields else None, degrees[order])
        if with_fields:
            order = np.append(order, -1)
    listed = _listed(places, weights, fields, order) if keeps_couplings else _nothing()
    squares = 2.0 * float((weights**2).sum() + (fields**2).sum())
    scale = 0.5 * np.sqrt(max(len(order) - 1, 1) / squares) if squares else 1.0
    system = IsingSystem(couplings, np.float32(scale), *listed)
    return Layout(system, order, whole and total < 2**24, places)


def has_fast_half() -> bool:
    """Whether the device multiplies bfloat16 faster than float32."""
    return device().platform != "cpu" or _processor_has("amx_bf16")


@cache
def _processor_has(feature: str) -> bool:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(feature in line.split() for line in text.splitlines() if line.startswith("flags"))


def _are_whole(numbers: np.ndarray) -> bool:
    return bool((numbers == np.rint(numbers)).all())


def _is_half_exact(numbers: np.ndarray) -> bool:
    return bool((numbers.astype(jnp.bfloat16).astype(np.float64) == numbers).all())


def _is_dense_faster(degrees: np.ndarray, count: int, half: bool) -> bool:
    """Whether one matrix is expected to be faster, and fits."""
    on_cpu = device().platform == "cpu"
    gathered = GATHERED if on_cpu else GPU_GATHERED
    product = (HALF if half else SINGLE) if on_cpu else (GPU_HALF if half else GPU_SINGLE)
    available = available_bytes()
    if available is not None and 4.0 * count * count > DENSE_SHARE * available:
        return False
    return count * count / product <= _slots(degrees) / gathered


def _slots(degrees: np.ndarray) -> float:
    """Slots of the sparse layout, about."""
    return float((degrees + UNROLLED).sum())


def _sparse(
    places: np.ndarray, weights: np.ndarray, fields: np.ndarray | None, degrees: np.ndarray
) -> SparseCouplings:
    """Neighbours by class; the spins are sorted by descending degree."""
    rows = np.concatenate([places[:, 0], places[:, 1]])
    columns = np.concatenate([places[:, 1], places[:, 0]]).astype(np.int32)
    values = np.concatenate([weights, weights]).astype(np.float32)
    order = np.argsort(rows, kind="stable")
    rows, columns, values = rows[order], columns[order], values[order]
    starts = np.concatenate([[0], np.cumsum(degrees)])
    hubs = _hubs(degrees)
    neighbours, own_weights = [], []
    for first, last in _classes(degrees, hubs):
        slots = _rounded_up(int(degrees[first]))
        block = slice(starts[first], starts[last])
        slot = np.arange(starts[first], starts[last]) - starts[rows[block]]
        table = np.zeros((slots, last - first), np.int32)
        own = np.zeros((slots, last - first), np.float32)
        table[slot, rows[block] - first] = columns[block]
        own[slot, rows[block] - first] = values[block]
        neighbours.append(table)
        own_weights.append(own)
    edges = slice(0, starts[hubs])
    return SparseCouplings(
        tuple(neighbours),
        tuple(own_weights),
        rows[edges].astype(np.int32),
        columns[edges],
        values[edges],
        np.zeros(hubs, np.float32),
        None if fields is None else fields.astype(np.float32),
    )


def _hubs(degrees: np.ndarray) -> int:
    """How many of the first spins are hubs."""
    if len(degrees) <= HUBS:
        return 0
    others = max(HUB_DEGREE, 2 * int(degrees[HUBS]))
    return int((degrees[:HUBS] > others).sum())


def _rounded_up(degree: int) -> int:
    return -(-degree // UNROLLED) * UNROLLED


def _classes(degrees: np.ndarray, hubs: int) -> list[tuple[int, int]]:
    """First and last spin of each class, so that as few slots as possible stay empty."""
    widths = -(-degrees[hubs:] // UNROLLED) * UNROLLED
    kinds, firsts = np.unique(-widths, return_index=True)
    if len(kinds) > 64:  # the search is quadratic: only some of the borders
        chosen = np.unique(np.linspace(0, len(kinds) - 1, 64).astype(int))
        firsts = firsts[chosen]
    borders = [*firsts.tolist(), len(widths)]
    count = len(borders) - 1
    # cheapest[j][i]: slots of the spins before border i in j classes, and where the last begins.
    start: dict[int, tuple[int, list[int]]] = {0: (0, [])}
    cheapest = [start]
    for _ in range(CLASSES):
        best: dict[int, tuple[int, list[int]]] = {}
        for begin, (slots, cuts) in cheapest[-1].items():
            for end in range(begin + 1, count + 1):
                total = slots + int(widths[borders[begin]]) * (borders[end] - borders[begin])
                if end not in best or total < best[end][0]:
                    best[end] = (total, [*cuts, end])
        cheapest.append(best)
    complete = [found[count] for found in cheapest if count in found]
    if not complete:
        return []
    _, cuts = min(complete)
    edges = [0, *(borders[cut] for cut in cuts)]
    return [(first + hubs, last + hubs) for first, last in pairwise(edges)]


def _colors(places: np.ndarray, count: int) -> np.ndarray:
    """A colour for each spin that no neighbour has, the spins of many neighbours first.

    Each takes the least that none of those before it has. All whose earlier neighbours have colours
    take theirs at once; spins of equal degree stand in a random order, so that few wait for long
    (M. T. Jones, P. E. Plassmann, SIAM Journal on Scientific Computing 14, 1993).
    """
    drawn = np.random.default_rng(0).random(count)
    order = np.lexsort((drawn, -np.bincount(places.ravel(), minlength=count)))
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    first, second = np.sort(rank[places], axis=1).T
    before, starts_before = _grouped(second, first, count)
    after, starts_after = _grouped(first, second, count)
    waiting = np.diff(starts_before)
    colors = np.full(count, -1, np.int32)
    ready = np.flatnonzero(waiting == 0)
    while len(ready):
        colors[ready] = _least_free(ready, before, starts_before, colors)
        near = after[_slots_of(ready, starts_after)[0]]
        np.subtract.at(waiting, near, 1)
        ready = np.unique(near[waiting[near] == 0])
    return colors[rank]


def _grouped(keys: np.ndarray, values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The values of each key, and where those of each begin and end."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=count))])
    return values[np.argsort(keys, kind="stable")], starts


def _slots_of(chosen: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the values of some keys stand, and of which of the chosen each is."""
    sizes = starts[chosen + 1] - starts[chosen]
    owner = np.repeat(np.arange(len(chosen)), sizes)
    ends = np.cumsum(sizes)
    return np.arange(len(owner)) + (starts[chosen] - (ends - sizes))[owner], owner


def _least_free(
    chosen: np.ndarray, before: np.ndarray, starts: np.ndarray, colors: np.ndarray
) -> np.ndarray:
    """The least colour that none of the spins before each of these has."""
    slots, owner = _slots_of(chosen, starts)
    own = colors[before[slots]].astype(np.int64)
    most = int(own.max(initial=0)) + 1
    taken = np.unique(owner * most + own)
    owner, own = taken // most, taken % most
    sizes = np.bincount(owner, minlength=len(chosen))
    place = np.arange(len(own)) - (np.cumsum(sizes) - sizes)[owner]
    gaps = np.flatnonzero(own != place)
    least = sizes
    # The first gap of each: they are written from the last to the first.
    least[owner[gaps[::-1]]] = place[gaps[::-1]]
    return least


def _listed(
    places: np.ndarray, weights: np.ndarray, fields: np.ndarray, order: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = places.min(axis=1), places.max(axis=1)
    if order[-1] < 0:
        own = fields[order[:-1]]
        spins = np.flatnonzero(own)
        first = np.concatenate([first, spins])
        second = np.concatenate([second, np.full(len(spins), len(order) - 1)])
        weights = np.concatenate([weights, own[spins]])
    sorted_ = np.lexsort((second, first))
    return (
        first[sorted_].astype(np.int32),
        second[sorted_].astype(np.int32),
        weights[sorted_].astype(np.float32),
    )


def _nothing() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    none = np.zeros(0, np.int32)
    return none, none, np.zeros(0, np.float32)
