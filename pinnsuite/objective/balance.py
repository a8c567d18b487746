"""Weights that keep the parts of an objective in balance.

In f = sum_j w_j |r_j|^2 over blocks j, a part with a much smaller gradient or kernel than the others is not learned.

- "gradient": w_j ~ 1 / |grad |r_j|^2| (Wang, Teng and Perdikaris 2021; Wang et al. 2023, algorithm 1);
- "kernel":   w_j ~ 1 / |J_j|_F^2, the trace of the neural tangent kernel of block j (Wang, Yu and Perdikaris 2022).

Weights have mean one and move by a running mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from pinnsuite.objective.block import Block
from pinnsuite.objective.objective import Objective

Balance = Literal["none", "gradient", "kernel"]
MEMORY = 0.9  # of the running mean


def rebalance(blocks: Sequence[Block], objective: Objective, rule: Balance) -> None:
    """Move the weights of some blocks towards balance at the present parameters; nothing for one block or "none"."""
    if rule == "none" or len(blocks) < 2:
        return
    sizes = []
    for block in blocks:
        part = Objective([block], objective.parameters, objective.chunk, objective.workers)
        if rule == "gradient":
            size = float(part.gradient()[1].norm())
        else:
            size = part.kernel_trace()
        sizes.append(size / block.balance)
    if not all(size > 0 and math.isfinite(size) for size in sizes):
        return
    inverse = [1 / size for size in sizes]
    mean = sum(inverse) / len(inverse)
    for block, value in zip(blocks, inverse, strict=True):
        block.balance = MEMORY * block.balance + (1 - MEMORY) * value / mean
