"""Profile likelihoods beside what the posterior expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pinnsuite.errors import InputError
from pinnsuite.inverse.profile import Profile
from pinnsuite.report.figures.style import BLUE, VERMILION, canvas, grid, legend, symbol


def draw_profiles(profiles: Sequence[Profile], parameters: Mapping[str, Mapping[str, Any]], path: Path) -> Path:
    """chi-square above its least over each number, the parabola of its standard error, and the 95 % level.

    ``parameters`` are those of the fit's summary; true values are dashed. Raises `InputError` without profiles.
    """
    if not profiles:
        raise InputError("There is no profile to draw")
    with canvas(Path(path), 3.7 * len(profiles), 3.2) as figure:
        axes = figure.subplots(1, len(profiles), squeeze=False)[0]
        for ax, p in zip(axes, profiles, strict=True):
            ax.plot(p.values, p.chi_square, "o-", color=BLUE, ms=4, label="profile")
            ax.plot(p.values, p.quadratic, color=VERMILION, lw=1.1, label="from the standard error")
            ax.axhline(p.level, color="0.5", lw=0.8)
            true = parameters[p.name].get("true")
            if true is not None:
                ax.axvline(true, color="black", lw=1.0, linestyle=(0, (4, 3)))
            ax.set(xlabel=symbol(p.name), ylabel="chi-square above its least")
            grid(ax)
        legend(figure, axes[0])
    return Path(path)
