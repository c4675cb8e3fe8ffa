"""Satisfiability and MaxSAT, from a formula to a checked model."""
