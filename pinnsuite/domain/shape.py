"""The shape: a set in the plane or in space, possibly times an interval of time and of parameters.

    domain = Shape(Rectangle((0, 0), (2.2, 0.41)) - Disk((0.2, 0.2), 0.05), t=Time(0, 1), unit="m")

It answers as a `Box` does, without a grid: fresh points of the whole domain serve for evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from pinnsuite.domain.axis import Axis
from pinnsuite.domain.box import Points
from pinnsuite.domain.curves import Ellipse, Polygon
from pinnsuite.domain.geometry import Geometry
from pinnsuite.domain.outline import outline
from pinnsuite.domain.primitives import Cuboid, Disk, Rectangle, Sphere
from pinnsuite.domain.quiet import deepxde
from pinnsuite.domain.region import Boundary, Places, Region, Slice
from pinnsuite.errors import InputError, choose

__all__ = ["Cuboid", "Disk", "Ellipse", "Polygon", "Rectangle", "Shape", "Sphere"]

STEP = 1e-7  # of the diameter: how far on both sides of a boundary point the set is asked
MOST_DRAWS = 2**20  # a region that keeps almost nothing of so many draws is taken for empty


@dataclass(frozen=True)
class Shape:
    """A geometry and further axes (time, parameters). Points are scrambled Sobol draws, kept where they belong."""

    geometry: Geometry
    extra: Mapping[str, Axis]
    names: tuple[str, ...]
    unit: str

    def __init__(
        self, geometry: Geometry, *, names: Sequence[str] = ("x", "y", "z"), unit: str = "", **axes: Axis
    ) -> None:
        spatial = tuple(names[: geometry.dim])
        clash = [n for n, a in axes.items() if n in spatial or a.kind == "space"]
        if clash:
            raise InputError(
                "The further axes of a shape are time and parameters; its geometry gives the coordinates in space",
                given=clash,
                expected="t=Time(0, 1)",
            )
        if sum(a.kind == "time" for a in axes.values()) > 1:
            raise InputError("A shape has at most one time axis", given=list(axes))
        for name, value in {"geometry": geometry, "extra": dict(axes), "names": spatial, "unit": unit}.items():
            object.__setattr__(self, name, value)

    def with_axes(self, **more: Axis) -> Shape:
        """The same shape with time or parameter axes added or replaced."""
        return Shape(self.geometry, names=self.names, unit=self.unit, **{**self.extra, **more})

    @cached_property
    def axes(self) -> dict[str, Axis]:
        """The bounding box of the geometry, and the further axes."""
        bounds = zip(self.names, *self.geometry.bounds(), strict=True)
        return {n: Axis(float(a), float(b), self.unit) for n, a, b in bounds} | dict(self.extra)

    @property
    def time(self) -> str | None:
        return next((n for n, a in self.extra.items() if a.kind == "time"), None)

    @property
    def space(self) -> list[str]:
        return list(self.names)

    @cached_property
    def _sets(self) -> tuple[Any, list[Any]]:
        """DeepXDE's geometry of the whole and of its primitives."""
        with deepxde() as library:
            return self.geometry.build(library), [p.build(library) for p in self.geometry.primitives()]

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Whether points in space, (points, dim), belong to the closed set."""
        with deepxde():
            return np.asarray(self._sets[0].inside(points), dtype=bool)

    @cached_property
    def measure(self) -> float:
        """The area or volume, times the lengths of the further axes: quasi-Monte Carlo, good to about 1e-3."""
        unit = torch.quasirandom.SobolEngine(len(self.names), scramble=True, seed=0).draw(2**15, dtype=torch.float64)
        low, high = self.geometry.bounds()
        share = self.inside(low + (high - low) * unit.numpy()).mean()
        return float(share * np.prod(high - low)) * math.prod(a.length for a in self.extra.values())

    def check(self, region: Region) -> None:
        """Raise if a region lies outside the shape."""
        if isinstance(region, Boundary) and region.axis is not None:
            choose(region.axis, self.names, "coordinate of the shape")
        if isinstance(region, Slice):
            fixed = dict(region.fixed)
            for name, value in fixed.items():
                axis = self.axes[choose(name, self.axes, "axis")]
                if not axis.low <= value <= axis.high:
                    raise InputError(
                        "A condition lies outside the domain",
                        given=f"{name}={value}",
                        expected=f"{axis.low} <= {name} <= {axis.high}",
                    )
            if set(self.names) <= set(fixed) and not self.inside(np.array([[fixed[n] for n in self.names]]))[0]:
                raise InputError("A condition lies outside the shape", given=fixed)

    def sample(self, region: Region, count: int, seed: int) -> Points:
        """``count`` quasi-random points of a region, float64, reproducible from the seed.

        Boundary points carry the outward unit normal (normal_x, ...). A side of an axis is the part of the boundary
        that lies on that face of the bounding box. Raises `InputError` if the region has no points.
        """
        self.check(region)
        if isinstance(region, Places):
            return dict(region.points)
        fixed = dict(region.fixed) if isinstance(region, Slice) else {}
        bound = isinstance(region, Boundary)
        free = [n for n in (self.extra if bound else self.axes) if n not in fixed]
        width = len(free) + (len(self.names) - 1 if bound else 0)
        count = count if width else 1
        engine = torch.quasirandom.SobolEngine(max(width, 1), scramble=True, seed=seed % 2**31)
        parts: list[Points] = []
        kept, drawn = 0, 0
        while kept < count:
            if drawn > MOST_DRAWS + 64 * count:
                raise InputError("A region of a shape has no or hardly any points", given=region)
            missing = count - kept
            block = math.ceil(1.1 * missing * drawn / kept) + 64 if kept else max(256, 2 * missing, drawn)
            block = min(block, MOST_DRAWS // 8)
            unit = engine.draw(block, dtype=torch.float64)
            part = self._on_boundary(region, unit) if isinstance(region, Boundary) else self._within(unit, free, fixed)
            parts.append(part)
            kept, drawn = kept + len(part[self.names[0]]), drawn + block
        return {k: torch.cat([p[k] for p in parts])[:count] for k in parts[0]}

    def _placed(self, unit: torch.Tensor, free: Sequence[str], fixed: Mapping[str, float]) -> Points:
        columns = {n: self.axes[n].low + self.axes[n].length * unit[:, i] for i, n in enumerate(free)}
        return columns | {n: torch.full((len(unit),), v, dtype=torch.float64) for n, v in fixed.items()}

    def _within(self, unit: torch.Tensor, free: Sequence[str], fixed: Mapping[str, float]) -> Points:
        columns = self._placed(unit, free, fixed)
        keep = torch.from_numpy(self.inside(np.stack([columns[n].numpy() for n in self.names], axis=1)))
        return {n: columns[n][keep] for n in self.axes}

    def _on_boundary(self, region: Boundary, unit: torch.Tensor) -> Points:
        dim = len(self.names)
        points, normals, keep = outline(self.geometry, *self._sets, unit[:, : dim - 1].numpy(), STEP)
        columns = {n: torch.from_numpy(points[:, i].copy()) for i, n in enumerate(self.names)}
        columns |= self._placed(unit[:, dim - 1 :], list(self.extra), {})
        if region.axis is not None:
            axis = self.axes[region.axis]
            ends = {"low": [axis.low], "high": [axis.high], None: [axis.low, axis.high]}[region.side]
            gap = np.min([np.abs(columns[region.axis].numpy() - e) for e in ends], axis=0)
            # flat along the face: a disk has single points there, and no side
            flat = np.abs(normals[:, self.names.index(region.axis)]) > 1 - 1e-14
            keep = keep & flat & (gap < 1e-9 * axis.length)
        chosen = torch.from_numpy(keep)
        if region.where is not None:
            chosen = chosen & region.where(**columns)
        columns |= {f"normal_{n}": torch.from_numpy(normals[:, i].copy()) for i, n in enumerate(self.names)}
        return {k: v[chosen] for k, v in columns.items()}
