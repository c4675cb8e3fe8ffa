"""Rows: the few kinds of relation to which every constraint of a model is brought.

A row stands between a constraint, which says what is meant, and clauses over shares, which are
integrated: presolve works on rows. Their variables are numbers in a ``Store`` of domains, which
has the model's variables first and then auxiliary ones.
"""
