"""The Cole-Hopf field: it satisfies Burgers' equation and agrees with an independent spectral solution."""

import numpy as np
import pytest

from pinnsuite.errors import InputError
from pinnsuite.reference.cole_hopf import burgers
from pinnsuite.reference.periodic import solve_periodic
from pinnsuite.reference.semilinear import viscous_burgers

VISCOSITIES = [0.1, 0.01, 0.01 / np.pi, 1e-3]


@pytest.mark.parametrize("nu", VISCOSITIES)
def test_doubling_the_nodes_changes_nothing(nu):
    x, t = np.linspace(-1, 1, 41), np.array([1e-6, 0.01, 0.32, 0.5, 1.0, 3.0])
    np.testing.assert_allclose(burgers(x, t, nu), burgers(x, t, nu, nodes_per_width=8), rtol=0, atol=1e-13)


def test_it_equals_the_spectral_solution():
    x, t = np.linspace(-1, 1, 81), np.linspace(0, 1, 6)
    spectral = solve_periodic(
        viscous_burgers(0.01), lambda x: -np.sin(np.pi * x), low=-1, high=1, x=x, t=t, modes=1024, step=5e-4
    )
    np.testing.assert_allclose(burgers(x, t, 0.01), spectral, rtol=0, atol=1e-9)


@pytest.mark.parametrize("nu", VISCOSITIES)
def test_the_residual_of_the_equation_vanishes(nu):
    # Eighth-order differences in x over a spacing far below the shock width nu/2, second derivative included.
    first = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
    second = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])
    dx, dt = min(0.2 * nu, 2e-3), 2e-3
    for centre, time in ((0.0, 0.6), (1.3 * nu, 0.6), (0.4, 0.2), (-0.9, 0.9)):
        along = burgers(centre + dx * np.arange(-4, 5), np.array([time]), nu)[:, 0]
        in_time = burgers(np.array([centre]), time + dt * np.arange(-4, 5), nu)[0]
        terms = first @ in_time / dt, along[4] * (first @ along) / dx, -nu * (second @ along) / dx**2
        assert abs(sum(terms)) < 1e-5 * max(1.0, *map(abs, terms))


def test_the_field_is_odd_periodic_and_starts_exactly():
    x, t = np.linspace(-1, 1, 21), np.array([0.7, 0.0])
    u = burgers(x, t, 0.01 / np.pi)
    np.testing.assert_allclose(u, -u[::-1], atol=1e-14)
    np.testing.assert_allclose(burgers(x + 2, t, 0.01 / np.pi), u, atol=1e-12)
    assert np.array_equal(u[:, 1], -np.sin(np.pi * x))
    np.testing.assert_allclose(u[[0, -1], 0], 0, atol=1e-14)


def test_the_published_slope_at_the_shock():
    # Basdevant et al. 1986: the steepest slope at x = 0 is 152.00516 at pi t = 1.6037.
    t, dx = 1.6037 / np.pi, 1e-5
    u = burgers(np.array([-dx, dx]), np.array([t]), 0.01 / np.pi)[:, 0]
    assert abs((u[1] - u[0]) / (2 * dx) + 152.00516) < 2e-3


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="viscosity"):
        burgers(np.zeros(1), np.ones(1), 0.0)
    with pytest.raises(InputError, match="time"):
        burgers(np.zeros(1), -np.ones(1), 0.1)
    with pytest.raises(InputError, match="density"):
        burgers(np.zeros(1), np.ones(1), 0.1, nodes_per_width=0)
