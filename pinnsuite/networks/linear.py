"""The affine layer, on values and on Taylor coefficients."""

from __future__ import annotations

import math

import torch

from pinnsuite.calculus.tape import Tape


class Linear(torch.nn.Module):
    """y = W x + b, with W of shape (outputs, inputs).

    Weights start from the Glorot normal law, variance 2 / (inputs + outputs) (Glorot and Bengio 2010), biases at zero.
    On Taylor coefficients W acts on each and b on the zeroth alone.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        deviation = math.sqrt(2.0 / (inputs + outputs))
        weight = torch.randn(outputs, inputs, generator=generator, dtype=dtype) * deviation
        self.weight = torch.nn.Parameter(weight)
        self.bias = torch.nn.Parameter(torch.zeros(outputs, dtype=dtype)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, self.weight, self.bias)

    def taylor(self, z: torch.Tensor, tape: Tape) -> torch.Tensor:
        """(coefficients, points, inputs) to (coefficients, points, outputs)."""
        return tape.call(self, z, _affine(z, self.weight, self.bias))

    def rows(self, inputs: torch.Tensor, gradients: torch.Tensor) -> list[torch.Tensor]:
        """d r_n / d W = sum over coefficients of gradient (x) input; d r_n / d b is the zeroth gradient."""
        weight = torch.einsum("cno,cni->noi", gradients, inputs)
        return [weight] if self.bias is None else [weight, gradients[0]]


def _affine(z: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    y = z @ weight.T
    return y if bias is None else torch.cat([y[:1] + bias, y[1:]])
