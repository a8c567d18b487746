"""Whether a compiled loop does what torch's own operations do: asked before it is used."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch

log = logging.getLogger(__name__)
ROUNDINGS = 1e4  # by which sums of products in another order may differ


def agree(what: str, found: Sequence[torch.Tensor], wanted: Sequence[torch.Tensor]) -> bool:
    """Whether tensors are the same up to rounding; where not, ``what`` is said to be left out."""
    close = all(
        torch.allclose(a, b, rtol=0, atol=_rounding(b), equal_nan=True) for a, b in zip(found, wanted, strict=True)
    )
    if not close:
        log.warning("%s does not agree with torch's own operations, which are used instead, and are slower.", what)
    return close


def _rounding(values: torch.Tensor) -> float:
    finite = values[values.isfinite()]
    return ROUNDINGS * torch.finfo(values.dtype).eps * (float(finite.abs().max()) if len(finite) else 0.0)
