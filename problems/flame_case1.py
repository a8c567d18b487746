"""A freely propagating premixed flame with one-step chemistry and constant properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Dirichlet, Field, Neumann, Problem, Unknown, number
from pinnsuite.conditions import Condition
from pinnsuite.domain.region import Boundary
from pinnsuite.laws.arrhenius import OneStep, subsonic_velocity

SPEED = Unknown(0.4, low=0.05, high=5.0, scale="log", unit="m/s")
COLD = 0.002  # of T_max - T_in: the rise below which residuals are taken alike
BURNT = 0.98  # of T_max - T_in: the least rise at the outlet


@dataclass(frozen=True)
class FlameCase1(Problem):
    """Temperature of a flame that stands still in the gas that it burns; the speed of the gas is an eigenvalue.

        gas := gas_constant/molar_mass
        mass_flux := pressure/(gas*inlet_temperature)*flame_speed
        burnt := inlet_temperature + heat_release/heat_capacity*equivalence_ratio/(equivalence_ratio + 4)
        deficit := Max(burnt - inlet_temperature - Max(T - inlet_temperature, 0), 0)
        inside := burnt - deficit
        bulk := flame_speed + gas*inlet_temperature/flame_speed
        velocity := 2*gas*inside/(bulk + sqrt(bulk**2 - 4*gas*inside))
        fuel := mass_flux/velocity*heat_capacity*deficit/heat_release
        omega := pre_exponential*exp(-activation_energy/(gas_constant*inside))*fuel**order
        weight := (burnt - inlet_temperature)/(Max(T - inlet_temperature, 0) + 0.002*(burnt - inlet_temperature))
        energy: (mass_flux*heat_capacity*T_x - conductivity*T_xx - heat_release*omega)*weight = 0

    on 0 <= x <= 1.5 mm with T = T_in and T_x = inlet_gradient at x = 0, which fix the position of the flame; where it
    is to be found from data (``position``), only what both say of the flux: conductivity*T_x -
    mass_flux*heat_capacity*(T - T_in) is conductivity*inlet_gradient there, as nothing reacts further upstream. The
    velocity is the subsonic root of p + rho u^2 = const without cancellation, and Y_F = c_p (T_max - T)/q with T_max
    = ``burnt``. The rate sees T clamped to [T_in, T_max], so that it is finite whatever a network proposes.

    Three things make this well posed for least squares. (1) The rise T - T_in grows from 7 K to 5000 K as exp(k x), k
    = m c_p/lambda; a residual of 5e-4 of its peak in the cold gas moves the flame by its own thickness: the residual
    is taken relative to the rise (``weight``). (2) Cold gas with s_L = 0 satisfies everything: the speed is bounded,
    and 98 % of the rise must be reached at the outlet. (3) The growing mode exp(k x) is free at the outlet, at a cost
    of 1e-9 in s_L: there (T_max - T) T_xx + nu T_x^2 = 0, the algebraic burnout of omega ~ (T_max - T)^nu in an
    unbounded flame, which holds to 0.03 K.

    Methane in pure oxygen, without heat loss, burns near 5000 K: a test of numerics, not of chemistry.
    """

    flame_speed: float | Unknown = number(SPEED, unit="m/s", doc="s_L")
    equivalence_ratio: float = number(0.42, doc="phi, fuel over what the oxygen can burn", low=0.0)
    inlet_temperature: float = number(298.0, unit="K", doc="T_in", low=0.0)
    pressure: float = number(101325.0, unit="Pa", doc="p_in", low=0.0)
    inlet_gradient: float = number(1e5, unit="K/m", doc="dT/dx at x = 0", low=0.0)
    conductivity: float = number(2.6e-2, unit="W/(m*K)", doc="lambda", low=0.0)
    heat_capacity: float = number(1000.0, unit="J/(kg*K)", doc="c_p, at constant pressure", low=0.0)
    heat_release: float = number(5.0e7, unit="J/kg", doc="q, per mass of fuel", low=0.0)
    molar_mass: float = number(28.97e-3, unit="kg/mol", doc="W, of the mixture", low=0.0)
    gas_constant: float = number(8.3145, unit="J/(mol*K)", doc="R", low=0.0)
    pre_exponential: float = number(1.4e8, unit="(kg/m**3)**(-0.6)/s", doc="A", low=0.0)
    activation_energy: float = number(1.214172e5, unit="J/mol", doc="E_a", low=0.0)
    order: float = number(1.6, doc="nu, order of the reaction in the density of the fuel", low=1.0)
    position: Literal["inlet", "data"] = "inlet"

    domain = Box(x=Axis(0, 1.5e-3, unit="m"))
    fields = (Field("T", unit="K", scale=5000.0, doc="temperature"),)
    derived = (Field("u", unit="m/s", doc="velocity of the gas"),)
    residual_scales: ClassVar[Mapping[str, float]] = {"energy": 5e10}  # W/m^3, a tenth of it being the peak of a term
    good_values = (
        "phi = 0.40 to 0.50 at 1 and 1.2 atm; T_in = 300 to 600 K at phi = 0.40; s_L = 0.292786 m/s for the defaults. "
        "The published profiles are first-order accurate: s_L is off by 5e-4 and T by up to 17 K"
    )
    source = "Wu, Zhang, Wu, Zhang, Li, Zhang, Combust. Flame (2025) 113964, Case 1"

    @property
    def burnt(self) -> Any:
        """T_max in K, at which no fuel is left."""
        fuel = self.equivalence_ratio / (self.equivalence_ratio + 4)
        return self.inlet_temperature + self.heat_release / self.heat_capacity * fuel

    def equation(self, T: Any, x: Any) -> Mapping[str, Any]:
        convection, conduction = self._mass_flux() * self.heat_capacity * D(T, x), self.conductivity * D(T, x, x)
        span = self.burnt - self.inlet_temperature
        weight = span / (torch.relu(T - self.inlet_temperature) + COLD * span)
        return {"energy": (convection - conduction - self.heat_release * self._reaction_rate(T)) * weight}

    def derive(self, T: Any) -> Mapping[str, Any]:
        inside = self.burnt - self._deficit(T)
        return {"u": subsonic_velocity(inside, self.flame_speed, self.inlet_temperature, self._gas)}

    @property
    def _gas(self) -> Any:
        return self.gas_constant / self.molar_mass

    def _mass_flux(self) -> Any:
        return self.pressure / (self._gas * self.inlet_temperature) * self.flame_speed

    def _deficit(self, T: Any) -> Any:
        return torch.relu(self.burnt - self.inlet_temperature - torch.relu(T - self.inlet_temperature))

    def _reaction_rate(self, T: Any) -> Any:
        deficit = self._deficit(T)
        law = OneStep(self.pre_exponential, self.activation_energy, self.gas_constant, self.order)
        fuel = self._mass_flux() / self.derive(T)["u"] * self.heat_capacity * deficit / self.heat_release  # rho Y_F
        return law.rate(self.burnt - deficit, fuel)

    def conditions(self) -> Sequence[Condition]:
        inlet, outlet = Boundary("x", "low"), Boundary("x", "high")
        if self.position == "inlet":  # the outward normal points upstream
            given = [Dirichlet(inlet, T=self.inlet_temperature), Neumann(inlet, T=-self.inlet_gradient)]
        else:
            given = [Condition(inlet, self._preheated, kind="preheated")]
        return [*given, Condition(outlet, self._burnt, kind="burnt"), Condition(outlet, self._burnout, kind="burnout")]

    def _preheated(self, T: Any, x: Any) -> Any:
        carried = self._mass_flux() * self.heat_capacity * (T - self.inlet_temperature)
        return self.conductivity * (D(T, x) - self.inlet_gradient) - carried

    def _burnt(self, T: Any, x: Any) -> Any:
        return torch.relu(BURNT - (T - self.inlet_temperature) / (self.burnt - self.inlet_temperature))

    def _burnout(self, T: Any, x: Any) -> Any:
        return (self.burnt - T) * D(T, x, x) + self.order * D(T, x) ** 2

    def _published(self) -> Any:
        """The parameters for the reference; one that is to be found has its published value."""
        from pinnsuite.reference.premixed_flame import PremixedFlame

        known = {name: value for name, value in self.numbers().items() if isinstance(value, int | float)}
        known.pop("flame_speed", None)
        return PremixedFlame(**({"equivalence_ratio": 0.42} | known))

    def true_values(self) -> Mapping[str, float]:
        """What is to be found: the flame speed of the reference in m/s, published values for the rest."""
        from pinnsuite.reference.flame_case1 import flame_speed

        flame, numbers = self._published(), self.numbers()
        true = {n: getattr(flame, n) for n, v in numbers.items() if isinstance(v, Unknown) and n != "flame_speed"}
        return true | ({"flame_speed": flame_speed(flame)} if isinstance(numbers["flame_speed"], Unknown) else {})

    def reference(self, x: np.ndarray) -> Mapping[str, np.ndarray]:
        """Temperature and velocity by the phase plane, with the flame speed of the reference, to 1e-10."""
        from pinnsuite.reference.flame_case1 import cached_profile

        return cached_profile(self._published(), x)
