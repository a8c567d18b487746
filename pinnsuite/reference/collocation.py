"""Linear boundary value problems of second order by Chebyshev collocation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev

Function = Callable[[np.ndarray], np.ndarray]


def boundary_value(
    diffusion: Function, reaction: Function, source: Function, *, ends: tuple[float, float], order: int
) -> Function:
    """``u`` with ``a(x) u'' + c(x) u = f(x)`` and ``u = 0`` at both ends, as a polynomial of the given order.

    The error falls exponentially with the order for smooth ``a``, ``c``, ``f``
    (L. N. Trefethen, Spectral Methods in MATLAB (2000), chapter 7).
    """
    low, high = ends
    nodes = np.cos(np.pi * np.arange(order + 1) / order)
    x = low + (high - low) * (nodes + 1) / 2
    values = chebyshev.chebvander(nodes, order)
    basis = np.eye(order + 1)
    curved = chebyshev.chebvander(nodes, order - 2) @ chebyshev.chebder(basis, 2) * (2 / (high - low)) ** 2
    matrix = diffusion(x)[:, None] * curved + reaction(x)[:, None] * values
    right = source(x)
    matrix[[0, -1]], right[[0, -1]] = values[[0, -1]], 0.0
    coefficients = np.linalg.solve(matrix, right)
    return lambda y: chebyshev.chebval(2 * (np.asarray(y) - low) / (high - low) - 1, coefficients)
