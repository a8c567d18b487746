"""Networks side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape


class Branches(torch.nn.Module):
    """The outputs of several networks of the same inputs, one after the other; with a Taylor mode if all have one."""

    def __init__(self, *branches: torch.nn.Module) -> None:
        super().__init__()
        self.branches = torch.nn.ModuleList(branches)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=-1)

    @property
    def taylor(self) -> Callable[[torch.Tensor, LowerSet, Tape], torch.Tensor]:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        branches: list[Any] = list(self.branches)
        readers = [branch.taylor for branch in branches]
        return lambda z, carried, tape: torch.cat([read(z, carried, tape) for read in readers], dim=-1)
