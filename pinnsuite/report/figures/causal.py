"""How causal weights went: which times counted when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pinnsuite.errors import InputError
from pinnsuite.report.figures.style import VALUE, canvas, colourbar, grid


def draw_causal(metrics: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Over the records of ``metrics.jsonl``: the weight of every slice of time, and the rung of the tolerance.

    The solution is trusted up to the slices whose weight is near one. Raises `InputError` if no record has weights.
    """
    records = [r for r in metrics if r.get("causal_weights")]
    if not records:
        raise InputError(
            "There are no causal weights to draw", given=f"{len(metrics)} records", expected="solver.causal"
        )
    weights = np.array([r["causal_weights"] for r in records], dtype=float).T
    places = np.arange(len(records))
    with canvas(Path(path), 6.4, 4.0) as figure:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        image = above.imshow(
            weights, origin="lower", aspect="auto", cmap=VALUE, vmin=0, vmax=1, extent=(-0.5, len(records) - 0.5, 0, 1)
        )
        colourbar(figure, image, above)
        above.set_ylabel("time in the window")
        below.step(places, [r["rung"] for r in records], where="mid")
        below.set_ylabel("rung")
        steps = [r["step"] for r in records]
        shown = np.unique(np.linspace(0, len(records) - 1, min(6, len(records))).round().astype(int))
        below.set_xticks(shown, [str(steps[i]) for i in shown])
        below.set_xlabel("step")
        for i in (i for i in places[1:] if records[i].get("window") != records[i - 1].get("window")):
            above.axvline(i - 0.5, color="white", lw=0.7, linestyle=":")
        grid(below)
    return Path(path)
