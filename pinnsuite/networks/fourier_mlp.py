"""A fully connected network behind random Fourier features."""

from __future__ import annotations

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.networks.features import FourierFeatures
from pinnsuite.networks.mlp import MLP


class FourierMLP(torch.nn.Module):
    """x -> `FourierFeatures` -> `MLP`. (points, inputs) to (points, outputs); raises `InputError` as these do."""

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
        factorised: bool = False,
        output_gain: float = 0.1,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.features = FourierFeatures(inputs, features, scale, generator=generator, dtype=dtype)
        self.mlp = MLP(
            2 * features,
            outputs,
            width=width,
            depth=depth,
            activation=activation,
            factorised=factorised,
            output_gain=output_gain,
            generator=generator,
            dtype=dtype,
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.mlp(self.features(x))

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        return self.mlp.taylor(self.features.taylor(z, carried, tape), carried, tape)
