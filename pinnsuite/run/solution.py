"""A solution: callable on coordinates, differentiable by name, saved, loaded, plotted and exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pinnsuite.calculus.expression import D, coordinate
from pinnsuite.calculus.expression import field as leaf
from pinnsuite.data.measured import quantity
from pinnsuite.errors import InputError, choose
from pinnsuite.problem import Problem
from pinnsuite.run.evaluation import Evaluation
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.pieces import Pieces

if TYPE_CHECKING:
    from pinnsuite.data.dynamics import Dynamics
    from pinnsuite.data.measured import Measured

Predict = Callable[[Mapping[str, torch.Tensor]], torch.Tensor]


@dataclass(frozen=True)
class Solution:
    """Fields over the domain of a problem, with what is known about them.

    ``solution(x=..., t=...)`` gives {field: array}; coordinates broadcast against each other.
    """

    problem: Problem
    fields: Sequence[str]
    predict: Predict  # points (n,) by name to (n, fields)
    verdict: Verdict
    summary: Mapping[str, Any]
    folder: Path | None = None
    pieces: Pieces | None = None  # expressions, where the solver has them
    evaluation: Evaluation | None = field(default=None, repr=False)
    measured: Sequence[Measured] = ()  # what it was fitted to
    spread: Predict | None = None  # standard deviations as ``predict`` gives values, of a fit

    def __call__(self, **coordinates: Any) -> dict[str, np.ndarray]:
        """Every field at coordinates, with the shape that they broadcast to."""
        points, shape = self._points(coordinates)
        values = self.predict(points).detach().cpu().numpy()
        return {name: values[:, i].reshape(shape) for i, name in enumerate(self.fields)}

    @cached_property
    def on_grid(self) -> torch.Tensor:
        """Every field on the evaluation grid, (points, fields)."""
        assert self.evaluation is not None
        return self.predict(self.evaluation.points)

    @cached_property
    def misfit(self) -> dict[str, np.ndarray]:
        """(measured - fitted) / noise of every measured field, (points,); the noise is what the fit took it for."""
        noise, found = self.summary.get("data", {}).get("noise", {}), {}
        for m in self.measured:
            if self.pieces is None:
                fitted = self.predict(m.points)[:, list(self.fields).index(m.name)]
            else:
                fitted = self.pieces.evaluate([quantity(m.name, self.problem)], m.nodes()[0])[:, 0]
            found[m.name] = m.misfit(fitted.detach().cpu().double(), noise.get(m.name, 1.0)).numpy()
        return found

    @cached_property
    def dynamics(self) -> Dynamics | None:
        """How it holds up in time, as far as it got (`Dynamics`); None without time or a grid."""
        from pinnsuite.data.dynamics import dynamics
        from pinnsuite.data.sampling import sample

        return dynamics(self, sample(self), self.summary.get("reached"))

    def derivative(self, name: str, by: Mapping[str, int] | str, **coordinates: Any) -> np.ndarray:
        """A partial derivative of a field: ``solution.derivative("u", "xx", x=..., t=...)`` or ``{"x": 2}``."""
        choose(name, self.fields, "field")
        if self.pieces is None:
            raise InputError("This solution gives no derivatives", do="Solve with solver=pinn")
        points, shape = self._points(coordinates)
        orders = by if isinstance(by, Mapping) else {c: by.count(c) for c in dict.fromkeys(by)}
        for axis in orders:
            choose(axis, self.pieces.coordinates, "coordinate")
        along = [coordinate(n) for n, order in orders.items() for _ in range(order)]

        u = leaf(name)
        return self.pieces.evaluate([D(u, *along) if along else u], points)[:, 0].cpu().numpy().reshape(shape)

    def uncertainty(self, **coordinates: Any) -> dict[str, np.ndarray]:
        """Standard deviations of every field at coordinates, of a fit to data: what these leave open of the field."""
        if self.spread is None:
            raise InputError("This solution knows no uncertainty", do="Fit unknown numbers or functions to data")
        points, shape = self._points(coordinates)
        values = self.spread(points).detach().cpu().numpy()
        return {name: values[:, i].reshape(shape) for i, name in enumerate(self.fields)}

    def _points(self, coordinates: Mapping[str, Any]) -> tuple[dict[str, torch.Tensor], tuple[int, ...]]:
        names = list(self.pieces.coordinates) if self.pieces else list(self.problem.domain.axes)
        if set(coordinates) != set(names):
            raise InputError("A solution is evaluated at its coordinates", given=sorted(coordinates), expected=names)
        arrays = np.broadcast_arrays(*(np.asarray(coordinates[n], dtype=np.float64) for n in names))
        axes = self.problem.domain.axes
        for n, a in zip(names, arrays, strict=True):
            if n in axes and a.size and not (axes[n].periodic or (a.min() >= axes[n].low and a.max() <= axes[n].high)):
                raise InputError(
                    "A point lies outside the domain",
                    given=f"{n} from {a.min():g} to {a.max():g}",
                    expected=f"{axes[n].low:g} <= {n} <= {axes[n].high:g}",
                )
        points = {n: torch.from_numpy(a.reshape(-1).copy()) for n, a in zip(names, arrays, strict=True)}
        return points, arrays[0].shape

    def save(self, folder: str | Path) -> Path:
        """Write ``solution.h5`` (fields on the evaluation grid, coordinates with units, reference, error)."""
        from pinnsuite.data.hdf5 import write_solution

        return write_solution(self, Path(folder))

    @staticmethod
    def load(folder: str | Path) -> Solution:
        """Read the solution of a finished or interrupted run from its folder."""
        from pinnsuite.run.solve import load_solution

        return load_solution(Path(folder))

    def plot(self, path: str | Path) -> list[Path]:
        """Figures of the solution, reference and error into a folder."""
        from pinnsuite.report.figures import draw_solution

        return draw_solution(self, Path(path))

    def export(self, path: str | Path) -> Path:
        """Write the fields for ParaView: ``.vtu`` for one state, ``.xdmf`` for a series in time."""
        from pinnsuite.data.mesh_export import export_solution

        return export_solution(self, Path(path))
