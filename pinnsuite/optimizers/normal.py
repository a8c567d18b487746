"""The normal equations of a least-squares objective, and their damped solution."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.linalg import blas, lapack

from pinnsuite.objective.objective import Objective


def normal_equations(objective: Objective) -> tuple[torch.Tensor, torch.Tensor, float]:
    """J'J, J'r and |r|^2, accumulated over chunks of rows."""
    like = objective.parameters.values
    total = _Gram(like)
    gradient, loss = torch.zeros_like(like), 0.0
    for residuals, jacobian in objective.jacobian():
        total.add(jacobian)
        gradient.addmv_(jacobian.T, residuals)
        loss += float(residuals.double().square().sum())
    return total.matrix(), gradient, loss


class _Gram:
    """The sum of J'J over chunks: on the CPU one triangle by a symmetric rank-k update, half the work of a product."""

    def __init__(self, like: torch.Tensor) -> None:
        size = len(like)
        self.on_cpu = like.device.type == "cpu"
        self.update: Any = blas.dsyrk if like.dtype == torch.float64 else blas.ssyrk
        kind = np.float64 if like.dtype == torch.float64 else np.float32
        self.triangle = np.zeros((size, size), dtype=kind, order="F") if self.on_cpu else None
        self.full = None if self.on_cpu else like.new_zeros(size, size)

    def add(self, jacobian: torch.Tensor) -> None:
        if self.triangle is not None:
            # jacobian (rows, parameters) by rows is its transpose by columns, which is what BLAS reads without a copy
            self.triangle = self.update(1.0, jacobian.numpy().T, 1.0, self.triangle, overwrite_c=1)
        elif self.full is not None:
            self.full.addmm_(jacobian.T, jacobian)

    def matrix(self) -> torch.Tensor:
        if self.full is not None:
            return self.full
        upper = torch.from_numpy(np.ascontiguousarray(self.triangle))
        return upper + upper.triu(1).T


class Damped:
    """N + lambda I, factored once by Cholesky (``positive`` is False where it is not positive definite)."""

    def __init__(self, normal: torch.Tensor, damping: float) -> None:
        shifted = normal.clone()
        shifted.diagonal().add_(damping)
        self.on_cpu = normal.device.type == "cpu"
        self.factor: Any
        if self.on_cpu:
            factorise = lapack.dpotrf if normal.dtype == torch.float64 else lapack.spotrf
            self.factor, info = factorise(shifted.numpy().T, lower=1, overwrite_a=1)  # symmetric: rows are columns
        else:
            self.factor, info = torch.linalg.cholesky_ex(shifted)
        self.positive = int(info) == 0

    def solve(self, right: torch.Tensor) -> torch.Tensor:
        """(N + lambda I)^-1 right."""
        if self.on_cpu:
            back = lapack.dpotrs if right.dtype == torch.float64 else lapack.spotrs
            return torch.from_numpy(back(self.factor, right.numpy(), lower=1)[0])
        return torch.cholesky_solve(right[:, None], self.factor)[:, 0]
