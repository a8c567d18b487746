"""A solution's fields as arrays: on a tensor grid, or at scattered points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pinnsuite.errors import choose

Arrays = Mapping[str, np.ndarray]
NEAR = 0.02  # of the extent: how far from a cut scattered points may lie


@dataclass(frozen=True)
class Sampled:
    """Fields at points. Every array has the shape of the tensor grid, or (points,) where the points are scattered."""

    axes: Arrays | None  # one-dimensional, of a tensor grid; None for scattered points
    points: Arrays  # every coordinate at every point
    values: Arrays
    reference: Arrays  # empty where there is none
    spread: Arrays = field(default_factory=dict)  # standard deviations of values, of a fit

    @property
    def names(self) -> list[str]:
        """The coordinates that vary."""
        return list(self.points)

    def error(self, name: str) -> np.ndarray:
        """value - reference."""
        return self.values[name] - self.reference[name]

    def relative_l2(self, name: str) -> float:
        """The L2 norm of the error over that of the reference; the error's own where the reference is zero."""
        size = float(np.linalg.norm(self.reference[name]))
        return float(np.linalg.norm(self.error(name))) / (size or 1.0)

    def cut(self, name: str, value: float) -> Sampled:
        """One coordinate held at the grid value nearest to ``value``; of scattered points, those near it are kept."""
        choose(name, self.points, "coordinate")
        if self.axes is None:
            column = self.points[name]
            near = np.abs(column - value) <= NEAR * np.ptp(column)
            return self._map(lambda a: a[near], None).without(name)
        place, index = list(self.axes).index(name), int(np.abs(self.axes[name] - value).argmin())
        axes = {n: a for n, a in self.axes.items() if n != name}
        return self._map(lambda a: a.take(index, axis=place), axes).without(name)

    def thinned(self, most: int) -> Sampled:
        """At most ``most`` values along each axis, or about its square of scattered points."""
        if self.axes is None:
            stride = -(-len(next(iter(self.points.values()))) // most**2)
            return self._map(lambda a: a[::stride], None)
        strides = {n: -(-len(a) // most) for n, a in self.axes.items()}
        axes = {n: a[:: strides[n]] for n, a in self.axes.items()}
        part = tuple(slice(None, None, stride) for stride in strides.values())
        return self._map(lambda a: a[part], axes)

    def closed(self, name: str, high: float) -> Sampled:
        """The first layer of a periodic axis repeated at its end, ``high``."""
        if self.axes is None:
            return self
        place = list(self.axes).index(name)
        axes = {**self.axes, name: np.append(self.axes[name], high)}
        wrapped = self._map(lambda a: np.concatenate([a, a.take([0], axis=place)], axis=place), axes)
        mesh = np.meshgrid(*axes.values(), indexing="ij")
        return replace(wrapped, points=dict(zip(axes, mesh, strict=True)))

    def without(self, name: str) -> Sampled:
        """The same points with one coordinate left out."""
        return replace(self, points={n: a for n, a in self.points.items() if n != name})

    def _map(self, change: Callable[[np.ndarray], np.ndarray], axes: Arrays | None) -> Sampled:
        parts = (self.points, self.values, self.reference, self.spread)
        points, values, reference, spread = ({n: change(a) for n, a in arrays.items()} for arrays in parts)
        return Sampled(axes, points, values, reference, spread)
