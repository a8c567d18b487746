"""Unknown numbers by the problem's own reference solver, without a network: what one would do otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from scipy.optimize import least_squares

from pinnsuite.data.measured import Measured
from pinnsuite.domain.box import Box
from pinnsuite.errors import InputError
from pinnsuite.inverse.measured import spread_of
from pinnsuite.inverse.posterior import Posterior
from pinnsuite.inverse.values import values_of
from pinnsuite.parameters import Unknown, first_guesses
from pinnsuite.problem import Problem, with_values
from pinnsuite.reference.cache import uncached
from pinnsuite.run.stopwatch import Stopwatch
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.trained import Trained

LARGEST = 4_000_000  # points of a grid through all measured places
UNSEEN = 1e-13  # of the largest eigenvalue of J'J: the rounding of differences
FAR = 1e6  # for what the reference cannot solve, in units of the noise


@dataclass(frozen=True)
class Shooting:
    """Nonlinear least squares over solutions of the reference (single shooting; output error method).

    Every trial solves the problem, and with m unknown numbers the sensitivities by central differences take 2 m solves
    more: with few numbers less work than an adjoint would save. Whatever the reference takes as known, its start, say,
    is known here. A trust region keeps steps small where the misfit has many minima; ``starts`` are first guesses as
    those of `Pinn`, of which every combination runs to its end and the best is kept.

    step: of a scaled number, in differences. tolerance: of the last step, relative. max_solves: for each start.
    """

    starts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    step: float = 1e-5
    tolerance: float = 1e-10
    max_solves: int = 200

    def train(
        self,
        problem: Problem,
        *,
        seed: int = 0,
        dtype: torch.dtype = torch.float64,
        threads: int | None = None,
        max_seconds: float | None = None,
        progress: Callable[[int, dict[str, float]], None] | None = None,
        error: Callable[[Any], float] | None = None,
        measured: Sequence[Measured] = (),
    ) -> Trained:
        """Fit the unknown numbers. Raises `InputError` without them, without data, and without a reference on a box."""
        fit = _Misfit(problem, measured, self.step, Stopwatch(), progress, max_seconds or math.inf)
        verdict = Verdict.BUDGET_USED
        with uncached():
            try:
                for start in self._starts(fit.unknowns):
                    found = least_squares(
                        fit, start, fit.jacobian, xtol=self.tolerance, ftol=1e-14, gtol=1e-14, max_nfev=self.max_solves
                    )
                    if found.cost <= fit.least:
                        verdict = Verdict.CONVERGED if found.status > 0 else Verdict.BUDGET_USED
            except _OutOfTime:
                verdict = Verdict.BUDGET_USED
            fit.limit = math.inf
            best = fit.best
            posterior, scaled = fit.posterior(best), dict(zip(fit.unknowns, best.tolist(), strict=True))
        values = fit.values(best)
        fitted = with_values(problem, values)

        def predict(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
            found = at_places(fitted, {n: x.cpu().numpy() for n, x in points.items()})
            return torch.from_numpy(np.stack([found[f.name] for f in problem.field_list()], axis=1))

        seconds, history = fit.watch.seconds, fit.history
        method = f"trust region, {fit.solves} solves"
        return Trained(predict, values, history, seconds, fit.solves, verdict, 0, method, scaled, posterior)

    def _starts(self, unknowns: Mapping[str, Unknown]) -> list[np.ndarray]:
        guesses = first_guesses(self.starts, unknowns) or [{}]
        return [np.array([g.get(n, u.start) for n, u in unknowns.items()]) for g in guesses]


class _OutOfTime(Exception):
    pass


class _Misfit:
    """(fitted - measured) / noise over scaled numbers, and its Jacobian."""

    def __init__(
        self,
        problem: Problem,
        measured: Sequence[Measured],
        step: float,
        watch: Stopwatch,
        progress: Callable[[int, dict[str, float]], None] | None,
        limit: float,
    ) -> None:
        self.unknowns = {n: v for n, v in problem.numbers().items() if isinstance(v, Unknown)}
        if not self.unknowns or not measured or problem.functions():
            raise InputError(
                "solver=shooting finds unknown numbers from data",
                given=f"{list(self.unknowns)}, {len(measured)} measured fields, {len(problem.functions())} functions",
            )
        if problem.reference is None or not isinstance(problem.domain, Box):
            raise InputError(f"solver=shooting: {problem.name} has no reference on a box", do="Use solver=pinn")
        strange = [m.name for m in measured if m.over or m.name not in {f.name for f in problem.outputs()}]
        if strange:
            raise InputError("solver=shooting takes values of fields, no averages or derivatives", given=strange)
        self.problem, self.measured, self.step = problem, measured, step
        self.watch, self.progress, self.limit = watch, progress, limit
        self.solves = 0
        self.history: list[dict[str, float]] = []
        self.least, self.best = math.inf, np.array([u.start for u in self.unknowns.values()])

    def values(self, scaled: np.ndarray) -> dict[str, float]:
        return {n: values_of(u, [r])[0] for (n, u), r in zip(self.unknowns.items(), scaled.tolist(), strict=True)}

    def __call__(self, scaled: np.ndarray) -> np.ndarray:
        left = self._left(scaled)
        if 0.5 * float(left @ left) < self.least:
            self.least, self.best = 0.5 * float(left @ left), scaled.copy()
        record = {"step": self.solves, "seconds": self.watch.seconds, "loss": float(np.mean(left**2))}
        self.history.append(record | {f"unknown.{n}": v for n, v in self.values(scaled).items()})
        if self.progress is not None:
            self.progress(self.solves, {k: v for k, v in self.history[-1].items() if k not in ("step", "seconds")})
        return left

    def _left(self, scaled: np.ndarray) -> np.ndarray:
        """Residuals over noise, or over the spread of values where it is not known."""
        if self.watch.seconds > self.limit:
            raise _OutOfTime
        self.solves += 1
        try:
            solved = with_values(self.problem, self.values(scaled))
            parts = [
                -m.misfit(torch.from_numpy(at_places(solved, _arrays(m))[m.name]), m.noise or spread_of(m.values))
                for m in self.measured
            ]
        except (InputError, FloatingPointError, OverflowError):
            return np.full(sum(len(m.values) for m in self.measured), FAR)
        return np.nan_to_num(torch.cat(parts).numpy(), nan=FAR, posinf=FAR, neginf=-FAR)

    def jacobian(self, scaled: np.ndarray) -> np.ndarray:
        columns = []
        for shift in self.step * np.eye(len(scaled)):
            columns.append((self._left(scaled + shift) - self._left(scaled - shift)) / (2 * self.step))
        return np.stack(columns, axis=1)

    def posterior(self, scaled: np.ndarray) -> Posterior:
        """The inverse of J'J, in units of noise that is estimated where it is not known."""
        left, rows = self._left(scaled), self.jacobian(scaled)
        owner = np.repeat(np.arange(len(self.measured)), [len(m.values) for m in self.measured])
        share = len(left) / max(len(left) - len(scaled), 1)  # of the noise that a fit takes up
        noise, units = [], np.ones(len(left))
        for i, m in enumerate(self.measured):
            mine = owner == i
            units[mine] = 1.0 if m.noise is not None else math.sqrt(max(share * np.mean(left[mine] ** 2), 1e-300))
            noise.append(m.noise if m.noise is not None else float(units[mine][0]) * spread_of(m.values))
        rows = rows / units[:, None]
        return Posterior(
            tuple(self.unknowns),
            covariance=_inverse(rows.T @ rows),
            noise={m.name: s for m, s in zip(self.measured, noise, strict=True)},
            estimated=any(m.noise is None for m in self.measured),
            chi_square=float(np.sum((left / units) ** 2)),
            degrees=float(len(left) - len(scaled)),
            relative_noise=max(s / spread_of(m.values) for m, s in zip(self.measured, noise, strict=True)),
            strictness=math.inf,
            drift=0.0,
        )


def _inverse(information: np.ndarray) -> np.ndarray:
    """Of a symmetric matrix, large along directions in which differences see nothing."""
    sizes, directions = np.linalg.eigh(information)
    return (directions / np.maximum(sizes, UNSEEN * max(float(sizes[-1]), 1e-300))) @ directions.T


def _arrays(m: Measured) -> dict[str, np.ndarray]:
    return {n: x.numpy() for n, x in m.points.items()}


def at_places(problem: Problem, points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The reference at points, (n,), by way of the grid through them all. Raises `InputError` for too large a one."""
    lines, places = {}, {}
    for n in problem.domain.axes:
        lines[n], places[n] = np.unique(points[n], return_inverse=True)
    size = math.prod(len(x) for x in lines.values())
    if size > LARGEST:
        raise InputError("The measured points span too large a grid", given=size, expected=f"at most {LARGEST} points")
    assert problem.reference is not None
    return {n: np.asarray(v)[tuple(places.values())] for n, v in problem.reference(**lines).items()}
