"""The CPU and a GPU give the same numbers: derivatives, Jacobians, steps and whole solves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch

from pinnsuite.run.compose import compose, options
from pinnsuite.run.solution import Solution
from pinnsuite.run.solve import Run

from .conftest import NEEDS_GPU

pytestmark = NEEDS_GPU
SMALL = ("network.width=12", "network.depth=2", "solver.points=600", "solver.condition_points=60", "run.dir=unused")
NETWORKS = (
    "network=mlp",
    "network=mlp network.activation=sin",
    "network=mlp network.activation=gelu",
    "network=mlp +network.factorised=true",
    "network=modified_mlp",
    "network=fourier_mlp",
    "network=piratenet",
    "network=separable",
    "network=separable solver.lattice=true",
    "network=mlp solver.derivatives=reverse",
)
SOLVES = (
    "experiment=heat optimizer.max_steps=6",
    "experiment=burgers optimizer.max_steps=6 solver.points=2000",
    "experiment=allen_cahn optimizer.max_steps=4 solver.points=2000",  # layers
    "experiment=kovasznay optimizer.max_steps=5",
    "experiment=elasticity optimizer.max_steps=4 solver.points=1000",  # a shape
    "experiment=advection optimizer.max_steps=4 solver.points=1000",  # a series
    "problem=burgers solver=causal_pinn network.width=10 network.depth=2 solver.points=1000 optimizer.max_steps=6",
    "problem=burgers solver.windows=2 network.width=10 network.depth=2 solver.points=1000 optimizer.max_steps=4",
    "problem=convection solver=lagrangian network.width=10 network.depth=2 solver.points=800 optimizer.max_steps=5",
    "problem=lorenz problem.final_time=0.2 solver=march network=spectral optimizer=undamped_gauss_newton",
    "problem=heat optimizer=auto network.width=8 network.depth=2 solver.points=500 optimizer.gauss_newton_steps=5",
)
FITS = (
    "experiment=burgers_inverse solver.points=1500 data.points=300 data.noise=0.01 optimizer.max_steps=40",
    "experiment=lorenz_inverse data.noise=0.01 optimizer.max_steps=60",
    "experiment=diffusion_reaction_inverse optimizer.max_steps=20 solver.points=800",
)


def split(words: Sequence[str]) -> list[list[str]]:
    return [w.split() for w in words]


def both(*words: str) -> list[Run]:
    return [Run(compose([*words, f"device={device}"])) for device in ("cpu", "cuda")]


def apart(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found.cpu() - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("words", split(NETWORKS), ids=NETWORKS)
@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-10), ("float32", 1e-3)])
def test_residuals_gradients_and_jacobians(words: list[str], dtype: str, close: float) -> None:
    """Of a fourth-order equation."""
    cpu, gpu = (
        run.march.objective  # type: ignore[union-attr]
        for run in both("problem=kuramoto_sivashinsky_regular", *words, *SMALL, f"dtype={dtype}")
    )
    assert gpu.parameters.values.is_cuda
    assert torch.equal(gpu.parameters.values.cpu(), cpu.parameters.values)
    assert apart(gpu.residuals(), cpu.residuals()) < close
    assert apart(gpu.gradient()[1], cpu.gradient()[1]) < close
    found, wanted = gpu.jacobian(), cpu.jacobian()
    assert apart(found[0], wanted[0]) < close and apart(found[1], wanted[1]) < close
    some = torch.randn(len(cpu.parameters), 3, generator=torch.Generator().manual_seed(0), dtype=wanted[1].dtype)
    assert apart(gpu.gram(some.to(found[1])), cpu.gram(some)) < 10 * close


@pytest.mark.parametrize("name", options("optimizer"))
def test_steps_of_every_optimizer(name: str) -> None:
    """Five from the same start; of SOAP the loss, for its axes are arbitrary where no gradient has been."""
    moved, losses = [], []
    for run in both("problem=burgers", f"optimizer={name}", *SMALL):
        assert run.march is not None
        objective, state = run.march.objective, run.optimizer.start(run.march.objective)
        for _ in range(5):
            step, state = run.optimizer.step(objective, state)
        moved.append(objective.parameters.values.cpu())
        losses.append(step.loss)
    assert losses[1] == pytest.approx(losses[0], rel=0.05 if name == "soap" else 1e-6)
    assert name == "soap" or apart(moved[1], moved[0]) < 1e-5


@pytest.mark.parametrize("words", split(SOLVES), ids=SOLVES)
def test_solves(words: list[str], solved: Callable[..., Solution]) -> None:
    """With drawing, judging and handing over; a resume and an evaluation have nothing to add."""
    cpu, gpu = (solved(f"on-{device}", *words, f"device={device}") for device in ("cpu", "cuda"))
    assert gpu.summary["device"] == "cuda" and gpu.verdict is cpu.verdict
    assert apart(gpu.on_grid, cpu.on_grid) < 1e-5


@pytest.mark.parametrize("words", split(FITS), ids=FITS)
def test_fits(words: list[str], solved: Callable[..., Solution]) -> None:
    """Estimates within a hundredth of their standard error, and the same errors."""
    cpu, gpu = (solved(f"on-{device}", *words, f"device={device}") for device in ("cpu", "cuda"))
    for name, row in cpu.summary["parameters"].items():
        other, width = gpu.summary["parameters"][name], row["standard_error"]
        assert abs(other["estimate"] - row["estimate"]) < max(0.01 * width, 1e-8 * abs(row["estimate"]))
        assert other["standard_error"] == pytest.approx(width, rel=1e-3)
    assert gpu.spread is not None and cpu.spread is not None and cpu.evaluation is not None
    points = {n: x[::37] for n, x in cpu.evaluation.points.items()}
    assert apart(gpu.spread(points), cpu.spread(points)) < 1e-2
