"""The compiled loops of the Taylor mode and of Jacobian rows on the CPU, one thread each.

Numba compiles them at their first use and keeps the result beside this file or in its cache folder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def _compiled(function: Callable[..., Any]) -> Any:
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract"}}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder can be written to: compile anew in each process
        return numba.njit(**options)(function)


@_compiled
def run_products(places, weights, arrays, tile):  # type: ignore[no-untyped-def]
    """target += weight * left * right for every term, tile by tile; arrays of shape (coefficients, numbers)."""
    size = arrays[0].shape[1]
    for low in range(0, size, tile):
        high = min(size, low + tile)
        for i in range(len(places)):
            p, weight = places[i], weights[i]
            target = arrays[p[0]][p[1], low:high]
            left = arrays[p[2]][p[3], low:high]
            right = arrays[p[4]][p[5], low:high]
            if p[6]:
                for j in range(high - low):
                    target[j] = weight * left[j] * right[j]
            else:
                for j in range(high - low):
                    target[j] += weight * left[j] * right[j]


@_compiled
def add_outer(left, right, jacobian, start):  # type: ignore[no-untyped-def]
    """jacobian[n, start + o I + i] += sum over c of left[c, n, o] right[c, n, i], with i below I."""
    coefficients, points, width = right.shape
    outputs = left.shape[2]
    for n in range(points):
        for o in range(outputs):
            row = jacobian[n, start + o * width : start + (o + 1) * width]
            for c in range(coefficients):
                factor, x = left[c, n, o], right[c, n]
                for i in range(width):
                    row[i] += factor * x[i]


@_compiled
def gather_columns(jacobian, owner, factors, result):  # type: ignore[no-untyped-def]
    """result[n, owner[p]] += factors[p] jacobian[n, p]."""
    for n in range(len(jacobian)):
        row, target = jacobian[n], result[n]
        for p in range(len(owner)):
            target[owner[p]] += factors[p] * row[p]
