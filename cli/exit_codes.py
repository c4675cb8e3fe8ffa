"""Exit codes of every command but ``sat``."""

SOLVED = 0
BUDGET_SPENT = 1
BAD_INPUT = 2
INFEASIBLE = 3
INTERRUPTED = 130
