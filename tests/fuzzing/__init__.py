"""Structured, coverage-guided fuzzing of every command through its entry point.

The fuzzer writes files whose meaning it knows, damages some of them, runs the command in this
process and judges what it did with code of its own, which shares nothing with the package.
`make fuzz` runs a campaign; `python -m fuzzing --help` in the folder `tests` says more.
"""
