"""What every optimizer is: a frozen policy with two verbs, `start` and `step`.

The trained numbers live in ``objective.parameters``; everything else an optimizer remembers is in its state, a flat
dictionary of tensors and numbers, so that saving and resuming need no knowledge of the method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch

from pinnsuite.objective.objective import Objective
from pinnsuite.run.verdict import Verdict

State = dict[str, torch.Tensor | float | int]

JUMP = 30.0  # times the loss on the points before: new points were needed, and more of them


@dataclass(frozen=True)
class Step:
    """What one step did: the objective before it, a reason to stop if there is one, and figures for the log."""

    loss: float
    verdict: Verdict | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


class Optimizer(Protocol):
    """A method. ``step`` moves ``objective.parameters`` and returns the new state."""

    @property
    def max_steps(self) -> int: ...

    def start(self, objective: Objective) -> State: ...

    def steps_per_draw(self, state: State) -> int:
        """How many steps the same points are good for, unless the solver says."""
        ...

    def redrawn(self, state: State) -> State:
        """The state to go on with after the points were drawn anew: what remembers old residuals is forgotten."""
        ...

    def retry(self, state: State) -> State:
        """A more careful state after a step that was not finite."""
        ...

    def step(self, objective: Objective, state: State) -> tuple[Step, State]: ...
