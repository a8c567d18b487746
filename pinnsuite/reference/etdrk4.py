"""Fourth-order exponential time differencing (ETDRK4) for semilinear problems with a diagonal linear part.

Sources: S. M. Cox and P. C. Matthews, J. Comput. Phys. 176 (2002) 430, equations 26-29; A.-K. Kassam and L. N.
Trefethen, SIAM J. Sci. Comput. 26 (2005) 1214, section 3 (coefficients as contour means).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pinnsuite.errors import InputError

CONTOUR_POINTS = 32
SMALL = 0.5


class _Coefficients(NamedTuple):
    full: np.ndarray  # exp(h L)
    half: np.ndarray  # exp(h L / 2)
    stage: np.ndarray  # weight of N in the three inner stages
    first: np.ndarray  # weights of N(u), N(a) + N(b), N(c) in the step
    middle: np.ndarray
    last: np.ndarray


def phi_weights(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the four ETDRK4 weights at ``z = h L``, each of the shape of ``z`` and without the factor ``h``.

    ``q = (e^(z/2) - 1)/z``, ``f1 = (-4 - z + e^z (4 - 3z + z^2))/z^3``, ``f2 = 2 (2 + z + e^z (z - 2))/z^3`` and
    ``f3 = (-4 - 3z - z^2 + e^z (4 - z))/z^3``. The quotients cancel near the origin, so for ``|z| < 1/2`` they are
    means over a unit circle around ``z`` (Kassam and Trefethen 2005). The whole circle is used and the mean is
    kept complex: halving the circle and taking real parts holds only for a real ``L``, not for a dispersive one.
    """
    z = np.asarray(z, dtype=np.result_type(z, complex))
    small = np.abs(z) < SMALL
    # Away from the origin the quotients are accurate as they stand; a circle around |z| = 1 would pass through it.
    direct = _quotients(np.where(small, 1.0, z))
    circle = np.exp(2j * np.pi * (np.arange(CONTOUR_POINTS) + 0.5) / CONTOUR_POINTS)
    centres = z[small]
    sums = [np.zeros_like(centres) for _ in direct]
    for point in circle:
        for total, value in zip(sums, _quotients(centres + point), strict=True):
            total += value
    for weight, total in zip(direct, sums, strict=True):
        weight[small] = total / CONTOUR_POINTS
    return direct


def etdrk4(
    linear: np.ndarray,
    nonlinear: Callable[[np.ndarray], np.ndarray],
    initial: np.ndarray,
    times: np.ndarray,
    *,
    max_step: float,
) -> np.ndarray:
    """Integrate ``dv/dt = L v + N(v)`` for a spectrum ``v`` whose linear part is diagonal.

    Args:
        linear: symbol ``L``, real or complex, of the shape of ``initial``, in 1/time.
        nonlinear: ``N``, spectrum to spectrum, without explicit time.
        initial: spectrum at ``times[0]``, any shape ``(*modes,)``.
        times: increasing times, shape ``(times,)``; the first one belongs to ``initial``.
        max_step: upper bound of the time step; each interval is cut into equal steps that do not exceed it.

    Returns:
        Spectra at ``times``, shape ``(times, *modes)``: complex, or of extended precision if ``linear`` or ``initial``
        are (``np.longdouble``), in which all is computed then.

    Raises:
        InputError: for shapes or times that do not fit, and when the field does not stay finite.
    """
    times = np.asarray(times, dtype=float)
    precision = np.result_type(linear, initial, complex)
    linear = np.asarray(linear, dtype=precision)
    field = np.array(initial, dtype=precision)
    if times.ndim != 1 or times.size == 0 or not np.all(np.isfinite(times)) or np.any(np.diff(times) <= 0):
        raise InputError("The output times do not increase", given=times, expected="a 1-D array of increasing times")
    if linear.shape != field.shape:
        raise InputError("The symbol and the spectrum differ in shape", given=linear.shape, expected=field.shape)
    if not (np.isfinite(max_step) and max_step > 0):
        raise InputError("The time step is not positive", given=max_step, expected="a positive number")

    result = np.empty((times.size, *field.shape), dtype=precision)
    result[0] = field
    known: dict[str, _Coefficients] = {}
    for index, interval in enumerate(np.diff(times)):
        # The small slack keeps an interval that is a whole number of steps up to rounding at that number.
        count = max(1, int(np.ceil(interval / max_step - 1e-9)))
        step = interval / count
        key = f"{step:.12e}"  # steps that differ by the rounding of the times share their coefficients
        if key not in known:
            known[key] = _coefficients(linear, step)
        with np.errstate(over="ignore", invalid="ignore"):  # reported below, once and with the step
            for _ in range(count):
                field = _advance(field, nonlinear, known[key])
        if not np.all(np.isfinite(field)):
            raise InputError(
                f"The field is not finite at time {times[index + 1]:g}",
                given=f"step {step:g}",
                do="Take a smaller step",
            )
        result[index + 1] = field
    return result


def _quotients(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    e, cube = np.exp(z), z**3
    return (
        np.expm1(z / 2) / z,
        (-4 - z + e * (4 - 3 * z + z**2)) / cube,
        2 * (2 + z + e * (z - 2)) / cube,
        (-4 - 3 * z - z**2 + e * (4 - z)) / cube,
    )


def _coefficients(linear: np.ndarray, step: float) -> _Coefficients:
    z = step * linear
    weights = [step * weight for weight in phi_weights(z)]
    return _Coefficients(np.exp(z), np.exp(z / 2), *weights)


def _advance(v: np.ndarray, nonlinear: Callable[[np.ndarray], np.ndarray], c: _Coefficients) -> np.ndarray:
    n_v = nonlinear(v)
    decayed = c.half * v
    a = decayed + c.stage * n_v
    n_a = nonlinear(a)
    b = decayed + c.stage * n_a
    n_b = nonlinear(b)
    n_c = nonlinear(c.half * a + c.stage * (2 * n_b - n_v))
    return c.full * v + c.first * n_v + c.middle * (n_a + n_b) + c.last * n_c
