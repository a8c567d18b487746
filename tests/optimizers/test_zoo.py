"""Every optimizer on least-squares problems with known minima: it arrives, and resumes bit for bit."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.auto import Auto
from pinnsuite.optimizers.chain import Chain
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.lbfgs import LBFGS
from pinnsuite.optimizers.nystrom import NystromGaussNewton
from pinnsuite.optimizers.soap import Soap
from pinnsuite.optimizers.spring import Spring
from pinnsuite.optimizers.ssbroyden import SSBroyden
from pinnsuite.run.verdict import Verdict

Case = tuple[Any, torch.Tensor]
Run = Callable[..., tuple[list[Any], Any]]


OPTIMIZERS: dict[str, tuple[Any, int, float]] = {
    "gauss_newton": (GaussNewton(), 60, 1e-6),
    "spring": (Spring(rate=0.05, momentum=0.5), 2500, 2e-2),
    "sketched": (GaussNewton(directions=2, stall=0), 400, 1e-6),
    "nystrom": (NystromGaussNewton(rank=2, precision=1e-10), 120, 1e-6),
    "lbfgs": (LBFGS(), 120, 1e-6),
    "ssbroyden": (SSBroyden(), 120, 1e-6),
    "ssbfgs": (SSBroyden(update="bfgs"), 120, 1e-6),
    "adam": (Adam(rate=0.1, decay_steps=150), 2500, 2e-2),
    "soap": (Soap(rate=0.1, decay_steps=150), 2500, 2e-2),
    "adam, gauss_newton": (Chain(Adam(max_steps=3), GaussNewton()), 70, 1e-6),
    "auto": (Auto(), 60, 1e-6),
}


def with_tolerance(method: Any, tolerance: float) -> Any:
    if isinstance(method, Chain):
        return dataclasses.replace(method, first=with_tolerance(method.first, tolerance))
    return dataclasses.replace(method, tolerance=tolerance)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_minimum_is_reached(name: str, case: Case, run: Run) -> None:
    method, steps, tolerance = OPTIMIZERS[name]
    objective, minimum = case
    run(method, objective, steps)
    assert (objective.parameters.values - minimum).abs().max() < tolerance * (1 + minimum.abs().max())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_resuming_from_a_copied_state_is_bit_identical(name: str, named: Callable[[str], Case], run: Run) -> None:
    method = OPTIMIZERS[name][0]
    objective, _ = named("beale")
    _, state = run(method, objective, 4)
    saved, parameters = copy.deepcopy(state), objective.parameters.copy()
    first, end = run(method, objective, 4, state)
    again, _ = named("beale")
    again.parameters.set(parameters)
    second, end_again = run(method, again, 4, saved)
    assert torch.equal(objective.parameters.values, again.parameters.values)
    assert [s.loss for s in first] == [s.loss for s in second]
    for key, value in end.items():
        assert torch.equal(torch.as_tensor(value), torch.as_tensor(end_again[key]))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_states_are_flat_and_are_not_changed_in_place(name: str, named: Callable[[str], Case]) -> None:
    method = OPTIMIZERS[name][0]
    objective, _ = named("rosenbrock")
    state = method.start(objective)
    for _ in range(4):
        assert all(isinstance(v, torch.Tensor | float | int) for v in state.values())
        before = {k: torch.as_tensor(v).clone() for k, v in state.items()}
        _, following = method.step(objective, state)
        assert all(torch.equal(torch.as_tensor(state[k]), v) for k, v in before.items())
        for changed in (method.redrawn(following), method.retry(following)):
            assert all(isinstance(v, torch.Tensor | float | int) for v in changed.values())
            method.step(objective, changed)
        state = following


@pytest.mark.parametrize("name", ["gauss_newton", "nystrom", "lbfgs", "ssbroyden", "ssbfgs"])
def test_losses_never_rise(name: str, case: Case, run: Run) -> None:
    losses = [s.loss for s in run(OPTIMIZERS[name][0], case[0], 60)[0]]
    assert all(b <= a for a, b in itertools.pairwise(losses))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_reached_tolerance_is_convergence(name: str, named: Callable[[str], Case], run: Run) -> None:
    objective, minimum = named("rosenbrock")
    objective.parameters.set(minimum)
    (step,), _ = run(with_tolerance(OPTIMIZERS[name][0], 1e-20), objective, 3)
    assert step.verdict is Verdict.CONVERGED and step.loss == 0.0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_value_that_is_not_finite_is_said(name: str, named: Callable[[str], Case], run: Run) -> None:
    objective, _ = named("rosenbrock")
    objective.parameters.set(torch.tensor([float("nan"), 1.0]).double())
    (step,), _ = run(OPTIMIZERS[name][0], objective, 3)
    assert step.verdict is Verdict.NOT_FINITE


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_of_many_minima_the_nearest_is_reached(name: str, singular: Callable[[str], Any], run: Run) -> None:
    """Where the Jacobian has a null space nothing but rounding, over the damping, moves along it."""
    objective, start = singular("rank deficient"), torch.tensor([0.3, -0.7]).double()
    method, steps, tolerance = OPTIMIZERS[name]
    run(method, objective, steps)
    p = objective.parameters.values
    assert float(p.sum()) == pytest.approx(float(torch.log(torch.tensor(2.0).double())), abs=tolerance)
    assert float(p[0] - p[1]) == pytest.approx(float(start[0] - start[1]), abs=1e-3)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_singular_minimum_is_approached(name: str, singular: Callable[[str], Any], run: Run) -> None:
    """From 215: far by what follows the curvature, and five digits by what does so roughly or on average."""
    objective = singular("powell")
    run(OPTIMIZERS[name][0], objective, min(OPTIMIZERS[name][1], 1500))
    assert objective.loss() < (1e-3 if name in {"adam", "soap", "sketched"} else 1e-12)
