"""Factoring: families, growth, candidates."""
