"""The triangular factor R of a tall matrix J: R'R = J'J.

The normal matrix J'J squares the condition number: in float64 it knows nothing of directions whose singular value is
below 1e-8 of the largest, and most directions of a network are. QR keeps them down to 1e-16, at three times the time.

Where J has many rows for each column, most of the QR is saved. The factor T of a sketch S J, some rows of J added up
with random signs, makes A = J T^-1 nearly orthogonal (Rokhlin and Tygert 2008); the Cholesky factor C of A'A then loses
nothing, and R = C T. So that directions in which J is no more than its rounding do not spoil that, rows f I are added
to J and to its sketch, with f some times that rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.linalg import blas, lapack

from pinnsuite.objective.workers import all_threads

BLOCK = 32  # columns that LAPACK reflects at a time
ROWS = 4000  # of the Jacobian that are divided at a time
MANY, SKETCHED = 8, 2  # rows per column from which on a sketch pays, and rows per column of the sketch
MOST = 10.0  # singular values of J T^-1 lie between this and its inverse
FLOOR = 32.0  # times the rounding of J: the rows that are added


def triangle(jacobian: torch.Tensor) -> torch.Tensor:
    """R of J, (rows, n)."""
    count, size = jacobian.shape
    if count >= MANY * size:
        floor = FLOOR * torch.finfo(jacobian.dtype).eps * float(torch.linalg.vector_norm(jacobian))
        near = damp(_whole(sketch(jacobian, SKETCHED * size, random_signs(count, 0, jacobian))), floor**2)
        refined = _refined([*jacobian.split(ROWS), floor * torch.eye(size).to(jacobian)], near)
        if refined is not None:
            return refined
    return _whole(jacobian)


def random_signs(count: int, seed: int, like: torch.Tensor) -> torch.Tensor:
    """1 or -1, (count, 1), the same for one seed on every device."""
    signs = torch.randint(0, 2, (count, 1), generator=torch.Generator().manual_seed(seed))
    return signs.to(like) * 2 - 1


def sketch(jacobian: torch.Tensor, count: int, signs: torch.Tensor) -> torch.Tensor:
    """S J with ``count`` rows, each the sum of every count-th row of J times its sign."""
    result = jacobian[:count] * signs[:count]
    for rows, sign in zip(jacobian[count:].split(count), signs[count:].split(count), strict=True):
        result[: len(rows)].addcmul_(rows, sign)
    return result


def _whole(jacobian: torch.Tensor) -> torch.Tensor:
    """R from a QR of all rows at once, (n, n): in torch's library it is faster than in pieces by scipy's."""
    factor = torch.linalg.qr(jacobian, mode="r").R
    missing = jacobian.shape[1] - len(factor)  # rows that a wide J does not have
    return torch.nn.functional.pad(factor, (0, 0, 0, missing)) if missing else factor


def _refined(parts: Sequence[torch.Tensor], near: torch.Tensor) -> torch.Tensor | None:
    """R = C T of J, in parts, from the factor T of a sketch; None if J T^-1 is not nearly orthogonal."""
    square = torch.zeros_like(near)
    for rows in parts:
        square += normal(_divided(rows, near).float())  # in float32: an error of 1e-7 of R, in all directions alike
    factor, info = torch.linalg.cholesky_ex(square, upper=True)
    usable = int(info) == 0 and bool(square.trace() < MOST**2 * len(near) and factor.diagonal().min() > 1 / MOST)
    return (factor @ near).triu() if usable else None


def _divided(rows: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """A = J T^-1."""
    if rows.device.type != "cpu":
        return torch.linalg.solve_triangular(factor, rows, upper=True, left=False)
    solve: Any = blas.dtrsm if rows.dtype == torch.float64 else blas.strsm
    with all_threads(rows.numel() * len(factor)):
        return torch.from_numpy(solve(1.0, factor.numpy(), rows.numpy().T, trans_a=1)).T


def fold(triangle: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The triangle of [triangle; rows], (n, n), for rows (m, n), by Householder reflections."""
    return _reflect(triangle, rows, trapezoid=0)


def damp(triangle: torch.Tensor, damping: float) -> torch.Tensor:
    """T with T'T = R'R + damping I, in a third of the work of a full matrix."""
    size = len(triangle)
    below = torch.eye(size, dtype=triangle.dtype, device=triangle.device) * damping**0.5
    return _reflect(triangle, below, trapezoid=size)


def normal(jacobian: torch.Tensor) -> torch.Tensor:
    """J'J; on the CPU one triangle by a symmetric rank-k update, half the work of a product, and then both."""
    if jacobian.device.type != "cpu":
        return jacobian.T @ jacobian
    update: Any = blas.dsyrk if jacobian.dtype == torch.float64 else blas.ssyrk
    with all_threads(jacobian.numel() * jacobian.shape[1] / 2):
        half = torch.from_numpy(update(1.0, jacobian.numpy().T))  # by rows is the transpose by columns
    return half + half.triu(1).T


def _reflect(triangle: torch.Tensor, below: torch.Tensor, trapezoid: int) -> torch.Tensor:
    if triangle.device.type != "cpu":
        return torch.linalg.qr(torch.cat([triangle, below]), mode="r").R
    factorise: Any = lapack.dtpqrt if triangle.dtype == torch.float64 else lapack.stpqrt
    block = min(BLOCK, len(triangle))
    columns = [np.asfortranarray(m.numpy()) for m in (triangle, below)]
    with all_threads(below.numel() * len(triangle)):
        factor, *_ = factorise(trapezoid, block, *columns)
    return torch.from_numpy(factor)
