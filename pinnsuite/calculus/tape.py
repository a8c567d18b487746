"""What one evaluation leaves behind for Jacobian rows: every layer call, and every scalar expanded to the points.

A residual's gradient with respect to a layer's parameters is the sum over calls and coefficients of products of the
call's inputs with the gradient of that residual with respect to the call's outputs; one backward pass of the sum over
points yields the latter for all points at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch


class Layer(Protocol):
    """A layer that supplies its own Jacobian rows."""

    def parameters(self) -> object: ...

    def rows(self, inputs: torch.Tensor, gradients: torch.Tensor) -> list[torch.Tensor]:
        """Rows for each own parameter, (points, *shape), from (coefficients, points, width) inputs and gradients."""
        ...


@dataclass
class Call:
    """One call of one layer: inputs and outputs, (coefficients, points, width)."""

    layer: Layer
    inputs: torch.Tensor
    outputs: torch.Tensor


@dataclass
class Tape:
    """Empty and idle unless ``recording``."""

    recording: bool = False
    calls: list[Call] = field(default_factory=list)
    scalars: dict[str, torch.Tensor] = field(default_factory=dict)

    def call(self, layer: Layer, inputs: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
        if self.recording and outputs.requires_grad:
            self.calls.append(Call(layer, inputs, outputs))
        return outputs

    def parameter(self, name: str, value: torch.Tensor, size: int) -> torch.Tensor:
        """The trained number ``name`` at every point; one copy per point while recording."""
        if not self.recording:
            return value.expand(size)
        if name not in self.scalars:
            self.scalars[name] = value.detach().expand(size).clone().requires_grad_()
        return self.scalars[name]
