"""The damped step: both of its forms, its corrections, and the number of directions that matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.linearisation import Damped, Linearisation

Case = tuple[Any, torch.Tensor]


@pytest.mark.parametrize("problem", ["exponentials", "rosenbrock"])
def test_corrections_solve_the_equation_of_the_damped_path(problem: str, named: Callable[[str], Case]) -> None:
    """A corrected step satisfies J'r(theta + d) + lambda d = 0 with the Jacobian J of theta, a plain one does not."""
    objective, _ = named(problem)
    residuals, rows = objective.jacobian()
    start, damping = objective.parameters.copy(), 30.0
    damped = Damped(Linearisation(objective, damping), damping)
    move, defects = damped.solve(residuals), []
    for _ in range(12):
        objective.parameters.set(start + move)
        defects.append(float((rows.T @ objective.residuals() + damping * move).norm()))
        move = move + damped.solve(objective.residuals(), move)
    assert defects[-1] < 1e-8 * defects[0]


@pytest.mark.parametrize("damping", [1e-10, 1.0])
@pytest.mark.parametrize("sizes", [(3, 7), (7, 3)])
def test_both_forms_of_a_step_agree(sizes: tuple[int, int], damping: float, named: Callable[[str], Case]) -> None:
    """By J'J and by J J', with and without a move before."""
    objective, _ = named("rosenbrock")
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(*sizes, dtype=torch.float64, generator=generator)
    objective.residual = lambda p: torch.tanh(matrix @ p) - 0.3
    objective.parameters.set(torch.randn(sizes[1], dtype=torch.float64, generator=generator))
    assert Linearisation(objective, damping).dual == (sizes[0] < sizes[1])
    forms = [Linearisation(objective, damping, dual) for dual in (False, True)]
    move = 0.1 * torch.ones(sizes[1]).double()
    for before in (None, move):
        primal, dual = (Damped(form, damping).solve(form.residuals, before) for form in forms)
        assert torch.allclose(primal, dual, rtol=1e-5, atol=1e-7)
    assert forms[0].length(move) == pytest.approx(forms[1].length(move), rel=1e-12)


@pytest.mark.parametrize("damping", [1e-3, 1.0])
@pytest.mark.parametrize("sizes", [(9, 4), (4, 9)])
def test_the_effective_dimension_is_a_sum_over_singular_values(
    sizes: tuple[int, int], damping: float, named: Callable[[str], Case]
) -> None:
    matrix = torch.randn(sizes, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    objective = named("noisy")[0]
    objective.parameters.set(torch.zeros(sizes[1], dtype=torch.float64))
    objective.residual = lambda p: matrix @ p - 1
    squares = torch.linalg.svdvals(matrix).square()
    found = Linearisation(objective, damping).effective_dimension(damping)
    assert found == pytest.approx(float((squares / (squares + damping)).sum()), rel=1e-10)
