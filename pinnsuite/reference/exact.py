"""An exact solution as a reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch


def on_grid(exact: Callable[..., Mapping[str, Any]], **axes: np.ndarray) -> dict[str, np.ndarray]:
    """{field: array (len(x), len(y), ...)} of a solution in plain torch on the tensor product of ``axes``.

    ``exact`` takes the coordinates by name, each as a tensor of that shape, and gives {field: tensor}; an axis is an
    array (count,), and their order is that of the result's dimensions.
    """
    grid = torch.meshgrid(*(torch.as_tensor(line) for line in axes.values()), indexing="ij")
    return {name: value.numpy() for name, value in exact(**dict(zip(axes, grid, strict=True))).items()}
