"""How a solution in time holds up: error over time, budgets, and spectra at the last time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pinnsuite.data.dynamics import VALID, Dynamics
from pinnsuite.report.figures.style import BLUE, COLOURS, VERMILION, canvas, grid, scientific, symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAINTEST = 1e-30  # of the largest power: what a spectrum shows


def draw_dynamics(seen: Dynamics, time: str, path: Path) -> Path:
    """A panel for the error, one for each budget, and one for all spectra, as far as there are any."""
    count = (seen.errors is not None) + len(seen.budgets) + bool(seen.spectra)
    with canvas(Path(path), 4.4 * count, 3.3) as figure:
        panels = iter(figure.subplots(1, count, squeeze=False)[0])
        if seen.errors is not None:
            ax = next(panels)
            ax.semilogy(seen.times, np.where(seen.errors > 0, seen.errors, np.nan), color=VERMILION)
            ax.axhline(VALID, color="0.4", lw=0.9, linestyle="--")
            ax.set_ylabel("error over the root mean square")
            ax.set_xlabel(symbol(time))
            grid(ax)
        for name, budget in seen.budgets.items():
            ax = next(panels)
            ax.plot(seen.times, budget.amount, color=BLUE, label=f"mean {name}")
            ax.plot(seen.times, budget.due, color="black", linestyle=(0, (4, 3)), lw=1.1, label="by its source")
            ax.set_title(f"defect {scientific(budget.defect)}")
            ax.set_xlabel(symbol(time))
            ax.legend(loc="best")
            grid(ax)
        if seen.spectra:
            ax = next(panels)
            for (name, (found, right)), colour in zip(seen.spectra.items(), COLOURS * 3, strict=False):
                _spectrum(ax, found, color=colour, label=symbol(name))
                if right is not None:
                    _spectrum(ax, right, color="black", linestyle=(0, (4, 3)), lw=1.0)
            ax.set_xlabel("periods")
            ax.set_ylabel("power at the last time")
            ax.legend(loc="best")
            grid(ax)
    return Path(path)


def _spectrum(ax: Axes, power: np.ndarray, **look: Any) -> None:
    waves = np.flatnonzero(power > FAINTEST * power.max())
    ax.loglog(waves[waves > 0], power[waves[waves > 0]], **look)
