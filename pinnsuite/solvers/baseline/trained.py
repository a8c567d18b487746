"""What a run of the baseline gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import Expression
from pinnsuite.run.verdict import Verdict
from pinnsuite.trace import Traced

Predict = Callable[[Mapping[str, torch.Tensor]], torch.Tensor]


@dataclass(frozen=True)
class Trained:
    """What a baseline run gives. ``predict`` maps points by coordinate name to fields, (points, fields)."""

    predict: Predict
    parameters: dict[str, float]
    history: list[dict[str, float]]  # step, seconds, loss, unknowns, and the error if it was asked for
    seconds: float
    steps: int
    verdict: Verdict
    network_parameters: int

    @property
    def verdict_sentence(self) -> str:
        return self.verdict.value


def estimates(traced: Traced, unknowns: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """The unknown numbers, from the scaled ones that are trained."""
    if not unknowns:
        return {}
    like = torch.zeros(1, dtype=torch.float64, device="cpu")
    scaled = {n: v.detach().to(like).reshape(()) for n, v in unknowns.items()}
    values: Sequence[Expression] = [u.expression(n) for n, u in traced.unknowns.items()]
    found = evaluate(values, ["x"], {"x": like}, scaled)[0]
    return dict(zip(traced.unknowns, found.tolist(), strict=True))
