"""Relations over few variables as tables: algebra, presolve, prime implicates; no JAX here."""
