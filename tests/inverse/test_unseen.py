"""What differences of the reference cannot see is open, however precise the data; the rest keeps its width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite import Axis, Box, D, Initial, Problem, Time, Unknown, number, solve
from pinnsuite.conditions import Condition
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.misfit import turned
from pinnsuite.solvers.shooting import Shooting

TRUE = {"c": 2.0, "factor": 1.0, "height": 0.5}


@dataclass(frozen=True)
class Carried(Problem):
    """u = height sin(x - c factor t): of two numbers only the product matters."""

    c: Any = number(TRUE["c"])
    factor: Any = number(TRUE["factor"])
    height: Any = number(TRUE["height"])

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.c * self.factor * D(u, x)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: self.height * torch.sin(x))]

    def true_values(self) -> dict[str, float]:
        return TRUE

    def reference(self, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": self.height * np.sin(x[:, None] - self.c * self.factor * t)}


@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-6, 0.02])
def test_only_a_product_is_determined_whatever_the_noise(tmp_path: Path, noise: float) -> None:
    """And the number beside it has its Cramer-Rao bound, for which what is open makes no difference."""
    free = Carried(**{n: Unknown(1.1 * v, scale="log") for n, v in TRUE.items()})
    data = Synthetic(points=50, noise=noise)
    found = solve(free, solver=Shooting(), threads=1, data=data, run={"dir": str(tmp_path / "run"), "figures": False})
    assert found.verdict is Verdict.NOT_IDENTIFIABLE
    (said,) = found.summary["data"]["open"]
    assert "c*factor" in said and "height" in said and said.startswith("only ")
    numbers = found.summary["parameters"]
    assert numbers["c"]["high"] > 1e3 * TRUE["c"] and numbers["factor"]["low"] < 1e-3
    assert abs(numbers["height"]["estimate"] - TRUE["height"]) < 5 * numbers["height"]["standard_error"] + 1e-12
    if noise:
        (m,) = data.read(free)
        phase = m.points["x"].numpy() - TRUE["c"] * m.points["t"].numpy()
        slopes = np.stack([np.sin(phase), -TRUE["height"] * m.points["t"].numpy() * np.cos(phase)], axis=1)
        bound = m.noise * np.sqrt(np.linalg.inv(slopes.T @ slopes)[0, 0])
        assert numbers["height"]["standard_error"] == pytest.approx(bound, rel=0.02)


def test_rounding_is_no_information() -> None:
    """Two equal columns but for rounding: their difference is unseen, their sum is seen, and the third column too."""
    rng = np.random.default_rng(0)
    one, other = torch.from_numpy(rng.normal(size=(2, 40)))
    rows = torch.stack([one, other, one + 1e-9 * torch.from_numpy(rng.normal(size=40))], dim=1)
    seen, turn = turned(rows)
    assert seen.norm(dim=0).gt(0).tolist() == [True, True, False]
    assert turn[:, 2].abs().tolist() == pytest.approx([0.5**0.5, 0.0, 0.5**0.5], abs=1e-8) and turn[1, 2] == 0
    assert torch.allclose(seen @ turn.T, rows, atol=1e-7)
