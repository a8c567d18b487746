"""A rate that changes as the steps go on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pinnsuite.errors import InputError


@dataclass(frozen=True)
class Schedule:
    """Constant; cosine to zero at ``max_steps``; or exponential, times ``decay`` every ``decay_steps``.

    The rate rises linearly over the first ``warmup`` steps.
    """

    max_steps: int = 20000
    rate: float = 1e-3
    schedule: Literal["constant", "cosine", "exponential"] = "exponential"
    warmup: int = 0
    decay: float = 0.9
    decay_steps: int = 1000

    def __post_init__(self) -> None:
        counts = min(self.max_steps, self.decay_steps) >= 1 and self.warmup >= 0
        if not (counts and self.rate > 0 and self.decay > 0):
            raise InputError(
                f"{type(self).__name__} needs rate, decay > 0, warmup >= 0, and max_steps, decay_steps of at least 1",
                given=f"rate={self.rate}, decay={self.decay}, warmup={self.warmup}, max_steps={self.max_steps}, "
                f"decay_steps={self.decay_steps}",
            )

    def rate_at(self, step: int) -> float:
        """The rate of step number ``step``, counted from 1."""
        ramp = min(1.0, step / self.warmup) if self.warmup else 1.0
        if self.schedule == "cosine":
            return ramp * self.rate * 0.5 * (1 + math.cos(math.pi * min(step / self.max_steps, 1.0)))
        if self.schedule == "exponential":
            return ramp * self.rate * self.decay ** (step / self.decay_steps)
        return ramp * self.rate
