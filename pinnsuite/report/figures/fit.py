"""What a fit found: numbers over its steps with their intervals, pairs of them, and what is left of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from pinnsuite.errors import InputError
from pinnsuite.report.figures.style import BLUE, VERMILION, canvas, grid, symbol

CONTOURS = (0.5, 0.95)  # probability inside the ellipses of a pair
NOISELESS = "no noise: no intervals"
LIMIT = 5.0  # standard deviations that are shown to either side


def draw_parameters(metrics: Sequence[Mapping[str, Any]], summary: Mapping[str, Any], path: Path) -> Path:
    """Every unknown number over the steps with its 95 % interval, then every pair with ellipses of 50 and 95 %.

    ``summary`` is that of a fit to data; true values are dashed. Of data without noise there are neither intervals nor
    ellipses, and the figure says so. Raises `InputError` without standard errors.
    """
    numbers = {n: p for n, p in summary.get("parameters", {}).items() if p.get("standard_error") is not None}
    if not numbers:
        raise InputError("There are no intervals to draw", given=list(summary), expected="the summary of a fit")
    names, pairs = list(numbers), list(combinations(range(len(numbers)), 2))
    correlation = np.asarray(summary["data"]["correlation"])
    columns = max(len(names), 1)
    rows = 1 + -(-len(pairs) // columns)
    noiseless = bool(summary["data"].get("noiseless"))
    with canvas(Path(path), 3.7 * columns, 3.1 * rows) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).reshape(-1)
        if noiseless:
            figure.suptitle(NOISELESS)
        for ax, (name, p) in zip(axes, numbers.items(), strict=False):
            found = [(r["step"], r[f"unknown.{name}"]) for r in metrics if f"unknown.{name}" in r and "step" in r]
            if found:
                ax.plot(*zip(*found, strict=True), color=BLUE, lw=1.4)
            if not noiseless and np.isfinite([p["low"], p["high"]]).all():
                ax.axhspan(p["low"], p["high"], color=BLUE, alpha=0.2, lw=0)
            _true(ax.axhline, p)
            ax.set(xlabel="step", ylabel=symbol(name))
            grid(ax)
        for ax, (i, j) in zip(axes[columns:], pairs, strict=False):
            draw_pair(ax, [numbers[names[i]], numbers[names[j]]], None if noiseless else correlation[i, j])
            ax.set(xlabel=symbol(names[i]), ylabel=symbol(names[j]))
            grid(ax)
        for ax in axes[columns + len(pairs) :]:
            ax.set_axis_off()
    return Path(path)


def draw_pair(ax: Any, numbers: Sequence[Mapping[str, Any]], correlation: float | None) -> None:
    """The ellipses of a pair of numbers (none without a correlation), their estimates, and their true values."""
    centre, spread = (np.array([p[k] for p in numbers]) for k in ("estimate", "standard_error"))
    if correlation is not None:
        angle = np.linspace(0, 2 * np.pi, 181)
        half = np.linalg.cholesky(np.array([[1, correlation], [correlation, 1]]) + 1e-12 * np.eye(2))
        for share in CONTOURS:
            circle = np.sqrt(stats.chi2.ppf(share, 2)) * np.stack([np.cos(angle), np.sin(angle)])
            ax.plot(*(centre[:, None] + spread[:, None] * (half @ circle)), color=BLUE, lw=1.2)
    ax.plot(*centre, "o", color=BLUE, ms=4)
    _true(ax.axvline, numbers[0])
    _true(ax.axhline, numbers[1])


def _true(line: Any, number: Mapping[str, Any]) -> None:
    if number.get("true") is not None:
        line(number["true"], color="black", lw=1.0, linestyle=(0, (4, 3)))


def draw_residuals(places: Mapping[str, Mapping[str, np.ndarray]], left: Mapping[str, np.ndarray], path: Path) -> Path:
    """(measured - fitted) / noise of each field over each coordinate, and how it is distributed beside a normal law.

    ``places`` are the coordinates of the points, ``left`` the residuals, (points,) each. Raises `InputError` if
    there are none.
    """
    if not left:
        raise InputError("There is nothing left to draw", expected="{field: residuals over their noise}")
    names = list(next(iter(places.values())))
    with canvas(Path(path), 3.4 * (len(names) + 1), 2.9 * len(left)) as figure:
        axes = figure.subplots(len(left), len(names) + 1, squeeze=False)
        for row, (field, r) in zip(axes, left.items(), strict=True):
            for ax, n in zip(row, names, strict=False):
                ax.plot(places[field][n], r, ".", color=BLUE, ms=3)
                ax.set(xlabel=symbol(n), ylabel=f"{symbol(field)}: left over noise", ylim=(-LIMIT, LIMIT))
                ax.axhline(0, color="0.4", lw=0.8)
                grid(ax)
            z = np.linspace(-LIMIT, LIMIT, 201)
            row[-1].hist(np.clip(r, -LIMIT, LIMIT), bins=30, range=(-LIMIT, LIMIT), density=True, color=BLUE, alpha=0.4)
            row[-1].plot(z, stats.norm.pdf(z), color=VERMILION, lw=1.4)
            row[-1].set(xlabel="left over noise", ylabel="density")
    return Path(path)
