"""Every optimizer on least-squares problems with known minima: it arrives, at its order, and resumes bit for bit."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from pinnsuite.errors import InputError
from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.auto import FIRST_ORDER, Auto
from pinnsuite.optimizers.chain import Chain
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.lbfgs import LBFGS, two_loop
from pinnsuite.optimizers.linearisation import Damped, Linearisation
from pinnsuite.optimizers.memory import available_bytes, limits, total_bytes
from pinnsuite.optimizers.nystrom import Nystrom, NystromGaussNewton
from pinnsuite.optimizers.soap import Soap
from pinnsuite.optimizers.spring import Spring
from pinnsuite.optimizers.ssbroyden import SSBroyden, updated
from pinnsuite.optimizers.wolfe import Point, strong_wolfe
from pinnsuite.run.verdict import Verdict

Case = tuple[Any, torch.Tensor]
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


def run(method: Any, objective: Any, steps: int, state: Any = None) -> tuple[list[Any], Any]:
    """Steps until a verdict; the steps and the state."""
    state = method.start(objective) if state is None else state
    done = []
    for _ in range(steps):
        step, state = method.step(objective, state)
        done.append(step)
        if step.verdict is not None:
            break
    return done, state


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_minimum_is_reached(name: str, case: Case) -> None:
    method, steps, tolerance = OPTIMIZERS[name]
    objective, minimum = case
    run(method, objective, steps)
    assert (objective.parameters.values - minimum).abs().max() < tolerance * (1 + minimum.abs().max())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_resuming_from_a_copied_state_is_bit_identical(name: str, named: Callable[[str], Case]) -> None:
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
def test_losses_never_rise(name: str, case: Case) -> None:
    losses = [s.loss for s in run(OPTIMIZERS[name][0], case[0], 60)[0]]
    assert all(b <= a for a, b in itertools.pairwise(losses))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_reached_tolerance_is_convergence(name: str, named: Callable[[str], Case]) -> None:
    objective, minimum = named("rosenbrock")
    objective.parameters.set(minimum)
    (step,), _ = run(with_tolerance(OPTIMIZERS[name][0], 1e-20), objective, 3)
    assert step.verdict is Verdict.CONVERGED and step.loss == 0.0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_value_that_is_not_finite_is_said(name: str, named: Callable[[str], Case]) -> None:
    objective, _ = named("rosenbrock")
    objective.parameters.set(torch.tensor([float("nan"), 1.0]).double())
    (step,), _ = run(OPTIMIZERS[name][0], objective, 3)
    assert step.verdict is Verdict.NOT_FINITE


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


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_of_many_minima_the_nearest_is_reached(name: str, singular: Callable[[str], Any]) -> None:
    """Where the Jacobian has a null space nothing but rounding, over the damping, moves along it."""
    objective, start = singular("rank deficient"), torch.tensor([0.3, -0.7]).double()
    method, steps, tolerance = OPTIMIZERS[name]
    run(method, objective, steps)
    p = objective.parameters.values
    assert float(p.sum()) == pytest.approx(float(torch.log(torch.tensor(2.0).double())), abs=tolerance)
    assert float(p[0] - p[1]) == pytest.approx(float(start[0] - start[1]), abs=1e-3)


@pytest.mark.parametrize("name", ["gauss_newton", "lbfgs", "ssbroyden", "ssbfgs"])
def test_a_singular_minimum_is_approached(name: str, singular: Callable[[str], Any]) -> None:
    objective = singular("powell")
    run(OPTIMIZERS[name][0], objective, 120)
    assert objective.loss() < 1e-12


def test_gauss_newton_loses_its_order_at_a_singular_minimum(singular: Callable[[str], Any]) -> None:
    """On r = x^2 Newton's step halves x and the second-order part takes another eighth: 3/8 is left each time."""
    objective = singular("powell")
    method = GaussNewton(damping=1e-20, min_damping=1e-30, corrections=0)
    state, errors = method.start(objective), []
    for _ in range(9):
        errors.append(float(objective.parameters.values.norm()))
        _, state = method.step(objective, state)
    assert [b / a for a, b in itertools.pairwise(errors)][3:] == pytest.approx([3 / 8] * 5, rel=0.02)


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


