"""One-step chemistry in an ideal gas that flows steadily: the rate of the reaction and the velocity of the gas.

Sources: S. Arrhenius, Z. Phys. Chem. 4 (1889) 226; F. A. Williams, Combustion Theory (1985), chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class OneStep:
    """omega = A exp(-E_a/(R T)) (rho Y)^order, in the units of A times those of the last factor.

    pre_exponential: A. activation_energy: E_a in J/mol. gas_constant: R in J/(mol K).
    """

    pre_exponential: Any
    activation_energy: Any
    gas_constant: Any
    order: Any

    def rate(self, temperature: Any, fuel: Any) -> Any:
        """From T in K and the density rho Y of the fuel."""
        return (
            self.pre_exponential
            * torch.exp(-self.activation_energy / (self.gas_constant * temperature))
            * (fuel**self.order)
        )


def subsonic_velocity(temperature: Any, speed: Any, inlet_temperature: Any, gas: Any) -> Any:
    """u at T where p + rho u^2 and rho u are constant, p = rho r T, and u = ``speed`` at the inlet; ``gas`` is r.

    The smaller root of u^2 - (speed + r T_in/speed) u + r T = 0, written without cancellation. Units of speed; r T in
    their square.
    """
    bulk = speed + gas * inlet_temperature / speed
    return 2 * gas * temperature / (bulk + torch.sqrt(bulk**2 - 4 * gas * temperature))
