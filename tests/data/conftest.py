"""Solutions that are known in closed form, on small evaluation grids."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite.calculus.expression import D, coordinate
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.domain.region import Interior
from pinnsuite.domain.shape import Disk, Rectangle, Shape
from pinnsuite.parameters import Range, Unknown, number
from pinnsuite.problem import Field, Problem
from pinnsuite.run.evaluation import Evaluation
from pinnsuite.run.solution import Solution
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.pieces import Piece, Pieces

OFF = 1e-3  # the error of every solution here, a constant


@dataclass(frozen=True)
class Heat(Problem):
    """T = exp(-alpha t) sin x."""

    alpha: float = number(0.5, unit="m**2/s", doc="diffusivity")
    label: str = "sine"

    domain = Box(x=Axis(0, 2 * math.pi, unit="m", periodic=True), t=Time(0, 2, unit="s"))
    fields = (Field("T", unit="K", doc="temperature"),)

    def equation(self, T: Any, x: Any, t: Any) -> Any:
        return D(T, t) - self.alpha * D(T, x, x)

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"T": np.sin(x)[:, None] * np.exp(-0.5 * t)}


@dataclass(frozen=True)
class Pair(Problem):
    """u = x y and v = x - y: two fields on a box, without a reference."""

    domain = Box(x=Axis(0, 1), y=Axis(0, 2))
    fields = ("u", "v")

    def equation(self, u: Any, v: Any, x: Any, y: Any) -> Any:
        return {"mass": D(u, x) - y, "momentum": D(v, y) + 1}


@dataclass(frozen=True)
class Brick(Problem):
    """phi = x + y + z in space."""

    domain = Box(x=Axis(0, 1), y=Axis(0, 1), z=Axis(0, 1))
    fields = ("phi",)

    def equation(self, phi: Any, x: Any, y: Any, z: Any) -> Any:
        return D(phi, x, x) + D(phi, y, y) + D(phi, z, z)


@dataclass(frozen=True)
class Decay(Problem):
    """y_1 = exp(-t): an ordinary differential equation."""

    domain = Box(t=Time(0, 3, unit="s"))
    fields = ("y_1",)

    def equation(self, y_1: Any, t: Any) -> Any:
        return D(y_1, t) + y_1

    def reference(self, t: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"y_1": np.exp(-t)}


@dataclass(frozen=True)
class Plate(Problem):
    """u = x^2 - y^2 on a square with a hole."""

    domain = Shape(Rectangle((-1, -1), (1, 1)) - Disk((0, 0), 0.5))
    fields = ("u",)

    def equation(self, u: Any, x: Any, y: Any) -> Any:
        return D(u, x, x) + D(u, y, y)

    def reference(self, x: np.ndarray, y: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"u": x**2 - y**2}


@dataclass(frozen=True)
class Cooling(Problem):
    """u = (x^2 + y^2) exp(-t) on a square with a hole, in time."""

    domain = Shape(Rectangle((-1, -1), (1, 1)) - Disk((0, 0), 0.5), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, y: Any, t: Any) -> Any:
        return D(u, t) - D(u, x, x) - D(u, y, y)

    def reference(self, x: np.ndarray, y: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"u": (x**2 + y**2) * np.exp(-t)}


X, Y, Z, T = (coordinate(n) for n in "xyzt")
# problem, fields, points along each axis (or all of them)
KNOWN: dict[str, tuple[Problem, dict[str, Any], Sequence[int]]] = {
    "heat": (Heat(), {"T": torch.sin(X) * torch.exp(-0.5 * T) + OFF}, (24, 9)),
    "pair": (Pair(), {"u": X * Y, "v": X - Y}, (5, 7)),
    "brick": (Brick(), {"phi": X + Y + Z}, (3, 4, 5)),
    "decay": (Decay(), {"y_1": torch.exp(-T) + OFF}, (31,)),
    "plate": (Plate(), {"u": X**2 - Y**2 + OFF}, (600,)),
    "cooling": (Cooling(), {"u": (X**2 + Y**2) * torch.exp(-T) + OFF}, (400,)),
    "unknown": (Heat(alpha=Unknown(1.0)), {"T": torch.sin(X) * torch.exp(-0.5 * T) + OFF}, (24, 9)),
    "range": (Heat(alpha=Range(0.2, 0.6)), {"T": torch.sin(X) * torch.exp(-coordinate("alpha") * T)}, (24, 9)),
}

Make = Callable[[str], Solution]


@pytest.fixture
def known() -> Make:
    """A solution by name, in closed form, with a small evaluation grid."""
    return make


def make(name: str) -> Solution:
    problem, fields, counts = KNOWN[name]
    domain = problem.domain
    more = ["alpha"] if name == "range" else []
    pieces = Pieces([*domain.axes, *more], domain.time, [Piece(None, fields)], {})
    summary = {"solver": "pinn", "parameters": {"alpha": {"estimate": 0.49, "low": 0.4, "high": None, "true": 0.5}}}
    comparison = grid(problem, counts, reference=not more)
    return Solution(problem, list(fields), pieces.fields, Verdict.BUDGET_USED, summary, None, pieces, comparison)


def grid(problem: Problem, counts: Sequence[int], reference: bool) -> Evaluation:
    domain, axes = problem.domain, None
    if isinstance(domain, Box):
        axes = {n: v.numpy() for n, v in domain.grid(dict(zip(domain.axes, counts, strict=True))).items()}
        mesh = np.meshgrid(*axes.values(), indexing="ij")
        points = {n: torch.from_numpy(m.reshape(-1).copy()) for n, m in zip(axes, mesh, strict=True)}
    else:
        points = domain.sample(Interior(), counts[0], seed=0)
    names = tuple(f.name for f in problem.field_list())
    if problem.reference is None or not reference:
        return Evaluation(axes, points, names, None, domain.time)
    right = problem.reference(**(axes if axes is not None else {n: v.numpy() for n, v in points.items()}))
    columns = [torch.from_numpy(np.ascontiguousarray(right[n])).reshape(-1) for n in names]
    return Evaluation(axes, points, names, torch.stack(columns, 1), domain.time)
