"""Gauss-Newton by conjugate gradients: the preconditioner, and how far a step goes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.nystrom import Nystrom, NystromGaussNewton


def test_the_nystroem_preconditioner_leaves_little_to_conjugate_gradients(objective_of: Callable[..., Any]) -> None:
    """Eigenvalues 10^0 ... 10^-11: with half of them known, the rest is conditioned by the damping."""
    basis = torch.linalg.qr(torch.randn(12, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(3)))[0]
    spectrum = 10.0 ** -torch.arange(12, dtype=torch.float64)
    objective = objective_of(lambda p: spectrum.sqrt() * (basis @ p - 1), [0.0] * 12)
    damping = 1e-6
    inverse = Nystrom(objective, 8, seed=0)
    damped = basis.T @ (spectrum[:, None] * basis) + damping * torch.eye(12, dtype=torch.float64)
    half = torch.stack([inverse(e, damping) for e in damped], dim=1)
    condition = torch.linalg.cond(damped), torch.linalg.cond(half)
    assert condition[0] > 5e5 and condition[1] < 20


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("precision", [1e-1, 1e-2, 1e-3])
def test_a_step_leaves_the_precision_of_conjugate_gradients(
    precision: float, rank: int, objective_of: Callable[..., Any]
) -> None:
    """Of the gradient of a linear problem, without damping to speak of: that share, and not much less of it."""
    generator = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(20, 20, dtype=torch.float64, generator=generator))[0]
    matrix = torch.logspace(0, -2, 20, dtype=torch.float64)[:, None] * basis
    objective = objective_of(lambda p: matrix @ p - 1, [0.0] * 20)
    method = NystromGaussNewton(rank=rank, precision=precision, damping=1e-14, min_damping=1e-14)
    state, sizes = method.start(objective), []
    for _ in range(4):
        sizes.append(float(objective.gradient()[1].norm()))
        _, state = method.step(objective, state)
    assert all(0.01 * precision * a < b <= 1.001 * precision * a for a, b in itertools.pairwise(sizes))
