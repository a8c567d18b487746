"""The product of truncated Taylor series, (coefficients, points, width) each, and its transpose."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.products import Place, Products, Term


def multiply(f: torch.Tensor, g: torch.Tensor, carried: LowerSet) -> torch.Tensor:
    """(f g)_a = sum over b <= a of f_b g_{a-b}."""
    return _Product.apply(f, g, carried)


@cache
def convolution(carried: LowerSet) -> Products:
    """h_a = sum over b <= a of f_b g_{a-b}, of arrays f, g, h."""
    return Products(
        Term(Place(2, a), Place(0, b), Place(1, c)) for a, pairs in enumerate(carried.pairs) for b, c in pairs
    )


@cache
def correlation(carried: LowerSet) -> Products:
    """f_b = sum over a >= b of h_a g_{a-b}, of arrays h, g, f: what `convolution` does to a gradient."""
    return Products(
        Term(Place(2, b), Place(0, a), Place(1, c)) for a, pairs in enumerate(carried.pairs) for b, c in pairs
    )


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, f: torch.Tensor, g: torch.Tensor, carried: LowerSet) -> torch.Tensor:
        f, g = f.contiguous(), g.contiguous()
        ctx.save_for_backward(f, g)
        ctx.carried = carried
        result = torch.empty_like(f)
        convolution(carried)(f, g, result)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        (f, g), h = ctx.saved_tensors, gradients[0].contiguous()
        for_f, for_g = torch.empty_like(f), torch.empty_like(g)
        correlation(ctx.carried)(h, g, for_f)
        correlation(ctx.carried)(h, f, for_g)
        return for_f, for_g, None
