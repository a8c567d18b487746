"""Members of an ensemble beside the normal posterior."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from pinnsuite.inverse.ensemble import Ensemble
from pinnsuite.report.figures.fit import LIMIT, draw_pair
from pinnsuite.report.figures.style import BLUE, VERMILION, canvas, grid, legend, symbol


def draw_ensemble(found: Ensemble, summary: Mapping[str, Any], path: Path) -> Path:
    """How every number is distributed over the members, and every pair, with the ellipses of 50 and 95 %.

    ``summary`` is that of the fit; true values are dashed. Raises `KeyError` if it has no intervals.
    """
    numbers = {n: summary["parameters"][n] for n in found.values}
    names, pairs = list(numbers), list(combinations(range(len(numbers)), 2))
    columns = len(names)
    rows = 1 + -(-len(pairs) // columns)
    with canvas(Path(path), 3.7 * columns, 3.1 * rows) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).reshape(-1)
        z = np.linspace(-LIMIT, LIMIT, 201)
        for ax, n in zip(axes, names, strict=False):
            centre, width = numbers[n]["estimate"], numbers[n]["standard_error"]
            ax.hist(found.values[n], bins="auto", density=True, color=BLUE, alpha=0.4, label="members")
            ax.plot(centre + width * z, stats.norm.pdf(z) / width, color=VERMILION, lw=1.4, label="posterior")
            ax.set(xlabel=symbol(n), ylabel="density")
        for ax, (i, j) in zip(axes[columns:], pairs, strict=False):
            draw_pair(ax, [numbers[names[i]], numbers[names[j]]], summary["data"]["correlation"][i][j])
            ax.plot(found.values[names[i]], found.values[names[j]], ".", color=VERMILION, ms=5)
            ax.set(xlabel=symbol(names[i]), ylabel=symbol(names[j]))
            grid(ax)
        for ax in axes[columns + len(pairs) :]:
            ax.set_axis_off()
        legend(figure, axes[0])
    return Path(path)
