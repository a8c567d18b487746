"""Adam and SOAP: their rates, and what turning the parameters changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.soap import Soap

Case = tuple[Any, torch.Tensor]
Run = Callable[..., tuple[list[Any], Any]]


def test_rates_of_adam() -> None:
    assert Adam(rate=1.0, schedule="constant", warmup=10).rate_at(5) == 0.5
    assert Adam(rate=1.0, schedule="cosine", max_steps=100).rate_at(50) == pytest.approx(0.5)
    assert Adam(rate=1.0, schedule="cosine", max_steps=100).rate_at(100) == pytest.approx(0.0)
    assert Adam(rate=1.0, decay=0.5, decay_steps=10).rate_at(20) == pytest.approx(0.25)


def test_the_first_step_of_adam_is_the_rate(named: Callable[[str], Case], run: Run) -> None:
    objective, _ = named("rosenbrock")
    before = objective.parameters.copy()
    run(Adam(rate=0.01, schedule="constant"), objective, 1)
    assert torch.allclose((objective.parameters.values - before).abs(), torch.full((2,), 0.01).double(), rtol=1e-6)


def test_soap_does_not_see_rotations_of_a_weight_matrix(named: Callable[[str], Case], run: Run) -> None:
    """W -> Q W P turns its path with it, which Adam's would not."""
    generator = torch.Generator().manual_seed(0)
    a, b, start = (torch.randn(2, 2, dtype=torch.float64, generator=generator) for _ in range(3))
    q, p = (torch.linalg.qr(torch.randn(2, 2, dtype=torch.float64, generator=generator)).Q for _ in range(2))
    one = torch.eye(2, dtype=torch.float64)

    def path(method: Any, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        objective, _ = named("rosenbrock")
        objective.residual = lambda w: (a @ left @ w.view(2, 2) @ right @ b).reshape(-1) - 1
        objective.parameters.set((left.T @ start @ right.T).reshape(-1))
        objective.parameters.shapes = [(2, 2)]
        run(method, objective, 30)
        return left @ objective.parameters.values.view(2, 2) @ right

    assert torch.allclose(path(Soap(rate=0.02), q, p), path(Soap(rate=0.02), one, one), atol=1e-9)
    for method in (Adam(rate=0.02), Soap(rate=0.02, largest=1)):  # which turns nothing with more than one row
        assert not torch.allclose(path(method, q, p), path(method, one, one), atol=1e-3)


SCHEDULES = {
    "constant": {"schedule": "constant", "warmup": 10},
    "cosine": {"schedule": "cosine", "max_steps": 80},
    "exponential": {"schedule": "exponential", "decay": 0.5, "decay_steps": 20},
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("make", [Adam, Soap])
def test_far_from_the_minimum_steps_are_as_long_as_the_schedule_says(
    make: type[Adam], schedule: str, objective_of: Callable[..., Any], run: Run
) -> None:
    """The gradient hardly changes, so m^ / sqrt(v^) is its sign. SOAP's first step only starts its averages."""
    method: Adam = make(rate=0.1, **SCHEDULES[schedule])
    objective = objective_of(lambda p: 3 * p, [1e4])
    run(method, objective, 50)
    lengths = [method.rate_at(k) for k in range(1, 51 if make is Adam else 50)]
    assert 1e4 - float(objective.parameters.values) == pytest.approx(sum(lengths), rel=1e-3)


@pytest.mark.parametrize("make", [Adam, Soap])
def test_the_error_of_a_quadratic_falls_with_the_rate(
    make: type[Adam], objective_of: Callable[..., Any], run: Run
) -> None:
    """Steps of the size of the rate cannot settle closer than that, and do."""
    method = make(rate=0.1, decay=0.5, decay_steps=100)
    objective = objective_of(lambda p: torch.tensor([1.0, 3.0, 10.0]).double() * p, [1.0, -2.0, 0.5])
    _, state = run(method, objective, 300)
    for k in range(400, 801, 100):
        _, state = run(method, objective, 100, state)
        assert float(objective.parameters.values.norm()) < method.rate_at(k)
