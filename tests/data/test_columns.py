"""Files of measurements: every kind is read, and what is wrong with one is said with file, column and row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import meshio
import numpy as np
import pytest
import scipy.io

from pinnsuite import Axis, Box, D, Field, Problem, Time
from pinnsuite.data.columns import read_columns
from pinnsuite.data.observations import Observations
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.domain.shape import Disk, Shape
from pinnsuite.errors import InputError
from pinnsuite.parameters import Unknown
from pinnsuite.problems.heat import Heat
from pinnsuite.problems.kdv import KdV

X, T, U = np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0, 4.0])


@dataclass(frozen=True)
class Rod(Problem):
    domain = Box(x=Axis(0, 1, unit="m"), t=Time(0, 1, unit="s"))
    fields = (Field("T", unit="K"),)

    def equation(self, T, x, t):  # type: ignore[no-untyped-def]
        return D(T, t) - D(T, x, x)


class Ring(Problem):
    domain = Shape(Disk((0, 0), 1.0) - Disk((0, 0), 0.5))
    fields = ("u",)

    def equation(self, u, x, y):  # type: ignore[no-untyped-def]
        return D(u, x, x) + D(u, y, y)


def write_csv(path: Path) -> None:
    path.write_text("# from a logger\nx [m], t [s], T [K]\n0, 0.1, 1\n0.5, 0.2, 2\n1, 0.3, 4\n")


def write_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for name, values, unit in (("x", X, "m"), ("t", T, "s"), ("T", U, "K")):
            file[name] = values
            file[name].attrs["unit"] = unit


def write_npz(path: Path) -> None:
    np.savez(path, x=X, t=T, T=U)


def write_mat(path: Path) -> None:
    scipy.io.savemat(path, {"x": X[:, None], "t": T[:, None], "T": U[:, None]})


def write_mesh(path: Path) -> None:
    points = np.stack([X, 0 * X, 0 * X], axis=1)
    meshio.write(path, meshio.Mesh(points, [("line", [[0, 1], [1, 2]])], point_data={"t": T, "T": U}))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.csv", write_csv),
        ("a.h5", write_hdf5),
        ("a.npz", write_npz),
        ("a.mat", write_mat),
        ("a.vtu", write_mesh),
    ],
)
def test_every_kind_of_file_gives_the_same_measurements(
    tmp_path: Path, name: str, write: Callable[[Path], None]
) -> None:
    write(tmp_path / name)
    (m,) = Observations(str(tmp_path / name), noise={"T": 0.1}).read(Rod())
    assert m.name == "T" and m.noise == 0.1
    np.testing.assert_allclose(m.values, U)
    np.testing.assert_allclose(m.points["x"], X)
    np.testing.assert_allclose(m.points["t"], T)


def test_units_are_converted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("place [mm];t [ms];T [degC]\n500;100;0\n1000;200;10\n")
    (m,) = Observations(str(tmp_path / "a.csv"), coordinates={"x": "place"}).read(Rod())
    np.testing.assert_allclose(m.points["x"], [0.5, 1.0])
    np.testing.assert_allclose(m.points["t"], [0.1, 0.2])
    np.testing.assert_allclose(m.values, [273.15, 283.15])


def test_a_difference_of_a_degree_is_one_kelvin(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,t,T [degC],sigma [degC]\n0.5,0.5,10,0.5\n0.5,0.6,11,0.5\n")
    (m,) = Observations(str(tmp_path / "a.csv"), noise={"T": "sigma"}).read(Rod())
    assert m.noise == pytest.approx(0.5)


def test_a_field_on_a_grid_and_missing_values(tmp_path: Path) -> None:
    field = np.arange(6.0).reshape(3, 2)
    field[1, 1] = np.nan
    np.savez(tmp_path / "a.npz", x=X, t=T[:2], T=field)
    (m,) = Observations(str(tmp_path / "a.npz")).read(Rod())
    assert m.missing == 1 and m.noise is None
    np.testing.assert_allclose(m.values, [0, 1, 2, 4, 5])
    np.testing.assert_allclose(m.points["x"], [0, 0, 0.5, 1, 1])


BAD = {
    "no file": (None, "does not exist"),
    "a.csv": ("x,t,T\n0,0,1\n0.5,zero,2\n", "line 3, column 't': not a number"),
    "b.csv": ("x,t,T\n0,0,1\n0.5,2\n", "line 3: the row has another length"),
    "c.csv": ("x,t,T\n", "holds no rows"),
    "d.csv": ("x,time,T\n0,0,1\n", "no column named 't'"),
    "e.csv": ("x,t,T\n0,,1\n", "column 't', entry 1: not a number"),
    "f.csv": ("x,t,T\n0,0.5,1\n0.5,7,2\n", "entry 2: the point lies outside the domain"),
    "g.csv": ("x,t,T [kg]\n0,0,1\n", "its unit cannot be converted"),
    "h.csv": ("x,t,T\n0,0,\n", "there is no value"),
    "i.csv": ("x,t,T\n0,0,\n0,0,1\n0.5,0.5,2\n0,0,3\n", "entries 2 and 4: two values at the same place contradict"),
    "i2.csv": ("x,t,T\n0,0,1\n0,0,1.5\n0,0,1\n0,0,1.9\n", "entries 1 and 4: .* contradict each other"),
    "i3.csv": ("x,t,T,T\n0,0,1,2\n", "two columns are called 'T'"),
    "j.csv": ("x,t,S\n0,0,1\n", "no column with the name of a field"),
    "k.txt": ("x,t,T\n", "not a kind of file"),
    "l.h5": ("nonsense", "cut short, damaged or not an HDF5 file"),
    "m.npz": ("nonsense", "cut short, damaged"),
    "n.mat": ("nonsense", "cut short, damaged"),
    "o.vtu": ("<VTKFile>", "cut short, damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_words(tmp_path: Path, name: str) -> None:
    text, message = BAD[name]
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message) as refusal:
        Observations(str(path), noise={"T": 0.1}).read(Rod())
    assert path.name in str(refusal.value)


@pytest.mark.parametrize("kind", ["h5", "npz", "mat", "vtu"])
def test_a_file_cut_short_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    {"h5": write_hdf5, "npz": write_npz, "mat": write_mat, "vtu": write_mesh}[kind](path)
    whole = path.read_bytes()
    for share in (0.2, 0.6, 0.95):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(InputError, match=r"a\."):
            Observations(str(path)).read(Rod())


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """As columns, as an array over the grid of coordinates, and as noise of every value."""
    file = tmp_path / "a.npz"
    for arrays, message in (
        ({"x": X, "t": T, "T": U[:-1]}, "array T does not fit its coordinates"),
        ({"x": X, "t": T[:2], "T": np.zeros((2, 3))}, "array T does not fit its coordinates"),
        ({"x": X, "t": T, "T": U, "sigma": np.ones(2)}, "array sigma does not give the noise of"),
        ({"x": X, "t": T, "T": U, "sigma": np.array([1.0, 0.0, 1.0])}, "array sigma does not give the noise of"),
    ):
        np.savez(file, **arrays)
        noise = {"T": "sigma"} if "sigma" in arrays else {}
        with pytest.raises(InputError, match=message):
            Observations(str(file), noise=noise).read(Rod())  # type: ignore[arg-type]


def test_a_sensor_in_a_hole_is_refused(tmp_path: Path) -> None:
    """The box around a shape holds it, the shape does not."""
    (tmp_path / "a.csv").write_text("x,y,u\n0.9,0.0,1.0\n0.0,0.0,1.0\n")
    with pytest.raises(InputError, match="entry 2: the point lies outside the shape"):
        Observations(str(tmp_path / "a.csv")).read(Ring())


def test_wrong_names_are_refused(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv")
    file = str(tmp_path / "a.csv")
    for options, message in (
        ({"coordinates": {"y": "x"}}, "no coordinate named 'y'"),
        ({"fields": {"S": "T"}}, "no field named 'S'"),
        ({"noise": {"T": -1.0}}, "must be positive"),
        ({"fields": {"T_t": "T"}, "noise": {"T": 1.0}}, r"data.noise.T: no column of .*a.csv is read as T"),
        ({"units": {"temp": "K"}}, "no column named 'temp'"),
    ):
        with pytest.raises(InputError, match=message):
            Observations(file, **options).read(Rod())  # type: ignore[arg-type]


def test_a_repeated_measurement_within_its_noise_is_welcome(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,t,T\n0,0,1\n0.5,0.5,2\n0,0,1.1\n")
    assert len(Observations(str(tmp_path / "a.csv"), noise={"T": 0.1}).read(Rod())[0].values) == 3


def test_made_up_measurements_are_those_of_the_reference() -> None:
    problem = Heat(alpha=Unknown(0.3))
    (m,) = Synthetic(points=50, noise=0.0, truth={"alpha": 0.1}).read(problem)
    wanted = np.exp(-0.1 * np.pi**2 * m.points["t"].numpy()) * np.sin(np.pi * m.points["x"].numpy())
    np.testing.assert_allclose(m.values, wanted, atol=1e-15)
    (noisy,) = Synthetic(points=50, noise=0.1, truth={"alpha": 0.1}).read(problem)
    (again,) = Synthetic(points=50, noise=0.1, truth={"alpha": 0.1}).read(problem)
    assert np.array_equal(noisy.values, again.values) and noisy.noise is not None
    assert np.std(noisy.values.numpy() - wanted) == pytest.approx(noisy.noise, rel=0.4)
    with pytest.raises(InputError, match="true values"):
        Synthetic().read(problem)


def test_snapshots() -> None:
    (m,) = Synthetic(points=20, slices=[{"t": 0.01}, {"t": 0.02}], even=True).read(KdV())
    assert sorted(set(m.points["t"].tolist())) == [0.01, 0.02]
    assert len(m.values) == 40
    np.testing.assert_allclose(np.diff(m.points["x"][:20]), 0.1)


def test_columns_of_a_vector_on_a_mesh(tmp_path: Path) -> None:
    points = np.stack([X, T, 0 * X], axis=1)
    mesh = meshio.Mesh(points, [("line", [[0, 1], [1, 2]])], point_data={"v": np.stack([U, 2 * U, 0 * U], axis=1)})
    meshio.write(tmp_path / "a.vtu", mesh)
    found = read_columns(tmp_path / "a.vtu")
    np.testing.assert_allclose(found["v_y"].values, 2 * U)
    np.testing.assert_allclose(found["y"].values, T)
