"""Random Fourier features."""

from __future__ import annotations

import math

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.activation import Activation
from pinnsuite.networks.linear import Linear


class FourierFeatures(torch.nn.Module):
    """x -> [cos(2 pi B x), sin(2 pi B x)], with B fixed, its entries normal with deviation ``scale``.

    They let a network take high frequencies first (Tancik et al. 2020, eq. 4); ``scale`` is about the number of waves
    expected over half the domain. (points, inputs) to (points, 2 count). Raises `InputError` unless both are positive.
    """

    def __init__(
        self,
        inputs: int,
        count: int,
        scale: float,
        *,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        if count < 1 or scale <= 0:
            raise InputError("Fourier features need features >= 1 and scale > 0", given=f"features={count}, {scale=}")
        frequencies = torch.randn(count, inputs, generator=generator, dtype=dtype) * (2 * math.pi * scale)
        self.phases = Linear(inputs, 2 * count, generator=generator, dtype=dtype)
        assert self.phases.bias is not None
        with torch.no_grad():
            self.phases.weight.copy_(torch.cat([frequencies, frequencies]))
            self.phases.bias[:count] = math.pi / 2  # cos(z) = sin(z + pi/2)
        self.phases.requires_grad_(False)
        self.wave = Activation("sin")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.wave(self.phases(x))

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, 2 count)."""
        return self.wave.taylor(self.phases.taylor(z, tape), carried)
