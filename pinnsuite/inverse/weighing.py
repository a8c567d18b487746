"""What the residuals of a fit say, whenever its points are drawn, of how much measurements should count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from pinnsuite.inverse.measured import PRIOR
from pinnsuite.objective.block import Block
from pinnsuite.objective.noise import relative_noise, weights
from pinnsuite.objective.robust import huber

if TYPE_CHECKING:
    from pinnsuite.solvers.window import Window


def weigh(window: Window) -> None:
    """Huber's weights for robust fields, and every field and prior as the noise calls for that is estimated."""
    measured = [(b, c.noise) for b, c in window.blocks if c is not None and c.noise is not None]
    priors = [b for b, c in window.blocks if c is not None and c.condition.kind == PRIOR]
    if not measured:
        return
    left = [_left(window, b) for b, _ in measured]
    for (block, noise), residuals in zip(measured, left, strict=True):
        if noise.robust:
            block.emphasise(huber(residuals))
    noises = [n for _, n in measured]
    if all(n.known for n in noises):
        return
    further, of_priors = weights(noises, relative_noise(noises, left))
    for (block, _), weight in zip(measured, further, strict=True):
        block.balance = weight
    for block in priors:
        block.balance = of_priors


def _left(window: Window, block: Block) -> torch.Tensor:
    """What is left of the values of a field, in its units."""
    assert block.prepared is not None
    raw = window.raw(block, block.prepared)[:, 0]
    return raw if block.aggregate is None else block.aggregate @ raw
