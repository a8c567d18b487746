"""What is said of data before a fit, from the command line to the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinnsuite.data.synthetic import Synthetic
from pinnsuite.problems.heat import Heat
from pinnsuite.report.check_data import check_data
from pinnsuite.run.cli import main


def test_scattered_data_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rod.csv").write_text("x,t,u\n0.1,0.5,0.2\n0.5,0.5,\n0.9,1,0.3\n")
    assert main(["check-data", "problem=heat", f"data={tmp_path / 'rod.csv'}", "data.noise.u=0.01"]) == 0
    text = capsys.readouterr().out
    assert "u  2 values, 1 missing" in text and "0.2 to 0.3; noise 0.01" in text
    assert "x  2 different  0.1 to 0.9; the domain is 0 to 1" in text and "only a fit will tell" in text


@pytest.mark.parametrize(("wrong", "size"), [(0.0, 1e-8), (0.01, 1.0)])
def test_data_on_a_grid_are_audited(tmp_path: Path, wrong: float, size: float) -> None:
    x, t = np.linspace(0, 1, 41), np.linspace(0, 1, 41)
    u = np.exp(-0.1 * np.pi**2 * t) * np.sin(np.pi * x)[:, None] + wrong * np.cos(40 * x)[:, None]
    np.savez(tmp_path / "rod.npz", x=x, t=t, u=u)
    from pinnsuite.data.observations import Observations

    text = check_data(Heat(), Observations(str(tmp_path / "rod.npz")).read(Heat()))
    found = float(text.split("the residual is ")[1].split()[0])
    assert found == pytest.approx(size, rel=0.9) if wrong else found < size


def test_a_grid_that_is_too_coarse_is_not_audited() -> None:
    assert "sparse" in check_data(Heat(), Synthetic(points=5).read(Heat()))


def test_a_fit_without_data_and_a_file_that_is_not_there_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "problem=heat"]) == 2
    assert "There are no data" in capsys.readouterr().err
    assert main(["check-data", "problem=heat", "data=absent.csv"]) == 2
    assert "absent.csv does not exist" in capsys.readouterr().err
    assert main(["check-data", "problem=heat", "data=syntetic"]) == 2
    assert "Did you mean 'synthetic'?" in capsys.readouterr().err
