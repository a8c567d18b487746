"""Gauss-Newton with Levenberg-Marquardt damping."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.normal import normal_equations, solve_damped
from pinnsuite.optimizers.protocol import State, Step
from pinnsuite.run.verdict import Verdict


@dataclass(frozen=True)
class GaussNewton:
    """theta <- theta - (J'J + lambda I)^-1 J'r with exact residual Jacobians J (Levenberg 1944, Marquardt 1963).

    Each step tries several dampings, ``factor`` apart, on the same J'J, and keeps the one with the smallest |r|^2 after
    it: a trial costs one factorisation and one forward pass, little beside J'J. J'J is accumulated over chunks of points, so memory is that of one chunk and of one matrix of
    the number of parameters squared. ``tolerance`` is on the loss, ``stall`` on its relative decrease over a window of steps.
    """

    max_steps: int = 400
    damping: float = 1.0
    factor: float = 5.0
    min_damping: float = 1e-18
    trials: int = 12
    agreement: float = 0.25
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
        return {"damping": self.damping, "flat": 0}

    def redrawn(self, state: State) -> State:
        return state

    def retry(self, state: State) -> State:
        return {**state, "damping": float(state["damping"]) * 1e3}

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        started = time.perf_counter()
        normal, gradient, loss = normal_equations(objective)
        assembled = time.perf_counter()
        figures = {"damping": float(state["damping"]), "seconds_products": assembled - started}
        if not math.isfinite(loss):
            return Step(loss, Verdict.NOT_FINITE, figures), state
        if loss <= self.tolerance:
            return Step(loss, Verdict.CONVERGED, figures), state
        search = _Search(objective, normal, gradient, loss)
        damping = search.best(float(state["damping"]), self.factor, self.trials, self.min_damping, self.agreement)
        figures |= {"trials": len(search.tried), "seconds": time.perf_counter() - started}
        if damping is None:
            objective.parameters.set(search.origin)
            return Step(loss, Verdict.STALLED, figures), state
        after, move = search.tried[damping]
        assert move is not None
        objective.parameters.set(search.origin + move)
        flat = int(state["flat"]) + 1 if loss - after < self.stall * loss else 0
        predicted = -float(2 * gradient @ move + move @ (normal @ move))
        figures["ratio"] = (loss - after) / predicted
        verdict = Verdict.STALLED if flat >= self.patience else None
        return Step(loss, verdict, figures), {"damping": damping, "flat": flat}


class _Search:
    """Trial steps from one set of normal equations: the objective after the step, by damping."""

    def __init__(self, objective: Objective, normal: torch.Tensor, gradient: torch.Tensor, loss: float) -> None:
        self.objective, self.normal, self.gradient, self.loss = objective, normal, gradient, loss
        self.origin = objective.parameters.copy()
        self.tried: dict[float, tuple[float, torch.Tensor | None]] = {}

    def after(self, damping: float) -> float:
        """|r|^2 after the step with this damping; infinite if there is none."""
        if damping not in self.tried:
            move, value = solve_damped(self.normal, self.gradient, damping), math.inf
            if move is not None:
                self.objective.parameters.set(self.origin + move)
                value = float(self.objective.residuals().double().square().sum())
            self.tried[damping] = (value if math.isfinite(value) else math.inf, move)
        return self.tried[damping][0]

    def best(self, first: float, factor: float, trials: int, least: float, target: float) -> float | None:
        """The least damping on the ladder whose actual decrease is at least ``target`` of the predicted one."""
        damping = first
        if self.ratio(first) >= target:
            while len(self.tried) < trials and damping / factor >= least and self.ratio(damping / factor) >= target:
                damping /= factor
            return damping
        for _ in range(trials):
            damping *= factor
            if self.ratio(damping) >= target:
                return damping
        return None

    def ratio(self, damping: float) -> float:
        """Actual over predicted decrease."""
        after, move = self.after(damping), self.tried[damping][1]
        if move is None or not math.isfinite(after):
            return -math.inf
        predicted = -float(2 * self.gradient @ move + move @ (self.normal @ move))
        return (self.loss - after) / predicted if predicted > 0 else -math.inf
