"""Kinematics and balance of small deformations, for traced displacements and stresses."""

from __future__ import annotations

from collections.abc import Sequence

from pinnsuite.calculus.expression import D, Expression
from pinnsuite.laws.linear_elastic import Matrix


def strain(displacement: Sequence[Expression], coordinates: Sequence[Expression]) -> Matrix:
    """eps_ij = (D_j u_i + D_i u_j)/2."""
    pairs = list(zip(displacement, coordinates, strict=True))
    return [[0.5 * (D(a, y) + D(b, x)) for b, y in pairs] for a, x in pairs]


def divergence(stress: Matrix, coordinates: Sequence[Expression]) -> list[Expression]:
    """(div sigma)_i = sum_j D_j sigma_ij."""
    result = []
    for row in stress:
        first, *rest = (D(component, x) for component, x in zip(row, coordinates, strict=True))
        for term in rest:
            first = first + term
        result.append(first)
    return result
