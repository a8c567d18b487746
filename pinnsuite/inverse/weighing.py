"""How much measurements count beside each other while a fit goes on, where that is not known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from pinnsuite.inverse.measured import PRIOR
from pinnsuite.objective.noise import Noise, relative_noise
from pinnsuite.objective.robust import huber

if TYPE_CHECKING:
    from pinnsuite.objective.block import Block
    from pinnsuite.solvers.window import Window

MOVED = 1.2  # times its weight: what is worth going on for


def weigh_robust(window: Window) -> None:
    """Set Huber's weights of robust fields from their residuals."""
    for block, noise in _measured(window):
        if noise.robust:
            block.emphasise(huber(_left(window, block)))


def weigh_by_noise(window: Window) -> bool:
    """Let values of unknown noise count as what is left of their fields says; whether a weight moved much.

    The most precise field keeps its weight beside the equations, and what is said of unknown functions beforehand
    counts as one of its values, as in `with_measurements` and `with_prior`.
    """
    measured = _measured(window)
    noises = [noise for _, noise in measured]
    if all(noise.known for noise in noises):
        return False
    found = relative_noise(noises, [_left(window, block) for block, _ in measured])
    finest = min(found) / min(noise.relative for noise in noises)
    weights = {id(b): (finest * n.relative / r) ** 2 for (b, n), r in zip(measured, found, strict=True)}
    moved = False
    for block, condition in window.blocks:
        if condition is not None and condition.condition.kind == PRIOR:
            weights[id(block)] = finest**2
        weight = weights.get(id(block), block.balance)
        moved |= not 1 / MOVED < weight / block.balance < MOVED
        block.balance = weight
    return moved


def _measured(window: Window) -> list[tuple[Block, Noise]]:
    return [(b, c.noise) for b, c in window.blocks if c is not None and c.noise is not None]


def _left(window: Window, block: Block) -> torch.Tensor:
    """What is left of the values of a field, in its units, (values,)."""
    assert block.prepared is not None
    return block.summed(window.raw(block, block.prepared))[:, 0]
