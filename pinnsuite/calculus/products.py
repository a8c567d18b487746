"""Sums of products of Taylor coefficients, worked out tile by tile while the coefficients are in cache.

Every rule of the truncated Taylor algebra is a list of terms target += weight * left * right, in an order in which each
coefficient is complete before it is used. On the CPU one compiled loop (Numba) runs the whole list on a tile of some
hundred numbers before it goes on to the next; term by term, each would go through main memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch

from pinnsuite.calculus.agreement import agree

TILE = 512
FEW = 16  # numbers of each coefficient on which the compiled loop is checked


class Place(NamedTuple):
    """A coefficient: which of the arrays, and which row of it."""

    array: int
    row: int


class Term(NamedTuple):
    """target += weight * left * right; the first term of a target sets it."""

    target: Place
    left: Place
    right: Place
    weight: float = 1.0


class Products:
    """A list of terms on arrays of shape (coefficients, ...)."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        self._agreed: dict[torch.dtype, bool] = {}

    def __call__(self, *arrays: torch.Tensor) -> None:
        """Run the terms in place on contiguous arrays, all of one size, type and device."""
        if arrays[0].device.type != "cpu" or not self._agrees(arrays):
            return self.term_by_term(*arrays)
        self._compiled(*arrays)

    def _agrees(self, arrays: Sequence[torch.Tensor]) -> bool:
        """Whether the compiled loop does as `term_by_term`, on some numbers of the first arrays of each type."""
        dtype = arrays[0].dtype
        if dtype not in self._agreed:
            found, wanted = ([a.detach().reshape(len(a), -1)[:, :FEW].clone() for a in arrays] for _ in range(2))
            self._compiled(*found)
            self.term_by_term(*wanted)
            self._agreed[dtype] = agree("A compiled sum of products", found, wanted)
        return self._agreed[dtype]

    def _compiled(self, *arrays: torch.Tensor) -> None:
        from pinnsuite.calculus.compiled import run_products

        flat = tuple(a.detach().view(len(a), -1).numpy() for a in arrays)
        run_products(self._places, self._weights[arrays[0].dtype], flat, TILE)

    def term_by_term(self, *arrays: torch.Tensor) -> None:
        """The same, one operation per term, on any device."""
        for (target, left, right, weight), first in zip(self.terms, self._first, strict=True):
            out, x, y = (arrays[p.array][p.row] for p in (target, left, right))
            if first:
                torch.mul(x, y, out=out).mul_(weight)
            else:
                out.addcmul_(x, y, value=weight)

    @cached_property
    def _first(self) -> tuple[bool, ...]:
        targets = [t.target for t in self.terms]
        return tuple(targets.index(t) == i for i, t in enumerate(targets))

    @cached_property
    def _places(self) -> np.ndarray:
        rows = [(*t.target, *t.left, *t.right, first) for t, first in zip(self.terms, self._first, strict=True)]
        return np.array(rows, dtype=np.int64).reshape(-1, 7)

    @cached_property
    def _weights(self) -> dict[torch.dtype, np.ndarray]:
        weights = [t.weight for t in self.terms]
        return {torch.float64: np.array(weights, dtype=np.float64), torch.float32: np.array(weights, dtype=np.float32)}
