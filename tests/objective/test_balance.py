"""Weights in balance: what each rule makes equal, what it leaves alone, and that a resumed march has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from pinnsuite.calculus.expression import D
from pinnsuite.conditions import Condition, Dirichlet, Initial
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.networks.mlp import MLP
from pinnsuite.objective.balance import Balance, rebalance
from pinnsuite.objective.objective import Objective
from pinnsuite.problem import Problem
from pinnsuite.solvers.march import March
from pinnsuite.solvers.pinn import Pinn

LIKE = torch.zeros(1, dtype=torch.float64)


@dataclass(frozen=True)
class Heat(Problem):
    """Heat conduction with soft conditions of very different sizes."""

    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return 30 * (D(u, t) - D(u, x, x))

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.sin(3 * x)), Dirichlet(u=0.0)]


def march(balance: Balance) -> March:
    policy = Pinn(points=60, condition_points=20, hard=False, balance=balance)
    return policy.prepare(Heat(), lambda n, o, g, dtype: MLP(sum(n), o, width=6, depth=2, generator=g), 0, LIKE)


def sizes(made: March, rule: Balance) -> torch.Tensor:
    parts = [Objective([b], made.vector) for b, _ in made.window.blocks]
    if rule == "gradient":
        return torch.stack([p.gradient()[1].norm() for p in parts])
    return torch.stack([p.jacobian()[1].square().sum() for p in parts])


@pytest.mark.parametrize("rule", ["gradient", "kernel"])
def test_parts_become_equal_and_weights_keep_their_mean(rule: Balance) -> None:
    made = march("none")
    before = sizes(made, rule)
    assert len(before) == 3 and before.max() > 3 * before.min()
    for _ in range(200):
        rebalance(made.objective.blocks, made.objective, rule)
    after = sizes(made, rule)
    assert torch.allclose(after, after.mean().expand(3), rtol=1e-6)
    assert sum(b.balance for b, _ in made.window.blocks) == pytest.approx(3.0)


def test_loss_gradient_and_rows_have_the_weights() -> None:
    made = march("kernel")
    balances = [b.balance for b, _ in made.window.blocks]
    assert len(set(balances)) == 3
    residuals, jacobian = made.objective.jacobian()
    loss, gradient = made.objective.gradient()
    assert loss == pytest.approx(float(residuals.square().sum()), rel=1e-12)
    assert torch.allclose(gradient, 2 * jacobian.T @ residuals, rtol=1e-10)


def test_one_block_or_no_rule_changes_nothing() -> None:
    made = march("none")
    rebalance(made.objective.blocks, made.objective, "none")
    rebalance(made.objective.blocks[:1], made.objective, "kernel")
    assert [b.balance for b, _ in made.window.blocks] == [1.0] * 3


def test_a_march_comes_back_with_its_weights() -> None:
    first = march("gradient")
    with torch.no_grad():
        first.vector.set(first.vector.values * 1.1)
    first.window.draw()
    second = march("gradient")
    second.restore(first.tensors(), first.status())
    assert [b.balance for b, _ in first.window.blocks] == [b.balance for b, _ in second.window.blocks]
    assert torch.equal(first.objective.residuals(), second.objective.residuals())
