"""Flow on the torus: an exact solution, order in time, invariants, and random fields that no resolution changes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pinnsuite.errors import InputError
from pinnsuite.reference.torus import (
    energy_spectrum,
    evaluate,
    fields,
    kinetic_energy,
    random_vorticity,
    resized,
    solve_vorticity,
    wave_numbers,
)

NU = 0.05


def spectrum_of(field: np.ndarray) -> np.ndarray:
    return np.fft.rfft2(field) / field.size


def grid(modes: int) -> tuple[np.ndarray, np.ndarray]:
    x = 2 * np.pi * np.arange(modes) / modes
    return x[:, None], x[None, :]


def taylor_green(x: np.ndarray, y: np.ndarray, t: float) -> np.ndarray:
    return 2 * np.cos(x) * np.cos(y) * np.exp(-2 * NU * t)


def spread(k: np.ndarray) -> np.ndarray:
    return k**4 / (1 + (k / 3) ** 12)


def test_taylor_green_vortices_decay() -> None:
    x, y = grid(16)
    found = solve_vorticity(spectrum_of(taylor_green(x, y, 0)), NU, np.array([0.0, 1.0]), modes=16, step=0.05)
    place = np.linspace(0, 7, 5)
    exact = taylor_green(place[:, None], place[None, :], 1.0)
    assert np.abs(evaluate(found[1], place, place) - exact).max() < 1e-12


def test_the_fields_follow_from_the_vorticity() -> None:
    """Of Taylor-Green vortices psi = cos(x) cos(y): w = 2 psi, u = psi_y, v = -psi_x."""
    x, y = grid(16)
    place = np.linspace(0, 3, 7)
    found = fields(spectrum_of(taylor_green(x, y, 0))[None], place, place)
    x, y = place[:, None], place[None, :]
    exact = {"psi": np.cos(x) * np.cos(y), "u": -np.cos(x) * np.sin(y), "v": np.sin(x) * np.cos(y)}
    for name, values in (exact | {"w": 2 * exact["psi"]}).items():
        np.testing.assert_allclose(found[name][..., 0], values, atol=1e-14)


def test_the_error_falls_with_the_fourth_power_of_the_step() -> None:
    start = random_vorticity(0, spread, 6, 1.0)
    ends = [solve_vorticity(start, NU, np.array([0.0, 0.4]), modes=24, step=h)[1] for h in (0.04, 0.02, 0.01)]
    errors = [np.abs(a - b).max() for a, b in itertools.pairwise(ends)]
    assert 3.7 < np.log2(errors[0] / errors[1]) < 4.3


def test_without_viscosity_energy_and_enstrophy_stay() -> None:
    start = random_vorticity(1, spread, 6, 1.0)
    end = solve_vorticity(start, 0.0, np.array([0.0, 0.2]), modes=24, step=0.002)[1]
    weights = np.where(np.arange(13) == 0, 1.0, 2.0)
    enstrophy = [float((weights * np.abs(resized(s, 24)) ** 2).sum()) for s in (start, end)]
    assert kinetic_energy(end) == pytest.approx(kinetic_energy(start), rel=1e-8)
    assert enstrophy[1] == pytest.approx(enstrophy[0], rel=1e-8)


def test_viscosity_takes_energy_at_the_rate_of_the_enstrophy() -> None:
    """dE/dt = -nu mean(w^2)."""
    start, dt = random_vorticity(1, spread, 6, 1.0), 1e-3
    states = solve_vorticity(start, NU, np.array([0.0, dt, 2 * dt]), modes=24, step=dt)
    rate = (kinetic_energy(states[2]) - kinetic_energy(states[0])) / (2 * dt)
    weights = np.where(np.arange(13) == 0, 1.0, 2.0)
    assert rate == pytest.approx(-NU * float((weights * np.abs(states[1]) ** 2).sum()), rel=1e-5)


def test_a_steady_force_is_balanced_by_viscosity() -> None:
    """w = cos(2 y) is steady under f = 4 nu cos(2 y)."""
    x, y = grid(16)
    steady = np.cos(2 * y) * np.ones_like(x)
    found = solve_vorticity(
        spectrum_of(steady), NU, np.array([0.0, 3.0]), modes=16, step=0.05, forcing=lambda x, y: 4 * NU * np.cos(2 * y)
    )
    assert np.abs(found[1] - spectrum_of(steady)).max() < 1e-12


def test_a_random_field_is_real_and_the_same_at_every_resolution() -> None:
    start = random_vorticity(7, spread, 5, 1.5)
    assert 2 * kinetic_energy(start) == pytest.approx(1.5**2)
    place = np.linspace(0, 2 * np.pi, 7)
    known = evaluate(start, place, place)
    for modes in (16, 40):
        larger = resized(start, modes)
        assert np.allclose(evaluate(larger, place, place), known, atol=1e-13)
        again = spectrum_of(np.fft.irfft2(larger, (modes, modes)) * modes**2)
        assert np.abs(again - larger).max() < 1e-13
    assert not np.allclose(random_vorticity(8, spread, 5, 1.5), start)


def test_the_energy_spectrum_adds_up_and_follows_the_given_one() -> None:
    start = resized(random_vorticity(3, spread, 10, 1.0), 32)
    shells = energy_spectrum(start)
    assert shells.sum() == pytest.approx(kinetic_energy(start))
    x_wave, y_wave, _ = wave_numbers(32)
    size = np.hypot(x_wave, y_wave)
    inside = (np.abs(x_wave) <= 10) & (y_wave <= 10) & (size > 0)
    wanted = np.where(inside, spread(size) / np.where(size > 0, size, 1), 0) * np.where(y_wave == 0, 1.0, 2.0)
    shells = np.bincount(np.rint(size).astype(int).ravel(), wanted.ravel())[2:6]
    mean = np.mean([energy_spectrum(resized(random_vorticity(s, spread, 10, 1.0), 32)) for s in range(200)], axis=0)
    assert np.allclose(mean[2:6] / mean[2:6].sum(), shells / shells.sum(), rtol=0.1)


def test_bad_resolutions_are_refused() -> None:
    with pytest.raises(InputError, match="number of modes"):
        solve_vorticity(random_vorticity(0, spread, 4, 1.0), NU, np.array([0.0, 1.0]), modes=9, step=0.1)
    assert wave_numbers(12)[2].sum() == 7 * 4
