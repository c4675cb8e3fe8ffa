"""Kernels in C++ that do whole stretches of steps in XLA's place, on CPUs, where they were built."""
