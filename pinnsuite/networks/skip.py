"""A connection past a block, opened by one trained number."""

from __future__ import annotations

import torch

from pinnsuite.calculus.rows import Rows
from pinnsuite.calculus.tape import Tape


class Skip(torch.nn.Module):
    """x + a (h - x), with a trained from ``start``: the block h counts for nothing at a = 0."""

    def __init__(self, start: float = 0.0, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.share = torch.nn.Parameter(torch.full((1,), start, dtype=dtype))

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        return x + self.share * (h - x)

    def taylor(self, x: torch.Tensor, h: torch.Tensor, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, width)."""
        return tape.call(self, h - x, x + tape.held(self.share) * (h - x))

    def rows(self, inputs: torch.Tensor, gradients: torch.Tensor, rows: Rows) -> None:
        """d r / d a = sum over coefficients and neurons of gradient times (h - x)."""
        rows.add(self.share, (gradients * inputs).sum((0, 2))[:, None])
