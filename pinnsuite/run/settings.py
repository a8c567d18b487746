"""How a run is kept and shown; nothing here changes its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from pinnsuite.errors import InputError

BUDGETS = (
    "run",
    *(f"optimizer.{n}" for n in ("max_steps", "gauss_newton_steps", "first_order_steps")),
    *(f"optimizer.{n}.max_steps" for n in ("first", "then")),
)
"""Configuration keys that do not belong to a run's identity."""


@dataclass(frozen=True)
class RunSettings:
    """Where a run is kept, how long it may take, how often it speaks and saves.

    dir: its folder; without one, results/runs/<problem>/<solver>/<name>-<hash of the configuration>.
    max_seconds: stops the run, never steers it.
    redo: start again where a finished run stands.
    from_best: resume from the checkpoint with the smallest loss of its window, instead of from the newest; what came
        after it is given up, every time that it is asked for.
    accept_change: resume with another number of threads or on another device, giving up equality to the bit.
    """

    dir: str | None = None
    name: str | None = None
    max_seconds: float | None = None
    log_every: int = 10
    checkpoint_every_seconds: float = 60.0
    keep: int = 2
    tensorboard: bool = False
    redo: bool = False
    figures: bool = True
    from_best: bool = False
    accept_change: bool = False

    def __post_init__(self) -> None:
        if self.max_seconds is not None and self.max_seconds <= 0:
            raise InputError("run.max_seconds must be positive", given=self.max_seconds)
        if self.log_every < 1 or self.keep < 1:
            raise InputError(
                "run.log_every and run.keep must be at least 1", given=f"log_every={self.log_every}, keep={self.keep}"
            )
        if self.checkpoint_every_seconds < 0:
            raise InputError("run.checkpoint_every_seconds cannot be negative", given=self.checkpoint_every_seconds)
