"""Addition, subtraction and multiplication in every direction."""
