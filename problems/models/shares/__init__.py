"""Rows as clauses over shares: one simplex a variable, with a cell for each value that is left.

Variables and rows of nearly one size are padded to it, so that few kernels are compiled. A
variable of more values than a simplex is to have is written in binary: it stands in sums alone.
"""

from odesolve.problems.models.shares.compiled import Shares, compiled_shares
from odesolve.problems.models.shares.forms import TooWide

__all__ = ["Shares", "TooWide", "compiled_shares"]
