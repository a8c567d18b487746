"""A network with a series beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.networks.spectral import Spectral


class Beside(torch.nn.Module):
    """f N(x) + S(x), with a series S that starts from zero: the function of N, and more ways to change it.

    (points, inputs) to (points, outputs). ``columns``: the inputs that the series takes. f, (outputs,), is one.
    """

    def __init__(self, network: Any, series: Spectral, columns: Sequence[int]) -> None:
        super().__init__()
        self.network, self.series, self.columns = network, series, list(columns)
        self.factors = torch.ones(series.outputs, dtype=series.series.coefficients.dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.factors * self.network(x) + self.series(x[:, self.columns])
        return found

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        found: torch.Tensor = self.network.taylor(z, carried, tape)
        return self.factors * found + self.series.taylor(z[:, :, self.columns], carried, tape)
