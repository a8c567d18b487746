"""Separable networks on tensor grids: the same values and gradients, from the lines alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch

from pinnsuite import solve
from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.domain.region import Interior
from pinnsuite.errors import InputError
from pinnsuite.networks.lines import Lines
from pinnsuite.networks.separable import Separable
from pinnsuite.optimizers.lbfgs import LBFGS
from pinnsuite.problems.heat import Heat
from pinnsuite.problems.laplace_holes import LaplaceHoles
from pinnsuite.solvers.pinn import Pinn

BOX = Box(x=Axis(-1, 1), y=Axis(0, 2), t=Time(0, 1))
CARRIED = LowerSet.closure([(2, 0, 0), (0, 2, 0), (1, 1, 1)])


def series(points: dict[str, torch.Tensor]) -> torch.Tensor:
    """The Taylor coefficients of cos x, sin x, y and t, (coefficients, points, 4)."""
    x, zero, one = points["x"], torch.zeros_like(points["x"]), torch.ones_like(points["x"])
    rows = {
        (0, 0, 0): (torch.cos(x), torch.sin(x), points["y"], points["t"]),
        (1, 0, 0): (-torch.sin(x), torch.cos(x), zero, zero),
        (2, 0, 0): (-torch.cos(x) / 2, -torch.sin(x) / 2, zero, zero),
        (0, 1, 0): (zero, zero, one, zero),
        (0, 0, 1): (zero, zero, zero, one),
    }
    return torch.stack([torch.stack(rows.get(a, (zero,) * 4), dim=1) for a in CARRIED.members])


def network() -> Separable:
    return Separable([2, 1, 1], 2, rank=5, width=6, depth=2, generator=torch.Generator().manual_seed(0))


def test_a_lattice_is_one_random_point_in_each_part_of_every_axis() -> None:
    points = BOX.lattice(1000, seed=3)
    for name, axis in BOX.axes.items():
        line = torch.unique(points[name])
        part = ((line - axis.low) / axis.length * 10).floor()
        assert torch.equal(part, torch.arange(10, dtype=torch.float64))
    assert len(points["x"]) == 1000 and not torch.equal(points["x"], BOX.lattice(1000, seed=4)["x"])


def test_values_and_gradients_from_lines_are_those_point_by_point() -> None:
    points, net = BOX.lattice(7**3, seed=0), network()
    stack = series(points)
    lines = net.arrange(stack)
    assert isinstance(lines, Lines) and lines.sizes == [7, 7, 7] and torch.equal(lines.dense(), stack)
    found, wanted = (net.taylor(z, CARRIED, Tape()) for z in (lines, stack))
    assert torch.allclose(found, wanted, rtol=1e-12, atol=1e-13)
    gradients = (torch.autograd.grad(values.square().sum(), list(net.parameters())) for values in (found, wanted))
    for a, b in zip(*gradients, strict=True):
        assert torch.allclose(a, b, rtol=1e-10, atol=1e-12)


def test_networks_are_evaluated_along_the_axes_alone() -> None:
    net, seen = network(), []
    stack = series(BOX.lattice(9**3, seed=0))
    for factor in net.factors:
        plain = factor.taylor
        factor.taylor = lambda z, *rest, plain=plain: (seen.append(z.shape[1]), plain(z, *rest))[1]
    net.taylor(net.arrange(stack), CARRIED, Tape())
    assert seen == [9, 9, 9]


def test_a_part_stays_lines_where_it_can() -> None:
    stack, net = series(BOX.lattice(6**3, seed=0)), network()
    lines = net.arrange(stack)
    assert isinstance(lines, Lines) and lines.unit == 36
    whole, ragged = lines.rows(slice(36, 144)), lines.rows(slice(30, 100))
    assert isinstance(whole, Lines) and torch.equal(whole.dense(), stack[:, 36:144])
    assert isinstance(ragged, torch.Tensor) and torch.equal(ragged, stack[:, 30:100])
    assert isinstance(net.arrange(series(BOX.sample(Interior(), 216, seed=0))), torch.Tensor)
    shuffled = stack[:, torch.randperm(216, generator=torch.Generator().manual_seed(0))]
    assert isinstance(net.arrange(shuffled), torch.Tensor)


def solved(folder: Path, **options: object) -> float:
    found = solve(
        Heat(),
        solver=Pinn(points=1600, condition_points=40, **options),  # type: ignore[arg-type]
        network=partial(Separable, rank=6, width=10),
        optimizer=LBFGS(max_steps=300),
        threads=1,
        run={"dir": str(folder), "figures": False},
    )
    return float(found.summary["relative_l2"]["u"])


def test_a_solve_on_a_lattice_is_as_good(tmp_path: Path) -> None:
    scattered, lattice = solved(tmp_path / "a", adaptive=0.0), solved(tmp_path / "b", lattice=True)
    assert lattice < 3 * scattered < 1e-2


def test_a_shape_has_no_lattice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tensor grid"):
        solve(
            LaplaceHoles(), solver=Pinn(points=100, lattice=True), network=Separable, run={"dir": str(tmp_path / "run")}
        )
    assert not (tmp_path / "run").exists()
