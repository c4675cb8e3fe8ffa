"""Every kind of Python object that describes an Ising problem, made an ``IsingProblem``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from odesolve.problems.arguments import plain_array, shown
from odesolve.problems.errors import InputError
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["cut_from", "ising_from", "qubo_from"]

_EXPECTED = (
    "an IsingProblem, a pair of dictionaries h and J, a dictionary J, a square matrix, "
    "or a BinaryQuadraticModel of dimod"
)


def ising_from(obj: Any) -> IsingProblem:
    """Make an ``IsingProblem`` from whatever describes one; see ``odesolve.ising``.

    Raises:
        InputError: it does not, or holds something that is no number.
    """
    known = _known(obj)
    if known is not None:
        return known
    if isinstance(obj, tuple) and len(obj) == 2:
        return IsingProblem.from_dicts(*obj)
    if isinstance(obj, Mapping):
        return IsingProblem.from_dicts({}, obj)
    if _is_matrix(obj):
        return IsingProblem.from_matrix(obj)
    raise InputError("problem", shown(obj), _EXPECTED)


def qubo_from(obj: Any) -> IsingProblem:
    """Make an ``IsingProblem`` from whatever describes a QUBO; see ``odesolve.qubo``.

    Raises:
        InputError: it does not, or holds something that is no number.
    """
    known = _known(obj)
    return IsingProblem.from_qubo(obj) if known is None else replace(known, is_binary=True)


def cut_from(obj: Any, weights: Any = None) -> IsingProblem:
    """Make an ``IsingProblem`` from a graph; see ``odesolve.maxcut``.

    Raises:
        InputError: it is none, or the weights are not one number an edge.
    """
    if isinstance(obj, IsingProblem):
        if weights is not None:
            raise InputError("weights", shown(weights), "none besides an IsingProblem")
        if obj.fields.any() or obj.offset:
            raise InputError("graph", "an IsingProblem with fields or an offset", "couplings alone")
        return obj
    return IsingProblem.from_graph(graph_from(obj), weights)


def _known(obj: Any) -> IsingProblem | None:
    """An ``IsingProblem``, or a model of dimod as one."""
    if isinstance(obj, IsingProblem):
        return obj
    dimod = sys.modules.get("dimod")  # never imported: then it cannot be one of its models
    if dimod is None or not isinstance(obj, dimod.BinaryQuadraticModel):
        return None
    return IsingProblem.from_dicts(
        dict(obj.linear),
        dict(obj.quadratic),
        obj.offset,
        binary=obj.vartype is dimod.BINARY,
    )


def _is_matrix(obj: Any) -> bool:
    return hasattr(obj, "tocoo") or plain_array(obj, "problem") is not None
