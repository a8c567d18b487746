"""A one-step premixed flame with constant properties: its parameters and algebraic laws (Case 1).

Source: Wu, Zhang, Wu, Zhang, Li, Zhang, Combust. Flame (2025) 113964. The mixture is methane in pure oxygen without
heat loss, so ``T_max`` is far above a real flame's: a test of numerics, not of chemistry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pinnsuite.errors import InputError


@dataclass(frozen=True, kw_only=True)
class PremixedFlame:
    """The parameters of Case 1 in SI units; only the equivalence ratio has no default.

    Attributes:
        equivalence_ratio: phi of methane in oxygen; ``Y_in = phi/(phi + 4)``.
        inlet_temperature: ``T_in``, K.
        pressure: ``p_in``, Pa.
        inlet_gradient: ``dT/dx`` at ``x = 0``, K/m; it fixes the position of the flame.
        conductivity: ``lambda``, W/(m K).
        heat_capacity: ``c_p``, J/(kg K).
        heat_release: ``q``, J per kg of fuel.
        molar_mass: ``W``, kg/mol.
        gas_constant: ``R``, J/(mol K).
        pre_exponential: ``A``, (kg/m^3)^(1 - order)/s.
        activation_energy: ``E_a``, J/mol.
        order: ``nu`` of ``omega = A exp(-E_a/(R T)) (rho Y_F)^nu``.
    """

    equivalence_ratio: float
    inlet_temperature: float = 298.0
    pressure: float = 101325.0
    inlet_gradient: float = 1e5
    conductivity: float = 2.6e-2
    heat_capacity: float = 1000.0
    heat_release: float = 5.0e7
    molar_mass: float = 28.97e-3
    gas_constant: float = 8.3145
    pre_exponential: float = 1.4e8
    activation_energy: float = 1.214172e5
    order: float = 1.6

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value > 0):
                raise InputError(
                    f"The flame parameter '{name}' does not fit", given=value, expected="a positive number"
                )

    @property
    def specific_gas_constant(self) -> float:
        """``R_g = R/W``, J/(kg K)."""
        return self.gas_constant / self.molar_mass

    @property
    def inlet_density(self) -> float:
        """``rho_in = p/(R_g T_in)``, kg/m^3."""
        return self.pressure / (self.specific_gas_constant * self.inlet_temperature)

    @property
    def burnt_temperature(self) -> float:
        """``T_max = T_in + q Y_in/c_p``, K."""
        fuel = self.equivalence_ratio / (self.equivalence_ratio + 4)
        return self.inlet_temperature + self.heat_release * fuel / self.heat_capacity

    def velocity(self, temperature: np.ndarray, speed: float) -> np.ndarray:
        """Subsonic root of ``p + rho u^2 = const`` with ``rho u = rho_in s_L`` and ``p = rho R_g T``, m/s."""
        gas = self.specific_gas_constant
        c = speed + gas * self.inlet_temperature / speed
        # The conjugate form of [c - sqrt(c^2 - 4 R_g T)]/2, which would cancel: c is far above the velocity.
        return 2 * gas * temperature / (c + np.sqrt(c**2 - 4 * gas * temperature))

    def reaction_rate(self, temperature: np.ndarray, deficit: np.ndarray, speed: float) -> np.ndarray:
        """``omega = A exp(-E_a/(R T)) (rho Y_F)^nu`` in kg/(m^3 s) with ``Y_F = c_p (T_max - T)/q``.

        ``deficit`` is ``T_max - T`` in K, passed by itself since the difference cancels near burnout.
        """
        density = self.inlet_density * speed / self.velocity(temperature, speed)
        fuel = self.heat_capacity * deficit / self.heat_release
        arrhenius = np.exp(-self.activation_energy / (self.gas_constant * temperature))
        return self.pre_exponential * arrhenius * (density * fuel) ** self.order
