"""Gauss-Newton: its order and rates, its corrections, and when it stops."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.run.verdict import Verdict

Case = tuple[Any, torch.Tensor]
Run = Callable[..., tuple[list[Any], Any]]


@pytest.mark.parametrize("corrections", [0, 10])
def test_with_a_residual_left_gauss_newton_converges_linearly_at_the_known_rate(
    corrections: int, named: Callable[[str], Case]
) -> None:
    """The spectral radius of (J'J)^-1 sum_i r_i H_i at the minimum, with the Hessians H_i of the residuals."""
    objective, minimum = named("noisy")
    hessians = torch.autograd.functional.hessian
    jacobian = torch.autograd.functional.jacobian(objective.residual, minimum)
    left = objective.residual(minimum)
    bent = hessians(lambda p: (objective.residual(p) * left).sum(), minimum)
    rate = float(torch.linalg.eigvals(torch.linalg.solve(jacobian.T @ jacobian, bent)).abs().max())
    objective.parameters.set(minimum + 1e-2)
    method = GaussNewton(damping=1e-14, min_damping=1e-14, corrections=corrections, miss=0.0, stall=0.0)
    errors, state = [], method.start(objective)
    for _ in range(4):
        errors.append(float((objective.parameters.values - minimum).norm()))
        _, state = method.step(objective, state)
    assert [b / a for a, b in itertools.pairwise(errors)][1:] == pytest.approx([rate, rate], rel=0.01)


@pytest.mark.parametrize("problem", ["beale", "exponentials", "rosenbrock"])
def test_gauss_newton_converges_with_its_order(problem: str, named: Callable[[str], Case]) -> None:
    """Without a residual at the minimum e' <= C e^3: the second-order part of the step gives the third order."""
    objective, minimum = named(problem)
    objective.parameters.set(minimum + torch.tensor([0.1, -0.05]).double())
    method = GaussNewton(damping=1e-13, corrections=0)
    state, errors = method.start(objective), []
    for _ in range(5):
        errors.append(float((objective.parameters.values - minimum).norm()))
        _, state = method.step(objective, state)
    assert all(after <= 5.0 * before**3 + 1e-13 for before, after in itertools.pairwise(errors))


def test_gauss_newton_loses_its_order_at_a_singular_minimum(singular: Callable[[str], Any]) -> None:
    """On r = x^2 Newton's step halves x and the second-order part takes another eighth: 3/8 is left each time."""
    objective = singular("powell")
    method = GaussNewton(damping=1e-20, min_damping=1e-30, corrections=0)
    state, errors = method.start(objective), []
    for _ in range(9):
        errors.append(float(objective.parameters.values.norm()))
        _, state = method.step(objective, state)
    assert [b / a for a, b in itertools.pairwise(errors)][3:] == pytest.approx([3 / 8] * 5, rel=0.02)


def test_gauss_newton_solves_with_more_parameters_than_residuals(named: Callable[[str], Case], run: Run) -> None:
    objective, _ = named("rosenbrock")
    matrix = torch.randn(3, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    objective.residual = lambda p: torch.tanh(matrix @ p) - 0.3
    objective.parameters.set(torch.zeros(8).double())
    steps, _ = run(GaussNewton(tolerance=1e-24), objective, 30)
    assert steps[-1].verdict is Verdict.CONVERGED


def test_corrections_save_steps(named: Callable[[str], Case], run: Run) -> None:
    counts = [len(run(GaussNewton(corrections=c, tolerance=1e-20), named("rosenbrock")[0], 60)[0]) for c in (0, 10)]
    assert counts[1] < counts[0]


def test_gauss_newton_solves_linear_problems_in_one_step(named: Callable[[str], Case]) -> None:
    objective, minimum = named("linear, residual left")
    method = GaussNewton(damping=1e-13)
    method.step(objective, method.start(objective))
    assert torch.allclose(objective.parameters.values, minimum, atol=1e-10)


def test_gauss_newton_stalls_at_a_minimum_with_a_residual(named: Callable[[str], Case], run: Run) -> None:
    objective, _ = named("linear, residual left")
    steps, _ = run(GaussNewton(patience=5), objective, 80)
    assert steps[-1].verdict is Verdict.STALLED


def test_gauss_newton_stalls_where_the_gradient_is_zero(named: Callable[[str], Case], run: Run) -> None:
    objective, _ = named("rosenbrock")
    objective.residual = lambda p: torch.stack([1 + p[0] ** 2, p[1]])
    objective.parameters.set(torch.zeros(2).double())
    (step,), _ = run(GaussNewton(), objective, 3)
    assert step.verdict is Verdict.STALLED and torch.equal(objective.parameters.values, torch.zeros(2).double())
