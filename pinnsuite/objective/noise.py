"""Noise of measurements that nobody gave: estimated from what a fit leaves of their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pinnsuite.objective.robust import huber_scale

ASSUMED = 0.01  # of the spread of values: noise that is not known, to begin with
FLOOR = 1e-3  # of the spread of values: below, it is the network's error rather than noise
FEW = 10  # values that say little of their own noise


@dataclass(frozen=True)
class Noise:
    """Of the values of one field: the standard deviation over their ``spread``, given or (not ``known``) assumed."""

    spread: float
    relative: float
    known: bool
    robust: bool = False  # a few values are far off, and say nothing of the noise of the others


def relative_noise(noises: Sequence[Noise], residuals: Sequence[torch.Tensor]) -> list[float]:
    """Noise over spread of every field, from what is left of its values in its units, (values,) each.

    The root mean square where it is not known, or what belongs to the median of the robust. Fields with few values take
    that of all which are not known.
    """
    unknown = [i for i, n in enumerate(noises) if not n.known]
    scaled = [r / n.spread for n, r in zip(noises, residuals, strict=True)]
    pooled = torch.cat([scaled[i] for i in unknown]) if unknown else torch.zeros(0)
    found = [n.relative for n in noises]
    for i in unknown:
        values = scaled[i] if len(scaled[i]) > FEW else pooled
        if len(values) > FEW:
            size = huber_scale(values) if noises[i].robust else values.square().mean().sqrt()
            found[i] = max(float(size), FLOOR)
    return found
