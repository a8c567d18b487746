"""Sets of points in the plane or in space, as light specifications that combine by ``-``, ``|`` and ``&``.

    Rectangle((0, 0), (2.2, 0.41)) - Disk((0.2, 0.2), 0.05)

DeepXDE's constructive geometry decides what is inside; it is imported when a shape is first asked. Boundaries are
described here as pieces with a uniform parametrisation, so that points on them can be low-discrepancy draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pinnsuite.errors import InputError

Vector = tuple[float, ...]
Bounds = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Piece:
    """A part of a primitive's boundary: its length or area, and the map from the unit interval or square onto it.

    ``place`` takes (points, dim - 1) numbers in [0, 1), is uniform in length or area, and gives the points and unit
    normals, (points, dim) each; which side is outside is decided by the shape.
    """

    measure: float
    place: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Geometry:
    """What every specification answers; Boolean operations give another one."""

    @property
    def dim(self) -> int:
        return len(self.bounds()[0])

    def bounds(self) -> Bounds:
        """The lowest and highest coordinates, (dim,) each."""
        raise NotImplementedError

    def build(self, deepxde: Any) -> Any:
        """The same set as a DeepXDE geometry."""
        raise NotImplementedError

    def primitives(self) -> list[Geometry]:
        return [self]

    def pieces(self) -> list[Piece]:
        """The boundary of a primitive."""
        raise NotImplementedError

    def __sub__(self, other: Geometry) -> Combined:
        return Combined("-", self, other)

    def __or__(self, other: Geometry) -> Combined:
        return Combined("|", self, other)

    def __and__(self, other: Geometry) -> Combined:
        return Combined("&", self, other)


@dataclass(frozen=True)
class Combined(Geometry):
    """A Boolean combination of two sets of the same dimension."""

    operation: Literal["-", "|", "&"]
    first: Geometry
    second: Geometry

    def __post_init__(self) -> None:
        if self.first.dim != self.second.dim:
            raise InputError(
                "Only sets of the same dimension can be combined",
                given=f"{type(self.first).__name__} ({self.first.dim}) and "
                f"{type(self.second).__name__} ({self.second.dim})",
            )
        low, high = self.bounds()
        if not np.all(low < high):
            raise InputError("The intersection is empty", given=f"{self.first} & {self.second}")

    def bounds(self) -> Bounds:
        (low, high), (other_low, other_high) = self.first.bounds(), self.second.bounds()
        match self.operation:
            case "|":
                return np.minimum(low, other_low), np.maximum(high, other_high)
            case "&":
                return np.maximum(low, other_low), np.minimum(high, other_high)
        return low, high

    def build(self, deepxde: Any) -> Any:
        first, second = self.first.build(deepxde), self.second.build(deepxde)
        match self.operation:
            case "|":
                return first | second
            case "&":
                return first & second
        return first - second

    def primitives(self) -> list[Geometry]:
        return [*self.first.primitives(), *self.second.primitives()]
