"""Where a quantity is needed for its averages over boxes and along segments: Gauss-Legendre nodes."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import torch

FEWEST, ALONG = 4, 60  # nodes of a rule: at least, and more per extent of all places

Points = Mapping[str, torch.Tensor]


def averaging(points: Points, over: Mapping[str, float], to: Points) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The nodes of n averages, (n k,), and the weights, (k,), with which every k of them make one; they sum to one.

    An average is that over a box of lengths ``over`` around its point, (n,) of each coordinate, and along the segment
    x + s (end - x), 0 < s < 1, from there to the end that ``to`` gives, (n,) of each coordinate that changes. Segments
    have as many nodes as the longest of them needs.
    """
    counts = _counts(points, over, to)
    if not counts:
        return dict(points), torch.ones(1, dtype=torch.float64)
    places, weights = _rule(tuple(counts))
    size, count = len(weights), len(next(iter(points.values())))
    nodes = {c: x.repeat_interleave(size) for c, x in points.items()}
    for i, (c, length) in enumerate(over.items()):
        nodes[c] = nodes[c] + (length / 2 * places[:, i]).repeat(count)
    for c, end in to.items():
        half = (end - points[c]) / 2
        nodes[c] = nodes[c] + half.repeat_interleave(size) * (1 + places[:, -1]).repeat(count)
    return nodes, weights


def _counts(points: Points, over: Mapping[str, float], to: Points) -> list[int]:
    """Nodes along each coordinate of boxes, then along segments."""
    shares = [length / (_extent(points[c]) + length) for c, length in over.items()]
    if to:
        spans = {c: float((end - points[c]).abs().max()) for c, end in to.items()}
        shares.append(max(s / (_extent(points[c], to[c]) or 1.0) for c, s in spans.items()))
    return [FEWEST + round(ALONG * share) for share in shares]


def _extent(*places: torch.Tensor) -> float:
    every = torch.cat(places)
    return float(every.max() - every.min())


@functools.cache
def _rule(counts: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Nodes in the cube [-1, 1]^d, (k, d), and their weights, which sum to one, (k,)."""
    rules = [np.polynomial.legendre.leggauss(count) for count in counts]
    places = torch.tensor(list(product(*[x for x, _ in rules])), dtype=torch.float64)
    weights = torch.tensor([float(np.prod(w)) for w in product(*[w / 2 for _, w in rules])], dtype=torch.float64)
    return places, weights
