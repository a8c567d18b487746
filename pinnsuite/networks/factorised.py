"""The affine layer with a scale of its own for every neuron."""

from __future__ import annotations

import torch

from pinnsuite.calculus.matmul import product
from pinnsuite.calculus.rows import Rows
from pinnsuite.calculus.tape import Tape
from pinnsuite.networks.linear import Linear, taylor_affine


class FactorisedLinear(Linear):
    """y = diag(e^s) V x + b, with V, s and b trained (random weight factorisation, Wang et al. 2022).

    s starts from a normal law with this ``mean`` and ``deviation`` and V = diag(e^-s) W from the W of `Linear`, so that
    the layer starts as a plain one; what changes is how far a step in V moves each neuron.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        mean: float = 1.0,
        deviation: float = 0.1,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__(inputs, outputs, bias=bias, generator=generator, dtype=dtype)
        self.log_scale = torch.nn.Parameter(mean + deviation * torch.randn(outputs, generator=generator, dtype=dtype))
        with torch.no_grad():
            self.weight.div_(self.log_scale.exp()[:, None])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, self.log_scale.exp()[:, None] * self.weight, self.bias)

    def taylor(self, z: torch.Tensor, tape: Tape) -> torch.Tensor:
        weight = tape.held(self.log_scale).exp()[:, None] * tape.held(self.weight)
        return tape.call(self, z, taylor_affine(z, weight, tape.held(self.bias)))

    def rows(self, inputs: torch.Tensor, gradients: torch.Tensor, rows: Rows) -> None:
        """d r / d V = e^s d r / d W, and d r / d s = sum over coefficients of gradient times W x."""
        scale = self.log_scale.detach().exp()
        rows.add_outer(self.weight, gradients * scale, inputs)
        flat = inputs.reshape(-1, inputs.shape[-1])
        plain = product(flat, self.weight.detach().T).view(gradients.shape)
        rows.add(self.log_scale, (gradients * plain).sum(0) * scale)
        if self.bias is not None:
            rows.add(self.bias, gradients[0])
