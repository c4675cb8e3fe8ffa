"""Prime factorization by splitting."""
