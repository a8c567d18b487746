"""Gauss-Newton steps on a part of the points and along a few directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.gauss_newton import GaussNewton

Case = tuple[Any, torch.Tensor]
Run = Callable[..., tuple[list[Any], Any]]


def test_steps_in_few_directions_reach_the_minimum_of_many_parameters(named: Callable[[str], Case], run: Run) -> None:
    """30 parameters, 6 directions at a time."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(60, 30, dtype=torch.float64, generator=generator)
    solution = 0.1 * torch.randn(30, dtype=torch.float64, generator=generator)
    objective = named("noisy")[0]
    objective.parameters.set(torch.zeros(30, dtype=torch.float64))
    objective.residual = lambda p: torch.tanh(matrix @ p) - torch.tanh(matrix @ solution)
    run(GaussNewton(directions=6), objective, 400)
    torch.testing.assert_close(objective.parameters.values, solution, rtol=0, atol=1e-5)


@pytest.mark.parametrize("sketch", [False, True])
def test_points_grow_with_the_effective_dimension(sketch: bool, named: Callable[[str], Case], run: Run) -> None:
    """60 parameters that 900 residuals determine all: few of these first, and of directions; at the end all."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(900, 60, dtype=torch.float64, generator=generator) / 30
    solution = torch.randn(60, dtype=torch.float64, generator=generator)
    objective, whole = named("noisy")[0], named("noisy")[0]
    for o in (objective, whole):
        o.parameters.set(torch.zeros(60, dtype=torch.float64))
    whole.residual = lambda p: matrix @ (p + 0.1 * p**3 - solution - 0.1 * solution**3)

    def leading(rows: int) -> Any:
        objective.residual = lambda p: whole.residual(p)[:rows]
        return objective

    whole.leading, whole.parameters = leading, objective.parameters
    steps, _ = run(GaussNewton(first_rows=70, stall=0, sketch=sketch), whole, 60)
    rows, directions = ([s.figures[n] for s in steps] for n in ("rows", "directions"))
    assert rows[0] == 70 and rows[-1] == 900 and rows == sorted(rows)
    assert directions[0] == (8 if sketch else 60) and directions[-1] == 60 and directions == sorted(directions)
    torch.testing.assert_close(objective.parameters.values, solution, rtol=0, atol=1e-6)


def test_points_grow_where_new_ones_show_that_few_were_met_alone(named: Callable[[str], Case]) -> None:
    """The same residuals leave the number as it is, and ten times larger ones call for more."""
    objective, whole = named("noisy")[0], named("noisy")[0]
    for o in (objective, whole):
        o.parameters.set(torch.zeros(60, dtype=torch.float64))
    scale = torch.full((900,), 1e-3, dtype=torch.float64)
    whole.residual = lambda p: scale * (p[torch.arange(900) % 60] - 1.0)

    def leading(rows: int) -> Any:
        objective.residual = lambda p: whole.residual(p)[:rows]
        return objective

    whole.leading, whole.parameters = leading, objective.parameters
    method = GaussNewton(first_rows=70, sketch=False, stall=0, damping=1e-2, min_damping=1e-2)
    state = method.start(whole)
    _, state = method.step(whole, state)
    _, kept = method.step(whole, method.redrawn(state))
    assert kept["rows"] == state["rows"] == 70
    scale *= 10
    _, grown = method.step(whole, method.redrawn(state))
    assert grown["rows"] == 105 and grown["redrawn"] == 0
