"""The same problems in a frame at rest and in one that follows the flow; what cannot be followed further."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite import Axis, Box, PointValue, Problem, Solution, Time, Unknown, solve
from pinnsuite.conditions import Condition
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.separable import Separable
from pinnsuite.networks.spectral import Spectral
from pinnsuite.objective.causality import Causal
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.burgers import Burgers
from pinnsuite.problems.convection import Convection
from pinnsuite.problems.moving_shock import MovingShock
from pinnsuite.problems.reaction_front import ReactionFront
from pinnsuite.problems.rotation import Rotation
from pinnsuite.problems.shear_flow import ShearFlow
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.deepxde import DeepXDE
from pinnsuite.solvers.lagrangian import Lagrangian
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.solvers.windows import Adaptive

Run = Callable[..., Solution]
SMALL = partial(MLP, width=8, depth=2)


@pytest.fixture
def solved(tmp_path: Path) -> Run:
    def run(problem: Problem, solver: Any, steps: int = 25, network: Any = SMALL, **settings: Any) -> Solution:
        return solve(
            problem,
            solver=solver,
            network=network,
            optimizer=GaussNewton(max_steps=steps, tolerance=1e-26),
            threads=1,
            run={"dir": str(tmp_path / f"run{len(list(tmp_path.iterdir()))}"), "figures": False, **settings},
        )

    return run


def moving(points: int = 800, **options: Any) -> Lagrangian:
    return Lagrangian(points=points, harmonics=1, map_width=6, **options)


def error(solution: Solution) -> float:
    return max(solution.summary["relative_l2"].values())


@pytest.mark.parametrize("c", [0.0, 70.0])
@pytest.mark.parametrize("nu", [0.0, 0.01])
def test_convection_is_as_easy_at_any_speed(solved: Run, c: float, nu: float) -> None:
    found = solved(Convection(c=c, nu=nu), moving(), 30)
    assert error(found) < 1e-7
    assert found.summary["frame"]["largest_misplacement"] < 1e-12
    assert found.summary["frame"]["least_stretch"] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("problem", [Convection(c=40.0, nu=0.01, initial="bump"), ReactionFront(c=40.0)])
def test_other_shapes_travel_as_well(solved: Run, problem: Problem) -> None:
    """A bump that spreads, and two fronts that run apart."""
    solver = Lagrangian(points=2000, harmonics=2, map_width=6)
    assert error(solved(problem, solver, 40, partial(MLP, width=12, depth=2))) < 1e-4


ALL = {
    "pinn": Pinn(points=800, harmonics=1),
    "causal": Pinn(points=800, harmonics=1, causal=Causal()),
    "windows": Pinn(points=400, harmonics=1, windows=3),
    "march": Pinn(points=400, harmonics=1, windows=3, march=Adaptive(tolerance=1e-3)),
    "lagrangian": moving(),
    "deepxde": DeepXDE(width=12, domain_points=400, adam_steps=300),
}


@pytest.mark.parametrize("solver", ALL)
def test_one_problem_runs_under_every_solver(solved: Run, solver: str) -> None:
    seconds = {"max_seconds": 6.0} if solver == "deepxde" else {}
    found = solved(Convection(c=2.0, nu=0.01), ALL[solver], **seconds)
    assert error(found) < (0.1 if solver == "deepxde" else 1e-3)


def test_without_a_flow_both_frames_agree(solved: Run) -> None:
    still, along = (solved(Convection(c=0.0, nu=0.1), s, 40) for s in (Pinn(points=800, harmonics=1), moving()))
    x, t = np.linspace(0, 6, 50), 0.7
    assert np.abs(still(x=x, t=t)["u"] - along(x=x, t=t)["u"]).max() < 1e-7
    for by in ("x", "t", "xx"):
        assert np.abs(still.derivative("u", by, x=x, t=t) - along.derivative("u", by, x=x, t=t)).max() < 1e-5


@pytest.mark.parametrize("branches", ["separate", "twin", "shared"])
def test_the_map_may_have_a_branch_of_its_own(solved: Run, branches: str) -> None:
    found = solved(MovingShock(c=3.0, nu=0.2), moving(1500, branches=branches), 30)
    assert error(found) < 1e-4
    assert 0 < found.summary["frame"]["least_stretch"] < 0.6


def test_a_series_may_move(solved: Run) -> None:
    solver = Lagrangian(points=1500, harmonics=6, branches="twin")
    assert error(solved(MovingShock(c=20.0, nu=0.3), solver, 12, partial(Spectral, degree=5))) < 1e-5


def test_a_network_that_cannot_begin_at_rest_is_refused(solved: Run) -> None:
    with pytest.raises(InputError, match="begin at rest"):
        solved(Convection(), moving(branches="shared"), network=partial(Separable, rank=3, width=4))


def test_windows_hand_over_what_moved(solved: Run) -> None:
    found = solved(Convection(c=20.0, nu=0.05), moving(windows=3))
    assert error(found) < 1e-7
    assert found.derivative("u", "x", x=1.0, t=0.5)[()] == pytest.approx(math.exp(-0.025) * math.cos(1 - 10), abs=1e-5)


def test_what_cannot_be_handed_over_is_refused_at_once(solved: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="need periodic axes"):
        solved(Burgers(nu=0.3), moving(windows=2))
    with pytest.raises(InputError, match="cannot be widened"):
        moving(branches="shared", windows=2, march=Adaptive(tolerance=1e-3, widen=2.0))
    assert not list(tmp_path.iterdir())


def test_walls_may_be_closed(solved: Run) -> None:
    assert error(solved(Burgers(nu=0.3), moving(1500), 60)) < 5e-4


def test_two_dimensions_on_the_torus(solved: Run) -> None:
    assert error(solved(ShearFlow(speed=1.0, nu=0.05), moving(2500), 25)) < 2e-3


def test_two_dimensions_in_a_shape(solved: Run) -> None:
    found = solved(Rotation(omega=1.0), moving(2500), 60, partial(MLP, width=12, depth=2))
    assert error(found) < 4e-2
    assert found.summary["frame"]["least_stretch"] == pytest.approx(1.0, abs=0.05)


class Seen(Convection):
    """With what is seen of u at the end, everywhere, of a wave at the speed 3."""

    reference = None

    def conditions(self) -> Sequence[Condition]:
        return [*super().conditions(), PointValue({"t": 1.0}, u=lambda x: math.exp(-0.01) * torch.sin(x - 3.0))]


def test_an_unknown_speed_is_found_in_the_moving_frame(solved: Run) -> None:
    found = solved(Seen(c=Unknown(2.0, low=0.0, high=6.0), nu=0.01), moving(), 40)
    assert found.summary["parameters"]["c"]["estimate"] == pytest.approx(3.0, abs=1e-6)


class Inviscid(MovingShock):
    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1.5))
    reference = None


def test_where_characteristics_cross_the_solution_ends(solved: Run) -> None:
    found = solved(Inviscid(c=2.0, nu=0.0), moving(), 15)
    assert found.verdict is Verdict.CROSSED and found.verdict.exit_status == 3
    assert "t = 1, x = 5.14159" in found.summary["notes"][0]
    assert found.summary["reached"] == pytest.approx(0.98)
    assert found.summary["frame"]["least_stretch"] == pytest.approx(0.02, abs=0.01)
    assert found(x=math.pi + 2 * 0.9, t=0.9)["u"] == pytest.approx(2.0, abs=1e-4)


class Folding(MovingShock):
    """So little diffusion that it does not keep characteristics apart on the few points."""

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 2.0))
    reference = None


def test_a_folded_map_is_no_solution(solved: Run) -> None:
    found = solved(Folding(c=0.0, nu=1e-9), moving(200), 8)
    assert found.verdict is Verdict.FOLDED


def test_a_folded_map_is_said_when_the_time_is_over_too(solved: Run) -> None:
    """The limit on seconds comes before the last step."""
    assert solved(Folding(c=0.0, nu=1e-9), moving(200), 10_000, max_seconds=3.0).verdict is Verdict.FOLDED
