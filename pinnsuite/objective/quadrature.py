"""Points and weights of an integral condition."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import torch

from pinnsuite.domain.box import Box, Points
from pinnsuite.domain.region import Slice


def averaging(box: Box, over: Sequence[str], rows: int, seed: int, nodes: int = 24) -> tuple[Points, torch.Tensor]:
    """Gauss-Legendre nodes along the axes ``over`` at ``rows`` draws of the others, (rows nodes^d,) of each coordinate,
    and the weights, (nodes^d,), with which those of a draw in turn give the mean of an integrand; they sum to one.
    """
    x, w = np.polynomial.legendre.leggauss(nodes)
    lines = {n: box.axes[n].low + box.axes[n].length * (x + 1) / 2 for n in over}
    product = torch.tensor(list(itertools.product(*lines.values())), dtype=torch.float64)
    weights = torch.tensor([np.prod(c) for c in itertools.product(*[w / 2] * len(over))], dtype=torch.float64)
    others = [n for n in box.axes if n not in over]
    rows = rows if others else 1
    middle = Slice(tuple((n, box.axes[n].low) for n in over))
    draws = box.sample(middle, rows, seed)
    size = len(weights)
    points = {n: draws[n].repeat_interleave(size) for n in others}
    points |= {n: product[:, i].repeat(rows) for i, n in enumerate(over)}
    return {n: points[n] for n in box.axes}, weights
