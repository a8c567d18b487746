"""A truncated Fourier-Chebyshev series whose coefficients are trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.masked import MaskedLinear
from pinnsuite.networks.sparse import Sparse, dense, product, total

Map = Callable[[torch.Tensor], torch.Tensor]


class Spectral(torch.nn.Module):
    """u(x) = sum over k of c_k (1 + |m|^2)^(-s/2) prod_j f_kj(x_j), with c trained, from zero.

    f are 1, cos(m_j theta), sin(m_j theta) for m_j up to the M_j harmonics of a periodic coordinate, and the Chebyshev
    polynomials up to ``degree`` of another, mapped to [-1, 1]. Of several periodic coordinates, those wave vectors m
    are taken that lie in the ellipsoid sum_j (m_j/M_j)^2 <= 1. ``smoothness`` is s: where it makes up for the
    derivatives in an equation, all c change the residual alike, and J'J needs no QR. Residuals of a linear equation are
    linear in c, and Gauss-Newton needs one step; for others, few. Errors fall exponentially with harmonics and degree
    where the solution is analytic, and then only. (Boyd, Chebyshev and Fourier Spectral Methods, 2001.)

    (points, inputs) to (points, outputs); no coordinate has further inputs. Raises `InputError` for a degree below
    zero.
    """

    fixed_functions = True  # of the coordinates as they are

    def __init__(
        self,
        groups: Sequence[int],
        outputs: int,
        *,
        degree: int = 8,
        smoothness: float = 0.0,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        """``groups``: the number of inputs of each coordinate, two for every harmonic or one if it is not periodic."""
        super().__init__()
        if degree < 0:
            raise InputError("A series needs a degree of at least 0", given=degree)
        self.groups, self.outputs, self.degree, self.smoothness = tuple(groups), outputs, degree, smoothness
        self.order = sorted(range(len(groups)), key=lambda j: groups[j] == 1)  # periodic coordinates first
        sizes = _sizes([self.groups[j] for j in self.order], degree, smoothness).to(dtype)
        self.counts = sizes.shape  # functions of each coordinate
        self.series = MaskedLinear(sizes.reshape(len(sizes), -1).T.repeat(outputs, 1))

    def widened(self, factor: float, generator: torch.Generator) -> Spectral:
        """The same function with ``factor`` times the degree, the new coefficients at zero."""
        before, degree = self.series.coefficients, math.ceil(factor * self.degree)
        wide = Spectral(self.groups, self.outputs, degree=degree, smoothness=self.smoothness, dtype=before.dtype)
        first, *others = wide.counts
        _, *rest, innermost = torch.unravel_index(wide.series.index, (self.outputs, *others, first))
        kept = torch.stack([k < n for k, n in zip([innermost, *rest], self.counts, strict=True)]).all(0)
        with torch.no_grad():
            wide.series.coefficients[kept] = before.to("cpu")
        return wide.to(before.device)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._evaluate(x[None], LowerSet(((),)), self.series)[0]

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        return self._evaluate(z, carried, lambda f: self.series.taylor(f, tape))

    def _evaluate(self, z: torch.Tensor, carried: LowerSet, contracted: Map) -> torch.Tensor:
        """Sums over the functions of the first coordinate, and then of products with those of the others."""
        parts = z.split(self.groups, 2)
        given = [{i: c for i, c in enumerate(parts[j]) if i == 0 or bool(c.any())} for j in self.order]
        one: Sparse = {0: torch.ones_like(z[0, :, :1])}
        first, *others = [_waves(f) if _width(f) > 1 else _polynomials(f, one, self.degree, carried) for f in given]
        amplitudes, shape = contracted(torch.stack(list(first.values()))), (z.shape[1], self.outputs, -1)
        amplitude = {i: a.reshape(shape) for i, a in zip(first, amplitudes, strict=True)}
        rest = one
        for factor in others:
            rest = product(rest, factor, carried, _outer)
        found = product({i: f[:, :, None] for i, f in rest.items()}, amplitude, carried, _dot)
        return dense(found, carried)


def _sizes(groups: Sequence[int], degree: int, smoothness: float) -> torch.Tensor:
    """(1 + |m|^2)^(-s/2) for every product of functions, an axis for each coordinate; 0 out of the ellipsoid."""
    square = share = torch.zeros(())
    for j, group in enumerate(groups):
        wave = torch.zeros(degree + 1) if group == 1 else (torch.arange(group + 1) + 1) // 2
        wave = wave.double().view([-1 if i == j else 1 for i in range(len(groups))])
        square, share = square + wave**2, share + (wave / max(group // 2, 1)) ** 2
    return (1 + square) ** (-smoothness / 2) * (share <= 1 + 1e-12)


def _width(f: Sparse) -> int:
    return next(iter(f.values())).shape[1]


def _waves(given: Sparse) -> Sparse:
    """1, cos(theta), sin(theta), cos(2 theta), ..."""
    return {i: torch.cat([torch.full_like(c[:, :1], float(i == 0)), c], dim=1) for i, c in given.items()}


def _polynomials(x: Sparse, one: Sparse, degree: int, carried: LowerSet) -> Sparse:
    """T_0, ..., T_degree of x, by T_(m+1) = 2 x T_m - T_(m-1)."""
    series, twice = [one, x], {i: 2 * c for i, c in x.items()}
    while len(series) <= degree:
        series.append(total([product(twice, series[-1], carried), {i: -c for i, c in series[-2].items()}]))
    used, none = series[: degree + 1], torch.zeros_like(one[0])
    return {i: torch.cat([s.get(i, none) for s in used], dim=1) for i in sorted({i for s in used for i in s})}


def _outer(f: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
    """Every product of one function of f, (points, n), with one of g, (points, m): (points, n m)."""
    return (f[:, :, None] * g[:, None]).flatten(1)


def _dot(function: torch.Tensor, amplitude: torch.Tensor) -> torch.Tensor:
    """sum over k of a_k f_k, from (points, functions, 1) and (points, outputs, functions)."""
    return torch.matmul(amplitude, function)[:, :, 0]
