"""What a solver gives that has a training loop of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from pinnsuite.inverse.values import values_of
from pinnsuite.run.verdict import Verdict
from pinnsuite.trace import Traced

if TYPE_CHECKING:
    from pinnsuite.inverse.posterior import Posterior

Predict = Callable[[Mapping[str, torch.Tensor]], torch.Tensor]


@dataclass(frozen=True)
class Trained:
    """``predict`` maps points by coordinate name to fields, (points, fields).

    scaled: the numbers that the optimizer ended with. posterior: what data say about them, where the solver knows.
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

    @property
    def verdict_sentence(self) -> str:
        return self.verdict.value


def estimates(traced: Traced, unknowns: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """The unknown numbers, from the scaled ones that are trained."""
    return {n: values_of(u, [float(unknowns[n].detach())])[0] for n, u in traced.unknowns.items()}
