"""Errors by problem and method, as a map."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pinnsuite.errors import InputError
from pinnsuite.report.figures.style import VALUE, canvas, colourbar, scientific


def draw_heatmap(errors: Mapping[str, Mapping[str, float]], path: Path, title: str) -> Path:
    """A cell for each row and column of ``errors``, coloured by its power of ten; the best of a row is bold.

    Cells without a finite positive number stay white. Raises `InputError` if there is no number at all.
    """
    rows, columns = list(errors), list(dict.fromkeys(c for line in errors.values() for c in line))
    table = np.array([[errors[r].get(c, np.nan) for c in columns] for r in rows], dtype=float)
    table[~np.isfinite(table) | (table <= 0)] = np.nan
    if not rows or not columns or np.isnan(table).all():
        raise InputError("There is nothing to draw", given=dict(errors), expected="{row: {column: error}}")
    powers = np.log10(table)
    with canvas(Path(path), 1.6 + 1.05 * len(columns), 1.3 + 0.5 * len(rows)) as figure:
        ax = figure.subplots()
        image = ax.imshow(powers, cmap=VALUE, aspect="auto")
        middle = (np.nanmin(powers) + np.nanmax(powers)) / 2
        for i, j in np.argwhere(np.isfinite(powers)):
            best = table[i, j] == np.nanmin(table[i])
            ax.text(
                j,
                i,
                scientific(table[i, j]),
                ha="center",
                va="center",
                color="white" if powers[i, j] < middle else "black",
                weight="bold" if best else "normal",
                bbox={"fill": False, "edgecolor": "white", "linewidth": 1.2} if best else None,
            )
        ax.set_xticks(range(len(columns)), [c.replace("_", " ") for c in columns], rotation=30, ha="right")
        ax.set_yticks(range(len(rows)), [r.replace("_", " ") for r in rows])
        ax.set_title(title)
        ax.tick_params(length=0)
        colourbar(figure, image, ax, r"$\log_{10}$ error")
    return Path(path)
