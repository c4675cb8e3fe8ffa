"""Ising problems, QUBOs and cuts: what they are, how they are solved, and the exact checker."""
