"""Derivatives of arrays along one axis: spectral on periodic uniform grids, finite differences elsewhere."""

from __future__ import annotations

import math

import torch

from pinnsuite.errors import InputError


def spectral(values: torch.Tensor, dim: int, length: float, order: int) -> torch.Tensor:
    """The derivative of the trigonometric interpolant: i k per order, k = 2 pi m / length.

    The Nyquist mode of an even number of points has no odd derivative.
    """
    n = values.shape[dim]
    modes = torch.arange(n // 2 + 1, dtype=values.dtype, device=values.device)
    factor = (2j * math.pi / length * modes) ** order
    if n % 2 == 0 and order % 2:
        factor[-1] = 0
    shape = [1] * values.ndim
    shape[dim] = -1
    return torch.fft.irfft(torch.fft.rfft(values, dim=dim) * factor.reshape(shape), n=n, dim=dim)


def fornberg(x: torch.Tensor, order: int, accuracy: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Finite difference stencils on increasing points x (n,): indices and weights, (n, width) each.

    Each uses its nearest points, one-sided at the ends, and is exact for polynomials of degree below the width
    order + accuracy (made odd, so that it is centred; or n, where there are no more points) (Fornberg 1988).
    """
    n = len(x)
    width = min((order + accuracy) | 1, n)
    if width <= order:
        raise InputError(
            f"A grid axis has too few points for a derivative of order {order}",
            given=n,
            expected=f"at least {order + 1}",
        )
    start = (torch.arange(n) - width // 2).clamp(0, n - width)
    index = start[:, None] + torch.arange(width)
    offsets = x[index.to(x.device)] - x[:, None]
    # the recursion over points, vectorised over stencils: weights[m] are those of the m-th derivative
    weights = x.new_zeros(order + 1, n, width)
    weights[0, :, 0] = 1
    product, last = x.new_ones(n), offsets[:, 0]
    for j in range(1, width):
        before, product_now, here = weights.clone(), x.new_ones(n), offsets[:, j]
        for i in range(j):
            gap = here - offsets[:, i]
            product_now = product_now * gap
            for m in range(min(j, order), -1, -1):
                lower = m * before[m - 1, :, i] if m else 0.0
                weights[m, :, i] = (here * before[m, :, i] - lower) / gap
        for m in range(min(j, order), -1, -1):
            lower = m * before[m - 1, :, j - 1] if m else 0.0
            weights[m, :, j] = product / product_now * (lower - last * before[m, :, j - 1])
        product, last = product_now, here
    return index.to(x.device), weights[order]


def finite(values: torch.Tensor, dim: int, index: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Apply stencils along one axis."""
    shape = [1] * values.ndim
    shape[dim] = -1
    result = torch.zeros_like(values)
    for j in range(index.shape[1]):
        result = result + values.index_select(dim, index[:, j]) * weights[:, j].to(values).reshape(shape)
    return result