def test_gauss_newton_solves_with_more_parameters_than_residuals(named: Callable[[str], Case]) -> None:
    objective, _ = named("rosenbrock")
    matrix = torch.randn(3, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    objective.residual = lambda p: torch.tanh(matrix @ p) - 0.3
    objective.parameters.set(torch.zeros(8).double())
    steps, _ = run(GaussNewton(tolerance=1e-24), objective, 30)
    assert steps[-1].verdict is Verdict.CONVERGED


def test_momentum_keeps_what_earlier_points_determined(named: Callable[[str], Case]) -> None:
    """Consistent, badly scaled linear equations, two of them at a time: the misfit of all after the same steps."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(1200, 20, dtype=torch.float64, generator=generator) * torch.logspace(0, -2, 20).double()
    solution = torch.randn(20, dtype=torch.float64, generator=generator)

    def misfit(method: Spring) -> float:
        objective = named("noisy")[0]
        objective.parameters.set(torch.zeros(20, dtype=torch.float64))
        state = method.start(objective)
        for k in range(600):
            rows = matrix[2 * k : 2 * k + 2]
            objective.residual = lambda p, rows=rows: rows @ (p - solution)
            _, state = method.step(objective, state)
        return float((matrix @ (objective.parameters.values - solution)).norm() / (matrix @ solution).norm())

    plain = min(misfit(Spring(rate=r, momentum=0.0)) for r in (0.1, 0.3, 1.0))
    assert misfit(Spring(momentum=0.99)) < 0.5 * plain < 0.05


def test_steps_in_few_directions_reach_the_minimum_of_many_parameters(named: Callable[[str], Case]) -> None:
    """30 parameters, 6 directions at a time."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(60, 30, dtype=torch.float64, generator=generator)
    solution = 0.1 * torch.randn(30, dtype=torch.float64, generator=generator)
    objective = named("noisy")[0]
    objective.parameters.set(torch.zeros(30, dtype=torch.float64))
    objective.residual = lambda p: torch.tanh(matrix @ p) - torch.tanh(matrix @ solution)
    run(GaussNewton(directions=6), objective, 400)
    torch.testing.assert_close(objective.parameters.values, solution, rtol=0, atol=1e-5)


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


@pytest.mark.parametrize("sketch", [False, True])
def test_points_grow_with_the_effective_dimension(sketch: bool, named: Callable[[str], Case]) -> None:
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


def test_corrections_save_steps(named: Callable[[str], Case]) -> None:
    counts = [len(run(GaussNewton(corrections=c, tolerance=1e-20), named("rosenbrock")[0], 60)[0]) for c in (0, 10)]
    assert counts[1] < counts[0]


def test_gauss_newton_solves_linear_problems_in_one_step(named: Callable[[str], Case]) -> None:
    objective, minimum = named("linear, residual left")
    method = GaussNewton(damping=1e-13)
    method.step(objective, method.start(objective))
    assert torch.allclose(objective.parameters.values, minimum, atol=1e-10)


def test_gauss_newton_stalls_at_a_minimum_with_a_residual(named: Callable[[str], Case]) -> None:
    objective, _ = named("linear, residual left")
    steps, _ = run(GaussNewton(patience=5), objective, 80)
    assert steps[-1].verdict is Verdict.STALLED


def test_a_step_that_would_not_fit_is_refused_with_the_numbers(
    named: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    objective, _ = named("linear, residual left")
    GaussNewton().start(objective)
    monkeypatch.setattr("pinnsuite.optimizers.memory.available_bytes", lambda device: 400)
    with pytest.raises(InputError, match=r"6 residuals in 3 directions does not fit.*GiB needed.*GiB.*lbfgs"):
        GaussNewton().start(objective)  # 3 * (6 + 12) numbers of 8 bytes
    LBFGS(memory=5).start(objective)  # 3 * 5 * 3 numbers
    with pytest.raises(InputError, match=r"memory of 6 steps of 3 parameters does not fit.*optimizer.memory"):
        LBFGS(memory=6).start(objective)


@pytest.mark.parametrize("method", [SSBroyden(), Spring(), Soap(), NystromGaussNewton()])
def test_every_method_that_holds_much_asks_for_memory(
    method: Any, named: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    objective, _ = named("linear, residual left")
    method.start(objective)
    monkeypatch.setattr("pinnsuite.optimizers.memory.available_bytes", lambda device: 100)
    with pytest.raises(InputError, match=r"3 parameters does not fit.*GiB needed.*GiB"):
        method.start(objective)


def test_free_memory_is_a_part_of_all_memory() -> None:
    everything = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < available_bytes(torch.device("cpu")) <= total_bytes(torch.device("cpu")) <= everything


def test_limits_of_a_job_count(tmp_path: Path) -> None:
    """Of the group of a process and of those above it, in both versions of control groups; files kept in memory for
    later use can go, and what is used in the moment of reading may exceed the limit."""
    (tmp_path / "job" / "step").mkdir(parents=True)
    for folder, limit in (("job", "1000"), ("job/step", "max")):
        (tmp_path / folder / "memory.max").write_text(limit)
        (tmp_path / folder / "memory.current").write_text("300")
    (tmp_path / "memory" / "batch").mkdir(parents=True)
    (tmp_path / "memory" / "batch" / "memory.limit_in_bytes").write_text("500")
    (tmp_path / "memory" / "batch" / "memory.usage_in_bytes").write_text("600")
    membership = tmp_path / "cgroup"
    membership.write_text("5:cpu:/batch\n4:memory:/batch\n0::/job/step\n")
    (tmp_path / "job" / "memory.stat").write_text("anon 100\ninactive_file 180\n")
    assert sorted(limits(membership, tmp_path)) == [(500, 500), (1000, 120)]
    (tmp_path / "memory" / "batch" / "memory.stat").write_text("inactive_file 1\ntotal_inactive_file 250\n")
    assert sorted(limits(membership, tmp_path)) == [(500, 350), (1000, 120)]
    assert limits(tmp_path / "none", tmp_path) == []


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


def test_gauss_newton_stalls_where_the_gradient_is_zero(named: Callable[[str], Case]) -> None:
    objective, _ = named("rosenbrock")
    objective.residual = lambda p: torch.stack([1 + p[0] ** 2, p[1]])
    objective.parameters.set(torch.zeros(2).double())
    (step,), _ = run(GaussNewton(), objective, 3)
    assert step.verdict is Verdict.STALLED and torch.equal(objective.parameters.values, torch.zeros(2).double())


def test_two_loop_is_the_inverse_hessian_on_quadratics() -> None:
    """With as many pairs as unknowns from conjugate moves, -H g is the Newton step."""
    hessian = torch.diag(torch.tensor([1.0, 4.0, 9.0]).double())
    moves = torch.eye(3).double()
    gradient = torch.tensor([1.0, -2.0, 3.0]).double()
    wanted = -torch.linalg.solve(hessian, gradient)
    assert torch.allclose(two_loop(gradient, moves, moves @ hessian), wanted, atol=1e-14)


FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "quadratic": lambda a: (a - 3) ** 2,
    "steep wall": lambda a: torch.exp(4 * a) - 5 * a,
    "far minimum": lambda a: torch.sqrt(1 + (a - 100) ** 2),
    "not finite beyond one": lambda a: -torch.log(1 - a) - 2 * a,
    "narrow valley": lambda a: 1 - torch.exp(-100 * (a - 0.02) ** 2),
    "wiggles": lambda a: (a - 2) ** 2 + 0.3 * torch.sin(9 * a) - 0.6 * a,
    "More and Thuente 1": lambda a: -a / (a * a + 2),
}


@pytest.mark.parametrize("first", [1e-3, 1.0, 50.0])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_strong_wolfe_conditions_hold(name: str, first: float) -> None:
    def evaluate(step: float) -> tuple[float, torch.Tensor, float]:
        a = torch.tensor(step, dtype=torch.float64, requires_grad=True)
        value = FUNCTIONS[name](a)
        (slope,) = torch.autograd.grad(value, a)
        return float(value.detach()), slope[None], float(slope)

    start = Point(0.0, *evaluate(0.0))
    assert start.slope < 0
    found = strong_wolfe(evaluate, start, first, trials=40)
    assert found is not None and found.step > 0
    assert found.value <= start.value + 1e-4 * found.step * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)
    assert (found.value, found.slope) == (evaluate(found.step)[0], evaluate(found.step)[2])


def test_no_step_downhill_means_none() -> None:
    start = Point(0.0, 0.0, torch.zeros(1), -1.0)  # a slope that lies
    assert strong_wolfe(lambda a: (a, torch.ones(1), 1.0), start, 1.0) is None


def test_rates_of_adam() -> None:
    assert Adam(rate=1.0, schedule="constant", warmup=10).rate_at(5) == 0.5
    assert Adam(rate=1.0, schedule="cosine", max_steps=100).rate_at(50) == pytest.approx(0.5)
    assert Adam(rate=1.0, schedule="cosine", max_steps=100).rate_at(100) == pytest.approx(0.0)
    assert Adam(rate=1.0, decay=0.5, decay_steps=10).rate_at(20) == pytest.approx(0.25)


def test_the_first_step_of_adam_is_the_rate(named: Callable[[str], Case]) -> None:
    objective, _ = named("rosenbrock")
    before = objective.parameters.copy()
    run(Adam(rate=0.01, schedule="constant"), objective, 1)
    assert torch.allclose((objective.parameters.values - before).abs(), torch.full((2,), 0.01).double(), rtol=1e-6)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: GaussNewton(damping=0.0), "positive damping.*damping=0.0"),
        (lambda: GaussNewton(trials=0), "trials=0"),
        (lambda: GaussNewton(factor=1.0), "factor above 1.*factor=1.0"),
        (lambda: LBFGS(memory=0), "memory=0"),
        (lambda: SSBroyden(trials=0), "trials=0"),
        (lambda: Adam(rate=-1.0), "rate=-1.0"),
        (lambda: Adam(beta2=1.0), "beta2=1.0"),
        (lambda: Adam(decay_steps=0), "decay_steps=0"),
        (lambda: Soap(decay=0.0), "decay=0.0"),
    ],
)
def test_refusals(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_a_chain_goes_on_where_the_first_stops(named: Callable[[str], Case]) -> None:
    objective, minimum = named("rosenbrock")
    steps, state = run(Chain(Adam(max_steps=3, rate=0.1), GaussNewton(max_steps=40, tolerance=1e-20)), objective, 60)
    assert [s.figures.get("stage", 1) for s in steps[:5]] == [0, 0, 0, 1, 1]
    assert steps[-1].verdict is Verdict.CONVERGED and torch.allclose(objective.parameters.values, minimum)
    assert "inner.mean" not in state


def test_a_chain_uses_each_budget_once(named: Callable[[str], Case]) -> None:
    method = Chain(Adam(max_steps=2), Adam(max_steps=3))
    steps, _ = run(method, named("beale")[0], 60)
    assert len(steps) == method.max_steps == 5 and steps[-1].verdict is Verdict.BUDGET_USED


def test_a_first_method_that_stalls_hands_over(named: Callable[[str], Case]) -> None:
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


def test_auto_takes_gauss_newton_where_it_fits(named: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch) -> None:
    """In all of 3 directions with 480 bytes (half of what is free), in 1 with 88, and else not at all."""
    objective, _ = named("linear, residual left")
    choices, said = [], []
    for directions, free in ((1500, 10000), (1, 800), (1, 100)):
        monkeypatch.setattr("pinnsuite.optimizers.auto.DIRECTIONS", directions)
        monkeypatch.setattr("pinnsuite.optimizers.auto.total_bytes", lambda device, free=free: free)
        state = Auto().start(objective)
        choices.append(state["choice"])
        said.append(Auto().explain(objective))
    assert choices == [0, 1, FIRST_ORDER] and "inner.mean" in state
    assert [s.split(":")[0] for s in said] == [
        "optimizer=auto takes Gauss-Newton",
        "optimizer=auto takes Gauss-Newton, 1 directions",
        "optimizer=auto takes Adam, then L-BFGS",
    ]
    assert "6 residuals and 3 parameters needs" in said[0]
    monkeypatch.undo()
    monkeypatch.setattr("pinnsuite.optimizers.auto.SECONDS", 1e-12)
    assert Auto().start(objective)["choice"] == FIRST_ORDER


def test_soap_does_not_see_rotations_of_a_weight_matrix(named: Callable[[str], Case]) -> None:
    """W -> Q W P turns its path with it, which Adam's would not."""
    generator = torch.Generator().manual_seed(0)
    a, b, start = (torch.randn(2, 2, dtype=torch.float64, generator=generator) for _ in range(3))
    q, p = (torch.linalg.qr(torch.randn(2, 2, dtype=torch.float64, generator=generator)).Q for _ in range(2))
    one = torch.eye(2, dtype=torch.float64)

    def path(method: Any, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        objective, _ = named("rosenbrock")
        objective.residual = lambda w: (a @ left @ w.view(2, 2) @ right @ b).reshape(-1) - 1
        objective.parameters.set((left.T @ start @ right.T).reshape(-1))
        objective.parameters.shapes = [(2, 2)]
        run(method, objective, 30)
        return left @ objective.parameters.values.view(2, 2) @ right

    assert torch.allclose(path(Soap(rate=0.02), q, p), path(Soap(rate=0.02), one, one), atol=1e-9)
    for method in (Adam(rate=0.02), Soap(rate=0.02, largest=1)):  # which turns nothing with more than one row
        assert not torch.allclose(path(method, q, p), path(method, one, one), atol=1e-3)


def test_the_nystroem_preconditioner_leaves_little_to_conjugate_gradients(objective_of: Callable[..., Any]) -> None:
    """Eigenvalues 10^0 ... 10^-11: with half of them known, the rest is conditioned by the damping."""
    basis = torch.linalg.qr(torch.randn(12, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(3)))[0]
    spectrum = 10.0 ** -torch.arange(12, dtype=torch.float64)
    objective = objective_of(lambda p: spectrum.sqrt() * (basis @ p - 1), [0.0] * 12)
    damping = 1e-6
    inverse = Nystrom(objective, 8, seed=0)
    damped = basis.T @ (spectrum[:, None] * basis) + damping * torch.eye(12, dtype=torch.float64)
    half = torch.stack([inverse(e, damping) for e in damped], dim=1)
    condition = torch.linalg.cond(damped), torch.linalg.cond(half)
    assert condition[0] > 5e5 and condition[1] < 20


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
