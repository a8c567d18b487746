"""Error against wall time for several solvers, each with several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pinnsuite.errors import InputError
from pinnsuite.report.figures.style import COLOURS, canvas, grid

Curve = Sequence[tuple[float, float]]  # (seconds, error), in the order of time
SEED = ", seed "  # in the name of a curve, between the solver and the number of the seed


def draw_comparison(curves: Mapping[str, Curve], path: Path, title: str) -> Path:
    """A colour for each solver: its seeds as thin lines, their median bold, on logarithmic axes.

    A curve is named ``SOLVER`` or ``SOLVER, seed N``; those of one solver belong together. Records at no time, and
    errors that are not positive, cannot be shown and are left out. Raises `InputError` if nothing is left.
    """
    solvers: dict[str, list[np.ndarray]] = {}
    for name, curve in curves.items():
        table = _clean(curve)
        if len(table):
            solvers.setdefault(name.split(SEED)[0], []).append(table)
    if not solvers:
        raise InputError("There is nothing to compare", given=list(curves), expected="{solver: [(seconds, error)]}")
    with canvas(Path(path), 5.6, 4.0) as figure:
        ax = figure.subplots()
        for i, (name, seeds) in enumerate(solvers.items()):
            colour = COLOURS[i % len(COLOURS)]
            dash = "-" if i < len(COLOURS) else "--"
            if len(seeds) > 1:
                for c in seeds:
                    ax.loglog(*c.T, color=colour, lw=0.7, alpha=0.4, linestyle=dash)
            times, middle = median(seeds)
            ax.loglog(times, middle, color=colour, lw=2.2, label=name, linestyle=dash)
            ax.plot(times[-1], middle[-1], "o", color=colour, ms=4.5)
        ax.set(xlabel="wall time [s]", ylabel="relative $L^2$ error", title=title)
        grid(ax)
        ax.legend(loc="best")
    return Path(path)


def median(seeds: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The median error over seeds, (times,) and (times,): from when all have begun until the last has ended.

    A seed that has ended keeps its last error.
    """
    first, last = max(c[0, 0] for c in seeds), max(c[-1, 0] for c in seeds)
    times = np.unique(np.concatenate([c[:, 0] for c in seeds]).clip(first, last))
    logs = [np.interp(np.log(times), np.log(c[:, 0]), np.log(c[:, 1])) for c in seeds]
    return times, np.exp(np.median(logs, axis=0))


def _clean(curve: Curve) -> np.ndarray:
    """(records, 2), what can be drawn on logarithmic axes."""
    table = np.asarray(list(curve), dtype=float).reshape(-1, 2)
    return table[np.isfinite(table).all(axis=1) & (table > 0).all(axis=1)]
