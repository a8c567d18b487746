"""Plane primitives with a less simple outline: ellipse and polygon."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pinnsuite.domain.geometry import Bounds, Geometry, Piece, Vector
from pinnsuite.errors import InputError

ARC_NODES = 4097  # of the table that inverts an ellipse's arc length; its relative error is about 1e-7


@dataclass(frozen=True)
class Ellipse(Geometry):
    """(x' / a)^2 + (y' / b)^2 <= 1, with (x', y') turned by ``angle`` (radians, counterclockwise)."""

    centre: Vector
    semiaxes: Vector
    angle: float = 0.0

    def __post_init__(self) -> None:
        if len(self.semiaxes) != 2 or not all(math.isfinite(a) and a > 0 for a in self.semiaxes):
            raise InputError("An ellipse needs two positive semiaxes", given=self.semiaxes)

    def _turned(self, vectors: np.ndarray) -> np.ndarray:
        c, s = math.cos(self.angle), math.sin(self.angle)
        return vectors @ np.array([[c, s], [-s, c]])

    def bounds(self) -> Bounds:
        half = np.hypot(*self._turned(np.diag(self.semiaxes)))
        return np.asarray(self.centre) - half, np.asarray(self.centre) + half

    def build(self, deepxde: Any) -> Any:
        (a, b), angle = self.semiaxes, self.angle
        if a < b:
            a, b, angle = b, a, angle + math.pi / 2
        built = deepxde.geometry.Ellipse(self.centre, a, b, -angle)  # DeepXDE turns clockwise
        built.bbox = self.bounds()  # DeepXDE's own is not one
        return built

    def pieces(self) -> list[Piece]:
        a, b = self.semiaxes
        theta = np.linspace(0, 2 * np.pi, ARC_NODES)
        speed = np.hypot(a * np.sin(theta), b * np.cos(theta))
        arc = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(theta))])

        def place(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            angle = np.interp(unit[:, 0] * arc[-1], arc, theta)
            cos, sin = np.cos(angle), np.sin(angle)
            normals = np.stack([b * cos, a * sin], axis=1)
            normals /= np.linalg.norm(normals, axis=1, keepdims=True)
            points = self._turned(np.stack([a * cos, b * sin], axis=1))
            return np.asarray(self.centre) + points, self._turned(normals)

        return [Piece(float(arc[-1]), place)]


@dataclass(frozen=True)
class Polygon(Geometry):
    """A simple polygon by its vertices, in either order."""

    vertices: tuple[Vector, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", tuple(tuple(map(float, v)) for v in self.vertices))
        if len(self.vertices) < 3 or any(len(v) != 2 for v in self.vertices):
            raise InputError("A polygon needs at least three vertices of two numbers", given=self.vertices)
        corners = np.asarray(self.vertices)
        x, y = corners.T
        if np.isclose(x @ np.roll(y, -1) - y @ np.roll(x, -1), 0.0):
            raise InputError("The vertices of a polygon enclose no area", given=self.vertices)

    def bounds(self) -> Bounds:
        corners = np.asarray(self.vertices)
        return corners.min(axis=0), corners.max(axis=0)

    def build(self, deepxde: Any) -> Any:
        corners = np.asarray(self.vertices)
        # DeepXDE's polygon refuses triangles and upright rectangles
        if len(corners) == 3:
            return deepxde.geometry.Triangle(*corners)
        if deepxde.geometry.Rectangle.is_valid(corners):
            return deepxde.geometry.Rectangle(*self.bounds())
        return deepxde.geometry.Polygon(corners)

    def pieces(self) -> list[Piece]:
        corners = np.asarray(self.vertices)
        return [_segment(a, b) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]


def _segment(start: np.ndarray, end: np.ndarray) -> Piece:
    along = end - start
    length = float(np.linalg.norm(along))

    def place(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        normal = np.array([along[1], -along[0]]) / length
        return start + unit * along, np.tile(normal, (len(unit), 1))

    return Piece(length, place)
