"""Figures of a solution, of how its run went, and of how solvers compare."""

from __future__ import annotations

from pinnsuite.report.figures.comparison import draw_comparison
from pinnsuite.report.figures.cost import draw_cost
from pinnsuite.report.figures.heatmap import draw_heatmap
from pinnsuite.report.figures.history import draw_history
from pinnsuite.report.figures.solution import draw_solution

__all__ = ["draw_comparison", "draw_cost", "draw_heatmap", "draw_history", "draw_solution"]
