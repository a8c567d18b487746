"""What is said of data before a fit, from the command line to the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinnsuite import Problem
from pinnsuite.data.observations import Observations
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.problems.heat import Heat
from pinnsuite.problems.kdv import KdV
from pinnsuite.report.check_data import check_data
from pinnsuite.run.cli import main

X, T = np.linspace(0, 1, 41), np.linspace(0, 1, 31)


def test_scattered_data_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rod.csv").write_text("x,t,u\n0.1,0.5,0.2\n0.5,0.5,\n0.9,1,0.3\n")
    assert main(["check-data", "problem=heat", f"data={tmp_path / 'rod.csv'}", "data.noise.u=0.01"]) == 0
    text = capsys.readouterr().out
    assert "u  2 values, 1 missing" in text and "0.2 to 0.3; noise 0.01" in text
    assert "x  2 different  0.1 to 0.9; the domain is 0 to 1" in text and "only a fit will tell" in text
    assert not any(word in text for word in ("robust", "more than once", "Columns"))


def test_what_was_done_with_columns_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Units, columns that nobody asked for, robust fields and repeated places, all from the command line."""
    (tmp_path / "rod.csv").write_text("x,t,u [percent],lamp,day\n0.1,0.5,20,1,2\n0.9,1,30,1,2\n0.1,0.5,21,1,2\n")
    assert main(["check-data", "problem=heat", f"data={tmp_path / 'rod.csv'}", "data.robust=true"]) == 0
    text = capsys.readouterr().out
    assert "0.2 to 0.3; 1 place measured more than once; noise to be estimated, robust weights;" in " ".join(
        text.split()
    )
    assert "\nColumns\n    u: from percent to a plain number\n    not used: lamp, day\n" in text


def exact() -> np.ndarray:
    return np.exp(-0.1 * np.pi**2 * T) * np.sin(np.pi * X)[:, None]


@pytest.mark.parametrize(("wrong", "size"), [(0.0, 1e-8), (0.01, 1.0)])
def test_data_on_a_grid_are_audited(tmp_path: Path, wrong: float, size: float) -> None:
    np.savez(tmp_path / "rod.npz", x=X, t=T, u=exact() + wrong * np.cos(40 * X)[:, None])
    text = check_data(Heat(), Observations(str(tmp_path / "rod.npz")).read(Heat()))
    found = float(text.split("the residual is ")[1].split()[0])
    assert found == pytest.approx(size, rel=0.9) if wrong else found < size
    assert "the noise alone" not in text


def over_noise(file: Path, problem: Problem, noise: float | str) -> float:
    text = " ".join(check_data(problem, Observations(str(file), noise={"u": noise}).read(problem)).split())
    return float(text.split(" times what the noise alone leaves")[0].split()[-1])


@pytest.mark.parametrize(("lacking", "low", "high"), [(0.0, 0.9, 1.15), (1.0, 5.0, 50.0)])
def test_the_residual_is_compared_with_that_of_noise(tmp_path: Path, lacking: float, low: float, high: float) -> None:
    """It is as large as the noise of each value makes it, unless the equation lacks something."""
    sigma = 1e-5 * (1 + X[:, None] + T)
    u = exact() + lacking * (T * X[:, None]) ** 2 + sigma * np.random.default_rng(1).normal(size=sigma.shape)
    np.savez(tmp_path / "rod.npz", x=X, t=T, u=u, sigma=sigma)
    assert low < over_noise(tmp_path / "rod.npz", Heat(), "sigma") < high


def test_noise_on_a_closed_periodic_grid(tmp_path: Path) -> None:
    """The end of the period is there twice, with a value of its own each."""
    u = 1 + 1e-3 * np.random.default_rng(1).normal(size=(33, 12))
    np.savez(tmp_path / "waves.npz", x=np.linspace(-1, 1, 33), t=np.linspace(0, 0.1, 12), u=u)
    assert 0.85 < over_noise(tmp_path / "waves.npz", KdV(), 1e-3) < 1.2


def test_a_grid_that_is_too_coarse_is_not_audited() -> None:
    assert "sparse" in check_data(Heat(), Synthetic(points=5).read(Heat()))


def test_a_fit_without_data_and_a_file_that_is_not_there_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "problem=heat"]) == 2
    assert "There are no data" in capsys.readouterr().err
    assert main(["check-data", "problem=heat", "data=absent.csv"]) == 2
    assert "absent.csv does not exist" in capsys.readouterr().err
    assert main(["check-data", "problem=heat", "data=syntetic"]) == 2
    assert "Did you mean 'synthetic'?" in capsys.readouterr().err
