"""Formulas: the type, its files, its exact checker."""
