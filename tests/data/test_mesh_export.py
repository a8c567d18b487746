"""Meshes are read back by meshio with the points, cells and values that were meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import meshio
import numpy as np
import pytest

from pinnsuite.data.mesh_export import FRAMES, export_solution
from pinnsuite.data.triangulation import triangulate
from pinnsuite.errors import InputError
from pinnsuite.run.solution import Solution

Known = Callable[[str], Solution]


@pytest.mark.parametrize(
    ("name", "points", "kind", "cells"),
    [("decay", 31, "line", 30), ("pair", 5 * 7, "quad", 4 * 6), ("brick", 3 * 4 * 5, "hexahedron", 2 * 3 * 4)],
)
def test_box(known: Known, tmp_path: Path, name: str, points: int, kind: str, cells: int) -> None:
    mesh = meshio.read(export_solution(known(name), tmp_path / "state.vtu"))
    assert len(mesh.points) == points
    assert {c.type: len(c.data) for c in mesh.cells} == {kind: cells}
    assert [p.name for p in tmp_path.iterdir()] == ["state.vtu"]


def test_box_values_and_orientation(known: Known, tmp_path: Path) -> None:
    mesh = meshio.read(export_solution(known("pair"), tmp_path / "state.vtu"))
    x, y, _ = mesh.points.T
    np.testing.assert_allclose(mesh.point_data["u"], x * y, atol=1e-14)
    np.testing.assert_allclose(mesh.point_data["v"], x - y, atol=1e-14)
    corners = mesh.points[mesh.cells[0].data][:, :, :2]  # (cells, 4, 2)
    edges = np.roll(corners, -1, axis=1) - corners
    area = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    np.testing.assert_allclose(area, 2 / 24, atol=1e-14)
    brick = meshio.read(export_solution(known("brick"), tmp_path / "brick.vtu"))
    np.testing.assert_allclose(brick.point_data["phi"], brick.points.sum(axis=1), atol=1e-14)
    p = brick.points[brick.cells[0].data]
    volume = np.einsum("ci,ci->c", np.cross(p[:, 1] - p[:, 0], p[:, 3] - p[:, 0]), p[:, 4] - p[:, 0])
    np.testing.assert_allclose(volume, 1 / 24, atol=1e-14)


@pytest.mark.parametrize(("time", "right", "compared"), [(None, 2.0, True), (0.5, 0.5, True), (0.6, 0.6, False)])
def test_state_in_time(known: Known, tmp_path: Path, time: float | None, right: float, compared: bool) -> None:
    """The periodic axis is closed; the reference is there at the grid's own times."""
    mesh = meshio.read(export_solution(known("heat"), tmp_path / "state.vtu", time))
    x = mesh.points[:, 0]
    assert (len(x), mesh.cells[0].type, len(mesh.cells[0].data)) == (25, "line", 24)
    assert x[-1] == pytest.approx(2 * np.pi)
    np.testing.assert_allclose(mesh.point_data["T"], np.sin(x) * np.exp(-0.5 * right) + 1e-3, atol=1e-13)
    assert ("T_error" in mesh.point_data) == compared
    if compared:
        np.testing.assert_allclose(mesh.point_data["T_error"], 1e-3, atol=1e-13)


def test_series(known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both files lie together wherever the process runs, and a run's own solution.h5 is left alone."""
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run" / "solution.h5").write_text("mine")
    path = export_solution(known("heat"), tmp_path / "run" / "solution.xdmf")
    assert sorted(p.name for p in path.parent.iterdir()) == ["solution.h5", "solution.xdmf", "solution.xdmf.h5"]
    assert (path.parent / "solution.h5").read_text() == "mine"
    with meshio.xdmf.TimeSeriesReader(path) as reader:
        points, cells = reader.read_points_cells()
        assert (len(points), len(cells[0].data), reader.num_steps) == (25, 24, 9)
        for k in range(reader.num_steps):
            t, data, _ = reader.read_data(k)
            assert t == pytest.approx(0.25 * k)
            np.testing.assert_allclose(data["T"], np.sin(points[:, 0]) * np.exp(-0.5 * t) + 1e-3, atol=1e-13)


def test_shape(known: Known, tmp_path: Path) -> None:
    mesh = meshio.read(export_solution(known("plate"), tmp_path / "state.vtu"))
    assert len(mesh.points) == 600
    assert mesh.cells[0].type == "triangle"
    centroids = mesh.points[mesh.cells[0].data].mean(axis=1)
    assert np.linalg.norm(centroids, axis=1).min() > 0.49
    corners = mesh.points[mesh.cells[0].data][:, :, :2]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum() / 2
    assert area == pytest.approx(4 - np.pi / 4, rel=0.1)
    np.testing.assert_allclose(mesh.point_data["u_error"], 1e-3, atol=1e-13)


def test_shape_in_time(known: Known, tmp_path: Path) -> None:
    with meshio.xdmf.TimeSeriesReader(export_solution(known("cooling"), tmp_path / "series.xdmf")) as reader:
        points, _ = reader.read_points_cells()
        assert (len(points), reader.num_steps) == (400, FRAMES)
        t, data, _ = reader.read_data(FRAMES - 1)
        right = (points[:, 0] ** 2 + points[:, 1] ** 2) * np.exp(-t)
        np.testing.assert_allclose(data["u_reference"], right, atol=1e-13)
        np.testing.assert_allclose(data["u"], right + 1e-3, atol=1e-13)


def test_holes_without_a_domain() -> None:
    """Long triangles across a hole are dropped; points in one line, or too few, give none."""
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    ring = np.concatenate([r * np.stack([np.cos(angles), np.sin(angles)], 1) for r in np.linspace(1, 1.2, 8)])
    cells = triangulate(ring)
    assert len(cells) > 2000
    assert np.linalg.norm(ring[cells].mean(axis=1), axis=1).min() > 0.95
    assert len(triangulate(np.zeros((2, 2)))) == 0
    assert len(triangulate(np.stack([angles, angles], 1))) == 0


def test_refusals(known: Known, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"state\.stl.*\.vtu or \.xdmf"):
        export_solution(known("pair"), tmp_path / "state.stl")
    with pytest.raises(InputError, match="Pair is steady"):
        export_solution(known("pair"), tmp_path / "state.vtu", time=0.5)
    with pytest.raises(InputError, match="a series holds every time"):
        export_solution(known("heat"), tmp_path / "state.xdmf", time=0.5)
    with pytest.raises(InputError, match=r"outside the domain.*0 to 2"):
        export_solution(known("heat"), tmp_path / "state.vtu", time=2.5)
    assert list(tmp_path.iterdir()) == []
