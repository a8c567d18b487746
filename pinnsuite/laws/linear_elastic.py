"""Hooke's law of an isotropic solid.

Sources: R. Hooke, De potentia restitutiva (1678); A. E. H. Love, A Treatise on the Mathematical Theory of Elasticity
(1927), section 69.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Matrix = Sequence[Sequence[Any]]  # components: numbers, tensors of one shape, or traced expressions


@dataclass(frozen=True)
class LinearElastic:
    """sigma = lam tr(eps) 1 + 2 mu eps.

    ``lam`` and ``mu`` are the Lamé parameters, in the unit of the stress. With matrices of two rows the law is that of
    plane strain.
    """

    lam: Any
    mu: Any

    @classmethod
    def from_young(cls, young: Any, poisson: Any) -> LinearElastic:
        """The same law from Young's modulus E (unit of stress) and Poisson's ratio nu, -1 < nu < 1/2."""
        lam = young * poisson / ((1 + poisson) * (1 - 2 * poisson))
        return cls(lam, young / (2 * (1 + poisson)))

    def stress(self, strain: Matrix) -> Matrix:
        """The stress of a strain, both as rows of components."""
        size = range(len(strain))
        pressure = self.lam * sum(strain[i][i] for i in size)
        return [[2 * self.mu * strain[i][j] + (pressure if i == j else 0) for j in size] for i in size]
