"""Fits by the network against fits through the exact solution: the same estimates, not only the same widths."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinnsuite import Solution, Unknown, solve
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.flame_case1 import FlameCase1
from pinnsuite.problems.heat import Heat
from pinnsuite.reference.flame_case1 import FlameProfile, flame_profile
from pinnsuite.reference.premixed_flame import PremixedFlame
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.solvers.shooting import Shooting

RODS = Heat(alpha=Unknown(0.3, low=0.01, high=1.0, scale="log"))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_estimate_is_the_most_likely_one(tmp_path: Path, seed: int) -> None:
    """To a tenth of a standard error, although steps take a part of the points; all data take part in them."""
    data = Synthetic(points=900, noise=0.05, seed=seed, truth={"alpha": 0.1})

    def alpha(solver: Any, name: str) -> dict[str, float]:
        found: Solution = solve(
            RODS,
            solver=solver,
            network=partial(MLP, width=8, depth=2),
            optimizer=GaussNewton(max_steps=40),
            threads=1,
            data=data,
            run={"dir": str(tmp_path / name), "figures": False},
        )
        parameter: dict[str, float] = found.summary["parameters"]["alpha"]
        return parameter

    ours, exact = alpha(Pinn(points=2000), "pinn"), alpha(Shooting(), "exact")
    assert ours["standard_error"] == pytest.approx(exact["standard_error"], rel=0.02)
    assert abs(ours["estimate"] - exact["estimate"]) < 0.1 * exact["standard_error"]


DATA = Synthetic(points=10, even=True, noise=0.02, multiplicative=True)
BURNING = FlameCase1(
    equivalence_ratio=0.46,
    conductivity=Unknown(0.03, scale="log"),  # type: ignore[arg-type]
    activation_energy=Unknown(1.5e5, scale="log"),  # type: ignore[arg-type]
    position="data",
)


def flame_bound() -> dict[str, float]:
    """Relative Cramer-Rao bounds of the flame's numbers, its position being a nuisance, by the phase plane alone."""
    sensors = {m.name: m for m in DATA.read(BURNING)}
    x, true = sensors["T"].points["x"].numpy(), PremixedFlame(equivalence_ratio=0.46)

    def at(factors: tuple[float, float], shift: float = 0.0) -> FlameProfile:
        conductivity, energy = true.conductivity * factors[0], true.activation_energy * factors[1]
        flame = PremixedFlame(equivalence_ratio=0.46, conductivity=conductivity, activation_energy=energy)
        return flame_profile(flame, np.abs(x + shift))

    def values(found: FlameProfile) -> np.ndarray:
        noise = [m.noise * m.shares.numpy() for m in sensors.values()]  # type: ignore[union-attr, operator]
        return np.concatenate([found.temperature / noise[0], found.velocity / noise[1]])

    h = 1e-4
    pairs = [(at((1 + h, 1.0)), at((1 - h, 1.0))), (at((1.0, 1 + h)), at((1.0, 1 - h)))]
    columns = [(values(up) - values(down)) / (2 * h) for up, down in pairs]
    step = 1e-8
    columns.append((values(at((1.0, 1.0), step)) - values(at((1.0, 1.0)))) / step * 1e-4)
    sensitivity = np.stack(columns, axis=1)
    covariance = np.linalg.inv(sensitivity.T @ sensitivity)
    speed = np.array([(np.log(up.speed) - np.log(down.speed)) / (2 * h) for up, down in pairs] + [0.0])
    spread = np.sqrt(np.diag(covariance))
    return {
        "conductivity": float(spread[0]),
        "activation_energy": float(spread[1]),
        "flame_speed": float(np.sqrt(speed @ covariance @ speed)),
    }


def test_three_numbers_of_a_flame_are_known_to_the_bound(tmp_path: Path) -> None:
    found = solve(
        BURNING,
        solver=Pinn(points=800),
        network=partial(MLP, width=16, depth=2),
        optimizer=GaussNewton(max_steps=60),
        threads=1,
        data=DATA,
        run={"dir": str(tmp_path / "run"), "figures": False},
    )
    for name, bound in flame_bound().items():
        number = found.summary["parameters"][name]
        assert number["standard_error"] / number["true"] == pytest.approx(bound, rel=0.25)
        assert abs(number["estimate"] / number["true"] - 1) < 3.5 * bound
