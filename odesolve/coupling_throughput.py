"""How fast couplings are multiplied by spins, and how fast they could be.

The product W s is the whole cost of an Ising machine. Each way to compute it is measured on the
same random couplings, beside what bounds it: the bytes that it must move over the bandwidth of
copying, or its arithmetic over that of a large matrix product, both measured in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float, Int

from odesolve.batch_size import available_bytes
from odesolve.dynamics.ising.base import signs_of
from odesolve.dynamics.ising.couplings import Couplings, DenseCouplings, SparseCouplings
from odesolve.dynamics.ising.layout import has_fast_half, laid_out
from odesolve.potentials.device import device, on_device
from odesolve.throughput import REPEATS, median_seconds, steps_for

__all__ = [
    "METHODS",
    "ProductThroughput",
    "Shape",
    "check_memory",
    "default_shapes",
    "matrix_rates",
    "measure_products",
    "random_couplings",
    "timed_products",
]

#: The ways to multiply, by the name that reports give them.
METHODS = ("gather", "segment sums", "float32", "bfloat16")

#: Rows of the matrix product that bounds dense ones, on a CPU and elsewhere; how long that takes.
MATRIX_SIDE = {"cpu": 2048}
LARGE_MATRIX_SIDE = 16_384
MATRIX_SECONDS = 0.5

#: A matrix takes at most this share of the memory that is free.
MATRIX_SHARE = 0.4


@dataclass(frozen=True)
class Shape:
    """A size of random couplings of -1 and +1.

    Attributes:
        spins: how many.
        degree: the mean number of neighbours; ``spins - 1`` couples all pairs.
    """

    spins: int
    degree: int

    @property
    def couplings(self) -> int:
        """How many pairs are coupled."""
        return round(self.spins * self.degree / 2)

    def check(self) -> None:
        """Raises ValueError if a spin cannot have so many neighbours."""
        if not 1 <= self.degree <= self.spins - 1:
            raise ValueError(
                f"{self.spins:,} spins of {self.degree:,} neighbours; expected from 1 to "
                f"{self.spins - 1:,} of them"
            )


@dataclass(frozen=True)
class ProductThroughput:
    """What one way to multiply reached on one problem.

    Attributes:
        method: one of `METHODS`.
        spins, couplings, runs: the size.
        chosen: whether this is what a solve of such couplings would use.
        products: products of every measurement.
        seconds: median time of those.
        spin_updates_per_second: spins x runs x products / seconds.
        coupling_updates_per_second: twice the couplings x runs x products / seconds, since either
            spin of a coupling pulls the other.
        bound: what it is compared with: "copying" or "matrix product".
        bound_fraction: the share of that bound which it reached.
        compile_seconds: tracing and compiling, or reading the compilation cache.
    """

    method: str
    spins: int
    couplings: int
    runs: int
    chosen: bool
    products: int
    seconds: float
    spin_updates_per_second: float
    coupling_updates_per_second: float
    bound: str
    bound_fraction: float
    compile_seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self)


def default_shapes() -> list[Shape]:
    """Sizes of the field's test sets: sparse, in between, all pairs, and very many spins."""
    shapes = [Shape(800, 48), Shape(2000, 20), Shape(2000, 1999), Shape(100_000, 3)]
    if device().platform != "cpu":
        shapes.append(Shape(10_000, 9_999))
    return shapes


def random_couplings(
    shape: Shape, seed: int
) -> tuple[Int[np.ndarray, "couplings 2"], Float[np.ndarray, " couplings"]]:
    """Different pairs ``i < j`` at random, all of them at full degree, with weights -1 and +1.

    Raises:
        ValueError: if a spin cannot have so many neighbours.
    """
    shape.check()
    spins = shape.spins
    generator = np.random.default_rng(seed)
    all_pairs = spins * (spins - 1) // 2
    if 2 * shape.couplings >= all_pairs:
        first, second = np.triu_indices(spins, 1)
        if shape.couplings < all_pairs:
            kept = np.sort(generator.choice(all_pairs, shape.couplings, replace=False))
            first, second = first[kept], second[kept]
    else:
        keys = np.zeros(0, np.int64)
        while len(keys) < shape.couplings:
            ends = generator.integers(spins, size=(2 * shape.couplings, 2))
            low, high = ends.min(axis=1), ends.max(axis=1)
            keys = np.unique(np.concatenate([keys, (low * spins + high)[low < high]]))
        first, second = np.divmod(generator.permutation(keys)[: shape.couplings], spins)
    pairs = np.stack([first, second], axis=1).astype(np.int32)
    return pairs, generator.choice(np.array([-1.0, 1.0]), len(pairs))


