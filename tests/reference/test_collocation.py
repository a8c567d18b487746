"""Chebyshev collocation against exact solutions: the error falls exponentially."""

from __future__ import annotations

import numpy as np

from pinnsuite.reference.collocation import boundary_value

X = np.linspace(1.0, 3.0, 41)


def error(order: int) -> float:
    """(2 + x) u'' - x^2 u = f with u = sin(pi x) on [1, 3]."""

    def source(x: np.ndarray) -> np.ndarray:
        found: np.ndarray = -(np.pi**2 * (2 + x) + x**2) * np.sin(np.pi * x)
        return found

    u = boundary_value(lambda x: 2 + x, lambda x: -(x**2), source, ends=(1.0, 3.0), order=order)
    return float(np.abs(u(X) - np.sin(np.pi * X)).max())


def test_the_error_falls_exponentially() -> None:
    errors = [error(n) for n in (8, 12, 16, 32)]
    assert errors[0] > 30 * errors[1] > 900 * errors[2]
    assert errors[3] < 1e-12
