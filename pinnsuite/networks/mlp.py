"""The fully connected network."""

from __future__ import annotations

import itertools
import math
from typing import cast

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.activation import Activation
from pinnsuite.networks.factorised import FactorisedLinear
from pinnsuite.networks.linear import Linear


class MLP(torch.nn.Module):
    """depth hidden layers of equal width: x -> s(W_1 x + b_1) -> ... -> W x + b.

    ``factorised`` layers have a trained scale for each neuron (`FactorisedLinear`).
    (points, inputs) to (points, outputs). Raises `InputError` for a width or depth below one.
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
        make = FactorisedLinear if factorised else Linear
        self.layers = torch.nn.ModuleList(
            make(a, b, generator=generator, dtype=dtype) for a, b in itertools.pairwise(sizes)
        )
        last = self.layers[-1]
        assert isinstance(last, Linear)
        with torch.no_grad():
            last.weight.mul_(output_gain)
        self.activation = Activation(activation)

    def widened(self, factor: float, generator: torch.Generator) -> MLP:
        """The same function by ``factor`` times the width; the new neurons are random, and nothing reads them yet."""
        layers = cast(list[Linear], list(self.layers))
        outputs, inputs = layers[-1].weight.shape[0], layers[0].weight.shape[1]
        wide = MLP(
            inputs,
            outputs,
            width=math.ceil(factor * len(layers[0].weight)),
            depth=len(layers) - 1,
            activation=self.activation.name,
            factorised=isinstance(layers[0], FactorisedLinear),
            generator=generator,
            dtype=layers[0].weight.dtype,
        ).to(layers[0].weight.device)
        with torch.no_grad():
            for before, after in zip(layers, wide.layers, strict=True):
                for name, kept in before.named_parameters():
                    part = dict(after.named_parameters())[name][: len(kept)]
                    part.zero_()
                    part[tuple(slice(n) for n in kept.shape)] = kept
        return wide

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in list(self.layers)[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        *hidden, last = cast(list[Linear], list(self.layers))
        for layer in hidden:
            z = self.activation.taylor(layer.taylor(z, tape), carried)
        return last.taylor(z, tape)
