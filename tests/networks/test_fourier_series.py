"""Fourier series in a network's place: values and derivatives against the sum itself, in both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite.calculus.expression import D, coordinate
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.errors import InputError
from pinnsuite.networks.fourier_series import FourierSeries, fourier_series

X, Y = coordinate("x"), coordinate("y")
WAVES = [np.array([-3.0, 0.0, 1.0]), np.array([0.0, 2.0])]
COEFFICIENTS = np.random.default_rng(0).standard_normal((3, 2, 2)) @ np.array([1, 1j])
POINTS = {n: torch.linspace(-1, 2, 20, dtype=torch.float64) ** p for n, p in (("x", 1), ("y", 2))}
PHASES: list[Any] = [2 * X - 1, X + 3 * Y]


def values(expression: Any, reader: Any, points: Any = POINTS) -> torch.Tensor:
    program = reader([expression], ["x", "y"])
    return program(program.prepare(points), {}, Tape())[:, 0]


def exact(orders: tuple[int, int]) -> torch.Tensor:
    """The derivative of the sum, term by term."""
    x, y = (POINTS[n].numpy() for n in ("x", "y"))
    total = np.zeros_like(x)
    for i, k in enumerate(WAVES[0]):
        for j, m in enumerate(WAVES[1]):
            rate_x, rate_y = 2 * k + m, 3 * m
            wave = np.exp(1j * (k * (2 * x - 1) + m * (x + 3 * y)))
            total += (COEFFICIENTS[i, j] * (1j * rate_x) ** orders[0] * (1j * rate_y) ** orders[1] * wave).real
    return torch.from_numpy(total)


@pytest.mark.parametrize("reader", [TaylorProgram, ReverseProgram])
@pytest.mark.parametrize("orders", [(0, 0), (1, 0), (2, 1), (0, 3)])
def test_values_and_derivatives_are_those_of_the_sum(reader: Any, orders: tuple[int, int]) -> None:
    series = fourier_series(PHASES, WAVES, COEFFICIENTS)
    wanted = D(series, *[X] * orders[0], *[Y] * orders[1]) if sum(orders) else series
    torch.testing.assert_close(values(wanted, reader), exact(orders), rtol=1e-12, atol=1e-10)


def test_single_precision_in_single_precision_out() -> None:
    series = fourier_series(PHASES, WAVES, COEFFICIENTS)
    found = values(D(series, X), TaylorProgram, {n: p.float() for n, p in POINTS.items()})
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), exact((1, 0)), rtol=1e-4, atol=1e-4)


def test_phases_that_bend_are_refused() -> None:
    with pytest.raises(InputError, match="affine"):
        values(D(fourier_series([X * X, Y], WAVES, COEFFICIENTS), X), TaylorProgram)
    with pytest.raises(InputError, match="do not fit"):
        FourierSeries(WAVES, COEFFICIENTS.T)
