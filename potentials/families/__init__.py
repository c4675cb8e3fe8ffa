"""The clause families: a file for each kind of constraint."""
