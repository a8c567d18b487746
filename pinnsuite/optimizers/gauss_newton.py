"""Gauss-Newton with Levenberg-Marquardt damping."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.normal import Damped, normal_equations
from pinnsuite.optimizers.protocol import State, Step
from pinnsuite.run.verdict import Verdict


@dataclass(frozen=True)
class GaussNewton:
    """theta <- theta - (J'J + lambda I)^-1 J'r with exact Jacobians J (Levenberg 1944, Marquardt 1963).

    Each step tries dampings on a ladder, ``factor`` apart, on the same J'J, and takes the least one whose actual
    decrease of |r|^2 is at least ``agreement`` of the predicted one; a trial costs one factorisation and one forward
    pass, little beside J'J. Taking the damping with the smallest |r|^2 instead creeps: directions of small curvature
    stay damped.

    A step follows the residual's curvature to second order (geodesic acceleration, Transtrum and Sethna 2012): to the
    move d it adds -(J'J + lambda I)^-1 J'r''/2, with r'' the second derivative of r along d, where that is at most
    ``acceleration`` times as long; 0 turns it off. In the bent valleys of a network's loss it allows far less damping.

    J'J is accumulated over chunks of points, so memory is that of one chunk and of one matrix of the number of
    parameters squared. ``tolerance`` is on the loss; ``stall`` on its relative decrease, over ``patience`` steps.
    """

    max_steps: int = 400
    damping: float = 1.0
    factor: float = 2.0
    min_damping: float = 1e-18
    trials: int = 12
    agreement: float = 0.25
    acceleration: float = 0.5
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
        search = _Search(objective, normal, gradient, loss, self.acceleration)
        damping = search.walk(float(state["damping"]), self.factor, self.trials, self.min_damping, self.agreement)
        figures |= {"trials": len(search.tried), "seconds": time.perf_counter() - started}
        if damping is None:
            objective.parameters.set(search.origin)
            return Step(loss, Verdict.STALLED, figures), state
        trial = search.at(damping)
        objective.parameters.set(search.origin + trial.move)
        figures |= {"ratio": trial.ratio, "bend": trial.bend}
        flat = int(state["flat"]) + 1 if loss - trial.loss < self.stall * loss else 0
        verdict = Verdict.STALLED if flat >= self.patience else None
        return Step(loss, verdict, figures), {"damping": damping, "flat": flat}


@dataclass(frozen=True)
class _Trial:
    move: torch.Tensor
    loss: float  # after the step
    ratio: float  # actual over predicted decrease
    bend: float  # |second-order part| / |first-order part|


class _Search:
    """Trial steps from one set of normal equations, by damping."""

    def __init__(
        self, objective: Objective, normal: torch.Tensor, gradient: torch.Tensor, loss: float, acceleration: float
    ) -> None:
        self.objective, self.normal, self.gradient, self.loss = objective, normal, gradient, loss
        self.acceleration = acceleration
        self.origin = objective.parameters.copy()
        self.residuals = objective.residuals() if acceleration else None
        self.tried: dict[float, _Trial] = {}

    def walk(self, damping: float, factor: float, trials: int, least: float, agreement: float) -> float | None:
        """The least damping on the ladder that agrees: down from a first one that does, up from one that does not."""
        if self.at(damping).ratio >= agreement:
            while (
                len(self.tried) < trials and damping / factor >= least and self.at(damping / factor).ratio >= agreement
            ):
                damping /= factor
            return damping
        for _ in range(trials):
            damping *= factor
            if self.at(damping).ratio >= agreement:
                return damping
        return None

    def at(self, damping: float) -> _Trial:
        """The step with this damping, and what it does."""
        if damping not in self.tried:
            self.tried[damping] = self._try(damping)
        return self.tried[damping]

    def _try(self, damping: float) -> _Trial:
        damped = Damped(self.normal, damping)
        none = _Trial(torch.zeros_like(self.origin), math.inf, -math.inf, 0.0)
        if not damped.positive:
            return none
        first = -damped.solve(self.gradient)
        predicted = -float(2 * self.gradient @ first + first @ (self.normal @ first))
        if not predicted > 0:
            return none
        move, bend = first, 0.0
        if self.residuals is not None:
            second = -0.5 * damped.solve(self._curvature(first))
            bend = float(second.norm() / first.norm())
            if bend <= self.acceleration:
                move = first + second
        loss = float(self._after(move).double().square().sum())
        if not math.isfinite(loss):
            return none
        return _Trial(move, loss, (self.loss - loss) / predicted, bend)

    def _curvature(self, move: torch.Tensor, width: float = 0.1) -> torch.Tensor:
        """J' r'' with r'' the second derivative of the residuals along the move, by central differences."""
        assert self.residuals is not None
        second = self._after(width * move) - 2 * self.residuals + self._after(-width * move)
        self.objective.parameters.set(self.origin)
        return self.objective.pull_back(second / width**2)

    def _after(self, move: torch.Tensor) -> torch.Tensor:
        self.objective.parameters.set(self.origin + move)
        return self.objective.residuals()
