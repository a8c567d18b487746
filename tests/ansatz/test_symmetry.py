"""Fields that are even or odd by construction: for any weights, in both modes, with rows; and what is not symmetric."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from pinnsuite import InputError, Problem, solve
from pinnsuite.ansatz.ansatz import Ansatz, build_ansatz
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.spectral import Spectral
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.allen_cahn import AllenCahn
from pinnsuite.problems.burgers import Burgers
from pinnsuite.problems.heat import Heat
from pinnsuite.problems.kovasznay import Kovasznay
from pinnsuite.problems.kuramoto_sivashinsky import KuramotoSivashinsky
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.trace import trace


class OddHeat(Heat):
    """The heat is even about the middle of its rod."""

    symmetry: ClassVar = {"x": {"u": -1}}


class OddAllenCahn(AllenCahn):
    symmetry: ClassVar = {"x": {"u": -1}}


class Nameless(Burgers):
    symmetry: ClassVar[Mapping[str, Mapping[str, int]]] = {"x": {}}


def made(problem: Problem) -> Ansatz:
    generator = torch.Generator().manual_seed(0)
    traced = trace(problem)
    return build_ansatz(
        traced, lambda n, o: MLP(sum(n), o, generator=generator), harmonics=3, hard=True, symmetric=True
    )


@pytest.mark.parametrize("problem", [Burgers(), AllenCahn(), KuramotoSivashinsky(), Kovasznay()])
def test_the_network_has_the_parity_of_the_problem(problem: Problem) -> None:
    axes, start = problem.domain.axes, torch.linspace(0.03, 0.97, 21, dtype=torch.float64)
    points = {n: a.low + a.length * start.roll(5 * i) for i, (n, a) in enumerate(axes.items())}
    (axis, signs), fields = next(iter(problem.symmetry.items())), made(problem).fields
    image = {**points, axis: axes[axis].low + axes[axis].high - points[axis]}
    for name, sign in signs.items():
        here, there = (evaluate([fields[name]], list(axes), p) for p in (points, image))
        assert float(here.abs().max()) > 1e-3
        torch.testing.assert_close(here, sign * there, rtol=0, atol=1e-13)


def test_a_series_stays_as_it_is() -> None:
    traced = trace(KuramotoSivashinsky())
    notes = build_ansatz(traced, Spectral, harmonics=3, hard=True, symmetric=True).notes
    assert any("symmetry left out" in note for note in notes)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (OddHeat(), "not symmetric in x: u differs"),
        (OddAllenCahn(), "not symmetric in x: u differs"),
        (Nameless(), "has to name every field"),
    ],
)
def test_what_is_not_symmetric_is_refused(problem: Problem, said: str) -> None:
    with pytest.raises(InputError, match=said):
        made(problem)


def test_half_the_points_do(tmp_path: Path) -> None:
    """Burgers' equation with much viscosity, on points of which each stands for its image too."""

    def error(**options: Any) -> float:
        found = solve(
            Burgers(nu=0.1),
            solver=Pinn(points=300, layers=False, **options),
            network=partial(MLP, width=8, depth=2),
            optimizer=GaussNewton(max_steps=40),
            threads=1,
            run={"dir": str(tmp_path / str(options)), "figures": False},
        )
        return float(found.summary["relative_l2"]["u"])

    assert error(symmetric=True) < 0.1 * error(symmetric=False)
