"""Semilinear evolution equations on a period, u_t = L u - (F(u))_x + S(u), and the named ones of the literature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pinnsuite.errors import InputError

Pointwise = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Semilinear:
    """The equation ``u_t = L u - (F(u))_x + S(u)`` for a real, periodic ``u(x, t)``.

    Attributes:
        symbol: Fourier symbol of ``L``: wave numbers ``k`` (rad per length) to complex growth rates, elementwise; for
            example ``-nu k^2`` for ``nu u_xx`` and ``i c k^3`` for ``-c u_xxx``.
        flux: ``F``, elementwise, or None.
        source: ``S``, elementwise, or None; its linear part belongs into ``symbol``.
        degree: the highest power of ``u`` in ``F`` and ``S``; modes above ``1/(degree + 1)`` of the sampling are
            removed, which is the 2/3 rule for 2 and the 1/2 rule for 3 (S. A. Orszag, J. Atmos. Sci. 28 (1971) 1074).
    """

    symbol: Pointwise
    flux: Pointwise | None = None
    source: Pointwise | None = None
    degree: int = 2

    def __post_init__(self) -> None:
        if self.degree < 1:
            raise InputError("The degree of the nonlinearity is too small", given=self.degree, expected="1 or more")


def korteweg_de_vries(delta: float = 0.022) -> Semilinear:
    """``u_t + u u_x + delta^2 u_xxx = 0``; ``delta = 0.022`` with ``cos(pi x)`` on [-1, 1] recurs as solitons.

    Source: N. J. Zabusky and M. D. Kruskal, Phys. Rev. Lett. 15 (1965) 240.
    """
    return Semilinear(symbol=lambda k: 1j * delta**2 * k**3, flux=lambda u: 0.5 * u**2)


def kuramoto_sivashinsky(alpha: float, beta: float, gamma: float) -> Semilinear:
    """``u_t + alpha u u_x + beta u_xx + gamma u_xxxx = 0``.

    Good values: ``(5, 0.5, 0.005)`` on [-1, 1] from ``-sin(pi x)``, regular; ``(100/16, 100/16^2, 100/16^4)`` on
    [0, 2 pi] from ``cos x (1 + sin x)``, chaotic. Source: Y. Kuramoto, Prog. Theor. Phys. Suppl. 64 (1978) 346;
    G. I. Sivashinsky, Acta Astronaut. 4 (1977) 1177.
    """
    return Semilinear(symbol=lambda k: beta * k**2 - gamma * k**4 + 0j, flux=lambda u: 0.5 * alpha * u**2)


def allen_cahn(diffusion: float = 1e-4, rate: float = 5.0) -> Semilinear:
    """``u_t - diffusion u_xx + rate (u^3 - u) = 0``; usually from ``x^2 cos(pi x)`` on [-1, 1].

    Source: S. M. Allen and J. W. Cahn, Acta Metall. 27 (1979) 1085.
    """
    return Semilinear(symbol=lambda k: rate - diffusion * k**2 + 0j, source=lambda u: -rate * u**3, degree=3)


def viscous_burgers(viscosity: float) -> Semilinear:
    """``u_t + u u_x = viscosity u_xx``.

    Source: J. M. Burgers, Adv. Appl. Mech. 1 (1948) 171.
    """
    return Semilinear(symbol=lambda k: -viscosity * k**2 + 0j, flux=lambda u: 0.5 * u**2)
