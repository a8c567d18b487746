"""Two-dimensional incompressible flow on a doubly periodic square, by its vorticity, pseudo-spectral with ETDRK4.

    w_t + u w_x + v w_y = nu (w_xx + w_yy) + f,    u = psi_y,  v = -psi_x,  w = v_x - u_y = -(psi_xx + psi_yy)

on [0, 2 pi]^2. Products are free of aliases by the 2/3 rule (S. A. Orszag, J. Atmos. Sci. 28 (1971) 1074).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pinnsuite.errors import InputError
from pinnsuite.reference.etdrk4 import etdrk4

Field = Callable[[np.ndarray, np.ndarray], np.ndarray]


def solve_vorticity(
    initial: np.ndarray, viscosity: float, times: np.ndarray, *, modes: int, step: float, forcing: Field | None = None
) -> np.ndarray:
    """Spectra of the vorticity at ``times``, (times, modes, modes/2 + 1), of numpy's ``rfft2`` divided by modes^2.

    Args:
        initial: spectrum of the vorticity at ``times[0]``, of the same form for any even number of modes; what the
            2/3 rule does not keep is left out.
        viscosity: nu, in length^2/time.
        times: increasing.
        modes: samples per period of the products, even.
        step: upper bound of the time step.
        forcing: f(x, y), steady.

    Raises:
        InputError: for an odd number of modes, or fewer than 8.
    """
    if modes < 8 or modes % 2:
        raise InputError("The number of modes does not fit", given=modes, expected="an even number, 8 or more")
    x_wave, y_wave, kept = wave_numbers(modes)
    square = x_wave**2 + y_wave**2
    inverse = np.divide(1.0, square, out=np.zeros_like(square), where=square > 0)
    force = np.zeros(square.shape, dtype=complex)
    if forcing is not None:
        grid = 2 * np.pi * np.arange(modes) / modes
        force = np.fft.rfft2(forcing(grid[:, None], grid[None, :]) * np.ones((modes, modes))) / modes**2

    def physical(spectrum: np.ndarray) -> np.ndarray:
        return np.fft.irfft2(spectrum, (modes, modes)) * modes**2

    def nonlinear(w: np.ndarray) -> np.ndarray:
        stream = inverse * w
        u, v = physical(1j * y_wave * stream), physical(-1j * x_wave * stream)
        advection = u * physical(1j * x_wave * w) + v * physical(1j * y_wave * w)
        return np.where(kept, force - np.fft.rfft2(advection) / modes**2, 0)

    start = np.where(kept, resized(initial, modes), 0)
    return etdrk4(np.where(kept, -viscosity * square, 0), nonlinear, start, times, max_step=step)


def wave_numbers(modes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """k_x (modes, 1), k_y (1, modes/2 + 1), and which pairs the 2/3 rule keeps."""
    x_wave = np.fft.fftfreq(modes, 1 / modes)[:, None]
    y_wave = np.arange(modes // 2 + 1, dtype=float)[None, :]
    return x_wave, y_wave, (np.abs(x_wave) < modes / 3) & (y_wave < modes / 3)


def resized(spectrum: np.ndarray, modes: int) -> np.ndarray:
    """The same field with another number of modes: high ones are added as zeros, or left out."""
    before = len(spectrum)
    half = min(before, modes) // 2
    result = np.zeros((modes, modes // 2 + 1), dtype=complex)
    result[:half, :half] = spectrum[:half, :half]
    result[-half + 1 :, :half] = spectrum[-half + 1 :, :half]
    return result


def evaluate(spectrum: np.ndarray, x: np.ndarray, y: np.ndarray, *, least: float = 0.0) -> np.ndarray:
    """The field at x and y, (x, y), by summing the series; modes up to ``least`` times the largest are left out."""
    x_wave, y_wave, _ = wave_numbers(len(spectrum))
    weights = np.where(y_wave == 0, 1.0, 2.0) * spectrum
    rows = np.abs(weights).max(axis=1) > least * np.abs(weights).max()
    columns = np.abs(weights).max(axis=0) > least * np.abs(weights).max()
    left = np.exp(1j * np.outer(x, x_wave[rows, 0]))
    right = np.exp(1j * np.outer(y_wave[0, columns], y))
    return (left @ weights[np.ix_(rows, columns)] @ right).real


def fields(spectra: np.ndarray, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Stream function ``psi``, vorticity ``w`` and velocity ``u``, ``v`` at x and y, (x, y, times) each."""
    x_wave, y_wave, _ = wave_numbers(spectra.shape[1])
    square = x_wave**2 + y_wave**2
    psi = np.divide(spectra, square, out=np.zeros_like(spectra), where=square > 0)
    waves = {"psi": psi, "w": spectra, "u": 1j * y_wave * psi, "v": -1j * x_wave * psi}
    return {name: np.stack([evaluate(s, x, y) for s in series], axis=-1) for name, series in waves.items()}


def random_vorticity(seed: int, energy: Callable[[np.ndarray], np.ndarray], largest: int, speed: float) -> np.ndarray:
    """A Gaussian random field with a given energy spectrum, as a spectrum for `solve_vorticity`.

    Each wave vector with components up to ``largest`` gets its own phase and size, drawn in an order that does not
    depend on any resolution; mean energies per wave vector are energy(|k|)/|k|, scaled to the rms velocity ``speed``.
    """
    generator = np.random.default_rng(seed)
    modes = 2 * (largest + 1)
    x_wave, y_wave, _ = wave_numbers(modes)
    drawn = generator.standard_normal((2 * largest + 1, largest + 1, 2)) @ np.array([1, 1j])
    size = np.hypot(x_wave, y_wave)
    spectrum = np.zeros(size.shape, dtype=complex)
    order = np.r_[0 : largest + 1, -largest:0]
    spectrum[np.ix_(order, range(largest + 1))] = drawn
    mean = np.divide(energy(size), size, out=np.zeros_like(size), where=size > 0)
    spectrum *= size * np.sqrt(mean)  # |w| = |k| |velocity|
    spectrum[:, -1] = spectrum[largest + 1] = 0
    column = spectrum[1 : largest + 1, 0]
    spectrum[-largest:, 0] = np.conj(column[::-1])  # the field is real
    spectrum[0, 0] = 0
    return spectrum * speed / np.sqrt(2 * kinetic_energy(spectrum))


def kinetic_energy(spectrum: np.ndarray) -> float:
    """(1/2) mean of u^2 + v^2, in velocity^2."""
    return float(_energies(spectrum)[1].sum())


def energy_spectrum(spectrum: np.ndarray) -> np.ndarray:
    """The kinetic energy in each shell k - 1/2 <= |k| < k + 1/2, k = 0, 1, ..., modes/2."""
    size, each = _energies(spectrum)
    sums = np.bincount(np.rint(size).astype(int).ravel(), each.ravel())
    return np.asarray(sums[: len(spectrum) // 2 + 1])


def _energies(spectrum: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """|k| and the kinetic energy of every stored mode, that of its complex conjugate included."""
    x_wave, y_wave, _ = wave_numbers(len(spectrum))
    square = x_wave**2 + y_wave**2
    each = np.divide(np.abs(spectrum) ** 2, square, out=np.zeros_like(square), where=square > 0)
    return np.sqrt(square), 0.5 * np.where(y_wave == 0, 1.0, 2.0) * each
