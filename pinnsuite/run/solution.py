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
from pinnsuite.run.points import points_of
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.pieces import Pieces

if TYPE_CHECKING:
    from pinnsuite.data.dynamics import Dynamics
    from pinnsuite.data.function_tables import Table
    from pinnsuite.data.measured import Measured
    from pinnsuite.run.found import Found

Predict = Callable[[Mapping[str, torch.Tensor]], torch.Tensor]
FEW = 5000  # points of a grid whose standard deviations are worked out unasked


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
    functions: Mapping[str, Found] = field(default_factory=dict)  # the unknown ones

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
    def spread_on_grid(self) -> torch.Tensor | None:
        """Standard deviations of every field on the evaluation grid, (points, fields), of a fit, if points are few."""
        assert self.evaluation is not None
        points = self.evaluation.points
        few = len(next(iter(points.values()))) <= FEW
        return self.spread(points) if few and self.spread is not None else None

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Unknown functions of one argument over it, as far as the solution goes."""
        from pinnsuite.run.functions import tables_of

        return tables_of(self)

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

    def function(self, name: str, /, **arguments: Any) -> np.ndarray:
        """An unknown function at arguments: ``solution.function("f", u=...)``, with the shape that they broadcast to.

        Of one of the solution nothing is known but where that has been (`tables`).
        """
        return self._found(name).evaluate(arguments)

    def function_uncertainty(self, name: str, /, **arguments: Any) -> np.ndarray:
        """Standard deviations of an unknown function at arguments, of a fit to data."""
        return self._found(name).uncertainty(arguments)

    def _found(self, name: str) -> Found:
        if not self.functions:
            raise InputError("This solution has no unknown functions", given=name)
        return self.functions[choose(name, self.functions, "unknown function")]

    def _points(self, coordinates: Mapping[str, Any]) -> tuple[dict[str, torch.Tensor], tuple[int, ...]]:
        names = list(self.pieces.coordinates) if self.pieces else list(self.problem.domain.axes)
        return points_of(coordinates, names, self.problem.domain.axes, "A solution is evaluated at its coordinates")

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
