"""Unknowns by the problem's own reference solver, without a network for its fields: what one would do otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from scipy.optimize import least_squares

from pinnsuite.data.measured import Measured
from pinnsuite.inverse.posterior import ROUNDS
from pinnsuite.parameters import first_guesses
from pinnsuite.problem import Problem
from pinnsuite.reference.cache import uncached
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.misfit import Misfit, OutOfTime, at_places
from pinnsuite.solvers.trained import Trained, Training


@dataclass(frozen=True)
class Shooting:
    """Nonlinear least squares over solutions of the reference (single shooting; output error method).

    Every trial solves the problem, and with m unknown numbers and weights of functions the sensitivities by central
    differences take 2 m solves more: with few of them less work than the solves with the adjoint, one for each
    measurement, that Gauss-Newton would need instead. Whatever the reference takes as known, its start, say, is known
    here. A trust region keeps steps small where the misfit has many minima; ``starts`` are first guesses as those of
    `Pinn`, of which every combination runs to its end and the best is kept. Where noise that is not known decides how
    measurements count beside each other, or beside a prior, it is estimated from the fit, which is then gone on with.

    step: of a scaled number, in differences. tolerance: of the last step, relative. max_solves: for each start.
    """

    starts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    step: float = 1e-5
    tolerance: float = 1e-10
    max_solves: int = 200

    def check(self, problem: Problem, measured: Sequence[Measured]) -> None:
        """Raises `InputError` without anything unknown, without data, and without a reference on a box."""
        first_guesses(self.starts, Misfit(problem, Training(measured), self.step).unknowns)

    def train(self, problem: Problem, training: Training) -> Trained:
        """Fit the unknowns."""
        fit = Misfit(problem, training, self.step)
        verdict = Verdict.BUDGET_USED
        with uncached():
            try:
                guesses = [fit.start(g) for g in first_guesses(self.starts, fit.unknowns) or [{}]]
                for _ in range(1 + ROUNDS * fit.must_estimate):
                    for guess in guesses:
                        found = self._least_squares(fit, guess)
                        if found.cost <= fit.least:
                            verdict = Verdict.CONVERGED if found.status > 0 else Verdict.BUDGET_USED
                    if fit.must_estimate:
                        fit.estimate_noise()
                    guesses = [fit.best]
            except OutOfTime:
                verdict = Verdict.BUDGET_USED
            fit.limit = math.inf
            best = fit.best.copy()
            posterior, values, scaled = fit.posterior(best), fit.values(best), fit.scaled(best)
        fitted, outputs = fit.solved(best), problem.outputs()

        def predict(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
            found = at_places(fitted, {n: x.cpu().numpy() for n, x in points.items()})
            return torch.from_numpy(np.stack([found[f.name] for f in outputs], axis=1))

        seconds, history = fit.watch.seconds, fit.history
        method, functions = f"trust region, {fit.solves} solves", {n: getattr(fitted, n) for n in fit.functions}
        return Trained(
            predict, values, history, seconds, fit.solves, verdict, 0, method, scaled, posterior, True, functions
        )

    def _least_squares(self, fit: Misfit, guess: np.ndarray) -> Any:
        return least_squares(
            fit, guess, fit.jacobian, xtol=self.tolerance, ftol=1e-14, gtol=1e-14, max_nfev=self.max_solves
        )
