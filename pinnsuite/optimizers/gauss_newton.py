"""Gauss-Newton with Levenberg-Marquardt damping."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.protocol import State, Step
from pinnsuite.run.verdict import Verdict


@dataclass(frozen=True)
class GaussNewton:
    """theta <- theta - (J'J + lambda I)^-1 J'r with exact residual Jacobians J (Levenberg 1944, Marquardt 1963).

    A step is accepted when the actual decrease of |r|^2 is positive against the predicted one; their ratio sets the next
    damping (Nielsen 1999). J'J is accumulated over chunks of points, so memory is that of one chunk and of one matrix of
    the number of parameters squared. ``tolerance`` is on the loss, ``stall`` on its relative decrease over a window of steps.
    """

    max_steps: int = 400
    damping: float = 1.0
    min_damping: float = 1e-14
    trials: int = 12
    tolerance: float = 0.0
    stall: float = 1e-5
    patience: int = 20

    def __post_init__(self) -> None:
        if self.damping <= 0 or self.max_steps < 1 or self.trials < 1:
            raise InputError(
                "Gauss-Newton needs a positive damping, and at least one step and one trial",
                given=f"damping={self.damping}, max_steps={self.max_steps}, trials={self.trials}",
            )

    def start(self, objective: Objective) -> State:
        return {"damping": self.damping, "growth": 2.0, "flat": 0}

    def redrawn(self, state: State) -> State:
        return {**state, "growth": 2.0}

    def retry(self, state: State) -> State:
        return {**state, "damping": float(state["damping"]) * 100.0, "growth": 2.0}

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        started = time.perf_counter()
        normal, gradient, loss = normal_equations(objective)
        assembled = time.perf_counter()
        vector = objective.parameters
        origin = vector.copy()
        damping, growth, flat = float(state["damping"]), float(state["growth"]), int(state["flat"])
        figures = {"damping": damping, "seconds_products": assembled - started}
        if not loss < float("inf"):
            return Step(loss, Verdict.NOT_FINITE, figures), state
        if loss <= self.tolerance:
            return Step(loss, Verdict.CONVERGED, figures), state
        for trial in range(self.trials):
            move = solve_damped(normal, gradient, damping)
            if move is not None:
                vector.set(origin + move)
                after = float(objective.residuals().double().square().sum())
                predicted = -float(2 * gradient @ move + move @ (normal @ move))
                ratio = (loss - after) / predicted if predicted > 0 else -1.0
                if after < loss and ratio > 1e-3:
                    shrink = 0.2 if ratio > 0.9 else max(1 / 3, 1 - (2 * ratio - 1) ** 3)
                    flat = flat + 1 if loss - after < self.stall * loss else 0
                    figures |= {"ratio": ratio, "trials": trial + 1, "seconds": time.perf_counter() - started}
                    verdict = Verdict.STALLED if flat >= self.patience else None
                    damping = max(damping * shrink, self.min_damping)
                    return Step(loss, verdict, figures), {"damping": damping, "growth": 2.0, "flat": flat}
            damping, growth = damping * growth, growth * 2
        vector.set(origin)
        return Step(loss, Verdict.STALLED, figures), {"damping": damping, "growth": 2.0, "flat": flat}


def normal_equations(objective: Objective) -> tuple[torch.Tensor, torch.Tensor, float]:
    """J'J, J'r and |r|^2."""
    like = objective.parameters.values
    normal, gradient = like.new_zeros(len(like), len(like)), torch.zeros_like(like)
    loss = 0.0
    for residuals, jacobian in objective.jacobian():
        normal.addmm_(jacobian.T, jacobian)
        gradient.addmv_(jacobian.T, residuals)
        loss += float(residuals.double().square().sum())
    return normal, gradient, loss


def solve_damped(normal: torch.Tensor, gradient: torch.Tensor, damping: float) -> torch.Tensor | None:
    """-(N + lambda I)^-1 g by Cholesky factorisation; None where that is not positive definite."""
    shifted = normal.clone()
    shifted.diagonal().add_(damping)
    factor, info = torch.linalg.cholesky_ex(shifted)
    if int(info):
        return None
    return -torch.cholesky_solve(gradient[:, None], factor)[:, 0]
