"""The values that an unknown's scaled numbers stand for."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import coordinate
from pinnsuite.parameters import Unknown


def values_of(unknown: Unknown, scaled: Sequence[float]) -> list[float]:
    """The values that scaled numbers stand for."""
    r = torch.tensor(list(scaled), dtype=torch.float64)
    expression = unknown.expression("r", coordinate("r"))
    return [float(v) for v in evaluate([expression], ["r"], {"r": r})[:, 0]]
