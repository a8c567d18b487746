"""Elementwise activations on Taylor coefficients, with a backward pass written by hand.

y = f(z) and w = f'(z) follow from |a| y_a = sum_{0 < b <= a} |b| z_b w_{a-b}, order by order. The backward pass needs
only w, because d y_a / d z_b = w_{a-b}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.jet import Jet
from pinnsuite.errors import choose

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": torch.tanh,
    "sin": torch.sin,
    "gelu": torch.nn.functional.gelu,
}


class Activation(torch.nn.Module):
    """tanh, sin or gelu, on values and on Taylor coefficients (coefficients, points, width)."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = choose(name, ACTIVATIONS, "activation")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return ACTIVATIONS[self.name](x)

    def taylor(self, z: torch.Tensor, carried: LowerSet) -> torch.Tensor:
        return _TaylorActivation.apply(z, carried, self.name)


class _TaylorActivation(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: torch.Tensor, carried: LowerSet, name: str) -> torch.Tensor:
        y, w = _COEFFICIENTS[name](z, carried)
        ctx.save_for_backward(w)
        ctx.carried = carried
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (w,), (g,), carried = ctx.saved_tensors, gradients, ctx.carried
        result = g * w[0]  # b = a
        for a, pairs in enumerate(carried.pairs):
            for b, rest in pairs:
                if rest:
                    result[b].addcmul_(g[a], w[rest])
        return result, None, None


def _tanh(z: torch.Tensor, carried: LowerSet) -> tuple[torch.Tensor, torch.Tensor]:
    """tanh' = 1 - tanh^2."""
    y, w = torch.empty_like(z), torch.empty_like(z)
    torch.tanh(z[0], out=y[0])
    torch.square(y[0], out=w[0]).neg_().add_(1.0)
    for a, pairs in enumerate(carried.pairs):
        if a:
            _integrate(y[a], z, w, carried, a)
            torch.mul(y[0], y[a], out=w[a]).mul_(-2.0)
            for b, c in pairs:
                if 0 < b < c:
                    w[a].addcmul_(y[b], y[c], value=-2.0)
                elif b and b == c:
                    w[a].addcmul_(y[b], y[c], value=-1.0)
    return y, w


def _sin(z: torch.Tensor, carried: LowerSet) -> tuple[torch.Tensor, torch.Tensor]:
    """sin' = cos, cos' = -sin, in step."""
    y, w = torch.empty_like(z), torch.empty_like(z)
    torch.sin(z[0], out=y[0])
    torch.cos(z[0], out=w[0])
    for a in range(1, len(carried)):
        _integrate(y[a], z, w, carried, a)
        _integrate(w[a], z, y, carried, a)
        w[a].neg_()
    return y, w


def _gelu(z: torch.Tensor, carried: LowerSet) -> tuple[torch.Tensor, torch.Tensor]:
    """From the table of operations; rarely the hot path."""
    jet: Any = Jet(lambda a: z[carried.position[a]])
    y = torch.nn.functional.gelu(jet)
    slope: Any = 0.5 * (1 + torch.erf(jet * 0.5**0.5)) + jet * torch.exp(-0.5 * (jet * jet)) * 0.3989422804014327
    members = carried.members
    return torch.stack([y[a] for a in members]), torch.stack([slope[a] for a in members])


_COEFFICIENTS = {"tanh": _tanh, "sin": _sin, "gelu": _gelu}


def _integrate(target: torch.Tensor, z: torch.Tensor, w: torch.Tensor, carried: LowerSet, a: int) -> None:
    """target = sum_{0 < b <= a} |b|/|a| z_b w_{a-b}, in place."""
    order = carried.order
    torch.mul(z[a], w[0], out=target)
    for b, c in carried.pairs[a]:
        if 0 < b < a:
            target.addcmul_(z[b], w[c], value=order[b] / order[a])
