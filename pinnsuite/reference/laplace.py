"""Laplace's equation on a square with circular holes: least-squares fit of a harmonic series to the boundary values.

``u(z) = Re p(z) + sum_j [a_j log|z - c_j| + Re sum_k b_jk (R_j/(z - c_j))^k]`` is harmonic by construction, so only the
boundary misfit is left, and by the maximum principle it bounds the error everywhere. The centres are those of the holes
and of their mirror images in the nearby sides and corners. With a constant value on the square the solution continues
oddly across every side and is analytic at the corners, so the images carry what polynomials would converge to slowly.

Sources: L. N. Trefethen, ANZIAM J. 60 (2018) 1 (series on multiply connected domains); A. Gopal and L. N. Trefethen,
SIAM J. Numer. Anal. 57 (2019) 2074 (poles and least squares on the boundary); the geometry is Poisson2d-C of Z. Hao
et al., PINNacle (2024), arXiv 2306.08827.
"""

from __future__ import annotations

import numpy as np

from pinnsuite.errors import InputError

FOUR_CENTRES = ((0.3, 0.3), (-0.3, 0.3), (-0.3, -0.3), (0.3, -0.3))


def square_with_holes(
    points: np.ndarray,
    *,
    half_side: float = 0.5,
    centres: tuple[tuple[float, float], ...] = FOUR_CENTRES,
    radius: float = 0.1,
    outer: float = 1.0,
    inner: float = 0.0,
    degree: int = 20,
) -> tuple[np.ndarray, float]:
    """Solve ``u_xx + u_yy = 0`` on ``[-h, h]^2`` minus discs, ``u = outer`` on the square and ``inner`` on the circles.

    Args:
        points: where to evaluate, shape ``(points, 2)``, within the closed domain.
        half_side: ``h``.
        centres: centres of the discs, one pair each.
        radius: radius of every disc.
        outer, inner: boundary values.
        degree: highest power of the polynomial and of every pole.

    Returns:
        ``u`` at the points, shape ``(points,)``, and the largest misfit on boundary points that were not fitted, which
        bounds the error of ``u`` up to the density of those points.

    Raises:
        InputError: for discs that leave the square or meet one another, and points outside the domain.
    """
    holes = np.array([complex(*centre) for centre in centres])
    z = _domain_points(np.asarray(points, dtype=float), holes, half_side, radius)
    poles = np.concatenate([holes, _images(holes, half_side)])
    fitted, wanted = _boundary(holes, half_side, radius, outer, inner, 12 * degree, 0.5)
    fresh, values = _boundary(holes, half_side, radius, outer, inner, 31 * degree, 0.0)

    matrix = _basis(fitted, poles, half_side, radius, degree)
    scale = np.linalg.norm(matrix, axis=0)
    coefficients = np.linalg.lstsq(matrix / scale, wanted, rcond=1e-15)[0] / scale
    misfit = np.max(np.abs(_basis(fresh, poles, half_side, radius, degree) @ coefficients - values))
    return _basis(z, poles, half_side, radius, degree) @ coefficients, float(misfit)


def _domain_points(points: np.ndarray, holes: np.ndarray, half_side: float, radius: float) -> np.ndarray:
    gaps = np.abs(holes[:, None] - holes) + np.where(np.eye(holes.size) == 1, np.inf, 0)
    if not radius > 0 or np.any(_reach(holes) + radius >= half_side) or np.any(gaps <= 2 * radius):
        raise InputError("The discs leave the square or meet", given=(holes, radius), expected="separate discs inside")
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError("The points are not pairs", given=points.shape, expected="shape (points, 2)")
    z = points[:, 0] + 1j * points[:, 1]
    slack = 1e-12 * half_side
    outside = (_reach(z) > half_side + slack) | np.any(np.abs(z[:, None] - holes) < radius - slack, axis=1)
    if np.any(outside):
        raise InputError("A point lies outside the domain", given=points[outside][0], do="Leave the discs out")
    return z


def _reach(z: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(z.real), np.abs(z.imag))


def _images(holes: np.ndarray, half_side: float) -> np.ndarray:
    """Mirror images of the holes in sides and corners whose centres are within half a side of the square."""
    side = 2 * half_side
    across = [holes.real, side - holes.real, -side - holes.real]
    along = [holes.imag, side - holes.imag, -side - holes.imag]
    images = np.concatenate([x + 1j * y for i, x in enumerate(across) for j, y in enumerate(along) if i or j])
    return images[_reach(images) < side]


def _boundary(
    holes: np.ndarray, half_side: float, radius: float, outer: float, inner: float, count: int, shift: float
) -> tuple[np.ndarray, np.ndarray]:
    """Points and values, ``count`` on each circle and on each side, where they gather towards the corners."""
    part = (np.arange(count) + shift) / count
    side = half_side * (1 - 1j * np.cos(np.pi * part))
    circle = radius * np.exp(2j * np.pi * part)
    sides = np.concatenate([side * 1j**turn for turn in range(4)])
    circles = (holes[:, None] + circle).ravel()
    return np.concatenate([sides, circles]), np.repeat([outer, inner], [sides.size, circles.size])


def _basis(z: np.ndarray, poles: np.ndarray, half_side: float, radius: float, degree: int) -> np.ndarray:
    """Real harmonic functions at ``z``: ``(points, 1 + 2 degree + poles (1 + 2 degree))``."""
    powers = np.arange(1, degree + 1)
    polynomial = (z[:, None] / (np.sqrt(2) * half_side)) ** powers
    away = z[:, None] - poles
    singular = ((radius / away)[:, :, None] ** powers).reshape(z.size, -1)
    constant, logarithms = np.ones((z.size, 1)), np.log(np.abs(away))
    return np.hstack([constant, polynomial.real, polynomial.imag, logarithms, singular.real, singular.imag])
