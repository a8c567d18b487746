"""The modified multilayer perceptron (Wang, Teng and Perdikaris 2021, eq. 24-26)."""

from __future__ import annotations

import itertools
from typing import cast

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.activation import Activation
from pinnsuite.networks.factorised import FactorisedLinear
from pinnsuite.networks.linear import Linear
from pinnsuite.networks.series import multiply


class ModifiedMLP(torch.nn.Module):
    """Two encoders U = s(W_u x + b_u), V = s(W_v x + b_v) gate every hidden layer: h <- Z U + (1 - Z) V.

    Z = s(W h + b). (points, inputs) to (points, outputs). Raises `InputError` for a width or depth below one.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        width: int = 20,
        depth: int = 3,
        activation: str = "tanh",
        factorised: bool = False,
        output_gain: float = 0.1,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        if width < 1 or depth < 1:
            raise InputError("A network needs width and depth of at least 1", given=f"width={width}, depth={depth}")
        sizes = [inputs, *[width] * depth, outputs]
        pairs = list(itertools.pairwise(sizes))
        make = FactorisedLinear if factorised else Linear
        self.encoders = torch.nn.ModuleList(make(inputs, width, generator=generator, dtype=dtype) for _ in "uv")
        self.layers = torch.nn.ModuleList(make(a, b, generator=generator, dtype=dtype) for a, b in pairs)
        last = self.layers[-1]
        assert isinstance(last, Linear)
        with torch.no_grad():
            last.weight.mul_(output_gain)
        self.activation = Activation(activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        u, v = (self.activation(encoder(x)) for encoder in self.encoders)
        for layer in list(self.layers)[:-1]:
            x = v + self.activation(layer(x)) * (u - v)
        return self.layers[-1](x)

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        u, v = (self.activation.taylor(e.taylor(z, tape), carried) for e in cast(list[Linear], list(self.encoders)))
        *hidden, last = cast(list[Linear], list(self.layers))
        for layer in hidden:
            z = v + multiply(self.activation.taylor(layer.taylor(z, tape), carried), u - v, carried)
        return last.taylor(z, tape)
