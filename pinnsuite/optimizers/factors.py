"""Triangular factors of J'J + damping I for one J and any damping, each at the least cost that keeps its precision."""

from __future__ import annotations

from functools import cached_property

import torch
from scipy.linalg import lapack

from pinnsuite.objective.workers import all_threads
from pinnsuite.optimizers.triangle import damp, normal, triangle

HIDDEN = 1e4  # damping over the rounding of J'J from which on that rounding does not matter


class Factors:
    """J'J + damping I = T'T by Cholesky's method where the damping hides the rounding of J'J, else from the QR of J."""

    def __init__(self, jacobian: torch.Tensor, damping: float) -> None:
        """For J with at least as many rows as columns, and dampings of about this size or less."""
        self.jacobian = jacobian
        largest = float(torch.linalg.vector_norm(jacobian, dtype=torch.float64)) ** 2
        self.rounding = torch.finfo(jacobian.dtype).eps * largest
        self.normal = normal(jacobian) if damping > HIDDEN * self.rounding else None
        self.finite = bool((self.triangle if self.normal is None else self.normal).isfinite().all())

    @cached_property
    def triangle(self) -> torch.Tensor:
        """R with R'R = J'J, upper triangular."""
        return triangle(self.jacobian)

    def damped(self, damping: float) -> torch.Tensor:
        """T, upper triangular."""
        if self.normal is not None and damping > HIDDEN * self.rounding:
            shifted = self.normal.clone()
            shifted.diagonal().add_(damping)
            factor, info = torch.linalg.cholesky_ex(shifted, upper=True)
            if int(info) == 0:
                return factor
        return damp(self.triangle, damping)

    def effective_dimension(self, damping: float) -> float:
        """tr(J'J (J'J + damping I)^-1): the number of directions in which the residuals outweigh the damping."""
        factor = self.damped(damping)
        if factor.device.type == "cpu" and factor.dtype == torch.float64:
            with all_threads(len(factor) ** 3 / 6):
                inverse = torch.from_numpy(lapack.dtrtri(factor.numpy())[0])
        else:
            eye = torch.eye(len(factor), dtype=factor.dtype, device=factor.device)
            inverse = torch.linalg.solve_triangular(factor, eye, upper=True)
        return len(factor) - damping * float(inverse.square().sum())
