"""The physics-informed residual adaptive network (Wang, Li, Chen and Perdikaris 2024, section 4)."""

from __future__ import annotations

from typing import cast

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.activation import Activation
from pinnsuite.networks.factorised import FactorisedLinear
from pinnsuite.networks.features import FourierFeatures
from pinnsuite.networks.linear import Linear
from pinnsuite.networks.series import multiply
from pinnsuite.networks.skip import Skip


class PirateNet(torch.nn.Module):
    """``depth`` blocks of three layers, gated by two encoders, each passed by until training opens it.

    x <- random Fourier features of the input, ``width`` of them; U, V = s(W_u x + b_u), s(W_v x + b_v); a block takes x
    to x + a (h - x), h = s(W_3 g_2 + b_3), g_i = f_i U + (1 - f_i) V, f_i = s(W_i g_{i-1} + b_i), g_0 = x, and a = 0 at
    the start; the result is W x + b. (points, inputs) to (points, outputs). Raises `InputError` for a width that is odd
    or below 2, a depth below 1, or a scale that is not positive.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        scale: float = 0.5,
        width: int = 20,
        depth: int = 2,
        activation: str = "tanh",
        factorised: bool = True,
        output_gain: float = 0.1,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        if width < 2 or width % 2 or depth < 1:
            raise InputError("A PirateNet needs an even width and a depth of at least 1", given=f"{width=}, {depth=}")
        make = FactorisedLinear if factorised else Linear
        self.features = FourierFeatures(inputs, width // 2, scale, generator=generator, dtype=dtype)
        self.encoders = torch.nn.ModuleList(make(width, width, generator=generator, dtype=dtype) for _ in "uv")
        self.layers = torch.nn.ModuleList(
            make(width, width, generator=generator, dtype=dtype) for _ in range(3 * depth)
        )
        self.skips = torch.nn.ModuleList(Skip(dtype=dtype) for _ in range(depth))
        self.last = Linear(width, outputs, generator=generator, dtype=dtype)
        with torch.no_grad():
            self.last.weight.mul_(output_gain)
        self.activation = Activation(activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        s, x = self.activation, self.features(x)
        u, v = (s(encoder(x)) for encoder in self.encoders)
        for i, skip in enumerate(self.skips):
            first, second, third = list(self.layers)[3 * i : 3 * i + 3]
            g = v + s(first(x)) * (u - v)
            g = v + s(second(g)) * (u - v)
            x = skip(x, s(third(g)))
        return self.last(x)

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        x = self.features.taylor(z, carried, tape)

        def apply(layer: torch.nn.Module, z: torch.Tensor) -> torch.Tensor:
            return self.activation.taylor(cast(Linear, layer).taylor(z, tape), carried)

        u, v = (apply(encoder, x) for encoder in self.encoders)
        for i, skip in enumerate(self.skips):
            first, second, third = list(self.layers)[3 * i : 3 * i + 3]
            g = v + multiply(apply(first, x), u - v, carried)
            g = v + multiply(apply(second, g), u - v, carried)
            x = cast(Skip, skip).taylor(x, apply(third, g), tape)
        return self.last.taylor(x, tape)
