"""The front end that CONTRIBUTING.md shows runs as it stands there."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
[CODE] = re.findall(
    r"^```python\n(.*?)^```$", CONTRIBUTING.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def exact_cover():
    namespace: dict[str, object] = {"__name__": "contributing"}
    exec(compile(CODE, str(CONTRIBUTING), "exec", dont_inherit=True), namespace)
    return namespace["exact_cover"]


def covers(subsets):
    """Every exact cover, by trying all choices."""
    wanted = Counter(dict.fromkeys("".join(subsets), 1))
    return [
        list(chosen)
        for count in range(len(subsets) + 1)
        for chosen in combinations(range(len(subsets)), count)
        if Counter("".join(subsets[number] for number in chosen)) == wanted
    ]


@pytest.mark.parametrize("subsets", [
    ["cef", "adg", "bcf", "ad", "bg", "deg"], ["ab", "bc"], ["ab", "cd", "ab"], ["a"],
    ["ab", "cd", "ac", "bd", "ad", "bc"],
])  # fmt: skip
def test_the_front_end_finds_exact_covers(exact_cover, subsets):
    found, possible = exact_cover(subsets, time_limit=60), covers(subsets)
    assert found.satisfied == bool(possible)
    assert not possible or found.chosen in possible


@pytest.mark.parametrize("wrong", [
    {"subsets": ["aa"]}, {"runs": 0}, {"dynamics": "magic"}, {"unheard": 1},
])  # fmt: skip
def test_it_refuses_what_cannot_be_used(exact_cover, wrong):
    with pytest.raises(ValueError, match=r"expected|must|no dynamics|no option"):
        exact_cover(**{"subsets": ["ab", "cd"], **wrong})


def test_it_ends_without_time(exact_cover):
    found = exact_cover(["ab", "cd", "ac", "bd", "ad", "bc"], time_limit=0)
    assert (found.status, found.run.reason, found.chosen) == ("unknown", "time", [])
