"""Solutions survive HDF5, and what is not a whole solution is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from pinnsuite.data.hdf5 import read_solution, write_solution
from pinnsuite.errors import InputError
from pinnsuite.run.solution import Solution

Known = Callable[[str], Solution]


def test_grid_round_trip(known: Known, tmp_path: Path) -> None:
    solution = known("heat")
    path = write_solution(solution, tmp_path / "new")
    assert path == tmp_path / "new" / "solution.h5"
    found = read_solution(path.parent)
    x, t = found["coordinates"]["x"], found["coordinates"]["t"]
    assert (len(x), len(t)) == (24, 9)
    right = np.sin(x)[:, None] * np.exp(-0.5 * t)
    np.testing.assert_allclose(found["reference"]["T"], right, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(found["fields"]["T"], solution(x=x[:, None], t=t)["T"])
    np.testing.assert_allclose(found["error"]["T"], 1e-3, atol=1e-14)
    assert found["units"] == {"x": "m", "t": "s", "T": "K"}
    assert found["parameters"] == {"alpha": 0.5}
    attributes = found["attributes"]
    assert attributes["equation"] == "T_t - alpha*T_xx = 0"
    assert (attributes["problem"], attributes["solver"], attributes["verdict"]) == ("Heat", "pinn", "budget_used")
    assert "torch" in json.loads(attributes["versions"])["packages"]
    assert list(tmp_path.glob("**/*.tmp")) == []


def test_coordinates_are_dimension_scales(known: Known, tmp_path: Path) -> None:
    with h5py.File(write_solution(known("heat"), tmp_path)) as file:
        for group in ("fields", "reference", "error"):
            dataset = file[f"{group}/T"]
            assert [d.label for d in dataset.dims] == ["x", "t"]
            assert [dataset.dims[i][0].name for i in range(2)] == ["/coordinates/x", "/coordinates/t"]
            assert dataset.attrs["unit"] == "K"
        assert file["coordinates/t"].attrs["kind"] == "time"
        assert file["parameters"].attrs["label"] == "sine"
        assert file["parameters/alpha"].attrs["doc"] == "diffusivity"


def test_scattered_points(known: Known, tmp_path: Path) -> None:
    found = read_solution(write_solution(known("plate"), tmp_path))
    x, y = found["coordinates"]["x"], found["coordinates"]["y"]
    assert found["fields"]["u"].shape == x.shape == (600,)
    np.testing.assert_allclose(found["fields"]["u"], x**2 - y**2 + 1e-3, atol=1e-14)
    assert found["attributes"]["layout"] == "points"


def test_system_without_reference(known: Known, tmp_path: Path) -> None:
    found = read_solution(write_solution(known("pair"), tmp_path))
    assert set(found["fields"]) == {"u", "v"}
    assert found["reference"] == found["error"] == {}
    assert found["attributes"]["equation"].splitlines() == ["u_x - y = 0", "v_y + 1 = 0"]


def test_unknown_and_ranged_parameters(known: Known, tmp_path: Path) -> None:
    path = write_solution(known("unknown"), tmp_path / "unknown")
    assert read_solution(path)["parameters"]["alpha"] == 0.49
    with h5py.File(path) as file:
        attributes = file["parameters/alpha"].attrs
        assert (attributes["low"], attributes["true"], "high" in attributes) == (0.4, 0.5, False)
    path = write_solution(known("range"), tmp_path / "range")
    found = read_solution(path)
    np.testing.assert_array_equal(found["parameters"]["alpha"], [0.2, 0.6])
    x, t = found["coordinates"]["x"], found["coordinates"]["t"]
    np.testing.assert_allclose(found["fields"]["T"], np.sin(x)[:, None] * np.exp(-0.4 * t), atol=1e-14)
    with h5py.File(path) as file:
        assert file["parameters/alpha"].attrs["held"] == 0.4


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_truncated_file(known: Known, tmp_path: Path, share: float) -> None:
    path = write_solution(known("heat"), tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=r"solution\.h5 is cut short, damaged or not an HDF5 file"):
        read_solution(path)


def test_damaged_values(known: Known, tmp_path: Path) -> None:
    path = write_solution(known("heat"), tmp_path)
    with h5py.File(path) as file:
        place = file["fields/T"].id.get_chunk_info(0).byte_offset
    data = bytearray(path.read_bytes())
    data[place + 40] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_solution(path)


def test_missing_dataset_is_named(known: Known, tmp_path: Path) -> None:
    path = write_solution(known("heat"), tmp_path)
    with h5py.File(path, "a") as file:
        del file["error/T"]
    with pytest.raises(InputError, match="dataset error/T is missing"):
        read_solution(path)


def test_wrong_shape_is_named(known: Known, tmp_path: Path) -> None:
    path = write_solution(known("heat"), tmp_path)
    with h5py.File(path, "a") as file:
        del file["fields/T"]
        file["fields/T"] = np.zeros((3, 4))
    with pytest.raises(InputError, match=r"dataset fields/T has a wrong shape.*\(24, 9\)"):
        read_solution(path)


def test_other_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_solution(tmp_path / "nowhere.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["a"] = 1.0
    with pytest.raises(InputError, match="not a solution of this package"):
        read_solution(tmp_path / "other.h5")


def test_failed_write_leaves_the_old_file(known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_solution(known("heat"), tmp_path)
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_solution(known("heat"), tmp_path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["solution.h5"]
