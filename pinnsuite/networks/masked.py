"""A linear layer of which only some entries are trained."""

from __future__ import annotations

import torch

from pinnsuite.calculus.rows import Rows
from pinnsuite.calculus.tape import Tape
from pinnsuite.networks.linear import taylor_affine


class MaskedLinear(torch.nn.Module):
    """y = W x with W = sizes * c, where c, one number for every entry of ``sizes`` that is not zero, starts from zero.

    (points, inputs) to (points, outputs) for ``sizes`` of shape (outputs, inputs).
    """

    sizes: torch.Tensor
    index: torch.Tensor

    def __init__(self, sizes: torch.Tensor) -> None:
        super().__init__()
        self.shape = sizes.shape
        self.register_buffer("index", sizes.flatten().nonzero()[:, 0], persistent=False)
        self.register_buffer("sizes", sizes.flatten()[self.index], persistent=False)
        self.coefficients = torch.nn.Parameter(torch.zeros_like(self.sizes))

    def weight(self, coefficients: torch.Tensor) -> torch.Tensor:
        """W, (outputs, inputs)."""
        zeros = coefficients.new_zeros(self.shape.numel())
        return zeros.scatter(0, self.index, self.sizes * coefficients).view(self.shape)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, self.weight(self.coefficients))

    def taylor(self, z: torch.Tensor, tape: Tape) -> torch.Tensor:
        """(coefficients, points, inputs) to (coefficients, points, outputs)."""
        return tape.call(self, z, taylor_affine(z, self.weight(tape.held(self.coefficients)), None))

    def rows(self, inputs: torch.Tensor, gradients: torch.Tensor, rows: Rows) -> None:
        """d r_n / d c = sizes * sum over coefficients of gradient (x) input, where that is trained."""
        full = gradients.new_zeros(gradients.shape[1], self.shape.numel())
        Rows(full, {id(self.coefficients): 0}).add_outer(self.coefficients, gradients, inputs)
        rows.add(self.coefficients, full[:, self.index] * self.sizes)
