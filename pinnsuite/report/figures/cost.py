"""Time and memory against each size of a problem, with the roofline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pinnsuite.report.figures.style import BLUE, VERMILION, canvas, grid

FEW = 10  # sizes below it are ticks of their own


def draw_cost(sweeps: Mapping[str, Sequence[tuple[float, float, float, float]]], path: Path) -> Path:
    """A column for each size: (size, seconds, seconds of the matrix products at peak, MiB), on logarithmic axes."""
    with canvas(Path(path), 2.9 * len(sweeps), 5.2) as figure:
        above, below = figure.subplots(2, len(sweeps), sharex="col", sharey="row", squeeze=False)
        for upper, lower, (name, line) in zip(above, below, sweeps.items(), strict=True):
            sizes, measured, bound, memory = zip(*line, strict=True)
            upper.loglog(sizes, measured, "o-", color=BLUE, ms=4, label="measured")
            upper.loglog(sizes, bound, "--", color=VERMILION, label="matrix products at peak")
            lower.loglog(sizes, memory, "o-", color=BLUE, ms=4)
            lower.set(xlabel=name)
            if max(sizes) < FEW:
                lower.set_xticks(sizes, [f"{s:g}" for s in sizes])
                lower.minorticks_off()
            grid(upper)
            grid(lower)
        above[0].set_ylabel("seconds")
        below[0].set_ylabel("peak memory, MiB")
        above[0].legend(loc="best")
    return Path(path)
