"""Models: problems of a user's own over integers, from Python, CPMpy, FlatZinc or XCSP3."""
