"""Adam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.protocol import State, Step
from pinnsuite.optimizers.schedule import Schedule
from pinnsuite.run.verdict import Verdict


@dataclass(frozen=True)
class Adam(Schedule):
    """Adaptive moments (Kingma and Ba 2015), with a schedule of the rate (`Schedule`).

    m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  theta <- theta - rate m^ / (sqrt(v^) + eps).
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (0 <= self.beta1 < 1 and 0 <= self.beta2 < 1):
            raise InputError("Adam needs 0 <= beta1, beta2 < 1", given=f"beta1={self.beta1}, beta2={self.beta2}")

    def start(self, objective: Objective) -> State:
        zero = torch.zeros_like(objective.parameters.values)
        return {"step": 0, "mean": zero, "square": zero.clone(), "factor": 1.0}

    def steps_per_draw(self, state: State) -> int:
        return 10

    def redrawn(self, state: State) -> State:
        return state

    def retry(self, state: State) -> State:
        mean, square = state["mean"], state["square"]
        assert isinstance(mean, torch.Tensor) and isinstance(square, torch.Tensor)
        zero = torch.zeros_like(mean)
        return {**state, "mean": zero, "square": square, "factor": float(state["factor"]) / 2}

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        loss, gradient = objective.gradient()
        if not math.isfinite(loss) or not bool(gradient.isfinite().all()):
            return Step(loss, Verdict.NOT_FINITE), state
        if loss <= self.tolerance:
            return Step(loss, Verdict.CONVERGED), state
        rate, following = self._move(objective, gradient, state)
        return Step(loss, None, {"rate": rate, "gradient": float(gradient.norm())}), following

    def _move(self, objective: Objective, gradient: torch.Tensor, state: State) -> tuple[float, State]:
        """Move the parameters by one step; the rate it had, and the next state."""
        mean, square, k = state["mean"], state["square"], int(state["step"]) + 1
        assert isinstance(mean, torch.Tensor) and isinstance(square, torch.Tensor)
        mean = self.beta1 * mean + (1 - self.beta1) * gradient
        square = self.beta2 * square + (1 - self.beta2) * gradient**2
        rate = self.rate_at(k) * float(state["factor"])
        direction = (mean / (1 - self.beta1**k)) / ((square / (1 - self.beta2**k)).sqrt() + self.epsilon)
        objective.parameters.set(objective.parameters.values - rate * direction)
        return rate, {**state, "step": k, "mean": mean, "square": square}
