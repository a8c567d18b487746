"""Fields over two coordinates: solution, reference and error side by side, a row for each field or time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.tri import Triangulation

from pinnsuite.data.sampled import Sampled
from pinnsuite.report.figures.measured import Marks, draw_places, said_of
from pinnsuite.report.figures.style import (
    MAGNITUDE,
    SIGNED,
    VALUE,
    canvas,
    colourbar,
    label,
    legend,
    scientific,
    symbol,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 2.7  # of a row, inches
SMOOTH = 50_000  # up to so many values colours are interpolated; beyond, no eye sees the cells
DECADES = 6.0  # of a logarithmic colour scale, at most


@dataclass(frozen=True)
class Row:
    """One field at one state, what to write behind its titles, and what was measured of it there."""

    state: Sampled
    field: str
    where: str = ""
    marks: Marks | None = None


@dataclass(frozen=True)
class Plane:
    """What is common to the panels of a figure."""

    across: str  # horizontal coordinate
    up: str  # vertical coordinate
    units: Mapping[str, str]
    equal: bool  # true proportions
    cells: np.ndarray | None  # triangles between scattered points; None on a tensor grid


def draw_rows(rows: Sequence[Row], plane: Plane, path: Path, signed: bool) -> Path:
    """Panels for each row: solution, and with a reference also reference and error (signed, or its magnitude).

    Dots on the solution are where it was measured.
    """
    compared = all(row.state.reference for row in rows)
    columns = 3 if compared else 1
    width = _width(rows[0].state, plane) * columns
    data = said_of([row.marks for row in rows if row.marks is not None])
    with canvas(path, width, HEIGHT * len(rows), packed=plane.equal) as figure:
        panels = figure.subplots(len(rows), columns, squeeze=False, sharex=True, sharey=True)
        for row, axes in zip(rows, panels, strict=True):
            value, name = row.state.values[row.field], label(row.field, plane.units.get(row.field, ""))
            shown = [value, row.state.reference[row.field]] if compared else [value]
            finite = np.concatenate([a[np.isfinite(a)] for a in shown])
            norm = Normalize(*((float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)))
            for ax, array, what in zip(axes, shown, ("solution", "reference"), strict=False):
                colourbar(figure, draw_panel(ax, row.state, array, plane, VALUE, norm), ax)
                ax.set_title(f"{name}, {what}{row.where}")
            if row.marks is not None:
                draw_places(axes[0], row.marks, plane.across, plane.up, data)
            if compared:
                _draw_error(axes[2], row, plane, signed)
        for ax in panels[-1]:
            ax.set_xlabel(label(plane.across, plane.units.get(plane.across, "")))
        for ax in panels[:, 0]:
            ax.set_ylabel(label(plane.up, plane.units.get(plane.up, "")))
        legend(figure, *panels[:, 0], least=1)
    return path


def draw_logarithms(
    state: Sampled, arrays: Mapping[str, np.ndarray], titles: Sequence[str], plane: Plane, path: Path
) -> Path:
    """One panel for each array of positive numbers, on logarithmic colours."""
    with canvas(path, _width(state, plane) * len(arrays), HEIGHT, packed=plane.equal) as figure:
        panels = figure.subplots(1, len(arrays), squeeze=False, sharey=True)[0]
        for ax, array, title in zip(panels, arrays.values(), titles, strict=True):
            high = _largest(array)
            low = max(float(np.nanquantile(array, 0.02)), high * 10.0**-DECADES)
            low = min(low, high / 10) if np.isfinite(low) else high / 10
            image = draw_panel(ax, state, np.maximum(array, low), plane, MAGNITUDE, LogNorm(low, high))
            colourbar(figure, image, ax)
            ax.set_title(title)
            ax.set_xlabel(label(plane.across, plane.units.get(plane.across, "")))
        panels[0].set_ylabel(label(plane.up, plane.units.get(plane.up, "")))
    return path


def draw_panel(ax: Axes, state: Sampled, array: np.ndarray, plane: Plane, colours: str, norm: Normalize) -> Any:
    """One image of an array of the state's shape: cells of a tensor grid, or triangles between scattered points."""
    if plane.equal:
        ax.set_aspect("equal", adjustable="box")
    if state.axes is not None:
        ordered = array if list(state.axes) == [plane.up, plane.across] else array.T
        across, up = state.axes[plane.across], state.axes[plane.up]
        shading: Any = "gouraud" if array.size <= SMOOTH else "nearest"
        image = ax.pcolormesh(across, up, ordered, cmap=colours, norm=norm, shading=shading, rasterized=True)
        ax.set(xlim=(across.min(), across.max()), ylim=(up.min(), up.max()))
        return image
    x, y = state.points[plane.across], state.points[plane.up]
    if plane.cells is None or not len(plane.cells):
        return ax.scatter(x, y, s=4, c=array, cmap=colours, norm=norm, linewidths=0)
    mesh = Triangulation(x, y, plane.cells)
    return ax.tripcolor(mesh, array, cmap=colours, norm=norm, shading="gouraud", rasterized=True)


def _draw_error(ax: Axes, row: Row, plane: Plane, signed: bool) -> None:
    error = row.state.error(row.field)
    largest = _largest(error)
    norm = Normalize(-largest, largest) if signed else Normalize(0.0, largest)
    image = draw_panel(ax, row.state, error if signed else np.abs(error), plane, SIGNED if signed else MAGNITUDE, norm)
    figure = ax.get_figure(root=True)
    assert figure is not None
    colourbar(figure, image, ax)
    difference = f"{symbol(row.field)} - {symbol(row.field + '_ref')}".replace("$", "")
    what = f"${difference}$" if signed else f"$|{difference}|$"
    ax.set_title(f"{what}, rel. $L^2$ {scientific(row.state.relative_l2(row.field))}")


def _largest(array: np.ndarray) -> float:
    """The largest finite magnitude, for the end of a colour scale; 1 where there is none."""
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max(initial=0.0)) or 1.0


def _width(state: Sampled, plane: Plane) -> float:
    """Inches of one panel with its colour bar."""
    if not plane.equal:
        return 3.9
    spans = [float(np.ptp(state.points[n])) for n in (plane.across, plane.up)]
    return 1.1 + (HEIGHT - 0.5) * min(max(spans[0] / spans[1], 0.6), 4.0)
