"""How much measurements count beside each other while a fit goes on, where a few are far off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinnsuite.objective.robust import huber

if TYPE_CHECKING:
    from pinnsuite.solvers.window import Window


def weigh_robust(window: Window) -> None:
    """Set Huber's weights of robust fields from their residuals."""
    for block, condition in window.blocks:
        if condition is not None and condition.noise is not None and condition.noise.robust:
            assert block.prepared is not None
            block.emphasise(huber(window.raw(block, block.prepared)[:, 0]))
