"""Ising problems, QUBOs and cuts: what the presets are chosen on, and comparisons with others."""
