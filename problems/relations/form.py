"""The choices of how relations are handed to the dynamics; known without loading JAX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from odesolve.problems.arguments import checked_word
from odesolve.problems.errors import InputError

Encoding = Literal["clauses", "relation"]
Implicates = Literal["prime", "irredundant"]


@dataclass(frozen=True)
class Form:
    """How relations are handed to the dynamics.

    Attributes:
        encoding: "clauses" (prime implicates or a cover of them) or "relation" (one multilinear
            potential each, as in the article).
        implicates: "prime" for all prime implicates, "irredundant" for a cover; relations have
            neither.

    Raises:
        InputError: if a choice is unknown or has no effect.

    Example:
        >>> import odesolve as ode
        >>> ode.add(2, 3, form=ode.Form("relation")).solutions[0]["sum"]
        5
    """

    encoding: Encoding = "clauses"
    implicates: Implicates = "prime"

    def __post_init__(self) -> None:
        for name, kinds in (("encoding", Encoding), ("implicates", Implicates)):
            checked_word(name, getattr(self, name), get_args(kinds))
        if self.encoding == "relation" and self.implicates != "prime":
            raise InputError("implicates", "relations are not turned into clauses", "no choice")