def matrix_rates(side: int | None = None) -> dict[str, float]:
    """Multiply-adds a second of a large square product: "float32", and "bfloat16" where it is fast.

    Arguments:
        side: rows of the matrices. None takes a size that keeps the device busy.
    """
    if side is None:
        side = MATRIX_SIDE.get(device().platform, LARGE_MATRIX_SIDE)
    kinds = {"float32": jnp.float32} | ({"bfloat16": jnp.bfloat16} if has_fast_half() else {})
    return {name: _matrix_rate(side, kind) for name, kind in kinds.items()}


def _matrix_rate(side: int, kind: Any) -> float:
    signs = np.where(np.random.default_rng(0).random((side, side)) < 0.5, -1, 1).astype(kind)
    count, taken, _ = timed_products(DenseCouplings(signs), side, MATRIX_SECONDS)
    return float(side) ** 3 * count / taken


def measure_products(
    shapes: Sequence[Shape],
    runs: int,
    *,
    bandwidth: float,
    rates: Mapping[str, float],
    seconds: float,
    products: int | None = None,
    seed: int = 0,
    methods: Sequence[str] = METHODS,
    report: Callable[[ProductThroughput], None] = lambda _: None,
) -> list[ProductThroughput]:
    """Multiply by random couplings of several sizes, in every way that the device can hold.

    Arguments:
        shapes: the sizes.
        runs: columns of the product.
        bandwidth: bytes a second, from ``odesolve.throughput.copy_bandwidth``.
        rates: multiply-adds a second, from ``matrix_rates``.
        seconds: about how long each is measured.
        products: products of each measurement, instead of ``seconds``.
        seed: of the couplings.
        methods: those to measure.
        report: called with each result as it comes.

    Raises:
        ValueError: if a spin cannot have so many neighbours, or a batch cannot fit in memory.
    """
    for shape in shapes:
        check_memory(shape, runs)
    results = []
    for shape in shapes:
        pairs, weights = random_couplings(shape, seed)
        chosen = _name(laid_out(pairs, weights, np.zeros(shape.spins)).system.couplings)
        for method, couplings in _layouts(shape, pairs, weights, methods):
            count, taken, compiled = timed_products(couplings, runs, seconds, products)
            speed = runs * count / taken
            if isinstance(couplings, SparseCouplings):
                least = _least_bytes(shape, couplings, runs)
                bound, fraction = "copying", count * least / taken / bandwidth
            else:
                bound, fraction = "matrix product", speed * shape.spins**2 / rates[method]
            results.append(
                ProductThroughput(
                    method=method,
                    spins=shape.spins,
                    couplings=len(pairs),
                    runs=runs,
                    chosen=method == chosen,
                    products=count,
                    seconds=taken,
                    spin_updates_per_second=shape.spins * speed,
                    coupling_updates_per_second=2 * len(pairs) * speed,
                    bound=bound,
                    bound_fraction=fraction,
                    compile_seconds=compiled,
                )
            )
            report(results[-1])
    return results


def timed_products(
    couplings: Couplings, runs: int, seconds: float, products: int | None = None
) -> tuple[int, float, float]:
    """Multiply couplings by the signs of so many runs, again and again.

    Arguments:
        seconds: about how long.
        products: how many of them, instead.

    Returns:
        The number of products of a measurement, the median of their seconds, and the seconds that
        compiling took.
    """
    repeated, compiled = _repeated(couplings, runs)
    count = products or steps_for(seconds / REPEATS, repeated, 1)
    return count, median_seconds(lambda: repeated(count)), compiled


def _name(couplings: Couplings) -> str:
    """What `METHODS` calls these."""
    return str(couplings.matrix.dtype) if isinstance(couplings, DenseCouplings) else "gather"


