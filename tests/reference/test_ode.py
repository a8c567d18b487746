"""The extrapolation method: exact solutions, published Lorenz values, tolerance control, refusals."""

import numpy as np
import pytest

from pinnsuite.errors import InputError
from pinnsuite.reference.ode import solve_ode

EXTENDED = np.finfo(np.longdouble).eps < 1e-18


def lorenz(_, y):
    return np.array([10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 * y[2] / 3])


def test_harmonic_motion_is_exact_over_ten_periods():
    t = np.linspace(0, 20 * np.pi, 7)
    y = solve_ode(lambda _, y: np.array([y[1], -y[0]]), np.array([1.0, 0.0]), t)
    np.testing.assert_allclose(y, [np.cos(t), -np.sin(t)], atol=3e-14)


def test_time_enters_the_right_hand_side():
    t = np.array([1.0, 1.5, 4.0])
    y = solve_ode(lambda t, y: y * np.cos(t), np.array([2.0]), t)
    np.testing.assert_allclose(y[0], 2 * np.exp(np.sin(t) - np.sin(1.0)), rtol=1e-14)


def test_lorenz_matches_a_long_double_taylor_solution():
    y = solve_ode(lorenz, np.ones(3), np.array([0.0, 10.0, 20.0]))
    np.testing.assert_allclose(y[:, 1], [-4.902687541134643, -3.743872921802922, 24.690858102790546], atol=1e-9)
    np.testing.assert_allclose(
        y[:, 2], [13.793199595129, 12.951803936190, 34.901608681135], atol=1e-9 if EXTENDED else 1e-5
    )


def test_lorenz_does_not_depend_on_the_output_times():
    few, many = (solve_ode(lorenz, np.ones(3), np.linspace(0, 20, n)) for n in (3, 101))
    np.testing.assert_allclose(few[:, -1], many[:, -1], atol=1e-9 if EXTENDED else 1e-5)


def test_a_tighter_tolerance_gives_a_smaller_error():
    t = np.array([0.0, 5.0])
    exact = solve_ode(lorenz, np.ones(3), t)
    errors = [np.abs(solve_ode(lorenz, np.ones(3), t, rtol=tol, atol=tol) - exact).max() for tol in (1e-6, 1e-9, 1e-12)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-9


def test_the_initial_state_is_returned_exactly_and_alone():
    assert np.array_equal(solve_ode(lorenz, np.ones(3), np.array([4.0])), np.ones((3, 1)))


@pytest.mark.parametrize("t", [[0.0, 0.0], [1.0, 0.0], []])
def test_times_that_do_not_increase_are_refused(t):
    with pytest.raises(InputError, match="increase"):
        solve_ode(lorenz, np.ones(3), np.array(t))


def test_a_state_that_is_not_a_list_is_refused():
    with pytest.raises(InputError, match="list of fields"):
        solve_ode(lorenz, np.ones((3, 1)), np.array([0.0, 1.0]))


def test_a_singularity_is_reported():
    with pytest.raises(InputError, match=r"step vanished at t = 0\.99"):
        solve_ode(lambda _, y: y**2, np.ones(1), np.array([0.0, 2.0]))
