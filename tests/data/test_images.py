"""Arrays over the grid of coordinates: masks, and which axis is which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io

from pinnsuite import Axis, Box, D, Problem, Time
from pinnsuite.data.measured import Measured
from pinnsuite.data.observations import Observations
from pinnsuite.domain.shape import Disk, Shape
from pinnsuite.errors import InputError

SIDE = np.linspace(0, 1, 5)
X, Y = np.linspace(-1, 1, 21), np.linspace(-1, 1, 17)


class Plane(Problem):
    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - D(u, x, x)


class Round(Problem):
    domain = Shape(Disk((0, 0), 1.0))
    fields = ("u",)

    def equation(self, u: Any, x: Any, y: Any) -> Any:
        return D(u, x, x) + D(u, y, y)


def camera() -> np.ndarray:
    """A rectangle of pixels (x, y) that saw a disk: u = x + 3 y."""
    return np.where(np.hypot(X[:, None], Y) < 0.999, X[:, None] + 3 * Y, np.nan)


def hdf5(path: Path, axes: Sequence[str], labels: bool, **arrays: np.ndarray) -> str:
    """u (and its noise s) with dimension scales, or with labels alone."""
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values
        for name in axes:
            file[name].make_scale(name)
        for name in arrays.keys() - set(axes):
            for i, axis in enumerate(axes):
                if labels:
                    file[name].dims[i].label = axis
                else:
                    file[name].dims[i].attach_scale(file[axis])
    return str(path)


def linear(m: Measured, along: str, across: str) -> None:
    """u = x + 3 t or x + 3 y, as it was written."""
    np.testing.assert_allclose(m.values, m.points[along] + 3 * m.points[across], atol=1e-12)


@pytest.mark.parametrize("kind", ["npz", "h5", "mat"])
def test_a_masked_rectangle_around_a_disk(tmp_path: Path, kind: str) -> None:
    """What was not seen is missing, wherever it lies; a value outside is refused, by its entry in the image."""
    file, u = tmp_path / f"a.{kind}", camera()
    for image, outside in ((u, False), (np.where(np.arange(u.size).reshape(u.shape) == 3, 1.0, u), True)):
        if kind == "h5":
            hdf5(file, "xy", False, x=X, y=Y, u=image)
        else:
            write: Callable[..., Any] = scipy.io.savemat if kind == "mat" else lambda path, a: np.savez(path, **a)
            write(file, {"x": X, "y": Y, "u": image})
        if outside:
            with pytest.raises(InputError, match="u, entry 4: the point lies outside the shape"):
                Observations(str(file), noise={"u": 0.1}).read(Round())
            continue
        (m,) = Observations(str(file), noise={"u": 0.1}).read(Round())
        assert m.missing == np.isnan(u).sum() > 50
        linear(m, "x", "y")


def test_a_masked_pixel_needs_no_noise(tmp_path: Path) -> None:
    u, sigma = camera(), np.full(camera().shape, 0.1)
    sigma[np.isnan(u)] = np.inf
    np.savez(tmp_path / "a.npz", x=X, y=Y, u=u, sigma=sigma)
    (m,) = Observations(str(tmp_path / "a.npz"), noise={"u": "sigma"}).read(Round())
    assert m.noise == 0.1 and m.shares is None


def test_a_row_without_value_and_place_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x,t,u\n0,0,1\n,,\n7,0.5,nan\n0.5,0.5,2\n")
    (m,) = Observations(str(file)).read(Plane())
    assert m.missing == 2 and m.values.tolist() == [1, 2]
    file.write_text("x,t,u\n0,0,1\n,,\n7,0.5,3\n")
    with pytest.raises(InputError, match="column 'x', entry 3: the point lies outside"):
        Observations(str(file)).read(Plane())


@pytest.mark.parametrize("labels", [False, True])
def test_dimension_scales_tell_the_axes_of_a_square(tmp_path: Path, labels: bool) -> None:
    """Of an image stored (t, x), and of its noise; the names are those of datasets or of coordinates."""
    image = SIDE + 3 * SIDE[:, None]  # (t, x)
    file = hdf5(tmp_path / "a.h5", "tx", labels, x=SIDE, t=SIDE, u=image, s=1 + image)
    (m,) = Observations(file, noise={"u": "s"}).read(Plane())
    linear(m, "x", "t")
    assert m.noise is not None and m.shares is not None
    np.testing.assert_allclose(m.noise * m.shares, 1 + m.values)
    assert "u: its axes are t, x" in m.notes
    with pytest.raises(InputError, match=r"data.axes: .*dataset u has another order"):
        Observations(file, axes=["x", "t"]).read(Plane())
    file = hdf5(tmp_path / "b.h5", ["time", "place"], labels, place=SIDE, time=SIDE, u=image)
    linear(Observations(file, coordinates={"x": "place", "t": "time"}).read(Plane())[0], "x", "t")


def test_a_scale_that_is_gone_tells_nothing(tmp_path: Path) -> None:
    file = hdf5(tmp_path / "a.h5", "tx", False, x=SIDE, t=SIDE, u=np.zeros((5, 5)))
    with h5py.File(file, "a") as opened:
        opened["place"] = SIDE
        del opened["x"]
    with pytest.raises(InputError, match="nothing says which axis is which"):
        Observations(file, coordinates={"x": "place"}).read(Plane())


def test_a_square_whose_axes_nothing_tells_is_refused(tmp_path: Path) -> None:
    """Until its order is stated; lengths that differ leave no doubt."""
    np.savez(tmp_path / "a.npz", x=SIDE, t=SIDE, u=SIDE + 3 * SIDE[:, None])
    file = str(tmp_path / "a.npz")
    with pytest.raises(InputError, match=r"array u: nothing says which axis is which.*data.axes=\[x,t\]"):
        Observations(file).read(Plane())
    linear(Observations(file, axes=["t", "x"]).read(Plane())[0], "x", "t")
    linear(Observations(file, axes=["x", "t"]).read(Plane())[0], "t", "x")
    np.savez(tmp_path / "b.npz", x=SIDE, t=SIDE[:3], u=SIDE[:, None] + 3 * SIDE[:3])
    linear(Observations(str(tmp_path / "b.npz")).read(Plane())[0], "x", "t")


def test_axes_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=SIDE, t=SIDE[:3], u=np.zeros((5, 3)), v=SIDE)
    (tmp_path / "a.csv").write_text("x,t,u\n0,0,1\n")
    for name, axes, message in (
        ("a.npz", ["t"], "every coordinate, once"),
        ("a.npz", ["t", "x"], "does not fit its coordinates"),
        ("a.csv", ["t", "x"], "no array over the grid"),
    ):
        with pytest.raises(InputError, match=message):
            Observations(str(tmp_path / name), axes=axes).read(Plane())
