"""The triangular factor R of a tall matrix J: R'R = J'J.

The normal matrix J'J squares the condition number: in float64 it knows nothing of directions whose singular value is
below 1e-8 of the largest, and most directions of a network are. QR keeps them down to 1e-16, at four times the time, so
J'J serves only as long as the damping hides these directions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.linalg import blas, lapack

BLOCK = 32  # columns that LAPACK reflects at a time
ROWS = 4000  # of the Jacobian that are folded in at a time
HIDDEN = 1e4  # damping over the rounding of J'J from which on that rounding does not matter


def triangle(jacobian: torch.Tensor, damping: float, at_a_time: int = ROWS) -> torch.Tensor:
    """R of J, (rows, n), good for steps with about this damping or more."""
    size = jacobian.shape[1]
    rounding = torch.finfo(jacobian.dtype).eps * float(jacobian.square().sum(dtype=torch.float64))
    if damping > HIDDEN * rounding:
        normal = _normal(jacobian)
        normal.diagonal().add_(rounding)
        factor, info = torch.linalg.cholesky_ex(normal, upper=True)
        if int(info) == 0:
            return factor
    result = jacobian.new_zeros(size, size)
    for rows in jacobian.split(at_a_time):
        result = fold(result, rows)
    return result


def fold(triangle: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The triangle of [triangle; rows], (n, n), for rows (m, n), by Householder reflections."""
    return _reflect(triangle, rows, trapezoid=0)


def damp(triangle: torch.Tensor, damping: float) -> torch.Tensor:
    """T with T'T = R'R + damping I, in a third of the work of a full matrix."""
    size = len(triangle)
    below = torch.eye(size, dtype=triangle.dtype, device=triangle.device) * damping**0.5
    return _reflect(triangle, below, trapezoid=size)


def _normal(jacobian: torch.Tensor) -> torch.Tensor:
    """J'J; on the CPU one triangle by a symmetric rank-k update, half the work of a product, and then both."""
    if jacobian.device.type != "cpu":
        return jacobian.T @ jacobian
    update: Any = blas.dsyrk if jacobian.dtype == torch.float64 else blas.ssyrk
    half = torch.from_numpy(update(1.0, jacobian.numpy().T))  # by rows is the transpose by columns
    return half + half.triu(1).T


def _reflect(triangle: torch.Tensor, below: torch.Tensor, trapezoid: int) -> torch.Tensor:
    if triangle.device.type != "cpu":
        return torch.linalg.qr(torch.cat([triangle, below]), mode="r").R
    factorise: Any = lapack.dtpqrt if triangle.dtype == torch.float64 else lapack.stpqrt
    block = min(BLOCK, len(triangle))
    columns = [np.asfortranarray(m.numpy()) for m in (triangle, below)]
    factor, *_ = factorise(trapezoid, block, *columns)
    return torch.from_numpy(factor)
