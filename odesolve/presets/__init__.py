"""Values for kinds of problems, kept as data, and how one is chosen."""
