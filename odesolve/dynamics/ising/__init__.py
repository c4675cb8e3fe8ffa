"""Ising machines as differential equations: a file for each dynamics, on the base they share."""
