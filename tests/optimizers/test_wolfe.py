"""The line search."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from pinnsuite.optimizers.wolfe import Point, strong_wolfe

FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "quadratic": lambda a: (a - 3) ** 2,
    "steep wall": lambda a: torch.exp(4 * a) - 5 * a,
    "far minimum": lambda a: torch.sqrt(1 + (a - 100) ** 2),
    "not finite beyond one": lambda a: -torch.log(1 - a) - 2 * a,
    "narrow valley": lambda a: 1 - torch.exp(-100 * (a - 0.02) ** 2),
    "wiggles": lambda a: (a - 2) ** 2 + 0.3 * torch.sin(9 * a) - 0.6 * a,
    "More and Thuente 1": lambda a: -a / (a * a + 2),
}


@pytest.mark.parametrize("first", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_strong_wolfe_conditions_hold(name: str, first: float) -> None:
    def evaluate(step: float) -> tuple[float, torch.Tensor, float]:
        a = torch.tensor(step, dtype=torch.float64, requires_grad=True)
        value = FUNCTIONS[name](a)
        (slope,) = torch.autograd.grad(value, a)
        return float(value.detach()), slope[None], float(slope)

    start = Point(0.0, *evaluate(0.0))
    assert start.slope < 0
    found = strong_wolfe(evaluate, start, first, trials=40)
    assert found is not None and found.step > 0
    assert found.value <= start.value + 1e-4 * found.step * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)
    assert (found.value, found.slope) == (evaluate(found.step)[0], evaluate(found.step)[2])


def test_no_step_downhill_means_none() -> None:
    start = Point(0.0, 0.0, torch.zeros(1), -1.0)  # a slope that lies
    assert strong_wolfe(lambda a: (a, torch.ones(1), 1.0), start, 1.0) is None
