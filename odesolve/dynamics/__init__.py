"""The equations of motion: a file for each dynamics, on the base they share."""
