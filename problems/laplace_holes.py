"""Laplace's equation on a square with four holes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import D, Dirichlet, Problem, number
from pinnsuite.conditions import Condition
from pinnsuite.domain.region import Boundary
from pinnsuite.domain.shape import Disk, Rectangle, Shape

HALF_SIDE, RADIUS = 0.5, 0.1
CENTRES = ((0.3, 0.3), (-0.3, 0.3), (-0.3, -0.3), (0.3, -0.3))


def on_square(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Whether boundary points belong to the square; the holes are 0.1 away from it."""
    return torch.maximum(x.abs(), y.abs()) > HALF_SIDE - RADIUS / 2


@dataclass(frozen=True)
class LaplaceHoles(Problem):
    """The electric potential between a square tube and four wires in it.

        u_xx + u_yy = 0

    on [-0.5, 0.5]^2 without the four discs of radius 0.1 around (+-0.3, +-0.3), with u = outer on the square and u =
    inner on the circles. Everything is dimensionless.
    """

    outer: float = number(1.0, doc="potential of the square, dimensionless")
    inner: float = number(0.0, doc="potential of the circles, dimensionless")

    domain = Shape(
        Rectangle((-HALF_SIDE, -HALF_SIDE), (HALF_SIDE, HALF_SIDE))
        - Disk(CENTRES[0], RADIUS)
        - Disk(CENTRES[1], RADIUS)
        - Disk(CENTRES[2], RADIUS)
        - Disk(CENTRES[3], RADIUS)
    )
    fields = ("u",)
    good_values = "outer = 1, inner = 0"
    source = "Z. Hao et al., PINNacle, NeurIPS Datasets and Benchmarks (2024), arXiv 2306.08827, Poisson2d-C"

    def equation(self, u: Any, x: Any, y: Any) -> Any:
        return D(u, x, x) + D(u, y, y)

    def conditions(self) -> Sequence[Condition]:
        return [
            Dirichlet(Boundary(where=on_square), u=self.outer),
            Dirichlet(Boundary(where=lambda x, y: ~on_square(x, y)), u=self.inner),
        ]

    def reference(self, x: np.ndarray, y: np.ndarray) -> Mapping[str, np.ndarray]:
        """A harmonic series fitted to the boundary values, exact to 1e-12; (points,) in, (points,) out."""
        from pinnsuite.reference import laplace
        from pinnsuite.reference.cache import cached, source_hash

        def solve() -> dict[str, np.ndarray]:
            u, _ = laplace.square_with_holes(
                np.stack([x, y], axis=1),
                half_side=HALF_SIDE,
                centres=CENTRES,
                radius=RADIUS,
                outer=self.outer,
                inner=self.inner,
            )
            return {"u": u}

        return cached({"solver": source_hash(type(self), laplace), "x": x, "y": y} | vars(self), solve)
