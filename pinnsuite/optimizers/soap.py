"""Adam in the eigenbasis of Shampoo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.memory import check_fits
from pinnsuite.optimizers.protocol import State

Basis = torch.Tensor | None  # None: the gradient as it is


@dataclass(frozen=True)
class Soap(Adam):
    """Adam on gradients turned into the eigenbasis of their mean squares (Vyas et al. 2024, algorithm 3).

    For a weight matrix with gradient G: L <- b2 L + (1 - b2) G G', R <- b2 R + (1 - b2) G'G; G' = Q_L' G Q_R is what
    Adam's moments see, and the step is turned back. The eigenbases follow L and R every ``refresh`` steps by one power
    iteration and a QR. Vectors have Q_R = 1, and so has a side with more than ``largest`` rows, whose basis would hold
    the square of that. The first step only starts the averages.
    """

    rate: float = 3e-3
    beta1: float = 0.95
    beta2: float = 0.95
    refresh: int = 2
    largest: int = 2000

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.refresh < 1:
            raise InputError("SOAP needs refresh >= 1", given=f"refresh={self.refresh}")

    def start(self, objective: Objective) -> State:
        """The first state. Raises `InputError` if the averages and their bases would not fit into memory."""
        values = objective.parameters.values
        sides = [n for shape in objective.parameters.shapes for n in _matrix(shape) if n <= self.largest]
        needed = (6 * sum(n**2 for n in sides) + 5 * len(values)) * values.element_size()
        what = f"SOAP with {len(values)} parameters"
        check_fits(needed, values.device, what, "Take a smaller optimizer.largest, or optimizer=adam")
        return super().start(objective)

    def _move(self, objective: Objective, gradient: torch.Tensor, state: State) -> tuple[float, State]:
        k, vector = int(state["step"]), objective.parameters
        mean, square = state["mean"], state["square"]
        assert isinstance(mean, torch.Tensor) and isinstance(square, torch.Tensor)
        mean, square, move = mean.clone(), square.clone(), torch.zeros_like(gradient)
        following: State = {"step": k + 1, "factor": state["factor"]}
        start = 0
        for i, shape in enumerate(vector.shapes):
            part = slice(start, start + math.prod(shape))
            start = part.stop
            matrix = _matrix(shape)
            g = gradient[part].view(matrix)
            bases = self._bases(state, following, i, g, k)
            mean[part].mul_(self.beta1).add_(gradient[part], alpha=1 - self.beta1)
            if k == 0:
                continue
            turned = _turn(g, bases).reshape(-1)
            square[part].mul_(self.beta2).add_(turned.square(), alpha=1 - self.beta2)
            first = _turn(mean[part].view(matrix), bases).reshape(-1) / (1 - self.beta1 ** (k + 1))
            second = (square[part] / (1 - self.beta2**k)).sqrt() + self.epsilon
            move[part] = _turn((first / second).view(matrix), [None if q is None else q.T for q in bases]).reshape(-1)
        rate = float(state["factor"]) * self.rate_at(k)
        vector.set(vector.values - rate * move)
        return rate, {**following, "mean": mean, "square": square}

    def _bases(self, state: State, following: State, i: int, g: torch.Tensor, k: int) -> list[Basis]:
        """Update both averages of one tensor and, when it is time, their eigenbases; those to use now."""
        bases: list[Basis] = []
        for side, matrix in (("left", g), ("right", g.T)):
            if len(matrix) > self.largest:
                bases.append(None)
                continue
            outer = matrix @ matrix.T
            average, basis = outer, state.get(f"{i}.{side}.basis")
            if not isinstance(basis, torch.Tensor):
                basis = torch.linalg.eigh(average).eigenvectors.flip(1).contiguous()
            else:
                before = state[f"{i}.{side}"]
                assert isinstance(before, torch.Tensor)
                average = self.beta2 * before + (1 - self.beta2) * outer
            bases.append(basis)
            following[f"{i}.{side}"] = average
            turn = k and k % self.refresh == 0
            following[f"{i}.{side}.basis"] = torch.linalg.qr(average @ basis).Q.contiguous() if turn else basis
        return bases


def _matrix(shape: Sequence[int]) -> tuple[int, int]:
    """A tensor as a matrix: a column if it is none."""
    return (shape[0], shape[1]) if len(shape) == 2 else (math.prod(shape), 1)


def _turn(matrix: torch.Tensor, bases: Sequence[Basis]) -> torch.Tensor:
    left, right = bases
    matrix = matrix if left is None else left.T @ matrix
    return matrix if right is None else matrix @ right
