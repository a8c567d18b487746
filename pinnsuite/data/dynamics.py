"""How a solution in time holds up: its error over time, what its budgets lose, and its spectra."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.integrate import cumulative_simpson

from pinnsuite.data.sampled import Sampled
from pinnsuite.trace import trace

if TYPE_CHECKING:
    from pinnsuite.run.solution import Solution

VALID = 0.4  # of the fields' root mean square: the error up to which a prediction counts as valid
SMALL = 1e-6  # of the power: what the waves that are not compared hold


@dataclass(frozen=True)
class Budget:
    """The mean of a density over space, m(t), and what its source makes of it, m(0) + the integral of its mean.

    size: the largest mean of the density's magnitude.
    """

    amount: np.ndarray
    due: np.ndarray
    size: float

    @property
    def defect(self) -> float:
        return float(np.abs(self.amount - self.due).max() / self.size)


@dataclass(frozen=True)
class Dynamics:
    """What is seen of a solution at the times of its evaluation grid, up to the last that was reached.

    errors: at each time the root mean square over space, of the field with the largest one, in units of that field's
        root mean square over space and time; None without a reference.
    budgets: by name; the sources are integrated by Simpson's rule on these times.
    spectra: by field, at the last time, the power |c_k|^2 of all waves whose number of periods rounds to
        0, 1, 2, ..., of the solution and of the reference (None without one); of periodic domains.
    """

    times: np.ndarray
    errors: np.ndarray | None
    budgets: Mapping[str, Budget]
    spectra: Mapping[str, tuple[np.ndarray, np.ndarray | None]]

    def summary(self, exponent: float) -> dict[str, Any]:
        """As numbers: the time up to which the solution is valid (also in Lyapunov times, where chaotic), and defects.

        A spectrum's defect is the largest factor, as a power of ten, by which the solution's power differs among the
        strongest waves, which hold all but 1e-6 of the reference's.
        """
        result: dict[str, Any] = {}
        if self.errors is not None:
            wrong = np.flatnonzero(~(self.errors <= VALID))
            until = float(self.times[wrong[0]]) if len(wrong) else float(self.times[-1])
            result["valid"] = {"until": until, "threshold": VALID, "ended": bool(len(wrong))}
            result["valid"] |= {"lyapunov_times": until * exponent} if exponent else {}
        if self.budgets:
            result["budget_defects"] = {n: b.defect for n, b in self.budgets.items()}
        compared = {n: (a, b) for n, (a, b) in self.spectra.items() if b is not None}
        if compared:
            result["spectrum_decades"] = {n: _decades(a, b) for n, (a, b) in compared.items()}
        return result


def dynamics(solution: Solution, sampled: Sampled, last: float | None = None) -> Dynamics | None:
    """Of a solution sampled on its grid, up to ``last``; None without time, or on scattered points."""
    domain = solution.problem.domain
    if domain.time is None or sampled.axes is None:
        return None
    axes = list(sampled.axes)
    place, times = axes.index(domain.time), sampled.axes[domain.time]
    times = times[: np.searchsorted(times, np.inf if last is None else last, side="right")]

    def by_time(a: np.ndarray) -> np.ndarray:
        """(times, space...)"""
        return np.moveaxis(a, place, 0)[: len(times)]

    errors = None
    if sampled.reference:
        each = []
        for n in sampled.reference:
            wrong, right = by_time(sampled.error(n)), by_time(sampled.reference[n])
            each.append(np.sqrt((wrong**2).reshape(len(times), -1).mean(1) / ((right**2).mean() or 1.0)))
        errors = np.max(each, axis=0)
    spectra = {}
    if domain.space and all(domain.axes[n].periodic for n in domain.space):
        for n, values in sampled.values.items():
            reference = _power(by_time(sampled.reference[n])[-1]) if sampled.reference else None
            spectra[n] = (_power(by_time(values)[-1]), reference)
    return Dynamics(times, errors, _budgets(solution, sampled, times), spectra)


def _power(field: np.ndarray) -> np.ndarray:
    modes = np.abs(np.fft.rfftn(field) / field.size) ** 2
    waves = [np.fft.fftfreq(n, 1 / n) for n in field.shape[:-1]] + [np.arange(modes.shape[-1])]
    number = np.sqrt(sum(k**2 for k in np.meshgrid(*waves, indexing="ij")))
    modes[..., 1:] *= 2
    return np.bincount(np.rint(number).astype(int).ravel(), modes.ravel())[: min(field.shape) // 2]


def _decades(found: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(right)[::-1]
    most = order[: 1 + np.searchsorted(right[order].cumsum(), (1 - SMALL) * right.sum())]
    return float(np.abs(np.log10(np.maximum(found[most], np.finfo(float).tiny) / right[most])).max())


def _budgets(solution: Solution, sampled: Sampled, times: np.ndarray) -> dict[str, Budget]:
    given, pieces, domain = trace(solution.problem).budgets, solution.pieces, solution.problem.domain
    if not given or pieces is None or len(times) < 3:
        return {}

    def mean(values: np.ndarray) -> np.ndarray:
        """Over space, (times, expressions)."""
        assert sampled.axes is not None
        for place, (n, axis) in reversed(list(enumerate(sampled.axes.items()))):
            if n != domain.time:
                even = domain.axes[n].periodic
                values = values.mean(place) if even else np.trapezoid(values, axis, axis=place) / np.ptp(axis)
        return values[: len(times)]

    points = {n: torch.from_numpy(a.reshape(-1).copy()) for n, a in sampled.points.items()}
    values = pieces.evaluate([e for pair in given.values() for e in pair], points).double().cpu().numpy()
    values = values.reshape(*next(iter(sampled.points.values())).shape, -1)
    means, sizes = mean(values), mean(np.abs(values))
    result = {}
    for i, name in enumerate(given):
        amount, source = means[:, 2 * i], means[:, 2 * i + 1]
        due = amount[0] + cumulative_simpson(source, x=times, initial=0.0)
        result[name] = Budget(amount, due, float(sizes[:, 2 * i].max()))
    return result
