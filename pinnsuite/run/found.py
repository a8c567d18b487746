"""One unknown function as a solution has it: values, what a fit leaves open of them, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite.ansatz.arguments import Argument
from pinnsuite.data.function_tables import Table
from pinnsuite.errors import InputError
from pinnsuite.run.points import points_of

Values = Callable[[Mapping[str, torch.Tensor]], torch.Tensor]


@dataclass(frozen=True)
class Found:
    """An unknown function. ``value`` and ``spread``, its standard deviation, take arguments by name, (n,), to (n,).

    visits: points of the domain to where its first argument is there, (n,).
    true: of arrays, where it is known.
    """

    name: str
    unit: str
    arguments: Sequence[Argument]
    value: Values
    spread: Values | None = None
    visits: Values | None = None
    true: Callable[..., Any] | None = None

    def evaluate(self, given: Mapping[str, Any]) -> np.ndarray:
        """Values where arguments are given, in the shape that they broadcast to."""
        points, shape = self._points(given)
        return self.value(points).numpy().reshape(shape)

    def uncertainty(self, given: Mapping[str, Any]) -> np.ndarray:
        """Standard deviations in the same way. Raises `InputError` without a fit to data."""
        if self.spread is None:
            raise InputError(f"This solution knows no uncertainty of {self.name}", do="Fit it to data by a network")
        points, shape = self._points(given)
        return self.spread(points).numpy().reshape(shape)

    def _points(self, given: Mapping[str, Any]) -> tuple[dict[str, torch.Tensor], tuple[int, ...]]:
        axes = {a.name: a.axis for a in self.arguments if a.axis is not None}
        return points_of(given, [a.name for a in self.arguments], axes, f"{self.name} is evaluated at its arguments")

    def table(self, points: Mapping[str, torch.Tensor]) -> Table:
        """It over its one argument: a coordinate's whole axis, and of anything else what the solution goes through at
        points of the domain."""
        (argument,) = self.arguments
        axis, visits = argument.axis, None
        if axis is not None:
            low, high = axis.low, axis.high
        else:
            assert self.visits is not None
            visits = self.visits(points).numpy()
            low, high = float(visits.min()), float(visits.max())
        at = torch.linspace(low, high, Table.COUNT, dtype=torch.float64)
        true = None if self.true is None else np.broadcast_to(self.true(at.numpy()), at.shape)
        spread = None if self.spread is None else self.spread({argument.name: at}).numpy()
        value = self.value({argument.name: at}).numpy()
        return Table(self.name, self.unit, argument, at.numpy(), value, spread, true, visits)
