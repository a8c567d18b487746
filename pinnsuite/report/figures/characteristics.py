"""Where a moving frame has carried its labels, and how it has stretched what lies between them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.ansatz.moving import Moving
from pinnsuite.errors import InputError
from pinnsuite.report.figures.style import BLUE, VERMILION, canvas, grid, symbol
from pinnsuite.solvers.pieces import Piece, Pieces

LABELS, TIMES, FINE = 25, 81, 400  # lines, points of a line, and labels among which the least stretch is sought


def can_draw(pieces: Pieces | None) -> bool:
    """Whether the frame moves along one axis of space."""
    return pieces is not None and all(isinstance(p.frame, Moving) and len(p.frame.space) == 1 for p in pieces.pieces)


def draw_characteristics(pieces: Pieces, path: Path) -> Path:
    """X(xi, t) of labels of even distance, and the least and largest X_xi over time; 0 is where the map would fold.

    Labels start anew with every window. Raises `InputError` if the frame does not move along one axis.
    """
    if not can_draw(pieces):
        raise InputError("There are no characteristics to draw", expected="a moving frame in one dimension of space")
    with canvas(Path(path), 9.2, 3.3) as figure:
        lines, stretches = figure.subplots(1, 2)
        for piece in pieces.pieces:
            t, places, least, largest = _carried(piece, pieces)
            lines.plot(t, places, color=BLUE, lw=0.8)
            stretches.plot(t, largest, color=BLUE, lw=1.4)
            stretches.plot(t, least, color=VERMILION, lw=1.4)
        x = next(iter(pieces.coordinates))
        lines.set_ylabel(rf"${x}$ of even labels")
        stretches.set_ylabel(rf"least and largest $\partial {x}/\partial\xi$")
        stretches.axhline(0, color="0.4", lw=0.9, linestyle="--")
        for ax in (lines, stretches):
            ax.set_xlabel(symbol(str(pieces.time)))
            grid(ax)
    return Path(path)


def _carried(piece: Piece, pieces: Pieces) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Times, places (times, labels), and the least and largest X_xi at these times."""
    frame = piece.frame
    assert isinstance(frame, Moving)
    (name,), time = frame.space, str(pieces.time)
    axis, span = frame.domain.axes[name], frame.domain.axes[time]
    t = torch.linspace(span.low, span.high, TIMES, dtype=torch.float64)
    few = torch.linspace(axis.low, axis.high, LABELS, dtype=torch.float64)
    many = torch.linspace(axis.low, axis.high, FINE, dtype=torch.float64)

    def over(labels: torch.Tensor, what: str) -> np.ndarray:
        now, label = torch.meshgrid(t, labels, indexing="ij")
        points = {name: label.reshape(-1), time: now.reshape(-1)}
        expression = frame.positions[name] if what == "place" else frame.stretch
        return evaluate([expression], pieces.coordinates, points, pieces.scalars).reshape(now.shape).numpy()

    stretch = over(many, "stretch")
    return t.numpy(), over(few, "place"), stretch.min(1), stretch.max(1)
