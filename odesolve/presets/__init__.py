"""Values for kinds of problems, kept as data, and how one is chosen.

Nothing is handed on here: what names a choice (`method`) loads no JAX, and what makes one does.
"""
