"""SPRING: its rate, and what its momentum keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.spring import Spring

Case = tuple[Any, torch.Tensor]


def test_momentum_keeps_what_earlier_points_determined(named: Callable[[str], Case]) -> None:
    """Consistent, badly scaled linear equations, two of them at a time: the misfit of all after the same steps."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(1200, 20, dtype=torch.float64, generator=generator) * torch.logspace(0, -2, 20).double()
    solution = torch.randn(20, dtype=torch.float64, generator=generator)

    def misfit(method: Spring) -> float:
        objective = named("noisy")[0]
        objective.parameters.set(torch.zeros(20, dtype=torch.float64))
        state = method.start(objective)
        for k in range(600):
            rows = matrix[2 * k : 2 * k + 2]
            objective.residual = lambda p, rows=rows: rows @ (p - solution)
            _, state = method.step(objective, state)
        return float((matrix @ (objective.parameters.values - solution)).norm() / (matrix @ solution).norm())

    plain = min(misfit(Spring(rate=r, momentum=0.0)) for r in (0.1, 0.3, 1.0))
    assert misfit(Spring(momentum=0.99)) < 0.5 * plain < 0.05


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("sizes", [(9, 4), (4, 9)])
def test_consistent_linear_rows_are_met_at_the_known_rate(
    sizes: tuple[int, int], momentum: float, objective_of: Callable[..., Any]
) -> None:
    """Along a singular vector of J with value s, and c = s^2/(s^2 + damping), the error e and the move d follow
    d' = -c e + momentum (1 - c) d, e' = e + rate d'; without momentum e' = (1 - rate c) e, and e stays where c = 0."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(sizes, dtype=torch.float64, generator=generator)
    solution = torch.randn(sizes[1], dtype=torch.float64, generator=generator)
    _, values, turned = torch.linalg.svd(matrix)
    values = torch.nn.functional.pad(values, (0, sizes[1] - len(values)))
    method = Spring(rate=0.3, damping=2.0, momentum=momentum, schedule="constant")
    share = values**2 / (values**2 + method.damping)
    objective = objective_of(lambda p: matrix @ (p - solution), [0.0] * sizes[1])
    state, error, move = method.start(objective), -turned @ solution, torch.zeros(sizes[1]).double()
    for _ in range(20):
        _, state = method.step(objective, state)
        move = -share * error + momentum * (1 - share) * move
        error = error + method.rate * move
        found = turned @ (objective.parameters.values - solution)
        assert torch.allclose(found, error, rtol=0, atol=1e-10)
