"""A start from late temperatures, of which short waves are lost: the fit must not claim to know them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from pinnsuite import Solution, solve
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.heat_start import HeatStart
from pinnsuite.solvers.pinn import Pinn

X = np.linspace(0.02, 0.98, 49)


def from_temperatures_at(
    time: float, steps: int, folder: Path, noise: float = 0.05, data_weight: float = 0.01
) -> tuple[Solution, np.ndarray, np.ndarray]:
    """A fit to 80 of them, its errors at the start and their standard deviations."""
    found = solve(
        HeatStart(),
        solver=Pinn(points=600, condition_points=60, hard=False, data_weight=data_weight),
        network=partial(MLP, width=10, depth=2),
        optimizer=GaussNewton(max_steps=steps),
        threads=1,
        data=Synthetic(points=80, noise=noise, fields=["u"], slices=[{"t": time}]),
        run={"dir": str(folder), "figures": False},
    )
    off = found(x=X, t=0 * X)["start"] - HeatStart().true_values()["u0"](X)
    return found, off, found.uncertainty(x=X, t=0 * X)["start"]


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_the_band_of_a_start_widens_where_its_waves_are_lost(tmp_path: Path) -> None:
    """The shortest wave of the start, of amplitude 0.3, has shrunk to 0.14 at t = 0.05, and at 0.3 to 0.003, a tenth of
    the noise there: early temperatures tell it, and the band from late ones has to hold it."""
    early, small, narrow = from_temperatures_at(0.05, 60, tmp_path / "early")
    _, large, wide = from_temperatures_at(0.3, 110, tmp_path / "late")
    assert rms(small) < 0.05 < rms(large)
    assert rms(wide) > 4 * rms(narrow)
    assert 0.3 < rms(small / narrow) < 1.8 and 0.1 < rms(large / wide) < 1.8
    assert not early.summary["data"]["open"] and not early.summary["data"]["remarks"]


def test_the_band_of_a_start_holds_a_wave_of_which_nothing_is_left(tmp_path: Path) -> None:
    """It has shrunk to 2e-5 at t = 0.6, a thousandth of the noise; the fit's network cannot follow it by itself."""
    found, large, wide = from_temperatures_at(0.6, 110, tmp_path / "late", noise=0.005)
    assert 0.1 < rms(large) and 0.3 < rms(large / wide) < 1.8
    assert any("start" in said for said in [*found.summary["data"]["open"], *found.summary["data"]["remarks"]])


def test_the_band_does_not_follow_the_weight_of_the_data(tmp_path: Path) -> None:
    """Where equations hardly count the fit's network takes up all noise. Its posterior does not, and tells it apart."""
    (usual, _, band), (loose, _, same) = (
        from_temperatures_at(0.05, 60, tmp_path / str(weight), data_weight=weight) for weight in (0.01, 1e4)
    )
    assert 0.7 < rms(same) / rms(band) < 1.4
    assert all(found.summary["data"]["degrees_of_freedom"] > 70 for found in (usual, loose))
    assert any("not trained to the end" in said for said in loose.summary["data"]["remarks"])
