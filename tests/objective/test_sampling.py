"""Points that follow the residual: what weighted means of theirs estimate."""

from __future__ import annotations

import pytest
import torch

from pinnsuite.objective.sampling import follow_residual

SHARE = 0.5


@pytest.mark.parametrize("attention", [0.0, 0.5, 1.0])
def test_weighted_means_are_means_over_the_density_to_a_power(attention: float) -> None:
    """Of f over q^attention; with 0 the plain mean, whatever the residual."""
    x = torch.linspace(0, 1, 4001, dtype=torch.float64)
    size, f = torch.exp(-50 * (x - 0.3) ** 2), torch.sin(5 * x)
    points, weights = follow_residual({"x": x}, size, 2000, SHARE, 0, attention)
    density = ((1 - SHARE) + SHARE * size / size.mean()) ** attention
    expected = (f * density).mean() / density.mean()
    assert weights.mean() == pytest.approx(1)
    assert (torch.sin(5 * points["x"]) * weights).mean() == pytest.approx(float(expected), abs=1e-3)


def test_no_residual_means_even_points() -> None:
    x = torch.linspace(0, 1, 100, dtype=torch.float64)
    points, weights = follow_residual({"x": x}, torch.zeros(100, dtype=torch.float64), 50, SHARE, 0)
    assert bool((weights == 1).all()) and points["x"].unique().numel() == 50
