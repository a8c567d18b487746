"""Weights of residuals that are far larger than most: Huber's."""

from __future__ import annotations

import torch

FAR = 1.345  # standard deviations; with normal noise the estimate keeps 95 % of its efficiency
NORMAL = 1.4826  # the standard deviation of a normal law over its median absolute deviation


def huber(residuals: torch.Tensor) -> torch.Tensor:
    """min(1, 1.345 s/|r|), (points,), with s from the median of |r|.

    Least squares with these weights, set anew from its own residuals until they stay, minimise Huber's loss: r^2/2 up
    to 1.345 s and linear beyond (P. J. Huber, Ann. Math. Stat. 35 (1964) 73).
    """
    size = residuals.detach().abs()
    return (FAR * huber_scale(residuals) / size.clamp_min(torch.finfo(size.dtype).tiny)).clamp(max=1.0)


def huber_scale(residuals: torch.Tensor) -> torch.Tensor:
    """s, the standard deviation of the normal law with this median of |r|."""
    return NORMAL * residuals.detach().abs().median()
