"""Graph colouring, from a graph to a checked colouring."""
