"""How a run went: losses and errors over its seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pinnsuite.errors import InputError
from pinnsuite.report.figures.style import COLOURS, canvas, grid, symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 8  # curves in one panel: the blocks with the largest last loss


def draw_history(metrics: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Loss with its blocks, and the relative L2 errors where they were recorded, over seconds.

    ``metrics`` are the records of ``metrics.jsonl``: step, seconds, loss, loss.BLOCK, error.FIELD, window. Dotted lines
    mark the starts of time windows. Raises `InputError` when no record has seconds and a loss.
    """
    records = [r for r in metrics if "seconds" in r and "loss" in r]
    if not records:
        raise InputError("There is no history to draw", given=f"{len(metrics)} records", expected="seconds and loss")
    seconds = _column(records, "seconds")
    keys = list(dict.fromkeys(k for r in records for k in r))
    errors = [k for k in keys if k.startswith("error.")]
    blocks = [k for k in keys if k.startswith("loss.")]
    blocks = sorted(blocks, key=lambda k: -np.nan_to_num(_column(records, k)[-1]))[:MOST] if len(blocks) > 1 else []
    starts = [s for s, (a, b) in zip(seconds[1:], pairwise(records), strict=True) if a.get("window") != b.get("window")]
    panels = 2 if errors else 1
    with canvas(Path(path), 4.6 * panels, 3.3) as figure:
        axes = figure.subplots(1, panels, squeeze=False)[0]
        for k, colour in zip(blocks, COLOURS * 2, strict=False):
            _curve(axes[0], seconds, _column(records, k), color=colour, lw=1.1, label=_plain(k.removeprefix("loss.")))
        _curve(axes[0], seconds, _column(records, "loss"), color="black", lw=1.8, label="sum" if blocks else None)
        axes[0].set_ylabel("loss")
        for k, colour in zip(errors, COLOURS * 4, strict=False):
            _curve(axes[1], seconds, _column(records, k), color=colour, label=symbol(k.removeprefix("error.")))
        if errors:
            axes[1].set_ylabel("relative $L^2$ error")
        for ax, many in zip(axes, (blocks, errors), strict=False):
            ax.set_xlabel("time [s]")
            ax.margins(x=0.02)
            grid(ax)
            for s in starts:
                ax.axvline(s, color="0.6", lw=0.7, linestyle=":")
            if many:
                ax.legend(loc="upper right", ncols=1 + (len(many) > 4))
    return Path(path)


def _curve(ax: Axes, seconds: np.ndarray, values: np.ndarray, **look: Any) -> None:
    """A curve on a logarithmic axis; a single record becomes a dot, and what is not positive is left out."""
    ax.semilogy(seconds, np.where(values > 0, values, np.nan), marker="o" if len(seconds) == 1 else None, **look)


def _column(records: Sequence[Mapping[str, Any]], key: str) -> np.ndarray:
    """One entry of every record; the log writes numbers that are not finite as text."""
    return np.array([float(r.get(key, "nan")) for r in records])


def _plain(name: str) -> str:
    """A block's name as it is, with no letter read as mathematics."""
    return name.replace("_", " ").replace("$", r"\$")
