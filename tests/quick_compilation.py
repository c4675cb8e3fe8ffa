"""How the tests compile: quickly, since compiling is most of what they take."""

from importlib.metadata import version

#: Options of XLA. Without optimisation compiling takes a quarter less, and what is compiled
#: computes the same: the passes over the machine's code are left out, no others.
QUICK = {"xla_backend_optimization_level": 0}

#: Of the two ways in which XLA 0.10 writes out a fusion, the older one compiles in half the time.
#: It adds up vectors of another length in another order: a test that compares sums bit by bit gives
#: these options to ``jax.jit``. From 0.11 on there is only one way.
SAME_ORDER: dict[str, bool] = {}
if version("jaxlib").startswith("0.10."):
    QUICK["xla_cpu_use_fusion_emitters"] = False
    SAME_ORDER["xla_cpu_use_fusion_emitters"] = True


def flags(options: dict[str, int | bool]) -> str:
    """The options as the environment variable XLA_FLAGS has them."""
    return " ".join(f"--{name}={str(value).lower()}" for name, value in options.items())
