"""Fields over one coordinate: solution, reference and error as lines; and slices of a field in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pinnsuite.data.sampled import Sampled
from pinnsuite.inverse.bands import BAND
from pinnsuite.report.figures.measured import Marks, draw_values
from pinnsuite.report.figures.style import BLUE, VERMILION, canvas, grid, label, legend, make_room, scientific, symbol

COLUMNS = 3


def draw_lines(state: Sampled, units: Mapping[str, str], path: Path, marks: Mapping[str, Marks]) -> Path:
    """For each field a panel with solution and reference, and the error below it; of a fit with a band of 95 %, and
    what was measured of the field with its standard deviation."""
    (name,) = state.names
    x, fields = state.points[name], list(state.values)
    columns = min(len(fields), COLUMNS)
    blocks = -(-len(fields) // columns)
    ratios = [3.0, 1.5] if state.reference else [3.0]
    with canvas(path, 4.2 * columns + 0.6 * (columns == 1), (3.9 if state.reference else 2.8) * blocks) as figure:
        panels = figure.subplots(
            len(ratios) * blocks, columns, squeeze=False, sharex=True, gridspec_kw={"height_ratios": ratios * blocks}
        )
        for i, field in enumerate(fields):
            top = panels[len(ratios) * (i // columns), i % columns]
            top.plot(x, state.values[field], color=BLUE, label="solution")
            top.set_ylabel(label(field, units.get(field, "")))
            if state.reference:
                top.plot(x, state.reference[field], color="black", linestyle=(0, (4, 3)), lw=1.1, label="reference")
            if state.spread:
                half = BAND * state.spread[field]
                low, high = state.values[field] - half, state.values[field] + half
                limits = top.get_ylim()
                top.fill_between(x, low, high, color=BLUE, alpha=0.2, lw=0, label="95 % band")
                top.set_ylim(limits)
                make_room(top, low.min(), high.max())  # where nothing is known, a band may reach anywhere
            if field in marks:
                draw_values([top], [marks[field]], name)
            last = top
            if state.reference:
                top.set_title(f"relative $L^2$ error {scientific(state.relative_l2(field))}")
                last = panels[len(ratios) * (i // columns) + 1, i % columns]
                last.plot(x, state.error(field), color=VERMILION, lw=1.0)
                last.axhline(0.0, color="0.5", lw=0.6)
                last.set_ylabel("error")
                grid(last)
            top.margins(x=0)
            grid(top)
            last.set_xlabel(label(name, units.get(name, "")))
            last.tick_params(labelbottom=True)
        for i in range(len(fields), blocks * columns):
            for k in range(len(ratios)):
                panels[len(ratios) * (i // columns) + k, i % columns].set_axis_off()
        legend(figure, *panels.flat)
        figure.align_ylabels()
    return path


def draw_slices(
    states: Sequence[tuple[float, Sampled]],
    time: str,
    units: Mapping[str, str],
    path: Path,
    marks: Mapping[str, Sequence[Marks]],
) -> Path:
    """A row for each field and a column for each time: solution as a line, reference dashed, and ``marks``, what was
    measured of the field near each of the times."""
    first = states[0][1]
    (name,), fields = first.names, list(first.values)
    with canvas(path, 2.5 * len(states) + 0.4, 2.5 * len(fields) + 0.3) as figure:
        panels = figure.subplots(len(fields), len(states), squeeze=False, sharex=True, sharey="row")
        for row, field in zip(panels, fields, strict=True):
            for ax, (_, state) in zip(row, states, strict=True):
                ax.plot(state.points[name], state.values[field], color=BLUE, lw=1.9, label="solution")
                if state.reference:
                    ax.plot(
                        state.points[name],
                        state.reference[field],
                        color="black",
                        linestyle=(0, (4, 3)),
                        lw=1.1,
                        label="reference",
                    )
                ax.margins(x=0)
                grid(ax)
            if field in marks:
                draw_values(row, marks[field], name)
            row[0].set_ylabel(label(field, units.get(field, "")))
        for ax, (t, _) in zip(panels[0], states, strict=True):
            ax.set_title(f"{symbol(time)} = {t:.4g} {units.get(time, '')}".rstrip())
        for ax in panels[-1]:
            ax.set_xlabel(label(name, units.get(name, "")))
        legend(figure, *panels.flat)
    return path


def draw_logarithms(
    state: Sampled, arrays: Mapping[str, np.ndarray], titles: Sequence[str], units: Mapping[str, str], path: Path
) -> Path:
    """One panel for each array of positive numbers, on a logarithmic scale."""
    (name,) = state.names
    with canvas(path, 4.2 * len(arrays), 2.8) as figure:
        for ax, array, title in zip(
            figure.subplots(1, len(arrays), squeeze=False)[0], arrays.values(), titles, strict=True
        ):
            ax.semilogy(state.points[name], array, color=VERMILION, lw=0.9)
            ax.set_title(title)
            ax.set_xlabel(label(name, units.get(name, "")))
            ax.margins(x=0)
            grid(ax)
    return path
