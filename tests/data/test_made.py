"""Made-up data in a file of their own: the same to the bit when read, and what is refused."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from pinnsuite import Axis, Box, D, Field, Problem, Unknown
from pinnsuite.data.made import write_made
from pinnsuite.data.measured import Measured
from pinnsuite.data.observations import Observations
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.problems.heat import Heat
from pinnsuite.run.build import build_from
from pinnsuite.run.cli import main
from pinnsuite.run.compose import compose


class Pair(Problem):
    """Two fields with units, u = x and v = x y."""

    domain = Box(x=Axis(0, 2, unit="mm"), y=Axis(0, 1, unit="mm"))
    fields = (Field("u", unit="K", doc="temperature"), Field("v", unit="m/s"))

    def equation(self, u: Any, v: Any, x: Any, y: Any) -> Any:
        return {"u": D(u, y), "v": D(v, y, y)}

    def reference(self, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": np.outer(x, np.ones(len(y))), "v": np.outer(x, y)}


def same(found: Measured, made: Measured) -> None:
    """To the bit; noise of each value its own to rounding."""
    assert found.name == made.name and torch.equal(found.values, made.values)
    assert list(found.points) == list(made.points)
    assert all(torch.equal(found.points[n], x) for n, x in made.points.items())
    if made.shares is None:
        assert found.shares is None and found.noise == made.noise
    else:
        assert found.noise == pytest.approx(made.noise, rel=1e-14)
        torch.testing.assert_close(found.shares, made.shares, rtol=1e-14, atol=0)


@pytest.mark.parametrize(
    "options",
    [
        {"noise": 0.1},
        {"noise": 0.0},
        {"noise": 0.1, "multiplicative": True},
        {"noise": 0.1, "slices": [{"x": 0.5}, {"x": 1.0}], "points": 7},
        {"noise": 0.1, "fields": ["v"]},
    ],
)
def test_what_is_written_is_read(tmp_path: Path, options: dict[str, Any]) -> None:
    made = write_made(Pair(), Synthetic(**{"points": 40, "seed": 3, **options}), tmp_path / "new" / "a.h5")
    noise: dict[str, float | str] = {m.name: f"{m.name}_noise" for m in made if m.noise is not None}
    found = Observations(str(tmp_path / "new" / "a.h5"), noise=noise).read(Pair())
    assert len(found) == len(made) == len(options.get("fields", "uv"))
    for each, m in zip(found, made, strict=True):
        same(each, m)
        assert each.notes == []
    with h5py.File(tmp_path / "new" / "a.h5") as file:
        assert file["v"].attrs["unit"] == "m/s" and file["x"].attrs["unit"] == "mm"
        assert file.attrs["problem"] == "Pair" and file.attrs["seed"] == 3 and file.attrs["noise"] == options["noise"]
        assert "pinnsuite" in file.attrs["versions"]


def test_from_the_command_line_to_a_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed to be typed reads the same data, and nothing of how they were made."""
    file = tmp_path / "burgers.h5"
    words = ["experiment=burgers_inverse", "data.noise=0.01", "data.points=50", "seed=4"]
    assert main(["make-data", *words, f"output={file}"]) == 0
    said, typed = capsys.readouterr().out.splitlines()
    assert said.startswith(f"{file}: 50 values of u, noise 0.00")
    assert typed == f"pinnsuite fit experiment=burgers_inverse seed=4 data={file} data.noise.u=u_noise"
    config: dict[str, Any] = compose(shlex.split(typed)[2:])
    problem: Any = build_from(config["problem"], path="problem")
    data: Any = build_from(config["data"], path="data")
    made: Any = build_from(compose(words)["data"], path="data")  # type: ignore[arg-type]
    same(data.read(problem)[0], made.read(problem)[0])
    with h5py.File(file) as kept:
        assert kept.attrs["true_lambda1"] == 1.0 and kept.attrs["points"] == 50
    before = file.read_bytes()
    assert main(["make-data", *words, "data.seed=1", f"output={file}"]) == 2
    assert "run.redo=true writes it anew" in capsys.readouterr().err and file.read_bytes() == before
    assert main(["make-data", *words, "data.seed=1", f"output={file}", "run.redo=true"]) == 0
    assert "run.redo" not in capsys.readouterr().out and file.read_bytes() != before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["data=synthetic"], "make-data writes one file"),
        (["data=synthetic", "output=a.h5", "output=b.h5"], "make-data writes one file"),
        (["output=a.h5"], "Given: no data. Expected: data=synthetic"),
        (["data=rods.csv", "output=a.h5"], "Given: Observations. Expected: data=synthetic"),
        (["data=synthetic", "output=a.csv"], "a.csv: made-up data are written as HDF5"),
        (["data=synthetic", "output=a.h5", "data.point=3"], "Did you mean 'points'?"),
    ],
)
def test_what_cannot_be_is_refused(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["make-data", "problem=heat", *words]) == 2
    assert message in capsys.readouterr().err
    assert not Path("a.h5").exists()


def test_true_values_are_those_of_unknown_numbers(tmp_path: Path) -> None:
    write_made(Heat(alpha=Unknown(0.3)), Synthetic(points=5, truth={"alpha": 0.1}), tmp_path / "a.hdf5")
    with h5py.File(tmp_path / "a.hdf5") as file:
        assert file.attrs["true_alpha"] == 0.1 and "u_noise" not in file
