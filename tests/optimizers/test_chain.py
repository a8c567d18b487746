"""One optimizer after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.errors import InputError
from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.chain import Chain
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.lbfgs import LBFGS
from pinnsuite.run.verdict import Verdict

Case = tuple[Any, torch.Tensor]
Run = Callable[..., tuple[list[Any], Any]]


def test_a_chain_goes_on_where_the_first_stops(named: Callable[[str], Case], run: Run) -> None:
    objective, minimum = named("rosenbrock")
    steps, state = run(Chain(Adam(max_steps=3, rate=0.1), GaussNewton(max_steps=40, tolerance=1e-20)), objective, 60)
    assert [s.figures.get("stage", 1) for s in steps[:5]] == [0, 0, 0, 1, 1]
    assert steps[-1].verdict is Verdict.CONVERGED and torch.allclose(objective.parameters.values, minimum)
    assert "inner.mean" not in state


def test_a_chain_uses_each_budget_once(named: Callable[[str], Case], run: Run) -> None:
    method = Chain(Adam(max_steps=2), Adam(max_steps=3))
    steps, _ = run(method, named("beale")[0], 60)
    assert len(steps) == method.max_steps == 5 and steps[-1].verdict is Verdict.BUDGET_USED


def test_a_first_method_that_stalls_hands_over(named: Callable[[str], Case], run: Run) -> None:
    """L-BFGS finds nothing below this gradient; Adam goes on."""
    objective, _ = named("rosenbrock")
    objective.residual = lambda p: torch.stack([1 + p[0] ** 2, p[1]])
    objective.parameters.set(torch.zeros(2).double())
    method = Chain(GaussNewton(), Adam(max_steps=2))
    steps, _ = run(method, objective, 60)
    assert [s.figures["stage"] for s in steps] == [0, 1, 1]


def test_a_chain_refuses_at_once_what_would_be_refused_later(
    named: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinnsuite.optimizers.memory.available_bytes", lambda device: 400)
    with pytest.raises(InputError, match="does not fit"):
        Chain(Adam(), GaussNewton()).start(named("linear, residual left")[0])


def test_a_chain_takes_the_steps_of_both_to_the_bit(named: Callable[[str], Case], run: Run) -> None:
    """Three methods: each begins where the one before has ended, with a first state of its own."""
    methods = (Adam(max_steps=4, rate=0.1), LBFGS(max_steps=3), GaussNewton(max_steps=5))
    chained, apart = named("beale")[0], named("beale")[0]
    steps, _ = run(Chain(methods[0], Chain(methods[1], methods[2])), chained, 60)
    expected = [step.loss for method in methods for step in run(method, apart, method.max_steps)[0]]
    assert [s.loss for s in steps] == expected and len(expected) == 12
    assert torch.equal(chained.parameters.values, apart.parameters.values)


@pytest.mark.parametrize("change", ["redrawn", "retry"])
def test_new_points_and_retries_are_those_of_the_method_at_work(
    change: str, named: Callable[[str], Case], run: Run
) -> None:
    """After two steps of Adam and four of L-BFGS, whose pairs are forgotten."""
    method = Chain(Adam(max_steps=2), LBFGS())
    _, state = run(method, named("beale")[0], 6)
    assert state["stage"] == 1 and len(state["inner.moves"]) == 4
    changed = getattr(method, change)(state)
    assert changed["stage"] == 1 and changed["done"] == 4 and len(changed["inner.moves"]) == 0
