"""A Fourier series that is not trained: a given field, or the end state of a window."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from pinnsuite.calculus.expression import Expression, call
from pinnsuite.calculus.indices import LowerSet, MultiIndex
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError

CHUNK = 2**22  # complex numbers that are held at a time


def fourier_series(phases: Sequence[Expression], waves: Sequence[np.ndarray], coefficients: np.ndarray) -> Expression:
    """Re sum_k c_k exp(i k . theta) as an expression of the phases theta, which are affine in the coordinates."""
    (series,) = call(FourierSeries(waves, coefficients), phases, 1)
    return series


class FourierSeries(torch.nn.Module):
    """f(theta) = Re sum_k c_k exp(i k . theta), theta of dimension d, on a grid of wave vectors.

    A point costs one product with the coefficients instead of one exponential for each wave vector, since
    exp(i k . theta) = prod_j exp(i k_j theta_j); a Taylor coefficient multiplies c_k by (i k . dtheta)^n / n!.
    """

    def __init__(self, waves: Sequence[np.ndarray], coefficients: np.ndarray) -> None:
        """``waves`` are the wave numbers k_j of each axis, and ``coefficients`` the c_k, (len(k_1), ..., len(k_d))."""
        super().__init__()
        if coefficients.shape != tuple(len(k) for k in waves):
            given = f"{coefficients.shape} for {[len(k) for k in waves]} wave numbers"
            raise InputError("The coefficients of a series do not fit its wave numbers", given=given)
        self.waves = [torch.from_numpy(np.array(k, dtype=np.float64)) for k in waves]
        self.coefficients = torch.from_numpy(np.array(coefficients, dtype=np.complex128))

    def forward(self, theta: torch.Tensor) -> torch.Tensor:
        """f at (points, d), (points, 1)."""
        (value,) = self._sums(theta, [self.coefficients])
        return value[:, None]

    def taylor(self, stack: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """Taylor coefficients of f, (coefficients, points, 1), from those of the phases, (coefficients, points, d)."""
        slopes = {a: self._slope(stack[i], a) for a, i in carried.position.items() if sum(a)}
        factors = {i: self._factor(a, slopes) for a, i in carried.position.items()}
        given = {i: self.coefficients * f for i, f in factors.items() if f is not None}
        result = stack.new_zeros(len(carried), stack.shape[1], 1)
        step = max(1, CHUNK // self.coefficients.numel())
        for start in range(0, stack.shape[1], step):
            part = slice(start, start + step)
            for i, value in zip(given, self._sums(stack[0, part], list(given.values())), strict=True):
                result[i, part, 0] = value
        return result

    def _sums(self, theta: torch.Tensor, coefficients: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Re sum_k c_k exp(i k . theta) at (points, d) for each set of coefficients."""
        kind = torch.promote_types(theta.dtype, torch.complex64)
        waves = [torch.exp(1j * theta[:, j, None] * k.to(theta)) for j, k in enumerate(self.waves)]
        result = []
        for c in coefficients:
            total = waves[0] @ c.to(theta.device, kind).reshape(len(self.waves[0]), -1)
            for wave in waves[1:]:
                total = torch.einsum("pk,pkr->pr", wave, total.view(len(theta), wave.shape[1], -1))
            result.append(total[:, 0].real)
        return result

    def _slope(self, coefficient: torch.Tensor, a: MultiIndex) -> torch.Tensor:
        """The derivative of the phases along one coordinate, (d,); nothing may be left of higher order."""
        slope = coefficient[:1]
        if not bool((coefficient == slope).all()) or (sum(a) > 1 and bool(slope.any())):
            raise InputError("The phases of a Fourier series must be affine in the coordinates")
        return slope[0].double().cpu()

    def _factor(self, a: MultiIndex, slopes: dict[MultiIndex, torch.Tensor]) -> torch.Tensor | None:
        """prod_j (i k . dtheta/dx_j)^(a_j) / a_j! for every wave vector; None where it is zero."""
        total = torch.ones((), dtype=torch.complex128)
        for j, order in enumerate(a):
            if order:
                slope = slopes[tuple(int(i == j) for i in range(len(a)))]
                if not bool(slope.any()):
                    return None
                rate = sum(
                    s * k.view([-1 if i == m else 1 for i in range(len(self.waves))])
                    for m, (s, k) in enumerate(zip(slope, self.waves, strict=True))
                )
                total = total * (1j * rate) ** order / math.factorial(order)
        return total
