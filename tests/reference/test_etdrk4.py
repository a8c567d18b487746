"""ETDRK4: exact where the theory says so, fourth order where it says so, and refusals."""

import numpy as np
import pytest

from pinnsuite.errors import InputError
from pinnsuite.reference.etdrk4 import etdrk4, phi_weights


def test_a_linear_problem_is_exact_in_one_step():
    symbol = np.array([0.0, -1.0, -40.0, 3.0j, -2.0 + 700.0j])
    start = np.array([1.0, 2.0, -1.0, 0.5j, 1.0 - 1.0j])
    times = np.array([0.0, 0.3, 1.7])
    fields = etdrk4(symbol, np.zeros_like, start, times, max_step=10.0)
    np.testing.assert_allclose(fields, np.exp(np.outer(times, symbol)) * start, rtol=0, atol=1e-13)


def test_a_constant_forcing_is_exact_in_one_step():
    symbol, force = np.array([-3.0, 0.0, 5.0j, 1e-9]), np.array([1.0, 2.0, -1.0j, 0.5])
    end = etdrk4(symbol, lambda v: force + 0 * v, np.zeros(4), np.array([0.0, 1.5]), max_step=2.0)[-1]
    growth = np.where(np.abs(symbol) < 1e-6, 1.5, np.expm1(1.5 * symbol) / np.where(symbol == 0, 1, symbol))
    np.testing.assert_allclose(end, growth * force, rtol=1e-8)


@pytest.mark.parametrize("turn", [1.0, -1.0, 1.0j, np.exp(0.7j)])
def test_weights_agree_with_their_taylor_series_on_both_sides_of_the_switch(turn):
    z = turn * np.array([0.0, 1e-8, 0.1, 0.49, 0.5, 0.51, 0.99, 1.0, 1.01])
    factorials = np.cumprod(np.arange(1.0, 41.0))  # 1!, 2!, ...
    phi = [sum(z**n / factorials[n + j - 1] for n in range(35)) for j in (1, 2, 3)]
    half = sum((z / 2) ** n / factorials[n] for n in range(35)) / 2
    expected = half, phi[0] - 3 * phi[1] + 4 * phi[2], 2 * (phi[1] - 2 * phi[2]), 4 * phi[2] - phi[1]
    for weight, wanted in zip(phi_weights(z), expected, strict=True):
        np.testing.assert_allclose(weight, wanted, rtol=0, atol=5e-15)


@pytest.mark.parametrize("symbol", [-2.0, 3.0j, -1.0 + 20.0j])
def test_the_observed_order_is_four(symbol):
    # u' = L u - u^2 is Bernoulli's equation: u = L e^(L t)/(L/u0 - 1 + e^(L t)).
    start, end = 0.6 + 0.2j, 1.0
    growth = np.exp(symbol * end)
    exact = symbol * growth / (symbol / start - 1 + growth)

    def error(step: float) -> float:
        times = np.array([0.0, end])
        return abs(
            etdrk4(np.array([symbol]), lambda v: -(v**2), np.array([start]), times, max_step=step)[-1, 0] - exact
        )

    errors = [error(1 / n) for n in (16, 32, 64, 128)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert 3.8 < orders[-1] < 4.25, orders


def test_spectra_of_any_dimension_are_advanced_elementwise():
    rng = np.random.default_rng(0)
    symbol, start = -rng.random((3, 4)), rng.random((3, 4))
    times = np.array([0.0, 0.5, 1.0])
    together = etdrk4(symbol, lambda v: v**2, start, times, max_step=0.1)
    alone = etdrk4(symbol[1, 2:3], lambda v: v**2, start[1, 2:3], times, max_step=0.1)
    assert together.shape == (3, 3, 4)
    np.testing.assert_allclose(together[:, 1, 2], alone[:, 0], rtol=1e-14)


@pytest.mark.parametrize("times", [[0.0, 0.0], [1.0, 0.5], [], [[0.0, 1.0]], [0.0, np.nan]])
def test_times_that_do_not_increase_are_refused(times):
    with pytest.raises(InputError, match="increas"):
        etdrk4(np.zeros(2), np.zeros_like, np.zeros(2), np.array(times), max_step=0.1)


def test_shapes_and_steps_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="shape"):
        etdrk4(np.zeros(3), np.zeros_like, np.zeros(2), np.array([0.0, 1.0]), max_step=0.1)
    with pytest.raises(InputError, match="step"):
        etdrk4(np.zeros(2), np.zeros_like, np.zeros(2), np.array([0.0, 1.0]), max_step=0.0)


def test_a_field_that_blows_up_is_reported_with_its_time():
    with pytest.raises(InputError, match=r"not finite at time 2\b.*smaller step"):
        etdrk4(np.zeros(1), lambda v: v**3, np.ones(1), np.array([0.0, 2.0]), max_step=0.05)
