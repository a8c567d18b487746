"""An objective in some directions of parameter space, as a least-squares problem of its own."""

from __future__ import annotations

from typing import Protocol

import torch

from pinnsuite.objective.directions import Directions
from pinnsuite.objective.objective import Objective
from pinnsuite.objective.parameters import ParameterVector


class Vector(Protocol):
    """The numbers that a least-squares problem is solved for."""

    def __len__(self) -> int: ...

    def set(self, values: torch.Tensor) -> None: ...

    def copy(self) -> torch.Tensor: ...


class LeastSquares(Protocol):
    """Residuals and their Jacobian at the present numbers."""

    @property
    def parameters(self) -> Vector: ...

    def residuals(self) -> torch.Tensor: ...

    def jacobian(self) -> tuple[torch.Tensor, torch.Tensor]: ...


class Along:
    """An objective as a function of a move d along directions S, theta_0 + S d; its Jacobian is J S."""

    def __init__(self, objective: Objective, directions: Directions) -> None:
        self.objective, self.directions = objective, directions
        self.parameters = Moves(objective.parameters, directions)

    def residuals(self) -> torch.Tensor:
        return self.objective.residuals()

    def jacobian(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.objective.jacobian(self.directions)


class Moves:
    """The coordinates d of theta = theta_0 + S d, in place of a `ParameterVector`."""

    def __init__(self, vector: ParameterVector, directions: Directions) -> None:
        self.vector, self.directions, self.origin = vector, directions, vector.copy()
        self.values = vector.values.new_zeros(directions.count)

    def __len__(self) -> int:
        return len(self.values)

    def set(self, values: torch.Tensor) -> None:
        """Move the parameters; they come back to the same bits at d = 0."""
        self.values = values.clone()
        move = self.directions.spread(values)
        for name in self.vector.held:
            move[self.vector.slices[name]] = 0.0
        self.vector.set(self.origin + move)

    def copy(self) -> torch.Tensor:
        return self.values.clone()
