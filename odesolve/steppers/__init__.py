"""The integration rules: a file for each, on the base they share."""
