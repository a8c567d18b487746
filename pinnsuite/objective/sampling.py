"""Points that follow the residual, with the weights that keep the objective the same integral."""

from __future__ import annotations

import hashlib

import torch

from pinnsuite.domain.box import Points


def seed_of(*key: int | str) -> int:
    """A seed from what identifies a draw, so that any draw can be repeated without the ones before it."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:4], "little") % (2**31 - 1)


def follow_residual(
    candidates: Points, size: torch.Tensor, count: int, share: float, seed: int, attention: float = 0.0
) -> tuple[Points, torch.Tensor]:
    """``count`` of the candidates, and weights of mean one, drawn from q = (1 - share) + share r / mean(r).

    ``size`` is a nonnegative residual size per candidate. Systematic resampling keeps the draw even; weights 1 / q keep
    the weighted mean an estimate of the plain mean over the domain (importance sampling). With ``attention`` a they are
    q^(a - 1): at 1 points count as they are drawn (Wu et al. 2023), and large residuals weigh more than others, as in
    residual-based attention (Anagnostopoulos et al. 2024).
    """
    mean = size.mean()
    density = torch.ones_like(size) if not mean > 0 else (1 - share) + share * size / mean
    edges = torch.cumsum(density / density.sum(), 0)
    start = torch.rand(1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    ticks = (torch.arange(count, dtype=torch.float64) + start) / count
    chosen = torch.searchsorted(edges, ticks.to(edges)).clamp_max(len(size) - 1)
    weights = density[chosen] ** (attention - 1)
    return {k: v[chosen] for k, v in candidates.items()}, weights / weights.mean()