def check_memory(shape: Shape, runs: int) -> None:
    """Refuse what cannot fit before anything is made.

    Raises:
        ValueError: if the values of all runs, of which a few are held, are too many.
    """
    available = available_bytes()
    needed = 4 * 4 * shape.spins * runs + 32 * shape.couplings
    if available is not None and needed > available:
        most = max((available - 32 * shape.couplings) // (16 * shape.spins), 0)
        raise ValueError(
            f"{runs:,} runs of {shape.spins:,} spins need {needed / 2**30:.1f} GiB of "
            f"{available / 2**30:.1f}; {most:,} would fit"
        )


def _layouts(
    shape: Shape,
    pairs: Int[np.ndarray, "couplings 2"],
    weights: Float[np.ndarray, " couplings"],
    methods: Sequence[str],
) -> Iterator[tuple[str, Couplings]]:
    """The couplings in every layout that is asked for and fits."""
    none = np.zeros(shape.spins)
    if "gather" in methods:
        yield "gather", laid_out(pairs, weights, none, dense=False).system.couplings
    if "segment sums" in methods:
        yield "segment sums", _sorted_couplings(shape, pairs, weights)
    available = available_bytes()
    fits = available is None or 6.0 * shape.spins**2 <= MATRIX_SHARE * available
    if fits and {"float32", "bfloat16"} & set(methods):
        matrix = np.zeros((shape.spins, shape.spins), np.float32)
        matrix[pairs[:, 0], pairs[:, 1]] = weights
        matrix += matrix.T
        if "float32" in methods:
            yield "float32", DenseCouplings(matrix)
        if "bfloat16" in methods and has_fast_half():
            yield "bfloat16", DenseCouplings(matrix.astype(jnp.bfloat16))


def _sorted_couplings(
    shape: Shape,
    pairs: Int[np.ndarray, "couplings 2"],
    weights: Float[np.ndarray, " couplings"],
) -> SparseCouplings:
    """All spins treated as hubs: their couplings one by one, sorted by the spin."""
    rows = np.concatenate([pairs[:, 0], pairs[:, 1]])
    columns = np.concatenate([pairs[:, 1], pairs[:, 0]])
    order = np.argsort(rows, kind="stable")
    values = np.concatenate([weights, weights]).astype(np.float32)
    own = (rows[order], columns[order], values[order], np.zeros(shape.spins, np.float32))
    return SparseCouplings((), (), *own)


def _least_bytes(shape: Shape, couplings: SparseCouplings, runs: int) -> float:
    """Bytes that a sparse product must move, nothing being kept in caches.

    The spin at either end of a coupling is read for the other, and every sum is written; the number
    and the weight of a neighbour are read once for all runs.
    """
    slots = sum(table.size for table in couplings.neighbours) + len(couplings.hub_weights)
    return 4.0 * runs * (2 * shape.couplings + shape.spins) + 8.0 * slots


def _repeated(couplings: Couplings, runs: int) -> tuple[Callable[[int], None], float]:
    """A function that multiplies so many times in one call, and the seconds that it compiled for.

    The signs of a product are what the next one multiplies: nothing can be left out, and the
    numbers stay small.
    """
    couplings = on_device(couplings)
    if isinstance(couplings, DenseCouplings):
        spins = len(couplings.matrix)
    else:
        assert isinstance(couplings, SparseCouplings)
        spins = len(couplings.hubs) + sum(table.shape[1] for table in couplings.neighbours)
    generator = np.random.default_rng(0)
    start = np.where(generator.random((spins, runs)) < 0.5, -1.0, 1.0).astype(np.float32)
    signs = on_device(start)

    @jax.jit
    def multiplied(signs: jax.Array, couplings: Couplings, count: jax.Array) -> jax.Array:
        def next_signs(_: Any, signs: jax.Array) -> jax.Array:
            return signs_of(couplings.product_of_signs(signs))

        return lax.fori_loop(jnp.int32(0), count, next_signs, signs)

    def repeat(count: int) -> None:
        nonlocal signs
        signs = jax.block_until_ready(multiplied(signs, couplings, on_device(np.int32(count))))

    before = time.perf_counter()
    repeat(0)
    return repeat, time.perf_counter() - before
