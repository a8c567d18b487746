"""All harmonics of a coordinate at once: the same as one by one, with derivatives, also of a phase that bends."""

from __future__ import annotations

import math

import torch

from pinnsuite.ansatz.embedding import inputs_of
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import D, call, coordinate
from pinnsuite.domain.axis import Axis
from pinnsuite.networks.waves import Waves

X = torch.linspace(-0.7, 2.3, 11, dtype=torch.float64)


def test_derivatives_of_every_harmonic() -> None:
    waves = inputs_of("x", Axis(-1, 3, periodic=True), 3)
    x = coordinate("x")
    for order in range(5):
        found = evaluate([D(w, *[x] * order) if order else w for w in waves], ["x"], {"x": X})
        for i, column in enumerate(found.T):
            k = 2 * math.pi / 4 * (i // 2 + 1)
            phase = k * (X + 1) + order * math.pi / 2
            wanted = k**order * (torch.cos(phase) if i % 2 == 0 else torch.sin(phase))
            assert torch.allclose(column, wanted, rtol=1e-13, atol=1e-13 * k**order)


def test_a_phase_that_bends() -> None:
    """cos(2 x^3) and its second derivative."""
    x = coordinate("x")
    waves = call(Waves(2), [x * x * x], 4)
    value, second = evaluate([waves[2], D(waves[2], x, x)], ["x"], {"x": X}).T
    assert torch.allclose(value, torch.cos(2 * X**3), atol=1e-13)
    wanted = -12 * X * torch.sin(2 * X**3) - 36 * X**4 * torch.cos(2 * X**3)
    assert torch.allclose(second, wanted, atol=1e-11)


def test_it_is_an_ordinary_module_too() -> None:
    found = Waves(2)(X[:, None])
    assert torch.equal(found, torch.stack([torch.cos(X), torch.sin(X), torch.cos(2 * X), torch.sin(2 * X)], dim=1))
