"""Functions of arrays that are NumPy's or JAX's.

Compiled functions are traced with JAX's arrays. What is done a few times on small arrays is done
with NumPy's: JAX would compile each operation for each shape.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["array_namespace"]


def array_namespace(*values: Any) -> Any:
    """``jax.numpy`` where one of the values is an array of JAX, ``numpy`` elsewhere.

    Example:
        >>> import numpy as np
        >>> array_namespace(np.zeros(3), 1.0) is np
        True
    """
    return jnp if any(isinstance(value, jax.Array) for value in values) else np
