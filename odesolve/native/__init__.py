"""Kernels in C++ that do stretches of steps in XLA's place: on CPUs, where they were built."""
