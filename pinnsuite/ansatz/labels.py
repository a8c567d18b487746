"""The label of a point that a moving frame has carried to a given place: Newton's method, for all points at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from pinnsuite.domain.region import Interior

LEVELS = 256  # of time, at which candidates are carried along
CANDIDATES = {1: 64, 2: 512, 3: 2048}
ITERATIONS, SMALLEST = 60, 1e-6  # of Newton's method, and the least share of a step that is tried
ROUNDING = 8  # units of it that a place may be off


def nearest(
    domain: Any,
    space: Sequence[str],
    points: Mapping[str, torch.Tensor],
    places: Callable[[Mapping[str, torch.Tensor]], torch.Tensor],
) -> torch.Tensor:
    """Of some labels all over the domain those that are carried nearest to each point, (points, dimensions).

    ``places`` gives where labels are carried, (labels, dimensions). Where an axis is periodic, its next period counts.
    """
    axes, time = [domain.axes[n] for n in space], points[domain.time]
    wanted = torch.stack([points[n] for n in space], dim=1)
    drawn = domain.sample(Interior(), CANDIDATES[len(space)], seed=0)
    candidates = torch.stack([drawn[n] for n in space], dim=1).to(wanted)
    span = domain.axes[domain.time]
    level, owner = ((time - span.low) * (LEVELS / span.length)).round().unique(return_inverse=True)
    then, label = (span.low + level * span.length / LEVELS)[:, None], candidates[None]
    every = label.expand(len(level), -1, -1).reshape(-1, len(space))
    carried = places(
        {
            **dict(zip(space, every.T, strict=True)),
            domain.time: then.expand(-1, len(candidates)).reshape(-1),
        }
    ).view(len(level), len(candidates), len(space))
    found = torch.empty_like(wanted)
    for k in range(len(level)):
        here = owner == k
        gap = wanted[here][:, None] - carried[k]
        shift = torch.zeros_like(gap)
        for j, axis in enumerate(axes):
            if axis.periodic:
                shift[..., j] = (gap[..., j] / axis.length).round() * axis.length
        best = (gap - shift).square().sum(2).argmin(1)
        found[here] = candidates[best] + shift[torch.arange(len(best)), best]
    return found


def invert(
    mapped: Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]],
    wanted: torch.Tensor,
    labels: torch.Tensor,
) -> torch.Tensor:
    """xi with X(xi) = wanted, (points, dimensions), by damped Newton steps from ``labels``; the best that was found.

    ``mapped(labels, which)`` gives X and its Jacobian for the points numbered ``which``.
    """
    labels, count = labels.clone(), len(wanted)
    place, jacobian = mapped(labels, torch.arange(count))
    gap = wanted - place
    share = labels.new_ones(count)
    for _ in range(ITERATIONS):
        enough = ROUNDING * torch.finfo(labels.dtype).eps * wanted.abs().clamp_min(1.0)
        (which,) = torch.where((gap.abs() > enough).any(1) & (share > SMALLEST))
        if not len(which):
            break
        step, failed = torch.linalg.solve_ex(jacobian[which], gap[which])
        step = torch.where((failed == 0)[:, None] & step.isfinite(), step, gap[which])
        trial = labels[which] + share[which, None] * step
        place, slope = mapped(trial, which)
        missed = wanted[which] - place
        better = missed.square().sum(1) < gap[which].square().sum(1)
        kept = which[better]
        labels[kept], gap[kept], jacobian[kept] = trial[better], missed[better], slope[better]
        share[which] = torch.where(better, (2 * share[which]).clamp_max(1.0), share[which] / 4)
    return labels
