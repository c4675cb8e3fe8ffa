"""The choices of how relations are handed to the dynamics; known without loading JAX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Encoding = Literal["clauses", "relation"]
Implicates = Literal["prime", "irredundant"]


@dataclass(frozen=True)
class Form:
    """How relations are handed to the dynamics.

    Attributes:
        encoding: "clauses" (prime implicates or a cover of them) or "relation" (one multilinear
            potential each, as in the article).
        implicates: "prime" for all prime implicates, "irredundant" for a cover.
    """

    encoding: Encoding = "clauses"
    implicates: Implicates = "prime"
