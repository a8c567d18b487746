"""Fourier pseudo-spectral solution of a semilinear equation on a period, evaluated anywhere.

The field is ``u(x, t) = sum_k v_k(t) exp(i k (x - low))`` with ``k = 2 pi m/(high - low)``; the spectrum ``v`` is
advanced by ETDRK4 (A.-K. Kassam and L. N. Trefethen, SIAM J. Sci. Comput. 26 (2005) 1214) and the series is summed at
the wanted points, so no interpolation error enters.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from pinnsuite.errors import InputError
from pinnsuite.reference import etdrk4, semilinear
from pinnsuite.reference.cache import cached, source_hash
from pinnsuite.reference.semilinear import Semilinear

OVERSAMPLING = 16
BLOCK = 256


def solve_periodic(
    equation: Semilinear,
    initial: Callable[[np.ndarray], np.ndarray],
    *,
    low: float,
    high: float,
    x: np.ndarray,
    t: np.ndarray,
    modes: int = 512,
    step: float = 1e-3,
    extended: bool = False,
) -> np.ndarray:
    """Solve ``u_t = L u - (F(u))_x + S(u)`` with period ``high - low`` from ``u(x, 0) = initial(x)``.

    Args:
        equation: the symbol of ``L``, ``F``, ``S`` and their degree.
        initial: field at ``t = 0``, elementwise. It may have a kink where the period closes; its spectrum is computed
            on a finer grid, so that the aliases of the kink do not limit the accuracy.
        low, high: ends of the period.
        x: points, shape ``(points,)``, anywhere.
        t: increasing times, not negative, shape ``(times,)``.
        modes: samples per period in the products, even.
        step: upper bound of the time step.
        extended: whether to integrate in extended precision (``np.longdouble``, some ten times slower), for chaos that
            makes the rounding of small steps grow.

    Returns:
        ``u``, shape ``(points, times)``; the column of ``t = 0`` is ``initial`` itself.

    Raises:
        InputError: for an empty period, odd or too few modes, times that do not increase or are negative.
    """
    x, t = np.atleast_1d(np.asarray(x, dtype=float)), np.atleast_1d(np.asarray(t, dtype=float))
    if not high > low:
        raise InputError("The period is empty", given=(low, high), expected="low < high")
    if modes < 8 or modes % 2:
        raise InputError("The number of modes does not fit", given=modes, expected="an even number, 8 or more")
    if t.ndim != 1 or x.ndim != 1 or t.size == 0:
        raise InputError("Points or times are not lists", given=(x.shape, t.shape), expected="1-D arrays, some times")
    if t[0] < 0:
        raise InputError("A time lies before the start", given=t[0], expected="0 or later")

    real = np.longdouble if extended else float
    wave = real(2 * np.pi / (high - low)) * np.arange(modes // 2 + 1)
    kept = np.arange(wave.size) < modes / (equation.degree + 1)
    symbol = np.where(kept, equation.symbol(wave), 0)

    def nonlinear(v: np.ndarray) -> np.ndarray:
        u = np.fft.irfft(v, modes)
        rate = np.zeros_like(v)
        if equation.flux is not None:
            rate -= 1j * wave * np.fft.rfft(equation.flux(u))
        if equation.source is not None:
            rate += np.fft.rfft(equation.source(u))
        return np.where(kept, rate, 0)

    fine = low + (high - low) * np.arange(OVERSAMPLING * modes) / (OVERSAMPLING * modes)
    spectrum = np.where(kept, np.fft.rfft(initial(fine).astype(real))[: wave.size] / OVERSAMPLING, 0)
    times = t if t[0] == 0 else np.concatenate([[0.0], t])
    spectra = etdrk4.etdrk4(symbol, nonlinear, spectrum, times, max_step=step)[-t.size :]
    field = _evaluate((spectra[:, kept] / modes).astype(complex), wave[kept].astype(float), x - low)
    if t[0] == 0:
        field[:, 0] = initial(x)
    return field


def cached_periodic(
    problem: object,
    equation: Semilinear,
    initial: Callable[[np.ndarray], np.ndarray],
    *,
    low: float,
    high: float,
    x: np.ndarray,
    t: np.ndarray,
    modes: int,
    step: float,
    extended: bool = False,
) -> dict[str, np.ndarray]:
    """``{"u": solve_periodic(...)}``, kept under the source and the numbers of the problem and this code."""
    code = source_hash(type(problem), sys.modules[__name__], etdrk4, semilinear)
    key = {"solver": code, "modes": modes, "step": step, "extended": extended, "x": x, "t": t, **vars(problem)}

    def solve() -> dict[str, np.ndarray]:
        u = solve_periodic(equation, initial, low=low, high=high, x=x, t=t, modes=modes, step=step, extended=extended)
        return {"u": u}

    return cached(key, solve)


def self_difference(
    equation: Semilinear,
    initial: Callable[[np.ndarray], np.ndarray],
    *,
    low: float,
    high: float,
    x: np.ndarray,
    t: np.ndarray,
    modes: int = 512,
    step: float = 1e-3,
) -> float:
    """Return ``|u_h - u_2h| / |u_h|`` over the grid: the solution at ``(modes, step)`` against ``(modes/2, 2 step)``.

    Both norms are Euclidean over all points and times. For a converging method this bounds the error of the coarser
    solution; the error of the finer one is smaller by the order of the method (16 in time for ETDRK4). Arguments and
    errors are those of `solve_periodic`; ``modes`` must be a multiple of 4.
    """
    if modes % 4:
        raise InputError("The modes cannot be halved", given=modes, expected="a multiple of 4")
    fine, coarse = (
        solve_periodic(equation, initial, low=low, high=high, x=x, t=t, modes=count, step=size)
        for count, size in ((modes, step), (modes // 2, 2 * step))
    )
    return float(np.linalg.norm(fine - coarse) / np.linalg.norm(fine))


def _evaluate(spectra: np.ndarray, wave: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Sum the real series at ``x``: spectra ``(times, modes)`` of non-negative wave numbers to ``(points, times)``."""
    weighted = np.where(wave == 0, 1.0, 2.0) * spectra
    field = np.empty((x.size, spectra.shape[0]))
    for start in range(0, x.size, BLOCK):  # blocks bound the memory of the phase matrix
        phase = np.exp(1j * np.outer(x[start : start + BLOCK], wave))
        field[start : start + BLOCK] = (phase @ weighted.T).real
    return field
