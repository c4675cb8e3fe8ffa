"""Colouring against complete solvers and heuristics."""
