"""Flame speed and profile of the one-step premixed flame with constant properties, by the phase plane.

With ``g = dT/dx`` as a function of ``T`` the flame equation ``m c_p T' = lambda T'' + q omega(T)``, ``m = rho_in s_L``,
becomes ``dg/dT = (m c_p - q omega/g)/lambda`` with ``g(T_max) = 0``: a first-order eigenvalue problem for ``s_L``,
closed by ``g(T_in) = inlet_gradient``. Integrated from the burnt side it forgets its start at the rate
``m c_p/(lambda g)``, so it has none of the instability of marching in ``x`` from the inlet.

Sources: Ya. B. Zeldovich and D. A. Frank-Kamenetskii, Acta Physicochim. URSS 9 (1938) 341 (the phase plane); Wu, Zhang,
Wu, Zhang, Li, Zhang, Combust. Flame (2025) 113964 (the case).
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from pinnsuite.errors import InputError
from pinnsuite.reference.cache import cached, source_hash
from pinnsuite.reference.ode import solve_ode
from pinnsuite.reference.premixed_flame import PremixedFlame

START = 1e-4  # (T_max - T)/(T_max - T_in) where the integration leaves the burnt side
SPEEDS = (1e-3, 1e2)  # m/s, the range searched for the flame speed


class FlameProfile(NamedTuple):
    """A flame on the points ``x``; every array has the shape ``(points,)``."""

    speed: float  # s_L, m/s
    temperature: np.ndarray  # K
    gradient: np.ndarray  # dT/dx, K/m
    velocity: np.ndarray  # m/s
    density: np.ndarray  # kg/m^3
    fuel: np.ndarray  # Y_F, mass fraction


def flame_speed(flame: PremixedFlame, *, rtol: float = 1e-13) -> float:
    """Return ``s_L`` in m/s, for which ``g(T_in)`` is the inlet gradient.

    ``rtol`` is the tolerance of the phase-plane integration; the relative error of the speed is smaller, since
    ``g(T_in)`` reacts strongly to it.

    Raises:
        InputError: when no speed between 1 mm/s and 100 m/s meets the gradient.
    """

    def excess(log_speed: float) -> float:
        return _inlet_excess(flame, float(np.exp(log_speed)), rtol)[0]

    # A flame that is too slow leaves a steep inlet; one that is too fast bends below the inlet gradient before T_in.
    slow, *rest = np.linspace(np.log(SPEEDS[0]), np.log(SPEEDS[1]), 41)
    if excess(slow) > 0:
        for fast in rest:
            if excess(fast) <= 0:
                return float(np.exp(brentq(excess, slow, fast, xtol=1e-15)))
            slow = fast
    raise InputError("No flame speed meets the inlet gradient", given=flame, expected=f"s_L within {SPEEDS} m/s")


def flame_profile(flame: PremixedFlame, x: np.ndarray, *, rtol: float = 1e-13) -> FlameProfile:
    """Return the flame at the points ``x`` in m, in any order, with ``T(0) = T_in`` and ``T'(0)`` the inlet gradient.

    The phase plane gives the distance from the starting point near ``T_max`` to the inlet; from that point ``(T, g)``
    is carried upstream, the stable direction, by `solve_ode`, which ends its steps on the wanted points.

    Raises:
        InputError: for points upstream of the inlet or beyond the burnt starting point.
    """
    x = np.asarray(x, dtype=float)
    speed = flame_speed(flame, rtol=rtol)
    _, length = _inlet_excess(flame, speed, rtol)
    if x.ndim != 1 or x.size == 0 or x.min() < 0 or x.max() >= length:
        raise InputError(
            "A point lies outside the flame", given=x, expected=f"a list of points within [0, {length:g}) m"
        )

    unit = flame.conductivity / (flame.inlet_density * speed * flame.heat_capacity)  # m, the preheat length
    start = START * (flame.burnt_temperature - flame.inlet_temperature)

    def rhs(_: np.longdouble, state: np.ndarray) -> np.ndarray:
        deficit, slope = state  # T_max - T and g times the unit length, both in K, against distance/unit upstream
        omega = flame.reaction_rate(flame.burnt_temperature - deficit, deficit, speed)
        source = flame.heat_release * omega * unit**2 / flame.conductivity
        return np.array([slope, source - slope])

    order = np.unique(x)[::-1]
    distance = np.concatenate([[0.0], (length - order) / unit])
    states = solve_ode(rhs, np.array([start, _manifold(flame, start, speed) * unit]), distance)[:, 1:]
    back = np.searchsorted(-order, -x)
    deficit, gradient = states[0, back], states[1, back] / unit
    temperature = flame.burnt_temperature - deficit
    velocity = flame.velocity(temperature, speed)
    return FlameProfile(
        speed=speed,
        temperature=temperature,
        gradient=gradient,
        velocity=velocity,
        density=flame.inlet_density * speed / velocity,
        fuel=flame.heat_capacity * deficit / flame.heat_release,
    )


def cached_profile(flame: PremixedFlame, x: np.ndarray) -> dict[str, np.ndarray]:
    """Temperature ``T`` in K and velocity ``u`` in m/s at the points ``x``, from the cache if they are there."""
    modules = [sys.modules[m] for m in (__name__, solve_ode.__module__, PremixedFlame.__module__)]
    key = {"solver": source_hash(*modules), "x": x} | vars(flame)

    def solve() -> dict[str, np.ndarray]:
        found = flame_profile(flame, x)
        return {"T": found.temperature, "u": found.velocity}

    return cached(key, solve)


def _manifold(flame: PremixedFlame, deficit: float, speed: float) -> float:
    """``g`` in K/m near burnout, where convection balances reaction: ``g = q omega/(m c_p)``."""
    omega = flame.reaction_rate(np.asarray(flame.burnt_temperature - deficit), np.asarray(deficit), speed)
    return float(flame.heat_release * omega / (flame.inlet_density * speed * flame.heat_capacity))


def _inlet_excess(flame: PremixedFlame, speed: float, rtol: float) -> tuple[float, float]:
    """Return ``g(T_in)`` over the inlet gradient minus 1, and the distance in m from the starting point to the inlet.

    Integrates ``ln g`` and the distance against ``s = ln(T_max - T)``. If ``g`` falls to the inlet gradient before
    ``T_in``, the linear continuation of ``g`` without reaction stands in, which keeps the excess continuous.
    """
    convection = flame.inlet_density * speed * flame.heat_capacity / flame.conductivity  # 1/m
    span = flame.burnt_temperature - flame.inlet_temperature
    threshold = float(np.log(flame.inlet_gradient))

    def rhs(s: float, y: np.ndarray) -> list[float]:
        deficit, g = np.exp(s), np.exp(y[0])
        omega = flame.reaction_rate(flame.burnt_temperature - deficit, deficit, speed)
        slope = flame.heat_release / flame.conductivity * omega / g - convection
        return [deficit * slope / g, deficit / g]

    def falls(_: float, y: np.ndarray) -> float:
        return float(y[0]) - threshold

    falls.terminal, falls.direction = True, -1  # type: ignore[attr-defined]
    begin = [np.log(_manifold(flame, START * span, speed)), 0.0]
    path = solve_ivp(
        rhs, np.log([START * span, span]), begin, method="DOP853", rtol=rtol, atol=[rtol, 1e-3 * rtol], events=falls
    )
    if path.status == 1:
        missing = span - float(np.exp(path.t_events[0][0]))
        return -convection * missing / flame.inlet_gradient, float(path.y[1, -1])
    if path.status != 0:
        raise InputError("The phase plane could not be integrated", given=f"s_L = {speed:g} m/s", expected=path.message)
    return float(np.expm1(path.y[0, -1] - threshold)), float(path.y[1, -1])
