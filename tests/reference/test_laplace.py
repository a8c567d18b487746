"""Laplace's equation with holes: maximum principle, convergence, exact harmonic facts, refusals."""

import numpy as np
import pytest

from pinnsuite.errors import InputError
from pinnsuite.reference.laplace import FOUR_CENTRES, square_with_holes


def inside(count: int = 61) -> np.ndarray:
    grid = np.linspace(-0.5, 0.5, count)
    points = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    return points[np.all(np.linalg.norm(points[:, None] - np.array(FOUR_CENTRES), axis=-1) >= 0.1, axis=1)]


def test_the_boundary_is_met_and_the_maximum_principle_holds():
    u, misfit = square_with_holes(inside())
    assert misfit < 1e-11
    assert -misfit <= u.min() and u.max() <= 1 + misfit


def test_the_misfit_bounds_the_error_and_falls_geometrically():
    points = inside()
    exact, _ = square_with_holes(points, degree=20)
    for degree, bound in ((6, 1e-4), (9, 1e-6), (12, 1e-8)):
        u, misfit = square_with_holes(points, degree=degree)
        assert np.max(np.abs(u - exact)) <= misfit < bound


def test_boundary_values_are_returned_on_the_boundary():
    angle = np.linspace(0, 2 * np.pi, 50)
    circle = np.stack([0.3 + 0.1 * np.cos(angle), -0.3 + 0.1 * np.sin(angle)], axis=1)
    side = np.stack([np.full(50, 0.5), np.linspace(-0.5, 0.5, 50)], axis=1)
    np.testing.assert_allclose(square_with_holes(circle)[0], 0, atol=1e-11)
    np.testing.assert_allclose(square_with_holes(side)[0], 1, atol=1e-11)


def test_the_mean_over_a_circle_is_the_value_at_its_centre():
    angle = 2 * np.pi * np.arange(64) / 64
    circle = 0.25 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    values, _ = square_with_holes(np.vstack([circle, [[0.0, 0.0]]]))
    assert values[:-1].mean() == pytest.approx(values[-1], abs=1e-12)


def test_the_solution_is_affine_in_its_boundary_values():
    points = inside(11)
    unit, _ = square_with_holes(points)
    scaled, _ = square_with_holes(points, outer=-2.0, inner=5.0)
    np.testing.assert_allclose(scaled, 5 - 7 * unit, atol=1e-10)


def test_another_geometry_is_solved_as_well():
    u, misfit = square_with_holes(
        np.array([[0.0, 0.9]]), half_side=1.0, centres=((-0.4, 0.1), (0.45, -0.3)), radius=0.25
    )
    assert misfit < 1e-7
    assert 0 < u[0] < 1


@pytest.mark.parametrize(
    ("points", "change", "message"),
    [
        ([[0.3, 0.3]], {}, "outside the domain"),
        ([[0.6, 0.0]], {}, "outside the domain"),
        ([0.0, 0.0], {}, "pairs"),
        ([[0.0, 0.0]], {"radius": 0.2}, "discs"),
        ([[0.0, 0.0]], {"radius": 0.0}, "discs"),
        ([[0.0, 0.4]], {"centres": ((0.0, 0.0), (0.1, 0.0))}, "discs"),
    ],
)
def test_bad_input_is_refused(points, change, message):
    with pytest.raises(InputError, match=message):
        square_with_holes(np.array(points), **change)
