"""Elementwise activations on Taylor coefficients, with a backward pass written by hand.

y = f(z) and w = f'(z) follow from |a| y_a = sum_{0 < b <= a} |b| z_b w_{a-b}, order by order. The backward pass needs
only w, because d y_a / d z_b = w_{a-b}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.jet import Jet
from pinnsuite.calculus.products import Place, Products, Term
from pinnsuite.errors import choose
from pinnsuite.networks.series import correlation

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
        y, w = _COEFFICIENTS[name](z.contiguous(), carried)
        ctx.save_for_backward(w)
        ctx.carried = carried
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (w,), (g,) = ctx.saved_tensors, gradients
        result = torch.empty_like(w)
        correlation(ctx.carried)(g.contiguous(), w, result)
        return result, None, None


def _tanh(z: torch.Tensor, carried: LowerSet) -> tuple[torch.Tensor, torch.Tensor]:
    y, w = torch.empty_like(z), torch.empty_like(z)
    torch.tanh(z[0], out=y[0])
    torch.square(y[0], out=w[0]).neg_().add_(1.0)
    _tanh_products(carried)(z, y, w)
    return y, w


def _sin(z: torch.Tensor, carried: LowerSet) -> tuple[torch.Tensor, torch.Tensor]:
    y, w = torch.empty_like(z), torch.empty_like(z)
    torch.sin(z[0], out=y[0])
    torch.cos(z[0], out=w[0])
    _sin_products(carried)(z, y, w)
    return y, w


def _gelu(z: torch.Tensor, carried: LowerSet) -> tuple[torch.Tensor, torch.Tensor]:
    """From the table of operations; rarely the hot path."""
    jet: Any = Jet(lambda a: z[carried.position[a]])
    y = torch.nn.functional.gelu(jet)
    slope: Any = 0.5 * (1 + torch.erf(jet * 0.5**0.5)) + jet * torch.exp(-0.5 * (jet * jet)) * 0.3989422804014327
    members = carried.members
    return torch.stack([y[a] for a in members]), torch.stack([slope[a] for a in members])


_COEFFICIENTS = {"tanh": _tanh, "sin": _sin, "gelu": _gelu}
Z, Y, W = range(3)  # the arrays of a forward pass


@cache
def _tanh_products(carried: LowerSet) -> Products:
    """tanh' = 1 - tanh^2."""

    def terms() -> Iterator[Term]:
        for a, pairs in list(enumerate(carried.pairs))[1:]:
            yield from _integral(carried, a, Y, Z, W)
            for b, c in pairs:
                if b <= c:
                    yield Term(Place(W, a), Place(Y, b), Place(Y, c), -2.0 if b < c else -1.0)

    return Products(terms())


@cache
def _sin_products(carried: LowerSet) -> Products:
    """sin' = cos, cos' = -sin, in step."""

    def terms() -> Iterator[Term]:
        for a in range(1, len(carried)):
            yield from _integral(carried, a, Y, Z, W)
            yield from _integral(carried, a, W, Z, Y, sign=-1.0)

    return Products(terms())


def _integral(carried: LowerSet, a: int, target: int, z: int, w: int, sign: float = 1.0) -> Iterator[Term]:
    """target_a = sum_{0 < b <= a} |b|/|a| z_b w_{a-b}."""
    order = carried.order
    for b, c in carried.pairs[a]:
        if b:
            yield Term(Place(target, a), Place(z, b), Place(w, c), sign * order[b] / order[a])
