"""Matrix products of the size that networks have."""

from __future__ import annotations

import numpy as np
import torch


def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a b for matrices, without gradients.

    On the CPU by NumPy: its OpenBLAS takes the tall and narrow products of a layer two to three times faster than the
    MKL of torch on an AMD processor (measured, widths 16 to 64), and not slower elsewhere.
    """
    if a.device.type != "cpu":
        return a @ b
    result = torch.empty(a.shape[0], b.shape[1], dtype=a.dtype)
    np.matmul(a.detach().numpy(), b.detach().numpy(), out=result.numpy())
    return result
