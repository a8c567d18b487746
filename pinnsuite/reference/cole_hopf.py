"""Exact viscous Burgers field from -sin(pi x) by the Cole-Hopf transform.

Sources: J. D. Cole, Quart. Appl. Math. 9 (1951) 225; E. Hopf, Comm. Pure Appl. Math. 3 (1950) 201; C. Basdevant et al.,
Comput. Fluids 14 (1986) 23 (this initial field).
"""

from __future__ import annotations

import numpy as np

from pinnsuite.errors import InputError

NEGLIGIBLE = 45.0  # exp(-45) = 3e-20 is below the rounding of a sum of weights that are at most 1


def burgers(x: np.ndarray, t: np.ndarray, nu: float, *, nodes_per_width: float = 4.0) -> np.ndarray:
    """Return ``u`` of ``u_t + u u_x = nu u_xx``, ``u(x, 0) = -sin(pi x)``, which is odd and has the period 2.

    ``u(x, t) = -int sin(pi (x - s)) w(s) ds / int w(s) ds`` with
    ``w(s) = exp(-cos(pi (x - s))/(2 pi nu) - s^2/(4 nu t))``, both over the real line. The trapezoidal rule converges
    geometrically for such an entire, Gaussian-like integrand; the exponent is shifted by its maximum over the nodes, so
    no weight overflows and at least one is 1.

    Args:
        x: points, shape ``(points,)``.
        t: times, not negative, shape ``(times,)``, in any order.
        nu: viscosity, positive; the cost grows like ``nu^(-1/2)``.
        nodes_per_width: nodes per standard deviation of the narrowest possible peak of ``w``. 4 is converged to
            rounding; doubling it is the convergence check.

    Returns:
        ``u``, shape ``(points, times)``; a column of ``t = 0`` is ``-sin(pi x)``.

    Raises:
        InputError: for a viscosity that is not positive or a negative time.
    """
    x, t = np.atleast_1d(np.asarray(x, dtype=float)), np.atleast_1d(np.asarray(t, dtype=float))
    if not (np.isfinite(nu) and nu > 0):
        raise InputError("The viscosity is not positive", given=nu, expected="a positive number")
    if not (np.all(np.isfinite(t)) and np.all(t >= 0)):
        raise InputError("A time lies before the start or is not finite", given=t, expected="times of 0 or later")
    if not nodes_per_width > 0:
        raise InputError("The node density is not positive", given=nodes_per_width, expected="a positive number")
    field = np.empty((x.size, t.size))
    for column, time in enumerate(t):
        field[:, column] = -np.sin(np.pi * x) if time == 0 else _weighted_mean(x, float(time), nu, nodes_per_width)
    return field


def _weighted_mean(x: np.ndarray, time: float, nu: float, nodes_per_width: float) -> np.ndarray:
    # The cosine term varies by at most 1/(pi nu), so beyond this reach every weight is negligible beside that of s = 0.
    reach = np.sqrt(4 * nu * time * (1 / (np.pi * nu) + NEGLIGIBLE))
    width = 1 / np.sqrt(np.pi / (2 * nu) + 1 / (2 * nu * time))
    half = int(np.ceil(reach * nodes_per_width / width))
    s = np.linspace(-reach, reach, 2 * half + 1)
    angle = np.pi * (x[:, None] - s)  # (points, nodes)
    exponent = -np.cos(angle) / (2 * np.pi * nu) - s**2 / (4 * nu * time)
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return -np.sum(np.sin(angle) * weight, axis=1) / np.sum(weight, axis=1)
