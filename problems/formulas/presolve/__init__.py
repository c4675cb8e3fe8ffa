"""Presolve of formulas."""
