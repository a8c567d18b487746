"""Coordinates scaled to layers: what the network sees, which networks do, and what it gains."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import torch

from pinnsuite import Axis, InputError, solve
from pinnsuite.ansatz.ansatz import build_ansatz
from pinnsuite.ansatz.embedding import inputs_of
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import D, coordinate
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.spectral import Spectral
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.burgers import Burgers
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.trace import trace


def test_a_layer_is_as_wide_as_the_domain_to_the_network() -> None:
    """It rises from -1 to 1 across the place, with the slope 1/width there; mirrored, about the middle of the axis."""
    axis, x = Axis(0, 10), torch.tensor([0.0, 3.0, 10.0], dtype=torch.float64)
    _, layer = inputs_of("x", axis, layers=[(3.0, 0.01)])
    _, mirrored = inputs_of("x", axis, layers=[(3.0, 0.01)], mirrored=True)
    found = evaluate([layer, D(layer, coordinate("x")), mirrored], ["x"], {"x": x})
    torch.testing.assert_close(found[:, 0], torch.tensor([-1.0, 0.0, 1.0]).double(), rtol=0, atol=1e-5)
    assert float(found[1, 1]) == pytest.approx(100.0)
    torch.testing.assert_close(found[[0, 2], 2], torch.tensor([1.0, -1.0]).double(), rtol=0, atol=1e-5)


def test_a_layer_across_a_period_is_refused() -> None:
    with pytest.raises(InputError, match="x is periodic"):
        inputs_of("x", Axis(0, 1, periodic=True), layers=[(0.5, 0.1)])


def test_a_series_takes_no_further_inputs() -> None:
    sizes: list[Sequence[int]] = []

    def series(groups: Sequence[int], outputs: int) -> Spectral:
        sizes.append(groups)
        return Spectral(groups, outputs, degree=3)

    made = build_ansatz(trace(Burgers()), series, harmonics=1, hard=True, layers=True)
    assert sizes[-1] == [1, 1] and "layers left out" in made.notes[-1]


def test_a_thin_layer_is_resolved(tmp_path: Path) -> None:
    def error(layers: bool) -> float:
        found = solve(
            Burgers(nu=0.01),
            solver=Pinn(points=2500, layers=layers),
            network=partial(MLP, width=10, depth=3),
            optimizer=GaussNewton(max_steps=60),
            threads=1,
            run={"dir": str(tmp_path / str(layers)), "figures": False},
        )
        return float(found.summary["relative_l2"]["u"])

    assert error(True) < 0.5 * error(False)
