"""Points of a tensor grid as the lines it is the product of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Lines:
    """Inputs of a network at the points of a tensor grid in row-major order, axis by axis.

    parts: for each axis (coefficients, points of the axis, inputs that depend on it alone).
    """

    parts: tuple[torch.Tensor, ...]

    @classmethod
    def of(cls, stack: torch.Tensor, groups: Sequence[int]) -> Lines | None:
        """The lines of inputs (coefficients, points, inputs), of which each group belongs to an axis; None if these are
        not the points of a tensor grid with more than one point on every axis but one."""
        split, count = stack.split(tuple(groups), 2), stack.shape[1]
        # after how many points each group changes for the first time: those of all axes behind its own
        strides = [int((p[0] != p[0, 0]).any(1).int().argmax()) for p in split]
        longer = [count, *strides[:-1]]
        if len(split) < 2 or any(s < 1 or n % s for s, n in zip(strides, longer, strict=True)):
            return None
        sizes = [n // s for s, n in zip(strides, longer, strict=True)]
        if strides[-1] != 1 or max(sizes) == count:
            return None
        shape = [len(stack), *sizes]
        parts = []
        for j, p in enumerate(split):
            grid = p.reshape(*shape, p.shape[2])
            line = grid[:, *[slice(None) if i == j else 0 for i in range(len(sizes))]]
            if not torch.equal(_spread(line, j, sizes), grid):
                return None
            parts.append(line.contiguous())
        return cls(tuple(parts))

    @property
    def sizes(self) -> list[int]:
        return [p.shape[1] for p in self.parts]

    @property
    def unit(self) -> int:
        """The number of points for each point of the first axis."""
        return math.prod(self.sizes[1:])

    def dense(self) -> torch.Tensor:
        """Point by point, (coefficients, points, inputs)."""
        grids = [_spread(p, j, self.sizes) for j, p in enumerate(self.parts)]
        return torch.cat([g.reshape(len(g), -1, g.shape[-1]) for g in grids], dim=2)

    def rows(self, chunk: slice) -> Lines | torch.Tensor:
        """The same for some of the points; as lines where it is a whole number for each of the first axis."""
        start, stop, _ = chunk.indices(math.prod(self.sizes))
        if start % self.unit or stop % self.unit or start == stop:
            return self.dense()[:, chunk]
        return Lines((self.parts[0][:, start // self.unit : stop // self.unit], *self.parts[1:]))


def _spread(line: torch.Tensor, axis: int, sizes: Sequence[int]) -> torch.Tensor:
    """A line (coefficients, points of the axis, inputs) over the grid, (coefficients, *sizes, inputs)."""
    alone = [len(line), *[n if i == axis else 1 for i, n in enumerate(sizes)], line.shape[2]]
    return line.reshape(alone).expand(len(line), *sizes, line.shape[2])
