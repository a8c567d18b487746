"""Fits to what is measured along lines of sight, against closed forms and against fits to boxes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from pinnsuite import Axis, Box, D, Dirichlet, Problem, Solution, Unknown, number, solve
from pinnsuite.conditions import Condition
from pinnsuite.data.observations import Observations
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.solvers.shooting import Shooting

LOAD, NOISE = 2.0, 0.01
TO = {"x": "x_end", "y": "y_end"}
Fitted = Callable[..., Solution]


@dataclass(frozen=True)
class Membrane(Problem):
    """u = load sin(pi x) sin(pi y)."""

    load: Any = number(LOAD)

    domain = Box(x=Axis(0, 1), y=Axis(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, y: Any) -> Any:
        waves = 2 * math.pi**2 * torch.sin(math.pi * x) * torch.sin(math.pi * y)
        return D(u, x, x) + D(u, y, y) + self.load * waves

    def conditions(self) -> Sequence[Condition]:
        return [Dirichlet(u=0)]

    def reference(self, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": self.load * np.sin(np.pi * x)[:, None] * np.sin(np.pi * y)}


UNKNOWN = Membrane(load=Unknown(1.0))


@pytest.fixture
def fitted(tmp_path: Path) -> Fitted:
    """A fit to columns of a file."""

    def run(columns: Mapping[str, np.ndarray], solver: Any = None, **options: Any) -> Solution:
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        file = folder.with_suffix(".csv")
        np.savetxt(file, np.stack(list(columns.values()), 1), delimiter=",", header=",".join(columns), comments="")
        return solve(
            UNKNOWN,
            solver=solver or Pinn(points=600, condition_points=100),
            network=partial(MLP, width=8, depth=2),
            optimizer=GaussNewton(max_steps=30),
            threads=1,
            data=Observations(str(file), noise={"u": NOISE}, **options),
            run={"dir": str(folder), "figures": False},
        )

    return run


def chords(count: int) -> dict[str, np.ndarray]:
    return dict(zip(("x", "y", "x_end", "y_end"), np.random.default_rng(0).uniform(size=(4, count)), strict=True))


def mean(x: np.ndarray, y: np.ndarray, x_end: np.ndarray, y_end: np.ndarray) -> np.ndarray:
    """Of sin(pi x) sin(pi y) along segments: of half the cosine of pi (x - y) less that of pi (x + y)."""

    def cosine(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.cos(np.pi * (start + end) / 2) * np.sinc((end - start) / 2)
        return found

    return (cosine(x - y, x_end - y_end) - cosine(x + y, x_end + y_end)) / 2


def test_a_load_is_found_from_integrals_along_chords(fitted: Fitted, tmp_path: Path) -> None:
    """To its bound, each chord's noise counting as its length says; and what is left is noise."""
    lines = chords(40)
    lengths = np.hypot(lines["x_end"] - lines["x"], lines["y_end"] - lines["y"])
    integrals = lengths * mean(**lines)
    u = LOAD * integrals + NOISE * np.random.default_rng(1).normal(size=40)
    found = fitted({**lines, "u": u}, to=TO, integrals=True)
    load = found.summary["parameters"]["load"]
    assert load["standard_error"] == pytest.approx(NOISE / np.linalg.norm(integrals), rel=0.05)
    assert load["low"] < LOAD < load["high"]
    assert found.summary["data"]["chi_square"] == pytest.approx(40, abs=4 * 80**0.5)
    assert found.summary["data"]["remarks"] == []
    found.save(tmp_path)
    with h5py.File(tmp_path / "solution.h5") as kept:
        np.testing.assert_allclose(kept["data/u/to_y"], lines["y_end"])
        np.testing.assert_allclose(kept["data/u/u"], u / lengths)
        left = (u - load["estimate"] * integrals) / NOISE
        np.testing.assert_allclose(kept["data/u/misfit"], left, atol=0.05)


def test_chords_along_an_axis_are_boxes(fitted: Fitted) -> None:
    x, y = np.random.default_rng(2).uniform(0.2, 0.8, size=(2, 30))
    line = {"x": x, "y": y - 0.2, "x_end": x, "y_end": y + 0.2}
    u = LOAD * mean(**line) + NOISE * np.random.default_rng(3).normal(size=30)
    along = fitted({**line, "u": u}, to=TO).summary["parameters"]["load"]
    box = fitted({"x": x, "y": y, "u": u}, over={"y": 0.4}).summary["parameters"]["load"]
    for key in ("estimate", "standard_error"):
        assert along[key] == pytest.approx(box[key], rel=1e-6)


def test_the_reference_solver_takes_points_only(fitted: Fitted) -> None:
    with pytest.raises(InputError, match="no averages"):
        fitted({**chords(5), "u": np.ones(5)}, Shooting(), to=TO)
