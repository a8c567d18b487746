"""Shapes: what is inside, where the boundary is, which way is out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from pinnsuite.domain.axis import Axis, Time
from pinnsuite.domain.geometry import Geometry
from pinnsuite.domain.quiet import deepxde
from pinnsuite.domain.region import Boundary, Interior, Slice
from pinnsuite.domain.shape import Cuboid, Disk, Ellipse, Polygon, Rectangle, Shape, Sphere
from pinnsuite.errors import InputError

L_SHAPE = ((0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2))
# geometry, its area or volume, the length or area of its boundary
ZOO: dict[str, tuple[Geometry, float, float]] = {
    "rectangle": (Rectangle((-1, 0), (1, 3)), 6, 10),
    "disk": (Disk((1, 2), 0.5), math.pi / 4, math.pi),
    "plate with hole": (Rectangle((0, 0), (1, 1)) - Disk((0.5, 0.5), 0.25), 1 - math.pi / 16, 4 + math.pi / 2),
    "corner cut out": (Rectangle((-1, -1), (1, 1)) - Rectangle((0, 0), (1, 1)), 3, 8),
    "side by side": (Rectangle((0, 0), (1, 1)) | Rectangle((1, 0), (2, 1)), 2, 6),
    "common edges": (Rectangle((0, 0), (2, 1)) & Rectangle((1, 0), (3, 1)), 1, 4),
    "half disk": (Disk((0, 0), 1) & Rectangle((0, -2), (2, 2)), math.pi / 2, math.pi + 2),
    "triangle": (Polygon(((0, 0), (1, 0), (0, 1))), 0.5, 2 + math.sqrt(2)),
    "upright polygon": (Polygon(((0, 0), (2, 0), (2, 1), (0, 1))), 2, 6),
    "L, clockwise": (Polygon(L_SHAPE[::-1]), 3, 8),
    "circle as ellipse": (Ellipse((0, 0), (2, 2)), 4 * math.pi, 4 * math.pi),
    "turned ellipse": (Ellipse((1, -1), (1, 2), 0.4), 2 * math.pi, 9.688448220547675),
    "cuboid": (Cuboid((0, 0, 0), (1, 2, 3)), 6, 22),
    # seven eighths of the sphere and three quarter disks
    "dented ball": (Sphere((0, 0, 0), 1) - Cuboid((0, 0, 0), (2, 2, 2)), 7 * math.pi / 6, 4.25 * math.pi),
}


def columns(points: dict[str, torch.Tensor], names: list[str]) -> np.ndarray:
    return np.stack([points[n].numpy() for n in names], axis=1)


@pytest.mark.parametrize("name", ZOO)
def test_area_and_points_inside(name: str) -> None:
    geometry, area, _ = ZOO[name]
    shape = Shape(geometry)
    assert shape.measure == pytest.approx(area, rel=1e-2)
    points = shape.sample(Interior(), 300, seed=4)
    assert {len(v) for v in points.values()} == {300}
    assert all(v.dtype == torch.float64 for v in points.values())
    assert shape.inside(columns(points, shape.space)).all()
    for axis_name, axis in shape.axes.items():
        assert ((points[axis_name] >= axis.low) & (points[axis_name] <= axis.high)).all()


@pytest.mark.parametrize("name", ZOO)
def test_boundary_normals_are_unit_and_outward(name: str) -> None:
    shape = Shape(ZOO[name][0])
    points = shape.sample(Boundary(), 300, seed=4)
    place, normals = columns(points, shape.space), columns(points, [f"normal_{n}" for n in shape.space])
    assert len(place) == 300
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-12)
    assert shape.inside(place - 1e-6 * normals).all()
    assert not shape.inside(place + 1e-6 * normals).any()


@pytest.mark.parametrize("name", ZOO)
def test_divergence_theorem(name: str) -> None:
    """The flux of x through the boundary is dim times the volume: density, extent and normals in one number."""
    geometry, volume, surface = ZOO[name]
    shape = Shape(geometry)
    points = shape.sample(Boundary(), 4096, seed=1)
    flux = sum(points[n] * points[f"normal_{n}"] for n in shape.space)
    assert surface * float(torch.as_tensor(flux).mean()) == pytest.approx(len(shape.space) * volume, rel=1e-2)


@pytest.mark.parametrize("name", ["plate with hole", "half disk", "triangle", "L, clockwise", "cuboid"])
def test_normals_agree_with_deepxde(name: str) -> None:
    shape = Shape(ZOO[name][0])
    points = shape.sample(Boundary(), 100, seed=2)
    place, normals = columns(points, shape.space), columns(points, [f"normal_{n}" for n in shape.space])
    with deepxde():
        theirs = shape._sets[0].boundary_normal(place)
    np.testing.assert_allclose(normals, theirs, atol=1e-7)


def test_the_same_seed_gives_the_same_points() -> None:
    shape = Shape(Rectangle((0, 0), (1, 1)) - Disk((0.5, 0.5), 0.25), t=Time(0, 1))
    for region in (Interior(), Boundary()):
        np.random.seed(0)
        first = shape.sample(region, 50, seed=7)
        np.random.seed(1)
        again, other = shape.sample(region, 50, seed=7), shape.sample(region, 50, seed=8)
        assert all(torch.equal(first[k], again[k]) for k in first)
        assert not torch.equal(first["x"], other["x"])


def test_parts_of_the_boundary() -> None:
    channel = Shape(Rectangle((0, 0), (2.2, 0.4)) - Disk((0.2, 0.2), 0.05), unit="m", t=Time(0, 3, unit="s"))
    inlet = channel.sample(Boundary("x", "low"), 40, seed=0)
    assert (inlet["x"] == 0).all() and (inlet["normal_x"] == -1).all()
    walls = channel.sample(Boundary("y"), 40, seed=0)
    assert set(walls["y"].tolist()) == {0.0, 0.4}
    hole = channel.sample(Boundary(where=lambda x, y, t: (x - 0.2) ** 2 + (y - 0.2) ** 2 < 0.06**2), 40, seed=0)
    assert len(hole["x"]) == 40
    radius = torch.hypot(hole["x"] - 0.2, hole["y"] - 0.2)
    torch.testing.assert_close(radius, torch.full_like(radius, 0.05))
    inward = -(hole["x"] - 0.2) / 0.05  # out of the fluid is into the obstacle
    torch.testing.assert_close(hole["normal_x"], inward)
    assert hole["t"].min() < 0.2 and hole["t"].max() > 2.8
    with pytest.raises(InputError, match="no or hardly any points"):
        Shape(Disk((0, 0), 1)).sample(Boundary("x", "low"), 4, seed=0)


def test_axes_time_and_slices() -> None:
    shape = Shape(Disk((1, 1), 1), unit="mm", t=Time(0, 2), k=Axis(3, 5, kind="parameter"))
    assert list(shape.axes) == ["x", "y", "t", "k"]
    assert shape.axes["x"] == Axis(0, 2, "mm")
    assert (shape.time, shape.space) == ("t", ["x", "y"])
    assert shape.measure == pytest.approx(4 * math.pi, rel=1e-2)
    start = shape.sample(Slice.at(t=0.5), 20, seed=0)
    assert (start["t"] == 0.5).all() and shape.inside(columns(start, ["x", "y"])).all()
    assert {n: v.tolist() for n, v in Shape(Disk((1, 1), 1)).sample(Slice.at(x=1.0, y=0.5), 9, 0).items()} == {
        "x": [1.0],
        "y": [0.5],
    }
    window = shape.with_axes(t=Time(1, 2), c=Axis(0, 1, kind="parameter"))
    assert window.axes["t"].low == 1 and list(window.axes) == ["x", "y", "t", "k", "c"]


def test_what_is_refused() -> None:
    shape = Shape(Rectangle((0, 0), (1, 1)) - Disk((0.5, 0.5), 0.25))
    with pytest.raises(InputError, match="outside the shape"):
        shape.check(Slice.at(x=0.5, y=0.5))
    with pytest.raises(InputError, match="outside the domain"):
        shape.check(Slice.at(x=2.0))
    with pytest.raises(InputError, match="no coordinate of the shape named 'r'"):
        shape.check(Boundary("r"))
    with pytest.raises(InputError, match="further axes of a shape"):
        shape.with_axes(x=Axis(0, 2))
    with pytest.raises(InputError, match="same dimension"):
        Disk((0, 0), 1) | Sphere((0, 0, 0), 1)
    with pytest.raises(InputError, match="empty"):
        Disk((0, 0), 1) & Disk((5, 0), 1)
    for bad in (
        lambda: Rectangle((0, 0), (0, 1)),
        lambda: Cuboid((0, 0), (1, 1)),
        lambda: Disk((0, 0), 0),
        lambda: Sphere((0, 0, 0), -1),
        lambda: Ellipse((0, 0), (1,)),
        lambda: Polygon(((0, 0), (1, 1), (2, 2))),
    ):
        with pytest.raises(InputError):
            bad()
