"""The periodic solver: invariants, exact travelling waves, convergence, the kinked Allen-Cahn start, refusals."""

from itertools import pairwise

import numpy as np
import pytest

from pinnsuite.errors import InputError
from pinnsuite.reference.periodic import self_difference, solve_periodic
from pinnsuite.reference.semilinear import (
    Semilinear,
    allen_cahn,
    korteweg_de_vries,
    kuramoto_sivashinsky,
    viscous_burgers,
)


def cosine(x):
    return np.cos(np.pi * x)


def kinked(x):
    return x**2 * np.cos(np.pi * x)


def test_advection_and_diffusion_are_exact_at_any_point():
    speed, nu = 3.0, 0.05
    equation = Semilinear(symbol=lambda k: -1j * speed * k - nu * k**2)
    x, t = np.array([-7.3, 0.1, 0.123456, 2.0]), np.array([0.2, 1.1])
    u = solve_periodic(equation, np.sin, low=0, high=2 * np.pi, x=x, t=t, modes=16, step=10)
    np.testing.assert_allclose(u, np.exp(-nu * t) * np.sin(x[:, None] - speed * t), atol=1e-13)


def test_a_soliton_travels_unchanged():
    # u_t + u u_x + d^2 u_xxx = 0: u = 3 c sech^2(sqrt(c)/(2 d) (x - c t)); the period is long enough for its tails.
    delta, speed = 0.1, 1.0

    def soliton(x):
        return 3 * speed / np.cosh(np.sqrt(speed) / (2 * delta) * x) ** 2

    x, t = np.linspace(-2, 4, 61), np.array([0.0, 0.7, 1.5])
    u = solve_periodic(korteweg_de_vries(delta), soliton, low=-4, high=6, x=x, t=t, modes=384, step=5e-4)
    np.testing.assert_allclose(u, soliton(x[:, None] - speed * t), rtol=0, atol=1e-8)


def test_korteweg_de_vries_keeps_mass_momentum_and_energy():
    x, t = -1 + np.arange(512) / 256, np.array([0.0, 0.3, 0.6])
    u = solve_periodic(korteweg_de_vries(), cosine, low=-1, high=1, x=x, t=t, modes=512, step=2.5e-4)
    wave = 1j * np.pi * np.arange(257)
    slope = np.fft.irfft(wave[:, None] * np.fft.rfft(u, axis=0), 512, axis=0)
    energy = np.mean(u**3 / 6 - 0.5 * 0.022**2 * slope**2, axis=0)
    assert np.ptp(u.mean(axis=0)) < 1e-14
    assert np.ptp(np.mean(u**2, axis=0)) < 1e-8
    assert np.ptp(energy) < 1e-8


def test_korteweg_de_vries_converges_in_time_at_fourth_order():
    x, t = np.linspace(-1, 1, 41), np.array([0.5])
    runs = [
        solve_periodic(korteweg_de_vries(0.2), cosine, low=-1, high=1, x=x, t=t, modes=64, step=0.5 / n)
        for n in (40, 80, 160)
    ]
    coarse, fine = (np.linalg.norm(a - b) for a, b in pairwise(runs))
    assert 3.7 < np.log2(coarse / fine) < 4.4


@pytest.mark.parametrize(
    ("equation", "initial", "low", "high", "modes", "step", "bound"),
    [
        (korteweg_de_vries(), cosine, -1, 1, 768, 2.5e-4, 5e-7),
        (kuramoto_sivashinsky(5, 0.5, 0.005), lambda x: -np.sin(np.pi * x), -1, 1, 256, 2e-4, 1e-6),
    ],
)
def test_the_self_difference_of_the_classical_runs_is_small(equation, initial, low, high, modes, step, bound):
    x, t = np.linspace(low, high, 64), np.linspace(0, 1, 11)
    assert self_difference(equation, initial, low=low, high=high, x=x, t=t, modes=modes, step=step) < bound


def test_the_chaotic_field_is_periodic_and_keeps_its_mean():
    equation = kuramoto_sivashinsky(100 / 16, 100 / 16**2, 100 / 16**4)
    x, t = np.linspace(0, 2 * np.pi, 257), np.array([0.2, 0.4])
    u = solve_periodic(equation, lambda x: np.cos(x) * (1 + np.sin(x)), low=0, high=2 * np.pi, x=x, t=t, step=5e-4)
    np.testing.assert_allclose(u[0], u[-1], atol=1e-11)
    np.testing.assert_allclose(u[:-1].mean(axis=0), 0, atol=1e-13)


def test_allen_cahn_converges_in_spite_of_its_kink_and_stays_even():
    x, t = np.linspace(-1, 1, 101), np.array([0.0, 0.1, 0.5, 1.0])
    runs = [
        solve_periodic(allen_cahn(), kinked, low=-1, high=1, x=x, t=t, modes=modes, step=0.01) for modes in (2048, 4096)
    ]
    fine = runs[1]
    assert np.linalg.norm(runs[0] - fine) < 1e-8 * np.linalg.norm(fine)
    np.testing.assert_allclose(fine, fine[::-1], atol=1e-10)
    assert np.array_equal(fine[:, 0], kinked(x))
    assert np.max(np.abs(fine)) < 1 + 1e-12


def test_the_residual_of_burgers_vanishes():
    nu, dt = 0.02, 1e-3
    x = -1 + np.arange(256) / 128
    t = 0.3 + dt * np.arange(-2, 3)
    u = solve_periodic(viscous_burgers(nu), cosine, low=-1, high=1, x=x, t=t, modes=256, step=dt)
    wave = 1j * np.pi * np.arange(129)[:, None]
    u_x, u_xx = (np.fft.irfft(wave**n * np.fft.rfft(u[:, 2:3], axis=0), 256, axis=0)[:, 0] for n in (1, 2))
    u_t = u @ np.array([1, -8, 0, 8, -1]) / (12 * dt)
    assert np.max(np.abs(u_t + u[:, 2] * u_x - nu * u_xx)) < 1e-7 * np.max(np.abs(u_xx))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"high": -1.0}, "period"),
        ({"modes": 33}, "modes"),
        ({"t": np.array([-0.1, 0.5])}, "start"),
        ({"t": np.array([0.5, 0.5])}, "increase"),
        ({"t": np.array([])}, "times"),
        ({"x": np.zeros((2, 2))}, "lists"),
        ({"step": -1.0}, "step"),
    ],
)
def test_bad_input_is_refused(change, message):
    arguments = {"low": -1.0, "high": 1.0, "x": np.zeros(1), "t": np.array([0.5]), "modes": 32, "step": 0.1} | change
    with pytest.raises(InputError, match=message):
        solve_periodic(viscous_burgers(0.1), cosine, **arguments)


def test_bad_degree_and_modes_that_cannot_be_halved_are_refused():
    with pytest.raises(InputError, match="degree"):
        Semilinear(symbol=np.negative, degree=0)
    with pytest.raises(InputError, match="halved"):
        self_difference(viscous_burgers(0.1), cosine, low=-1, high=1, x=np.zeros(1), t=np.ones(1), modes=34)


def test_extended_precision_takes_the_rounding_of_many_steps_away():
    x, t = np.linspace(-1, 1, 41), np.array([0.1])

    def between_steps(extended: bool) -> float:
        runs = (
            solve_periodic(
                viscous_burgers(0.1), cosine, low=-1, high=1, x=x, t=t, modes=48, step=step, extended=extended
            )
            for step in (2e-5, 1e-5)
        )
        return float(np.abs(np.subtract(*runs)).max())

    assert between_steps(True) < 4e-16 < between_steps(False)
