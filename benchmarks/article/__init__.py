"""The article's examples."""
