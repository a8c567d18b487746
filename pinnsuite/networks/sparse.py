"""Truncated Taylor series of which most coefficients vanish: a function of x alone has none along t."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

import torch

from pinnsuite.calculus.indices import LowerSet

Sparse = dict[int, torch.Tensor]
"""The Taylor coefficients that are not zero, by their position among those that are carried."""
Times = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def product(f: Sparse, g: Sparse, carried: LowerSet, times: Times = operator.mul) -> Sparse:
    """(f g)_a = sum over b <= a of f_b g_{a-b}, over the coefficients that are not zero."""
    pairs = [(a, b, c) for a, split in enumerate(carried.pairs) for b, c in split if b in f and c in g]
    return total({a: times(f[b], g[c])} for a, b, c in pairs)


def total(terms: Iterable[Sparse]) -> Sparse:
    """The sum of series."""
    result: Sparse = {}
    for term in terms:
        for i, c in term.items():
            result[i] = result[i] + c if i in result else c
    return result


def dense(f: Sparse, carried: LowerSet) -> torch.Tensor:
    """All coefficients, (coefficients, ...), of a series that has one at least."""
    zero = torch.zeros_like(next(iter(f.values())))
    return torch.stack([f.get(i, zero) for i in range(len(carried))])
