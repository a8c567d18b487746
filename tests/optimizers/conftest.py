"""Small least-squares problems with known minima, as objectives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import least_squares

from pinnsuite.objective.directions import Directions

Residual = Callable[[torch.Tensor], torch.Tensor]


class Vector:
    """The face of `ParameterVector` that optimizers use."""

    def __init__(self, start: list[float]) -> None:
        self.values = torch.tensor(start, dtype=torch.float64)
        self.shapes: list[tuple[int, ...]] = [(len(start),)]
        self.held: set[str] = set()

    def __len__(self) -> int:
        return len(self.values)

    def set(self, values: torch.Tensor) -> None:
        self.values = values.clone()

    def copy(self) -> torch.Tensor:
        return self.values.clone()


class LeastSquares:
    """The face of `Objective` that optimizers use, for a residual in closed form."""

    def __init__(self, residual: Residual, start: list[float]) -> None:
        self.residual, self.parameters = residual, Vector(start)
        self.gradients = 0

    @property
    def rows(self) -> int:
        return len(self.residuals())

    mixable = True

    def leading(self, rows: int) -> LeastSquares:
        return self

    def residuals(self) -> torch.Tensor:
        return self.residual(self.parameters.values)

    def loss(self) -> float:
        return float(self.residuals().square().sum())

    def jacobian(self, directions: Directions | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        full = torch.autograd.functional.jacobian(self.residual, self.parameters.values).contiguous()
        return self.residuals(), full if directions is None else directions.gather(full)

    def gram(self, matrix: torch.Tensor) -> torch.Tensor:
        _, rows = self.jacobian()
        return rows.T @ (rows @ matrix)

    def gradient(self) -> tuple[float, torch.Tensor]:
        self.gradients += 1
        x = self.parameters.values.clone().requires_grad_()
        loss = self.residual(x).square().sum()
        (g,) = torch.autograd.grad(loss, x)
        return float(loss.detach()), g


S = torch.linspace(0, 2, 8, dtype=torch.float64)
MATRIX = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
RIGHT = torch.arange(6, dtype=torch.float64)
NOISY = 2 * torch.exp(-1.5 * S) + 0.1 * torch.randn(8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def best_fit() -> torch.Tensor:
    """Of the exponential to the noisy values, by SciPy."""
    t, y = S.numpy(), NOISY.numpy()
    found = least_squares(lambda p: p[0] * np.exp(-p[1] * t) - y, [1.0, 1.0], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return torch.from_numpy(found.x)


ZOO: dict[str, tuple[Residual, list[float], torch.Tensor]] = {
    "rosenbrock": (lambda p: torch.stack([10 * (p[1] - p[0] ** 2), 1 - p[0]]), [-1.2, 1.0], torch.ones(2).double()),
    "beale": (
        lambda p: torch.tensor([1.5, 2.25, 2.625]).double() - p[0] * (1 - p[1] ** torch.arange(1, 4)),
        [1.0, 0.5],
        torch.tensor([3.0, 0.5]).double(),
    ),
    "exponentials": (
        lambda p: p[0] * torch.exp(-p[1] * S) - 2 * torch.exp(-1.5 * S),
        [1.0, 1.0],
        torch.tensor([2.0, 1.5]).double(),
    ),
    "noisy": (lambda p: p[0] * torch.exp(-p[1] * S) - NOISY, [1.0, 1.0], best_fit()),
    "linear, residual left": (
        lambda p: MATRIX @ p - RIGHT,
        [0.0, 0.0, 0.0],
        torch.linalg.lstsq(MATRIX, RIGHT[:, None]).solution[:, 0],
    ),
}


@pytest.fixture(params=list(ZOO))
def case(request: pytest.FixtureRequest) -> tuple[LeastSquares, torch.Tensor]:
    """An objective at its customary start, and its minimum."""
    residual, start, minimum = ZOO[request.param]
    return LeastSquares(residual, start), minimum


def powell_singular() -> LeastSquares:
    """Powell's function: the Jacobian loses two of its four dimensions at the minimum, the origin."""
    return LeastSquares(
        lambda p: torch.stack(
            [p[0] + 10 * p[1], 5**0.5 * (p[2] - p[3]), (p[1] - 2 * p[2]) ** 2, 10**0.5 * (p[0] - p[3]) ** 2]
        ),
        [3.0, -1.0, 0.0, 1.0],
    )


def rank_deficient() -> LeastSquares:
    """A residual of p_0 + p_1 alone, zero where that is log 2."""
    return LeastSquares(
        lambda p: torch.stack([torch.exp(p[0] + p[1]) - 2, (p[0] + p[1]) / 2 - 0.5 * LOG2]), [0.3, -0.7]
    )


LOG2 = float(np.log(2))


@pytest.fixture
def singular() -> Callable[[str], LeastSquares]:
    return lambda name: {"powell": powell_singular, "rank deficient": rank_deficient}[name]()


@pytest.fixture
def named() -> Callable[[str], tuple[LeastSquares, torch.Tensor]]:
    """The same by name."""
    return lambda name: (LeastSquares(*ZOO[name][:2]), ZOO[name][2])


@pytest.fixture
def objective_of() -> Callable[[Residual, list[float]], LeastSquares]:
    """An objective from a residual and a start."""
    return LeastSquares


@pytest.fixture
def run() -> Callable[..., tuple[list[Any], Any]]:
    """Steps of a method until a verdict: run(method, objective, most steps[, state]) gives the steps and the state."""

    def steps(method: Any, objective: Any, most: int, state: Any = None) -> tuple[list[Any], Any]:
        state = method.start(objective) if state is None else state
        done = []
        for _ in range(most):
            step, state = method.step(objective, state)
            done.append(step)
            if step.verdict is not None:
                break
        return done, state

    return steps
