"""The affine layer, on values and on Taylor coefficients."""

from __future__ import annotations

import math
from typing import Any

import torch

from pinnsuite.calculus.matmul import product
from pinnsuite.calculus.rows import Rows
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
        return tape.call(self, z, taylor_affine(z, tape.held(self.weight), tape.held(self.bias)))

    def rows(self, inputs: torch.Tensor, gradients: torch.Tensor, rows: Rows) -> None:
        """d r_n / d W = sum over coefficients of gradient (x) input; d r_n / d b is the zeroth gradient."""
        rows.add_outer(self.weight, gradients, inputs)
        if self.bias is not None:
            rows.add(self.bias, gradients[0])


def taylor_affine(z: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """W z on every coefficient, (coefficients, points, inputs), and b on the zeroth."""
    return _TaylorAffine.apply(z, weight, bias)


class _TaylorAffine(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        ctx.save_for_backward(z, weight)
        y = product(_flat(z), weight.T).view(*z.shape[:-1], len(weight))
        if bias is not None:
            y[0] += bias
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (z, weight), (g,) = ctx.saved_tensors, gradients
        for_z, for_weight, for_bias = ctx.needs_input_grad
        flat = _flat(g)
        return (
            product(flat, weight).view(z.shape) if for_z else None,
            product(flat.T, _flat(z)) if for_weight else None,
            g[0].sum(0) if for_bias else None,
        )


def _flat(z: torch.Tensor) -> torch.Tensor:
    return z.reshape(-1, z.shape[-1])
