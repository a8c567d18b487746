"""The one-step flame: published speeds, the equation and its conditions, the algebraic laws, refusals."""

import numpy as np
import pytest

from pinnsuite.errors import InputError
from pinnsuite.reference.flame_case1 import flame_profile, flame_speed
from pinnsuite.reference.premixed_flame import PremixedFlame

ATMOSPHERE = 101325.0
SPEEDS = [  # T_in in K, p in atm, phi, s_L in m/s
    (298, 1.0, 0.40, 0.267820482),
    (298, 1.0, 0.42, 0.292786112),
    (298, 1.2, 0.50, 0.380325984),
    (600, 1.0, 0.40, 0.690851130),
]


@pytest.fixture(scope="module")
def flame():
    return PremixedFlame(equivalence_ratio=0.42)


@pytest.fixture(scope="module")
def profile(flame):
    return flame_profile(flame, np.linspace(0, 1.5e-3, 1201))


@pytest.mark.parametrize(("temperature", "pressure", "phi", "speed"), SPEEDS)
def test_the_speed_matches_independent_solutions(temperature, pressure, phi, speed):
    flame = PremixedFlame(equivalence_ratio=phi, inlet_temperature=temperature, pressure=pressure * ATMOSPHERE)
    assert flame_speed(flame, rtol=1e-11) == pytest.approx(speed, rel=3e-9)


def test_the_speed_is_converged(flame, profile):
    assert flame_speed(flame, rtol=1e-11) == pytest.approx(profile.speed, rel=1e-9)


def test_the_inlet_conditions_hold(flame, profile):
    assert profile.temperature[0] == pytest.approx(298, rel=1e-11)
    assert profile.gradient[0] == pytest.approx(1e5, rel=1e-9)
    assert profile.temperature[-1] == pytest.approx(5035.4, abs=0.05)


def test_the_profile_satisfies_the_flame_equation(flame, profile):
    x = np.linspace(0, 1.5e-3, 1201)
    spacing = x[1] - x[0]
    stencil = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280]) / spacing
    inside = slice(4, -4)
    slope = np.convolve(profile.temperature, stencil[::-1], mode="valid")
    np.testing.assert_allclose(slope, profile.gradient[inside], atol=1e-6 * profile.gradient.max())
    curvature = np.convolve(profile.gradient, stencil[::-1], mode="valid")
    deficit = flame.burnt_temperature - profile.temperature
    source = flame.heat_release * flame.reaction_rate(profile.temperature, deficit, profile.speed)
    convection = flame.inlet_density * profile.speed * flame.heat_capacity * profile.gradient
    residual = convection[inside] - flame.conductivity * curvature - source[inside]
    assert np.max(np.abs(residual)) < 1e-6 * convection.max()


def test_the_preheat_zone_is_the_exact_exponential(flame, profile):
    x = np.linspace(0, 1.5e-3, 1201)[:40]
    rate = flame.inlet_density * profile.speed * flame.heat_capacity / flame.conductivity
    np.testing.assert_allclose(profile.temperature[:40], 298 + 1e5 / rate * np.expm1(rate * x), rtol=1e-8)


def test_mass_momentum_and_enthalpy_are_conserved(flame, profile):
    np.testing.assert_allclose(profile.density * profile.velocity, flame.inlet_density * profile.speed, rtol=1e-14)
    pressure = profile.density * flame.specific_gas_constant * profile.temperature
    momentum = pressure + profile.density * profile.velocity**2
    np.testing.assert_allclose(momentum, flame.pressure + flame.inlet_density * profile.speed**2, rtol=1e-13)
    enthalpy = flame.heat_capacity * profile.temperature + flame.heat_release * profile.fuel
    np.testing.assert_allclose(enthalpy, flame.heat_capacity * flame.burnt_temperature, rtol=1e-13)


def test_points_may_come_in_any_order(flame, profile):
    some = flame_profile(flame, np.array([1e-3, 0.0, 1e-3, 5e-4]))
    expected = profile.temperature[[800, 0, 800, 400]]
    np.testing.assert_allclose(some.temperature, expected, rtol=1e-11)


def test_bad_input_is_refused(flame):
    with pytest.raises(InputError, match="'pressure'"):
        PremixedFlame(equivalence_ratio=0.4, pressure=-1.0)
    with pytest.raises(InputError, match="outside the flame"):
        flame_profile(flame, np.array([-1e-4]))
    with pytest.raises(InputError, match="outside the flame"):
        flame_profile(flame, np.array([1.0]))
    with pytest.raises(InputError, match="No flame speed"):
        flame_speed(PremixedFlame(equivalence_ratio=0.4, inlet_gradient=1e12))
