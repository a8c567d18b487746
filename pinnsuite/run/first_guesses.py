"""Which first guess of unknown numbers a fit begins from."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

import torch

from pinnsuite.run.preemption import Preemption

if TYPE_CHECKING:
    from pinnsuite.run.loop import Loop

log = logging.getLogger(__name__)
REDRAWN = 4  # steps between new points


def choose_start(loop: Loop, preemption: Preemption) -> None:
    """Some steps with every first guess of unknown numbers held; that with the smallest loss is gone on with.

    As many guesses as there is time for.
    """
    march = loop.march
    losses: list[float] = []
    ends: list[torch.Tensor] = []
    for scaled in march.starts:
        if preemption.requested or (ends and loop.out_of_time):
            break
        march.begin_from(scaled)
        march.vector.hold(*scaled)
        state = loop.optimizer.start(march.objective)
        for step in range(march.policy.start_steps):
            if step and step % REDRAWN == 0:
                march.window.draw()  # a map may have moved far, and measurements have to find their labels
                state = loop.optimizer.redrawn(state)
            with loop.watch.part("steps"):
                _, state = loop.optimizer.step(march.objective, state)
        loss = march.objective.loss()
        losses.append(loss if math.isfinite(loss) else math.inf)
        log.info("start from %s: loss %.2e", {n: f"{v:.4g}" for n, v in march.unknowns().items()}, losses[-1])
        ends.append(march.vector.copy())
    if losses:
        march.begin_from({})
        march.vector.set(ends[losses.index(min(losses))])
        march.window.draw()
