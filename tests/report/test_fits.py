"""What is kept of fits, and what the tables say of them beside their numbers."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pinnsuite.report import accuracy
from pinnsuite.report.fits import fit_lines
from pinnsuite.report.machine import KEPT
from pinnsuite.run.manifest import read_json, write_json

GIT = {"revision": "0123abc", "modified": False}
OPEN, DOUBT = "only a*b is determined by the data", "chi-square 60 for 20 degrees of freedom: the model ..."


def record(results: Path, name: str, solver: str, estimate: float, **more: Any) -> None:
    number = {"estimate": estimate, "true": 1.0}
    number |= {"standard_error": 0.1} if solver != "deepxde" else {}
    common = {"solver": solver, "seed": 0, "seconds": 12.0, "relative_l2": {"u": 0.1}, "parameters": {"a": number}}
    file = results / "accuracy" / "burgers_inverse" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, common | more)


def test_a_record_keeps_what_was_said_of_a_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what is large: the correlations, and the noise of every field."""
    data = {"chi_square": 18.0, "degrees_of_freedom": 20.0, "open": [OPEN], "remarks": [], "correlation": [[1.0]]}
    summary = {"solver": "pinn", "seconds": 1.0, "verdict": "converged", "training_ended": "stalled", "data": data}
    summary |= {"seconds_by_part": {"steps": 0.9, "drawing": 0.01}}

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        folder = Path(command[-1].removeprefix("run.dir="))
        folder.mkdir(parents=True)
        write_json(folder / "summary.json", summary)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(accuracy, "subprocess", SimpleNamespace(run=run))
    monkeypatch.setattr("pinnsuite.report.machine.describe_machine", lambda: dict.fromkeys(KEPT) | {"git": GIT})
    for _ in range(2):  # the second time it is read
        found = accuracy.recorded_run(Path("accuracy", "fit"), ["experiment=fit"], tmp_path)
        assert found is not None and found["training_ended"] == "stalled"
        assert found["data"] == {k: v for k, v in data.items() if k != "correlation"}
        assert found["seconds_by_part"] == summary["seconds_by_part"]
        assert found["machine"]["git"] == GIT and found["command"] == "pinnsuite solve experiment=fit"
    assert read_json(tmp_path / "accuracy" / "fit.json") == found


def test_the_table_says_what_was_said(tmp_path: Path) -> None:
    """Chi-square, open directions and remarks below the table, seconds of every solver in it."""
    for seed, (chi_square, remarks) in enumerate([(16.0, []), (60.0, [DOUBT]), (24.0, [])]):
        data = {"chi_square": chi_square, "degrees_of_freedom": 20.0, "remarks": remarks}
        record(tmp_path, f"ours-seed{seed}", "pinn", 1.01, data=data | ({"open": [OPEN]} if seed else {}))
    record(tmp_path, "deepxde-seed0", "deepxde", 1.5, seconds=7.0)
    record(tmp_path, "shooting-seed0", "shooting", 1.001, seconds=3.0, data={"remarks": ["not ours"]})
    lines = fit_lines(tmp_path)
    assert "| `burgers_inverse` | a | 1.0e-02 | 1.0e-01 | 12 | 1.0e-03, 3 | 5.0e-01, 7 |" in lines
    (said,) = (line for line in lines if line.startswith("- "))
    assert said == f"- `burgers_inverse`: chi-square over its degrees of freedom 1.2. 2 of 3 seeds say: {OPEN}; {DOUBT}"


def test_nothing_is_said_of_fits_that_said_nothing(tmp_path: Path) -> None:
    """Records from before are without data, and fits without noise have no chi-square."""
    record(tmp_path, "ours-seed0", "pinn", 1.01)
    record(tmp_path, "ours-seed1", "pinn", 1.01, data={"chi_square": 0.0, "degrees_of_freedom": 0.0, "remarks": []})
    assert not any(line.startswith("- ") for line in fit_lines(tmp_path))


def test_a_function_has_its_error_and_its_band(tmp_path: Path) -> None:
    """Medians; a record from before has no band, and without any the cell is empty."""
    folder = tmp_path / "accuracy" / "conductivity_inverse"
    folder.mkdir(parents=True)
    common = {"solver": "pinn", "seconds": 12.0, "parameters": {}}
    for seed, error in enumerate([0.01, 0.03, 0.02]):
        bands = {"relative_standard_error": {"conductivity": 2 * error}} if seed else {}
        write_json(folder / f"ours-seed{seed}.json", {**common, "relative_l2": {"conductivity": error}, **bands})
    assert "| `conductivity_inverse` | conductivity | 2.0e-02 | 5.0e-02 | 12 |  | |" in fit_lines(tmp_path)
    for seed in (1, 2):
        (folder / f"ours-seed{seed}.json").unlink()
    assert "| `conductivity_inverse` | conductivity | 1.0e-02 | | 12 |  | |" in fit_lines(tmp_path)


def test_every_figure_of_a_fit_is_linked_in_order(tmp_path: Path) -> None:
    """The data on the field, numbers, functions, what is left; as far as there are files, and none of other runs."""
    record(tmp_path, "ours-seed0", "pinn", 1.01)
    (tmp_path / "figures").mkdir()
    there = {"b": "misfit solution functions", "a": "parameters misfit solution", "march": "solution"}
    for name, figures in there.items():
        for figure in figures.split():
            (tmp_path / "figures" / f"{name}_{figure}.png").touch()
    linked = [line.partition("]")[0] for line in fit_lines(tmp_path) if line.startswith("![")]
    wanted = ["a_solution", "a_parameters", "a_misfit", "b_solution", "b_functions", "b_misfit"]
    assert linked == [f"![{name}" for name in wanted]
