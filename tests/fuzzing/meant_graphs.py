"""Graphs whose meaning the fuzzer knows, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from fuzzing.choices import Choices

WORDS = ["a", "b", "ab", "Zürich", "x1", "node", "n-1", "v_2", "Ω", "c", "e", "p"]
#: Names that need quotes in most formats.
HARD_WORDS = ["New York", 'say "hi"', "a,b", "x;y", "tab\there", "#1", "{}", "a->b", "%", "-"]


@dataclass(frozen=True)
class MeantGraph:
    """A simple graph: nodes 0 to count-1, edges as pairs in order, and names where there are.

    Attributes:
        count: number of nodes.
        edges: distinct pairs a < b.
        names: a text for each node, as the file names it.
        loop: whether the file joins a node to itself, too.
    """

    count: int
    edges: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    loop: bool = False

    @property
    def isolated(self) -> set[int]:
        """Nodes without an edge."""
        return set(range(self.count)) - {node for edge in self.edges for node in edge}

    @property
    def degeneracy(self) -> int:
        """The largest smallest degree of any subgraph."""
        left, most = set(range(self.count)), 0
        while left:
            degrees = {
                n: sum((a == n and b in left) or (b == n and a in left) for a, b in self.edges)
                for n in left
            }
            node = min(left, key=lambda n: degrees[n])
            most = max(most, degrees[node])
            left.remove(node)
        return most

    def is_proper(self, colors: list[int]) -> bool:
        """Whether neighbours differ."""
        return all(colors[a] != colors[b] for a, b in self.edges)

    def colorable(self, count: int, fixed: dict[int, int] | None = None) -> bool:
        """Whether there is a proper colouring; by trying all."""
        fixed = fixed or {}
        neighbours = {
            n: {a + b - n for a, b in self.edges if n in (a, b)} for n in range(self.count)
        }

        def extend(colors: list[int]) -> bool:
            node = len(colors)
            if node == self.count:
                return True
            tries = [fixed[node]] if node in fixed else range(count)
            return any(
                all(other >= node or colors[other] != color for other in neighbours[node])
                and extend([*colors, color])
                for color in tries
            )

        return extend([])


def random_graph(choices: Choices, *, isolated: bool = True, named: bool = True) -> MeantGraph:
    """A graph of up to 9 nodes.

    Arguments:
        isolated: whether nodes without edges are allowed.
        named: whether names may be words; they are 1 to n otherwise.
    """
    count = choices.between(2, choices.pick([4, 6, 9]))
    every = list(combinations(range(count), 2))
    density = choices.pick([2, 3, 5, 8, 9])
    edges = [pair for pair in every if choices.below(10) < density] or [every[0]]
    if not isolated:
        kept = sorted({node for edge in edges for node in edge})
        edges = [(kept.index(a), kept.index(b)) for a, b in edges]
        count = len(kept)
    return MeantGraph(count, tuple(edges), _names(choices, count, named))


def _names(choices: Choices, count: int, named: bool) -> tuple[str, ...]:
    kind = choices.below(6) if named else 0
    if kind == 1:
        return tuple(map(str, range(count)))
    if kind == 2:
        return tuple(f"{choices.pick(['n', 'v', 'x', 'N_', 'é'])}{i}" for i in range(count))
    if kind == 3:
        return tuple(choices.shuffled(WORDS)[:count])
    if kind == 4:
        return tuple(str(n) for n in choices.shuffled(range(-3, 40))[:count])
    if kind == 5 and choices.one_in(3):
        return tuple(choices.shuffled(HARD_WORDS + WORDS)[:count])
    return tuple(map(str, range(1, count + 1)))
