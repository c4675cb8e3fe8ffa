"""Any problem as a quadratic function of bits, whose least values are its solutions."""
