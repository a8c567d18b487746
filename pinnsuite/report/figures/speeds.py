"""Error against the speed of a flow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pinnsuite.errors import InputError
from pinnsuite.report.figures.style import COLOURS, canvas, grid

ROUNDING = 1e-16  # errors below it are drawn here


def draw_speeds(errors: Mapping[str, Mapping[int, float]], path: Path, title: str) -> Path:
    """A line for every solver of ``errors``, {solver: {speed: error}}. Raises `InputError` if there is no number."""
    if not any(errors.values()):
        raise InputError("There is nothing to draw", given=dict(errors), expected="{solver: {speed: error}}")
    with canvas(Path(path), 5.6, 4.0) as figure:
        ax = figure.subplots()
        for colour, (name, line) in zip(COLOURS, errors.items(), strict=False):
            if line:
                drawn = [max(line[c], ROUNDING) for c in sorted(line)]
                ax.semilogy(sorted(line), drawn, "o-", color=colour, ms=4.5, label=name)
        ax.set(xlabel="speed $c$", ylabel="relative $L^2$ error", title=title)
        grid(ax)
        ax.legend(loc="best")
    return Path(path)
