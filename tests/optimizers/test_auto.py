"""What `Auto` takes, what it says, and that it does no more than what it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.auto import FIRST_ORDER, QUASI_NEWTON, Auto
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.soap import Soap
from pinnsuite.optimizers.ssbroyden import SSBroyden
from pinnsuite.run.verdict import Verdict

Case = tuple[Any, torch.Tensor]
Run = Callable[..., tuple[list[Any], Any]]
AUTO = "pinnsuite.optimizers.auto"
# (choice, limit of directions, bytes of memory, words): 3 parameters in all directions take 576 bytes, in one 128,
# an inverse Hessian 216, and half of the memory is there for them.
CHOICES: dict[str, tuple[int, int, int, str]] = {
    "gauss_newton": (0, 1500, 1152, "Gauss-Newton in the primal form"),
    "sketched": (1, 1, 1151, "Gauss-Newton in the primal form, in 1 directions"),
    "ssbroyden": (QUASI_NEWTON, 1500, 1151, "self-scaled Broyden"),
    "soap": (FIRST_ORDER, 1500, 431, "SOAP"),
}
METHODS: dict[str, Any] = {
    "gauss_newton": GaussNewton(max_steps=5),
    "sketched": GaussNewton(max_steps=5, directions=1),
    "ssbroyden": SSBroyden(max_steps=6),
    "soap": Soap(max_steps=6),
}


@pytest.fixture(params=list(CHOICES))
def taken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A method that the memory allows."""
    _, directions, memory, _ = CHOICES[request.param]
    monkeypatch.setattr(f"{AUTO}.DIRECTIONS", directions)
    monkeypatch.setattr(f"{AUTO}.total_bytes", lambda device: memory)
    return str(request.param)


def test_the_best_method_that_fits_is_taken(taken: str, named: Callable[[str], Case]) -> None:
    objective, _ = named("linear, residual left")
    choice, _, _, words = CHOICES[taken]
    assert Auto().start(objective)["choice"] == choice
    said = Auto().explain(objective)
    assert said.startswith(f"optimizer=auto takes {words}: ") and "6 residuals and 3 parameters needs" in said
    assert ("inverse Hessian" in said) == (choice < 0)


def test_it_does_what_the_method_does_to_the_bit(taken: str, objective_of: Callable[..., Any], run: Run) -> None:
    """Within the budget of that method, and no longer."""
    one, other = (
        objective_of(lambda p: torch.cat([p.exp() - 3, (p - p.roll(1)) ** 2 + p]), [3.0, -1.0, 0.5]) for _ in range(2)
    )
    auto, method = Auto(gauss_newton_steps=5, first_order_steps=6), METHODS[taken]
    state = auto.start(one)
    assert auto.budget(state) == method.max_steps
    assert auto.steps_per_draw(state) == method.steps_per_draw(method.start(other))
    steps, _ = run(auto, one, 60, state)
    expected, _ = run(method, other, method.max_steps)
    assert [s.loss for s in steps] == [s.loss for s in expected]
    assert torch.equal(one.parameters.values, other.parameters.values)
    assert steps[-1].verdict is Verdict.BUDGET_USED and len(steps) == method.max_steps


def test_a_slow_step_or_update_is_not_taken(named: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch) -> None:
    objective, _ = named("linear, residual left")
    monkeypatch.setattr(f"{AUTO}.SECONDS", 1e-12)
    assert Auto().start(objective)["choice"] == QUASI_NEWTON
    monkeypatch.setattr(f"{AUTO}.UPDATE_SECONDS", 1e-12)
    assert Auto().start(objective)["choice"] == FIRST_ORDER


def test_with_fewer_residuals_than_parameters_the_form_is_dual(objective_of: Callable[..., Any]) -> None:
    objective = objective_of(lambda p: p[:2].sum(0, keepdim=True) - 1, [0.0, 0.0, 0.0])
    assert Auto().explain(objective).startswith("optimizer=auto takes Gauss-Newton in the dual form: ")


def test_in_float32_it_is_soap(objective_of: Callable[..., Any]) -> None:
    objective = objective_of(lambda p: p - 1, [0.0, 0.0])
    objective.parameters.values = objective.parameters.values.float()
    assert Auto().start(objective)["choice"] == FIRST_ORDER
    assert Auto().explain(objective) == "optimizer=auto takes SOAP: in float32 the small directions of J'J are lost"
