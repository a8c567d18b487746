"""The box: a product of intervals, some periodic, one of them possibly time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from pinnsuite.domain.axis import Axis, Time
from pinnsuite.domain.region import Boundary, Interior, Places, Region, Slice
from pinnsuite.errors import InputError, choose

__all__ = ["Axis", "Box", "Points", "Time"]

Points = dict[str, torch.Tensor]  # coordinates (points,) by name; outward normal components as normal_x, normal_y, ...
Face = tuple[str, float, float]  # axis, its value, sign of the outward normal


@dataclass(frozen=True)
class Box:
    """``Box(x=Axis(-1, 1), t=Time(0, 1))``. Points are scrambled Sobol sequences (Owen 1998)."""

    axes: Mapping[str, Axis]

    def __init__(self, axes: Mapping[str, Axis] | None = None, **more: Axis) -> None:
        found = {**(axes or {}), **more}
        if not found:
            raise InputError("A box needs at least one axis", do="Write Box(x=Axis(0, 1))")
        if sum(a.kind == "time" for a in found.values()) > 1:
            raise InputError("A box has at most one time axis", given=list(found))
        object.__setattr__(self, "axes", dict(found))

    def with_axes(self, **more: Axis) -> Box:
        """The same box with axes added or replaced (a parameter's range, a time window)."""
        return Box({**self.axes, **more})

    @property
    def time(self) -> str | None:
        return next((n for n, a in self.axes.items() if a.kind == "time"), None)

    @property
    def space(self) -> list[str]:
        return [n for n, a in self.axes.items() if a.kind == "space"]

    @property
    def measure(self) -> float:
        return math.prod(a.length for a in self.axes.values())

    def faces(self, region: Boundary) -> list[Face]:
        """The faces of the box in a boundary region; periodic axes have none."""
        names = self.space if region.axis is None else [choose(region.axis, self.axes, "axis")]
        sides = ["low", "high"] if region.side is None else [region.side]
        walls = [n for n in names if not self.axes[n].periodic]
        if not walls:
            raise InputError(
                "A boundary condition is given where the domain has no boundary",
                given=f"axis={region.axis or names}",
                expected="an axis that is not periodic",
            )
        return [
            (n, self.axes[n].low if s == "low" else self.axes[n].high, -1.0 if s == "low" else 1.0)
            for n in walls
            for s in sides
        ]

    def check(self, region: Region) -> None:
        """Raise if a region lies outside the box."""
        if isinstance(region, Boundary):
            self.faces(region)
        if isinstance(region, Slice):
            for name, value in region.fixed:
                axis = self.axes[choose(name, self.axes, "axis")]
                if not axis.low <= value <= axis.high:
                    raise InputError(
                        "A condition lies outside the domain",
                        given=f"{name}={value}",
                        expected=f"{axis.low} <= {name} <= {axis.high}",
                    )

    def sample(self, region: Region, count: int, seed: int) -> Points:
        """``count`` quasi-random points of a region, float64, reproducible from the seed.

        Any number of the first points are spread as evenly as all.
        """
        self.check(region)
        if isinstance(region, Places):
            return dict(region.points)
        if isinstance(region, Interior):
            return self._cube(count, seed, {})
        if isinstance(region, Slice):
            return self._cube(count, seed, dict(region.fixed))
        parts = []
        faces = self.faces(region)
        for i, (name, value, sign) in enumerate(faces):
            share = count * (i + 1) // len(faces) - count * i // len(faces)
            points = self._cube(max(share, 1), seed + 7919 * (i + 1), {name: value})
            size = len(points[name])
            for other in self.space:
                points[f"normal_{other}"] = torch.full((size,), sign if other == name else 0.0, dtype=torch.float64)
            parts.append(points)
        sizes = [len(p[self.space[0]]) for p in parts]
        along = torch.cat([(torch.arange(size) + 0.5) / size for size in sizes])
        order = torch.argsort(along, stable=True)  # the faces take turns
        joined = {k: torch.cat([p[k] for p in parts])[order] for k in parts[0]}
        if region.where is not None:
            keep = region.where(**{n: joined[n] for n in self.axes})
            if not bool(keep.any()):
                raise InputError("A boundary condition holds at none of its points", given="where=...", do="Widen it")
            joined = {k: v[keep] for k, v in joined.items()}
        return joined

    def _cube(self, count: int, seed: int, fixed: Mapping[str, float]) -> Points:
        free = [n for n in self.axes if n not in fixed]
        size = count if free else 1
        unit = torch.empty(size, 0, dtype=torch.float64)
        if free:
            engine = torch.quasirandom.SobolEngine(len(free), scramble=True, seed=seed % 2**31)
            unit = engine.draw(size, dtype=torch.float64)
        columns = {n: self.axes[n].low + self.axes[n].length * unit[:, i] for i, n in enumerate(free)}
        fixed_columns = {n: torch.full((size,), v, dtype=torch.float64) for n, v in fixed.items()}
        return {n: {**columns, **fixed_columns}[n] for n in self.axes}

    def lattice(self, count: int, seed: int) -> Points:
        """About ``count`` points of a tensor grid: one random line in each of as many equal parts of every axis."""
        size, generator = round(count ** (1 / len(self.axes))), torch.Generator().manual_seed(seed % 2**31)
        lines = []
        for axis in self.axes.values():
            unit = (torch.arange(size) + torch.rand(size, generator=generator, dtype=torch.float64)) / size
            lines.append(axis.low + axis.length * unit)
        return {n: x.reshape(-1) for n, x in zip(self.axes, torch.meshgrid(*lines, indexing="ij"), strict=True)}

    def grid(self, counts: Mapping[str, int]) -> dict[str, torch.Tensor]:
        """Coordinate arrays (points,) of a tensor grid, ends included (a periodic axis without its last point)."""
        result = {}
        for name, axis in self.axes.items():
            n = counts[name]
            points = torch.linspace(axis.low, axis.high, n + 1 if axis.periodic else n, dtype=torch.float64)
            result[name] = points[:n]
        return result
