"""How a march went: the lengths and local errors of its windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pinnsuite.errors import InputError
from pinnsuite.report.figures.style import BLUE, GREEN, ORANGE, VERMILION, canvas, grid

LOOKS = {
    "accepted": (GREEN, "o"),
    "refined": (ORANGE, "^"),
    "shortened": (VERMILION, "v"),
    "given up": (VERMILION, "X"),
}


def draw_march(windows: Sequence[Mapping[str, Any]], tolerance: float, path: Path) -> Path:
    """Over time: every window that was accepted with its length, and every judgement with its local error.

    ``windows`` are the entries of ``summary.json``: span, error, judgement. Raises `InputError` if there are none.
    """
    if not windows:
        raise InputError("There are no windows to draw", expected="a march that has judged one")
    with canvas(Path(path), 9.2, 3.3) as figure:
        lengths, errors = figure.subplots(1, 2)
        for w in windows:
            start, end = w["span"]
            if w["judgement"] == "accepted":
                lengths.plot([start, end], [end - start] * 2, color=BLUE, solid_capstyle="butt", lw=2.5)
        for name, (colour, marker) in LOOKS.items():
            found = [(sum(w["span"]) / 2, w["error"]) for w in windows if w["judgement"] == name and w["error"] > 0]
            if found:
                errors.semilogy(*zip(*found, strict=True), marker, color=colour, ms=4.5, label=name)
        errors.axhline(tolerance, color="0.4", lw=0.9, linestyle="--", label="tolerance")
        errors.set_yscale("log")
        errors.legend(loc="best")
        lengths.set_ylim(bottom=0)
        lengths.set_ylabel("length of the window")
        errors.set_ylabel("local error")
        for ax in (lengths, errors):
            ax.set_xlabel("$t$")
            grid(ax)
    return Path(path)
