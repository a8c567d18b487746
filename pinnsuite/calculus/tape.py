"""What one evaluation leaves behind for Jacobian rows: every layer call, and every scalar expanded to the points.

A residual's gradient with respect to a layer's parameters is the sum over calls and coefficients of products of the
call's inputs with the gradient of that residual with respect to the call's outputs; one backward pass of the sum over
points yields the latter for all points at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, overload

import torch

from pinnsuite.calculus.rows import Rows


class Layer(Protocol):
    """A layer that supplies its own Jacobian rows."""

    def parameters(self) -> Iterable[torch.nn.Parameter]: ...

    def rows(self, inputs: torch.Tensor, gradients: torch.Tensor, rows: Rows) -> None:
        """Add to the rows of each own parameter, from inputs and gradients (coefficients, points, width)."""
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
    scalars: dict[str, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)  # and the copies

    @overload
    def held(self, parameter: torch.Tensor) -> torch.Tensor: ...

    @overload
    def held(self, parameter: torch.Tensor | None) -> torch.Tensor | None: ...

    def held(self, parameter: torch.Tensor | None) -> torch.Tensor | None:
        """A layer's parameter, cut off while recording: rows come from the layer's calls, not from a gradient."""
        return parameter.detach() if self.recording and parameter is not None else parameter

    def call(self, layer: Layer, inputs: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
        """Note a call; the outputs, to go on with."""
        if self.recording and any(p.requires_grad for p in layer.parameters()):
            self.calls.append(Call(layer, inputs, outputs.requires_grad_()))
        return outputs

    def parameter(self, name: str, value: torch.Tensor, size: int) -> torch.Tensor:
        """The trained number ``name`` at every point; one copy per point while recording."""
        if not self.recording:
            return value.expand(size)
        if name not in self.scalars:
            self.scalars[name] = (value, value.detach().expand(size).clone().requires_grad_())
        return self.scalars[name][1]

    @property
    def leaves(self) -> list[torch.Tensor]:
        """What a residual is to be differentiated by, for `fill`."""
        return [c.outputs for c in self.calls] + [copies for _, copies in self.scalars.values()]

    def fill(self, rows: Rows, gradients: Sequence[torch.Tensor | None]) -> None:
        """The rows of a residual from its gradients with respect to `leaves`, None where it does not depend on one."""
        calls, scalars = gradients[: len(self.calls)], gradients[len(self.calls) :]
        for call, gradient in zip(self.calls, calls, strict=True):
            if gradient is not None:
                call.layer.rows(call.inputs.detach(), gradient, rows)
        for (value, _), gradient in zip(self.scalars.values(), scalars, strict=True):
            if gradient is not None:
                rows.add(value, gradient)
