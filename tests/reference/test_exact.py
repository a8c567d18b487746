"""An exact solution on a grid: every value where its coordinates are."""

from __future__ import annotations

import numpy as np
import torch

from pinnsuite.reference.exact import on_grid


def test_values_are_in_the_order_of_the_axes() -> None:
    x, y, t = np.linspace(0, 1, 4), np.linspace(2, 3, 3), np.array([0.5, 7.0])
    found = on_grid(lambda t, x, y: {"u": x + 10 * y * t, "v": torch.sin(x)}, x=x, y=y, t=t)
    assert list(found) == ["u", "v"] and all(values.dtype == np.float64 for values in found.values())
    np.testing.assert_allclose(found["u"], x[:, None, None] + 10 * y[:, None] * t, rtol=1e-15)
    np.testing.assert_allclose(found["v"], np.broadcast_to(np.sin(x)[:, None, None], (4, 3, 2)), rtol=1e-15)
