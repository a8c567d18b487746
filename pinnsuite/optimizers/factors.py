"""Triangular factors of J'J + damping I for one J and any damping, each at the least cost that keeps its precision."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import torch
from scipy.linalg import lapack

from pinnsuite.objective.workers import all_threads
from pinnsuite.optimizers.triangle import damp, normal, triangle

HIDDEN = 1e4  # what is as many times the rounding of J'J or more does not notice it
ITERATIONS = 4  # of the power method that looks for the least eigenvalue


class Factors:
    """J'J + damping I = T'T by Cholesky's method where its least eigenvalue is far above the rounding of J'J, else
    from the QR of J.
    """

    def __init__(self, jacobian: torch.Tensor, damping: float, hopeful: bool = False) -> None:
        """For J with at least as many rows as columns, and dampings of about this size or less.

        ``hopeful``: J'J is formed even if the damping does not hide its rounding, for J may be well conditioned.
        """
        self.jacobian = jacobian
        self.seconds = {"products": 0.0, "factor": 0.0}  # spent so far on J'J, and on triangular factors
        largest = float(torch.linalg.vector_norm(jacobian, dtype=torch.float64)) ** 2
        self.rounding = torch.finfo(jacobian.dtype).eps * largest
        with self._timed("products"):
            self.normal = normal(jacobian) if hopeful or damping > HIDDEN * self.rounding else None
        self.reflected = False  # whether QR was needed
        self.finite = bool((self.triangle if self.normal is None else self.normal).isfinite().all())

    @cached_property
    def triangle(self) -> torch.Tensor:
        """R with R'R = J'J, upper triangular."""
        self.reflected = True
        with self._timed("factor"):
            return triangle(self.jacobian)

    def damped(self, damping: float) -> torch.Tensor:
        """T, upper triangular."""
        hidden = damping > HIDDEN * self.rounding
        if self.normal is not None and (hidden or not self.reflected):
            with self._timed("factor"):
                shifted = self.normal.clone()
                shifted.diagonal().add_(damping)
                factor, info = torch.linalg.cholesky_ex(shifted, upper=True)
                good = int(info) == 0 and (hidden or least_eigenvalue(factor) > HIDDEN * self.rounding)
            if good:
                return factor
        known = self.triangle
        with self._timed("factor"):
            return damp(known, damping)

    def effective_dimension(self, damping: float) -> float:
        """tr(J'J (J'J + damping I)^-1): the number of directions in which the residuals outweigh the damping."""
        factor = self.damped(damping)
        with self._timed("factor"):
            if factor.device.type == "cpu" and factor.dtype == torch.float64:
                with all_threads(len(factor) ** 3 / 6):
                    inverse = torch.from_numpy(lapack.dtrtri(factor.numpy())[0])
            else:
                eye = torch.eye(len(factor), dtype=factor.dtype, device=factor.device)
                inverse = torch.linalg.solve_triangular(factor, eye, upper=True)
            return len(factor) - damping * float(inverse.square().sum())

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[part] += time.perf_counter() - began


def least_eigenvalue(factor: torch.Tensor) -> float:
    """An estimate of that of T'T from above, by the power method on its inverse from a random vector."""
    vector = torch.randn(len(factor), 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(factor)
    for _ in range(ITERATIONS):
        half = torch.linalg.solve_triangular(factor.T, vector / vector.norm(), upper=False)
        vector = torch.linalg.solve_triangular(factor, half, upper=True)
    return 1 / float(vector.norm())
