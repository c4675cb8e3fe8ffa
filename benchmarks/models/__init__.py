"""Models beside CP-SAT, Gecode and CaDiCaL: generated families and public FlatZinc."""
