"""A fully connected network behind random Fourier features."""

from __future__ import annotations

import math

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.activation import Activation
from pinnsuite.networks.linear import Linear
from pinnsuite.networks.mlp import MLP


class FourierMLP(torch.nn.Module):
    """x -> [cos(2 pi B x), sin(2 pi B x)] -> MLP, with B fixed, its entries normal with deviation ``scale``.

    The features let the network take high frequencies first (Tancik et al. 2020, eq. 4); ``scale`` is about the number
    of waves expected over half the domain. (points, inputs) to (points, outputs). Raises `InputError` unless
    ``features`` and ``scale`` are positive, and as `MLP` does.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        features: int = 16,
        scale: float = 1.0,
        width: int = 20,
        depth: int = 2,
        activation: str = "tanh",
        output_gain: float = 0.1,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        if features < 1 or scale <= 0:
            raise InputError("Fourier features need features >= 1 and scale > 0", given=f"{features=}, {scale=}")
        frequencies = torch.randn(features, inputs, generator=generator, dtype=dtype) * (2 * math.pi * scale)
        self.phases = Linear(inputs, 2 * features, generator=generator, dtype=dtype)
        assert self.phases.bias is not None
        with torch.no_grad():
            self.phases.weight.copy_(torch.cat([frequencies, frequencies]))
            self.phases.bias[:features] = math.pi / 2  # cos(z) = sin(z + pi/2)
        self.phases.requires_grad_(False)
        self.wave = Activation("sin")
        self.mlp = MLP(
            2 * features,
            outputs,
            width=width,
            depth=depth,
            activation=activation,
            output_gain=output_gain,
            generator=generator,
            dtype=dtype,
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.mlp(self.wave(self.phases(x)))

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        return self.mlp.taylor(self.wave.taylor(self.phases.taylor(z, tape), carried), carried, tape)
