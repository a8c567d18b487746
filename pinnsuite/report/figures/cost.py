"""Time against each size of a problem, with the roofline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pinnsuite.report.figures.style import BLUE, VERMILION, canvas, grid


def draw_cost(sweeps: Mapping[str, Sequence[tuple[float, float, float]]], path: Path) -> Path:
    """A panel for each size: (size, seconds, seconds of the matrix products at peak), on logarithmic axes."""
    with canvas(Path(path), 2.9 * len(sweeps), 3.0) as figure:
        panels = figure.subplots(1, len(sweeps), sharey=True, squeeze=False)[0]
        for ax, (name, line) in zip(panels, sweeps.items(), strict=True):
            sizes, measured, bound = zip(*line, strict=True)
            ax.loglog(sizes, measured, "o-", color=BLUE, ms=4, label="measured")
            ax.loglog(sizes, bound, "--", color=VERMILION, label="matrix products at peak")
            ax.set(xlabel=name)
            grid(ax)
        panels[0].set_ylabel("seconds")
        panels[0].legend(loc="best")
    return Path(path)
