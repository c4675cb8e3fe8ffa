"""Graphs: the type, every file format, every kind of Python object."""
