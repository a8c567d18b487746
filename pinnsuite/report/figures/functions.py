"""Unknown functions over their argument."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pinnsuite.data.function_tables import Table
from pinnsuite.errors import InputError
from pinnsuite.inverse.bands import BAND
from pinnsuite.report.figures.style import BLUE, canvas, grid, label, legend, make_room, scientific

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS, BINS = 3, 40
LOW = 0.25  # of the height of a panel: its histogram


def draw_functions(tables: Sequence[Table], path: Path) -> Path:
    """Each function with its 95 % band as far as its argument goes, the true one dashed.

    Grey below it: at how much of the domain the argument has these values. Raises `InputError` if there are none.
    """
    if not tables:
        raise InputError("There are no functions to draw", expected="unknown functions of one argument")
    columns = min(len(tables), COLUMNS)
    rows = -(-len(tables) // columns)
    with canvas(Path(path), 4.2 * columns + 0.6 * (columns == 1), 3.3 * rows) as figure:
        panels = list(figure.subplots(rows, columns, squeeze=False).reshape(-1))
        below = [_draw(ax, table) for ax, table in zip(panels, tables, strict=False)]
        for ax in panels[len(tables) :]:
            ax.set_axis_off()
        legend(figure, *panels, *(ax for ax in below if ax is not None))
    return Path(path)


def _draw(ax: Axes, table: Table) -> Axes | None:
    """One panel; the axes of its histogram, where it has one."""
    ax.plot(table.at, table.value, color=BLUE, label="found")
    if table.true is not None:
        ax.plot(table.at, table.true, color="black", linestyle=(0, (4, 3)), lw=1.1, label="true")
        ax.set_title(f"relative $L^2$ error {scientific(table.relative_l2 or 0.0)}")
    if table.spread is not None:
        low, high = table.value - BAND * table.spread, table.value + BAND * table.spread
        bottom, top = ax.get_ylim()
        ax.fill_between(table.at, low, high, color=BLUE, alpha=0.2, lw=0, label="95 % band")
        ax.set_ylim(bottom, top)
        make_room(ax, float(low.min()), float(high.max()))
    below = None if table.visits is None else _draw_visits(ax, table.visits[np.isfinite(table.visits)])
    ax.margins(x=0)
    grid(ax)
    argument = table.argument
    plain = argument.name == argument.text
    ax.set_xlabel(label(argument.name, argument.unit) if plain else argument.text)
    ax.set_ylabel(label(table.name, table.unit))
    return below


def _draw_visits(ax: Axes, visits: np.ndarray) -> Axes:
    """A histogram on a scale of its own, behind the lines."""
    below = ax.twinx()
    heights, *_ = below.hist(visits, bins=BINS, color="0.85", label="where the solution is")
    below.set_ylim(0, max(float(np.max(heights)), 1.0) / LOW)
    below.set_yticks([])
    ax.set_zorder(below.get_zorder() + 1)
    ax.patch.set_visible(False)
    return below
