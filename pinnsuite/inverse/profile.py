"""Profile likelihood: how the misfit grows when one number is held away from its estimate and all else follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.interpolate import PchipInterpolator

from pinnsuite.errors import choose
from pinnsuite.inverse.constrained import constrained, settle
from pinnsuite.inverse.estimator import Estimator
from pinnsuite.inverse.values import values_of
from pinnsuite.solvers.march import March

POINTS, FARTHER = 4, 1.33  # to either side, as far as so many halves of the 95 % interval


@dataclass(frozen=True)
class Profile:
    """chi-square above its least over values of one number, (points,) in rising order of the scaled number.

    low, high: where it passes ``level``, that of the 95 % interval; None where it does not within the values tried.
    quadratic: what the posterior expects, from the standard error.
    """

    name: str
    values: np.ndarray
    chi_square: np.ndarray
    quadratic: np.ndarray
    low: float | None
    high: float | None
    level: float


def profile(march: March, linear: Estimator, name: str) -> Profile:
    """Hold a number at values to both sides of its estimate, and fit everything else again at each.

    Chi-square is the sum of squares of the measurements over their noise, and of the equations as strictly as the
    posterior takes them. Where it is above its least by more than the posterior's quantile (3.84 for known noise), a
    value lies outside the 95 % interval (Venzon and Moolgavkar, Appl. Stat. 37 (1988) 87). Steps begin where the
    posterior expects the rest to be. The solve, to which ``linear`` belongs as it stands, is left as it was found.
    Raises `InputError` for a number that is not unknown.
    """
    choose(name, march.whole.unknowns, "unknown number")
    fitted = march.vector.copy()
    index = linear.posterior.names.index(name)
    blocks, factor = constrained(march.window, linear)
    width, slot = float(linear.posterior.widths[index]), march.vector.slices[name]
    centre, along = float(fitted[slot]), _conditional(linear, len(fitted), index)
    shifts = np.linspace(-1, 1, 2 * POINTS + 1) * FARTHER * linear.posterior.reach * width
    found = {}
    try:
        march.vector.hold(name)
        for side in (shifts[POINTS:], shifts[POINTS - 1 :: -1]):
            state, before = fitted, 0.0
            for shift in side:
                march.vector.set(state + along * (shift - before))
                found[shift] = factor * settle(march.window, blocks)
                state, before = march.vector.copy(), shift
    finally:
        march.vector.hold()
        march.vector.set(fitted)
    chi_square = np.array([found[s] for s in shifts])
    chi_square -= chi_square.min()
    values = np.array(values_of(march.whole.unknowns[name], list(centre + shifts)))
    limits = [_crossing(s * shifts[POINTS:], c, linear.posterior.reach) for s, c in _sides(chi_square)]
    ends = [None if x is None else values_of(march.whole.unknowns[name], [centre + x])[0] for x in limits]
    low, high = ends if values[0] < values[-1] else ends[::-1]
    return Profile(name, values, chi_square, (shifts / width) ** 2, low, high, linear.posterior.reach**2)


def _sides(chi_square: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """To the left and to the right, from the middle on."""
    return [(-1, chi_square[POINTS::-1]), (1, chi_square[POINTS:])]


def _conditional(linear: Estimator, size: int, index: int) -> torch.Tensor:
    """By how much all trained numbers follow one of the last ones, (size,), from R of the posterior."""
    factor = linear.factor
    column = torch.zeros(size, 1, dtype=factor.dtype, device=factor.device)
    column[size - len(linear.posterior.names) + index] = 1.0
    inner = torch.linalg.solve_triangular(factor.T, column, upper=False)
    follow = torch.linalg.solve_triangular(factor, inner, upper=True)[:, 0]
    return follow / follow[size - len(linear.posterior.names) + index]


def _crossing(shifts: np.ndarray, chi_square: np.ndarray, reach: float) -> float | None:
    """Where chi-square passes reach^2, by its root, which is nearly linear; None where it stays below."""
    root = np.sqrt(np.maximum.accumulate(np.maximum(chi_square, 0.0)))
    above = np.flatnonzero(root > reach)
    if not len(above):
        return None
    along = np.linspace(0, 1, 2001)
    curve = PchipInterpolator(np.linspace(0, 1, len(root)), root)(along)
    return float(np.interp(along[np.argmax(curve > reach)], np.linspace(0, 1, len(root)), shifts))
