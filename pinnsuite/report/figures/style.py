"""How every figure looks: fonts, colours, symbols with units, and how it is saved."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pinnsuite.calculus.expression import field
from pinnsuite.calculus.printing import latex
from pinnsuite.run.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito, Color Universal Design (2008): told apart with every kind of colour vision.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#000000")
SIGNED, MAGNITUDE, VALUE = "RdBu_r", "magma", "viridis"

STYLE: Any = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 11,
    "axes.titlesize": 11.5,
    "axes.labelsize": 12,
    "axes.linewidth": 0.8,
    "axes.formatter.limits": (-2, 4),
    "axes.formatter.use_mathtext": True,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "savefig.dpi": 150,
    "savefig.pad_inches": 0.06,
}


@contextmanager
def canvas(path: Path, width: float, height: float, packed: bool = False) -> Iterator[Figure]:
    """A figure of that size in inches; it is written to ``path``, whole or not at all, when the block ends.

    ``packed`` closes the gaps between panels of fixed proportions.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="compressed" if packed else "constrained")
        FigureCanvasAgg(figure)
        yield figure
        image = io.BytesIO()
        figure.savefig(image, format="png", bbox_inches="tight" if packed else None)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, image.getvalue())


def symbol(name: str) -> str:
    """A name as mathematics: ``psi_x`` becomes a Greek letter with a subscript."""
    return f"${latex(field(name))}$"


def label(name: str, unit: str = "") -> str:
    """A symbol with its unit: x [m^2/s]."""
    if not unit:
        return symbol(name)
    head, *powers = unit.replace("*" * 2, "^").split("^")
    exponents = []
    for part in powers:
        digits = len(part) - len(part.lstrip("-+.0123456789"))
        exponents.append(f"^{{{part[:digits]}}}" + _upright(part[digits:]))
    return f"{symbol(name)} [${_upright(head)}{''.join(exponents)}$]"


def _upright(word: str) -> str:
    safe = word.replace("%", r"\%").replace("*", r"\,").replace(" ", r"\ ").replace("$", "").replace("_", r"\_")
    return rf"\mathrm{{{safe}}}" if safe else ""


def scientific(value: float) -> str:
    """3.1e-07 as mathematics; ordinary numbers stay as they are."""
    if value == 0 or not math.isfinite(value) or 0.1 <= abs(value) < 1000:
        return f"{value:.3g}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return rf"${mantissa}\times 10^{{{int(exponent)}}}$"


def colourbar(figure: Figure, image: Any, axes: Axes, label: str = "") -> None:
    """A slim bar beside one panel."""
    bar = figure.colorbar(image, ax=axes, fraction=0.06, pad=0.03, aspect=24, label=label)
    bar.outline.set_linewidth(0.6)
    bar.ax.tick_params(width=0.6, length=3)
    bar.ax.yaxis.set_offset_position("left")  # the power of ten begins at the bar instead of reaching over the panel


def legend(figure: Figure, *panels: Axes, least: int = 2) -> None:
    """What the lines of panels mean, if there are several, above all panels, where it hides nothing."""
    found: dict[str, Any] = {}
    for ax in panels:
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(name, handle)
    if len(found) >= least:
        figure.legend(found.values(), found.keys(), loc="outside upper center", ncols=len(found))


def make_room(axes: Axes, low: float, high: float) -> None:
    """Extend a panel to values from low to high, by no more than its height to either side."""
    bottom, top = axes.get_ylim()
    reach = top - bottom
    axes.set_ylim(min(bottom, max(low, bottom - reach)), max(top, min(high, top + reach)))


def grid(axes: Axes) -> None:
    """Faint lines behind curves."""
    axes.grid(True, which="major", color="0.9", linewidth=0.7)
    axes.set_axisbelow(True)
