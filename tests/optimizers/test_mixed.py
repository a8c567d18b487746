"""Gauss-Newton steps on sums of residuals with random signs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.errors import InputError
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.triangle import random_signs, sketch

Case = tuple[Any, torch.Tensor]
Run = Callable[..., tuple[list[Any], Any]]
SIZE, ROWS = 20, 400


@pytest.fixture
def curved(named: Callable[[str], Case]) -> Callable[[float], Any]:
    """400 curved residuals of 20 numbers, of which this much is left at the minimum."""

    def make(left: float) -> Any:
        generator = torch.Generator().manual_seed(0)
        matrix = torch.randn(ROWS, SIZE, dtype=torch.float64, generator=generator) / 20
        solution = torch.randn(SIZE, dtype=torch.float64, generator=generator)
        noise = left * torch.randn(ROWS, dtype=torch.float64, generator=generator)
        objective = named("noisy")[0]
        objective.parameters.set(torch.zeros(SIZE, dtype=torch.float64))
        objective.residual = lambda p: matrix @ (p + 0.1 * p**3 - solution - 0.1 * solution**3) + noise
        return objective

    return make


def test_every_residual_is_in_one_sum_with_a_sign_that_is_as_often_plus_as_minus() -> None:
    eye = torch.eye(50, dtype=torch.float64)
    sketches = torch.stack([sketch(eye, 12, random_signs(50, seed, eye)) for seed in range(400)])
    assert sketches.shape == (400, 12, 50) and torch.equal(sketches.abs().sum(1), torch.ones(400, 50).double())
    mean = (sketches.transpose(1, 2) @ sketches).mean(0)  # E[S'S] = I, to within five standard deviations
    assert float((mean - eye).abs().max()) < 5 / 400**0.5
    assert torch.equal(sketches[3], sketch(eye, 12, random_signs(50, 3, eye)))


def test_without_a_residual_left_sums_lead_to_the_solution(curved: Callable[[float], Any], run: Run) -> None:
    objective = curved(0.0)
    steps, state = run(GaussNewton(tolerance=1e-26, stall=0), objective, 60)
    assert steps[-1].loss <= 1e-26 and state["mix"] == 3.0
    assert all(after.loss < before.loss for before, after in itertools.pairwise(steps))


def test_where_something_is_left_all_residuals_decide_in_the_end(curved: Callable[[float], Any], run: Run) -> None:
    """The minimum of a few sums is another one, half as large again; no step raises the loss."""
    found, wanted = curved(0.3), curved(0.3)
    steps, state = run(GaussNewton(patience=5), found, 80)
    run(GaussNewton(patience=5, mix=0), wanted, 80)
    assert state["mix"] == 0.0 or state["mix"] * SIZE >= ROWS
    torch.testing.assert_close(found.parameters.values, wanted.parameters.values, rtol=0, atol=1e-6)
    losses = [s.loss for s in steps]
    assert all(after <= before * (1 + 1e-12) for before, after in itertools.pairwise(losses))


def test_measurements_are_never_mixed(curved: Callable[[float], Any], run: Run) -> None:
    """Nor are few residuals: the steps are those without, to the bit."""
    found, wanted = curved(0.3), curved(0.3)
    found.mixable = False
    steps = [run(GaussNewton(mix=mix), o, 12)[0] for mix, o in ((3, found), (0, wanted))]
    assert [s.loss for s in steps[0]] == [s.loss for s in steps[1]]


@pytest.mark.parametrize("mix", [-1.0, 0.5, 1.0])
def test_fewer_sums_than_directions_are_refused(mix: float) -> None:
    with pytest.raises(InputError, match=r"more sums than directions. Given: .*Expected: above 1, or 0"):
        GaussNewton(mix=mix)
