"""Every kind of solution gets its figures, without touching matplotlib's settings."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import matplotlib
import numpy as np
import pytest
from matplotlib.image import imread

from pinnsuite.errors import InputError
from pinnsuite.report.figures import draw_comparison, draw_heatmap, draw_history, draw_solution
from pinnsuite.report.figures.causal import draw_causal
from pinnsuite.report.figures.comparison import median
from pinnsuite.report.figures.residual import residuals
from pinnsuite.report.figures.style import label, scientific, symbol


@pytest.fixture(scope="module")
def known() -> ModuleType:
    """The solutions in closed form of the tests of data."""
    spec = importlib.util.spec_from_file_location("known_solutions", Path(__file__).parents[1] / "data" / "conftest.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def is_picture(path: Path) -> bool:
    """A readable image with something on it, at least 300 pixels high."""
    image = imread(path)
    return bool(image.shape[0] > 300 and image[..., :3].std() > 0.05)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("heat", ["solution", "slices", "residual", "dynamics"]),
        ("decay", ["solution", "residual", "dynamics"]),
        ("pair", ["solution", "residual"]),
        ("brick", ["solution", "residual"]),
        ("plate", ["solution", "residual"]),
        ("cooling", ["solution", "residual"]),
    ],
)
def test_figures_of_a_solution(known: ModuleType, tmp_path: Path, name: str, files: list[str]) -> None:
    before = dict(matplotlib.rcParams)
    paths = draw_solution(known.make(name), tmp_path / "figures")
    assert [p.name for p in paths] == [f"{f}.png" for f in files]
    assert all(map(is_picture, paths))
    assert dict(matplotlib.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_values_that_are_not_finite(known: ModuleType, tmp_path: Path) -> None:
    exact = known.make("heat")
    broken = dataclasses.replace(exact, predict=lambda points: exact.predict(points) / 0, pieces=None)
    assert [p.name for p in draw_solution(broken, tmp_path)] == ["solution.png", "slices.png", "dynamics.png"]


def test_residuals_of_an_exact_solution_vanish(known: ModuleType) -> None:
    x, t = np.meshgrid(np.linspace(0, 6, 7), np.linspace(0, 2, 5), indexing="ij")
    found = residuals(known.make("heat"), {"x": x, "t": t})
    assert list(found) == ["equation"]
    assert found["equation"].shape == (7, 5)
    assert np.abs(found["equation"]).max() < 1e-12
    held = residuals(known.make("range"), {"x": x, "t": t})["equation"]
    assert np.abs(held).max() < 1e-12


def test_history_is_drawn_from_the_log_beside(known: ModuleType, tmp_path: Path) -> None:
    records = [
        {"step": i, "seconds": 0.1 * i, "window": i // 5, "loss": 10.0**-i, "loss.equation": 10.0**-i, "error.u": 0.1}
        for i in range(10)
    ]
    records[3]["loss"] = "nan"  # as the log writes it
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records) + '{"step": 10, "se')
    paths = draw_solution(known.make("decay"), tmp_path / "figures")
    assert paths[-1].name == "history.png"
    assert is_picture(paths[-1])


def test_history_with_many_blocks_or_one_record(tmp_path: Path) -> None:
    record = {"step": 1, "seconds": 0.1, "loss": 1.0, **{f"loss.block_{i}": 1.0 + i for i in range(12)}}
    assert is_picture(draw_history([record], tmp_path / "history.png"))
    with pytest.raises(InputError, match="no history"):
        draw_history([{"step": 1}], tmp_path / "none.png")


def test_comparison(tmp_path: Path) -> None:
    def curve(rate: float, seed: int) -> list[tuple[float, float]]:
        return [(0.0, 1.0), *((s, (1 + seed) * s**-rate) for s in np.geomspace(1, 50 * (1 + seed), 20).tolist())]

    curves = {f"{n}, seed {k}": curve(r, k) for n, r in (("pinnsuite", 2.0), ("DeepXDE", 0.5)) for k in range(3)}
    assert is_picture(draw_comparison(curves, tmp_path / "a.png", "Heat"))
    assert is_picture(draw_comparison({"pinnsuite": curve(1.0, 0)}, tmp_path / "b.png", "Heat"))
    with pytest.raises(InputError, match="nothing to compare"):
        draw_comparison({"pinnsuite": [(0.0, 1.0)]}, tmp_path / "c.png", "Heat")


def test_median_of_power_laws() -> None:
    """Straight lines on logarithmic axes stay straight; a seed that has ended keeps its error."""
    seeds = [np.array([[1.0, c], [100.0, c * 1e-2]]) for c in (1.0, 2.0, 8.0)]
    seeds[0] = np.array([[1.0, 1.0], [10.0, 0.1]])
    times, errors = median(seeds)
    np.testing.assert_allclose(times, [1.0, 10.0, 100.0])
    np.testing.assert_allclose(errors, [2.0, 0.2, 0.08])


def test_labels() -> None:
    assert symbol("psi") == r"$\psi$"
    assert label("T", "K") == r"$T$ [$\mathrm{K}$]"
    assert label("alpha", "m**2/s") == r"$\alpha$ [$\mathrm{m}^{2}\mathrm{/s}$]"
    assert (scientific(3.14e-7), scientific(0.0), scientific(2.5)) == (r"$3.1\times 10^{-7}$", "0", "2.5")


def test_a_map_of_errors(tmp_path: Path) -> None:
    """Missing and infinite cells stay white; nothing at all is refused."""
    errors = {"heat": {"adam": 1e-3, "newton": 1e-9}, "burgers_nu001": {"adam": float("inf")}}
    assert is_picture(draw_heatmap(errors, tmp_path / "a.png", "errors"))
    with pytest.raises(InputError, match="nothing to draw"):
        draw_heatmap({"heat": {"adam": float("nan")}}, tmp_path / "b.png", "errors")
    assert not (tmp_path / "b.png").exists()


def test_causal_weights_over_the_run(known: ModuleType, tmp_path: Path) -> None:
    records = [
        {
            "step": 10 * i,
            "seconds": i,
            "loss": 1.0,
            "window": i // 3,
            "rung": i % 3,
            "causal_weights": [1, 0.5, 0.1 * i],
        }
        for i in range(1, 7)
    ]
    assert is_picture(draw_causal(records, tmp_path / "causal.png"))
    with pytest.raises(InputError, match=r"no causal weights.*1 records"):
        draw_causal([{"step": 1, "loss": 2.0}], tmp_path / "none.png")
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    assert "causal.png" in {p.name for p in draw_solution(known.make("heat"), tmp_path / "figures")}
