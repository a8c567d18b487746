"""The triangular factor R of a tall matrix J that comes in pieces: R'R = J'J.

The normal matrix J'J squares the condition number: in float64 it knows nothing of directions whose singular value is
below 1e-8 of the largest, and most directions of a network are. QR keeps them down to 1e-16, at four times the time, so
J'J serves only as long as the damping hides these directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.linalg import blas, lapack

BLOCK = 32  # columns that LAPACK reflects at a time
HIDDEN = 1e4  # damping over the rounding of J'J from which on that rounding does not matter


def triangle(pieces: Sequence[torch.Tensor], damping: float) -> torch.Tensor:
    """R of J = [pieces], (rows, n) each, good for steps with about this damping or more."""
    size, like = pieces[0].shape[1], pieces[0]
    rounding = torch.finfo(like.dtype).eps * sum(float(p.double().square().sum()) for p in pieces)
    if damping > HIDDEN * rounding:
        normal = _normal(pieces)
        normal.diagonal().add_(rounding)
        factor, info = torch.linalg.cholesky_ex(normal, upper=True)
        if int(info) == 0:
            return factor
    result = like.new_zeros(size, size)
    for piece in pieces:
        result = fold(result, piece)
    return result


def fold(triangle: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The triangle of [triangle; rows], (n, n), for rows (m, n), by Householder reflections."""
    return _reflect(triangle, rows, trapezoid=0)


def damp(triangle: torch.Tensor, damping: float) -> torch.Tensor:
    """T with T'T = R'R + damping I, in a third of the work of a full matrix."""
    size = len(triangle)
    below = torch.eye(size, dtype=triangle.dtype, device=triangle.device) * damping**0.5
    return _reflect(triangle, below, trapezoid=size)


def _normal(pieces: Sequence[torch.Tensor]) -> torch.Tensor:
    """J'J; on the CPU one triangle by symmetric rank-k updates, half the work of a product, and then both."""
    size, like = pieces[0].shape[1], pieces[0]
    if like.device.type != "cpu":
        return sum((p.T @ p for p in pieces), start=like.new_zeros(size, size))
    update: Any = blas.dsyrk if like.dtype == torch.float64 else blas.ssyrk
    upper = np.zeros((size, size), dtype=pieces[0].numpy().dtype, order="F")
    for piece in pieces:
        upper = update(1.0, piece.numpy().T, 1.0, upper, overwrite_c=1)  # by rows is the transpose by columns
    half = torch.from_numpy(upper)
    return half + half.triu(1).T


def _reflect(triangle: torch.Tensor, below: torch.Tensor, trapezoid: int) -> torch.Tensor:
    if triangle.device.type != "cpu":
        return torch.linalg.qr(torch.cat([triangle, below]), mode="r").R
    factorise: Any = lapack.dtpqrt if triangle.dtype == torch.float64 else lapack.stpqrt
    block = min(BLOCK, len(triangle))
    columns = [np.asfortranarray(m.numpy()) for m in (triangle, below)]
    factor, *_ = factorise(trapezoid, block, *columns)
    return torch.from_numpy(factor)
