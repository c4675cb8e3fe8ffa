"""Formulas against other solvers."""
