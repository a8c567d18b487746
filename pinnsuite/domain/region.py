"""Parts of a domain that conditions refer to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch


@dataclass(frozen=True)
class Interior:
    """The whole domain."""


@dataclass(frozen=True)
class Boundary:
    """The boundary in space: all of it, the faces of one axis, one face, or the part where ``where(**point)`` is true.

    ``where`` takes coordinates by name as tensors and returns a boolean tensor.
    """

    axis: str | None = None
    side: Literal["low", "high"] | None = None
    where: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Slice:
    """The set on which some coordinates have fixed values: an initial time, an interface, or a single point."""

    fixed: tuple[tuple[str, float], ...]

    @classmethod
    def at(cls, **fixed: float) -> Slice:
        return cls(tuple(fixed.items()))


@dataclass(frozen=True, eq=False)
class Places:
    """Given points, such as those of measurements: coordinates by name, (points,), and further numbers per point.

    With more than one of ``weights``, (k,), every k of them make one row, their weighted sum.
    """

    points: Mapping[str, torch.Tensor]
    weights: torch.Tensor = field(default_factory=lambda: torch.ones(1, dtype=torch.float64))


Region = Interior | Boundary | Slice | Places
