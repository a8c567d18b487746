"""What a Taylor program knows of points before any training, and of its expressions from a dry run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from pinnsuite.calculus.indices import LowerSet, MultiIndex
from pinnsuite.calculus.jet import Coefficient

Fixed = tuple[tuple[str, float], ...]  # coordinates held at a value, from enclosing `at`
Key = tuple[Fixed, int]  # a node inside such a context


@dataclass
class Prepared:
    """The parameter-free coefficients at one set of points, in the order the program asks for them."""

    size: int
    like: torch.Tensor  # one number of the right dtype and device
    coefficients: dict[Key, dict[MultiIndex, Coefficient]]
    inputs: dict[Key, Any]  # of networks, (coefficients, points, inputs), or what `arrange` made of that

    def rows(self, chunk: slice) -> Prepared:
        """The same for a part of the points."""
        cut = {
            key: {a: c[chunk] if isinstance(c, torch.Tensor) and c.ndim else c for a, c in known.items()}
            for key, known in self.coefficients.items()
        }
        size = len(range(self.size)[chunk])
        parts = {k: v[:, chunk] if isinstance(v, torch.Tensor) else v.rows(chunk) for k, v in self.inputs.items()}
        return Prepared(size, self.like, cut, parts)

    @property
    def unit(self) -> int:
        """How many points are best kept together."""
        return max((v.unit for v in self.inputs.values() if not isinstance(v, torch.Tensor)), default=1)


@dataclass
class Plan:
    """What the dry run found: coefficients asked of each static part and of each network."""

    static: dict[Key, set[MultiIndex]] = field(default_factory=dict)
    calls: dict[Key, LowerSet] = field(default_factory=dict)
