"""Natural gradient on a few points at a time, with a memory of those before."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.gauss_newton import step_bytes
from pinnsuite.optimizers.linearisation import Damped, Linearisation
from pinnsuite.optimizers.memory import check_fits
from pinnsuite.optimizers.protocol import State, Step
from pinnsuite.optimizers.schedule import Schedule
from pinnsuite.run.verdict import Verdict


@dataclass(frozen=True)
class Spring(Schedule):
    """d <- argmin |r + J d|^2 + damping |d - momentum d_before|^2,  theta <- theta + rate d (SPRING).

    Goldshlager, Abrahamsen and Lin (2024); on residuals of equations Guzman-Cordero et al. (2025). It is the method of
    Kaczmarz with momentum: each step meets the equations of its points, as few as ``solver.points=500`` and new at
    every step, ``solver.redraw_every=1``; what they do not determine is kept from the steps before. With more
    parameters than residuals the work of a step is residuals squared times parameters. Schedules are those of
    `Schedule`.
    """

    rate: float = 0.1
    damping: float = 1e-6
    momentum: float = 0.95
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.damping > 0 and 0 <= self.momentum < 1):
            raise InputError(
                "SPRING needs damping > 0 and 0 <= momentum < 1",
                given=f"damping={self.damping}, momentum={self.momentum}",
            )

    def start(self, objective: Objective) -> State:
        """The first state. Raises `InputError` if a step would not fit into memory."""
        values = objective.parameters.values
        what = f"A natural-gradient step with {objective.rows} residuals and {len(values)} parameters"
        needed = step_bytes(objective.rows, len(values), values.element_size())
        check_fits(needed, values.device, what, "Take fewer points or optimizer=soap")
        return {"step": 0, "factor": 1.0, "before": torch.zeros_like(values)}

    def steps_per_draw(self, state: State) -> int:
        return 1

    def redrawn(self, state: State) -> State:
        return state

    def retry(self, state: State) -> State:
        before = state["before"]
        assert isinstance(before, torch.Tensor)
        return {**state, "factor": float(state["factor"]) / 2, "before": torch.zeros_like(before)}

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        before, k = state["before"], int(state["step"]) + 1
        assert isinstance(before, torch.Tensor)
        linear = Linearisation(objective, self.damping)
        if not linear.finite:
            return Step(linear.loss, Verdict.NOT_FINITE), state
        if linear.loss <= self.tolerance:
            return Step(linear.loss, Verdict.CONVERGED), state
        towards = self.momentum * before
        move = Damped(linear, self.damping).solve(linear.residuals, -towards)
        rate = self.rate_at(k) * float(state["factor"])
        objective.parameters.set(linear.origin + rate * move)
        return Step(linear.loss, None, {"rate": rate, "length": float(move.norm())}), {
            **state,
            "step": k,
            "before": move,
        }
