"""Quasi-Newton methods: updates, and convergence against the theory."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.lbfgs import LBFGS, two_loop
from pinnsuite.optimizers.ssbroyden import SSBroyden, updated
from pinnsuite.optimizers.wolfe import Point
from pinnsuite.run.verdict import Verdict

Case = tuple[Any, torch.Tensor]
Run = Callable[..., tuple[list[Any], Any]]


@pytest.mark.parametrize("update", ["broyden", "bfgs"])
@pytest.mark.parametrize("seed", range(5))
def test_self_scaled_updates_satisfy_the_secant_equation_and_stay_positive(update: str, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    root, curve = (torch.randn(6, 6, dtype=torch.float64, generator=generator) for _ in range(2))
    inverse, hessian = root @ root.T + 0.1 * torch.eye(6).double(), curve @ curve.T + 0.1 * torch.eye(6).double()
    move = torch.randn(6, dtype=torch.float64, generator=generator)
    change = hessian @ move
    found = updated(inverse, move, change, float(move @ torch.linalg.solve(inverse, move)), update)
    assert torch.allclose(found @ change, move, rtol=1e-10, atol=1e-12)
    assert torch.linalg.eigvalsh(found)[0] > 0


@pytest.mark.parametrize("update", ["broyden", "bfgs"])
def test_self_scaled_methods_converge_superlinearly(update: str, named: Callable[[str], Case]) -> None:
    """The ratio of successive errors goes to zero."""
    objective, minimum = named("rosenbrock")
    method = SSBroyden(update=update, gradient_tolerance=0.0, tolerance=1e-22)  # type: ignore[arg-type]
    state, errors = method.start(objective), []
    for _ in range(120):
        step, state = method.step(objective, state)
        if step.verdict is not None:
            break
        errors.append(float((objective.parameters.values - minimum).norm()))
    assert step.verdict is Verdict.CONVERGED
    assert all(b < 0.3 * a for a, b in itertools.pairwise(errors[-4:]))


def test_two_loop_is_the_inverse_hessian_on_quadratics() -> None:
    """With as many pairs as unknowns from conjugate moves, -H g is the Newton step."""
    hessian = torch.diag(torch.tensor([1.0, 4.0, 9.0]).double())
    moves = torch.eye(3).double()
    gradient = torch.tensor([1.0, -2.0, 3.0]).double()
    wanted = -torch.linalg.solve(hessian, gradient)
    assert torch.allclose(two_loop(gradient, moves, moves @ hessian), wanted, atol=1e-14)


SINGULAR = torch.logspace(0, -1, 20, dtype=torch.float64)  # values of a quadratic; the Hessian's condition is 100
BASIS = torch.linalg.qr(torch.randn(20, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0)))[0]


def quadratic(size: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """A residual of ``size`` parameters, strictly convex when squared."""
    return lambda p: SINGULAR[:size] * (BASIS[:size, :size] @ p - 1)


def conjugate_gradients(matrix: torch.Tensor, right: torch.Tensor, steps: int) -> list[torch.Tensor]:
    """The iterates of Hestenes and Stiefel (1952) for A'A x = A'b, from zero."""
    x, left = torch.zeros(matrix.shape[1], dtype=torch.float64), matrix.T @ right
    towards, found = left.clone(), []
    for _ in range(steps):
        bent = matrix.T @ (matrix @ towards)
        length = (left @ left) / (towards @ bent)
        x, after = x + length * towards, left - length * bent
        towards, left = after + (after @ after) / (left @ left) * towards, after
        found.append(x)
    return found


@pytest.mark.parametrize("memory", [1, 6, 100])
def test_lbfgs_with_an_exact_search_is_conjugate_gradients(
    memory: int, objective_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a quadratic, whatever the memory (Nocedal and Wright 2006, section 7.2): it ends after as many steps as
    there are parameters."""

    def exact(objective: Any, loss: float, gradient: torch.Tensor, direction: torch.Tensor, **_: Any) -> Point:
        _, rows = objective.jacobian()
        step = -float(gradient @ direction) / (2 * float((rows @ direction).square().sum()))
        objective.parameters.set(objective.parameters.values + step * direction)
        value, following = objective.gradient()
        return Point(step, value, following, float(following @ direction))

    monkeypatch.setattr("pinnsuite.optimizers.lbfgs.search_along", exact)
    size = 6
    objective = objective_of(quadratic(size), [0.0] * size)
    residuals, rows = objective.jacobian()
    method, sizes = LBFGS(memory=memory), [float(objective.gradient()[1].norm())]
    state = method.start(objective)
    for expected in conjugate_gradients(rows, -residuals, size):
        _, state = method.step(objective, state)
        assert torch.allclose(objective.parameters.values, expected, rtol=1e-7, atol=1e-9)
        sizes.append(float(objective.gradient()[1].norm()))
    assert sizes[-1] < 1e-10 * sizes[0] and sizes[-2] > 1e-6 * sizes[0]


@pytest.mark.parametrize("memory", [3, 20])
def test_lbfgs_converges_at_least_linearly(memory: int, objective_of: Callable[..., Any], run: Run) -> None:
    """With its own search: no slower than steepest descent at its worst, f <- ((k - 1)/(k + 1))^2 f for the condition
    k of the Hessian, at any time, and far faster at the end (R-linear: Liu and Nocedal 1989, theorem 6.1)."""
    steps, _ = run(LBFGS(memory=memory), objective_of(quadratic(20), [0.0] * 20), 60)
    losses, rate = [s.loss for s in steps], (99 / 101) ** 2
    assert all(loss <= rate**k * losses[0] for k, loss in enumerate(losses) if k)
    assert losses[-1] < 1e-8 * losses[0]
