"""What a solver with a training loop of its own is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from pinnsuite.inverse.values import values_of
from pinnsuite.run.verdict import Verdict
from pinnsuite.trace import Traced

if TYPE_CHECKING:
    from pinnsuite.data.measured import Measured
    from pinnsuite.inverse.posterior import Posterior
    from pinnsuite.problem import Problem

Predict = Callable[[Mapping[str, torch.Tensor]], torch.Tensor]


@dataclass(frozen=True)
class Training:
    """How to train. ``progress(step, figures)`` is called a few times per second, ``error(predict)`` now and then.

    max_seconds: imports and the error evaluations are not counted. measured: what to fit, too.
    """

    measured: Sequence[Measured] = ()
    seed: int = 0
    dtype: torch.dtype = torch.float64
    threads: int | None = None
    max_seconds: float | None = None
    progress: Callable[[int, dict[str, float]], None] | None = None
    error: Callable[[Predict], float] | None = None


class SelfTrained(Protocol):
    """A solver with a training loop of its own."""

    def check(self, problem: Problem, measured: Sequence[Measured]) -> None:
        """Raise `InputError` for what the solver cannot do, before anything is written."""

    def train(self, problem: Problem, training: Training) -> Trained:
        """Solve a problem that passes `check`."""


@dataclass(frozen=True)
class Trained:
    """``predict`` maps points by coordinate name to fields, (points, fields), the derived ones too with ``derived``.

    scaled: the numbers that the optimizer ended with. posterior: what data say about them, where the solver knows.
    functions: the unknown ones as they were found, of arrays of coordinates.
    """

    predict: Predict
    parameters: dict[str, float]
    history: list[dict[str, float]]  # step, seconds, loss, unknowns, and the error if it was asked for
    seconds: float
    steps: int
    verdict: Verdict
    network_parameters: int
    method: str = "adam, lbfgs"
    scaled: Mapping[str, float] | None = None
    posterior: Posterior | None = None
    derived: bool = False
    functions: Mapping[str, Callable[..., np.ndarray]] = field(default_factory=dict)


def estimates(traced: Traced, unknowns: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """The unknown numbers, from the scaled ones that are trained."""
    return {n: values_of(u, [float(unknowns[n].detach())])[0] for n, u in traced.unknowns.items()}
