"""The primitive sets: rectangle, disk, ellipse, polygon; cuboid and sphere."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pinnsuite.domain.geometry import Bounds, Geometry, Piece, Vector
from pinnsuite.errors import InputError


def _positive(what: str, **lengths: float) -> None:
    for name, value in lengths.items():
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"{what} needs a positive {name}", given=value)


@dataclass(frozen=True)
class Rectangle(Geometry):
    """low <= x <= high in the plane, sides parallel to the axes."""

    low: Vector
    high: Vector

    def __post_init__(self) -> None:
        _check_corners(self, 2)

    def bounds(self) -> Bounds:
        return np.asarray(self.low, float), np.asarray(self.high, float)

    def build(self, deepxde: Any) -> Any:
        return deepxde.geometry.Rectangle(self.low, self.high)

    def pieces(self) -> list[Piece]:
        return _faces(*self.bounds())


@dataclass(frozen=True)
class Cuboid(Geometry):
    """low <= x <= high in space, faces parallel to the axes."""

    low: Vector
    high: Vector

    def __post_init__(self) -> None:
        _check_corners(self, 3)

    def bounds(self) -> Bounds:
        return np.asarray(self.low, float), np.asarray(self.high, float)

    def build(self, deepxde: Any) -> Any:
        return deepxde.geometry.Cuboid(self.low, self.high)

    def pieces(self) -> list[Piece]:
        return _faces(*self.bounds())


def _check_corners(box: Rectangle | Cuboid, dim: int) -> None:
    if not len(box.low) == len(box.high) == dim or not all(a < b for a, b in zip(box.low, box.high, strict=True)):
        raise InputError(
            f"A {type(box).__name__.lower()} needs two corners of {dim} numbers, the lower one first",
            given=f"{box.low}, {box.high}",
        )


def _faces(low: np.ndarray, high: np.ndarray) -> list[Piece]:
    def face(axis: int, value: float) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
        def place(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            points = np.full((len(unit), len(low)), value)
            points[:, others] = low[others] + (high - low)[others] * unit
            normals = np.zeros_like(points)
            normals[:, axis] = 1.0
            return points, normals

        others = [k for k in range(len(low)) if k != axis]
        return place

    lengths = high - low
    return [
        Piece(float(np.prod(np.delete(lengths, axis))), face(axis, float(end[axis])))
        for axis in range(len(low))
        for end in (low, high)
    ]


@dataclass(frozen=True)
class Disk(Geometry):
    """|x - centre| <= radius in the plane."""

    centre: Vector
    radius: float

    def __post_init__(self) -> None:
        _positive("A disk", radius=self.radius)

    def bounds(self) -> Bounds:
        centre = np.asarray(self.centre, float)
        return centre - self.radius, centre + self.radius

    def build(self, deepxde: Any) -> Any:
        return deepxde.geometry.Disk(self.centre, self.radius)

    def pieces(self) -> list[Piece]:
        def place(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            angle = 2 * np.pi * unit[:, 0]
            normals = np.stack([np.cos(angle), np.sin(angle)], axis=1)
            return np.asarray(self.centre) + self.radius * normals, normals

        return [Piece(2 * math.pi * self.radius, place)]


@dataclass(frozen=True)
class Sphere(Geometry):
    """|x - centre| <= radius in space."""

    centre: Vector
    radius: float

    def __post_init__(self) -> None:
        _positive("A sphere", radius=self.radius)

    def bounds(self) -> Bounds:
        centre = np.asarray(self.centre, float)
        return centre - self.radius, centre + self.radius

    def build(self, deepxde: Any) -> Any:
        return deepxde.geometry.Sphere(self.centre, self.radius)

    def pieces(self) -> list[Piece]:
        def place(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            # equal areas in height and angle (Archimedes)
            height, angle = 2 * unit[:, 0] - 1, 2 * np.pi * unit[:, 1]
            flat = np.sqrt(1 - height**2)
            normals = np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)
            return np.asarray(self.centre) + self.radius * normals, normals

        return [Piece(4 * math.pi * self.radius**2, place)]
