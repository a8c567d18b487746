"""A truncated Fourier-Chebyshev series whose coefficients are trained."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.linear import Linear

Map = Callable[[torch.Tensor], torch.Tensor]
Stack = dict[int, torch.Tensor]  # the Taylor coefficients that are not zero, by position; each (points, functions)


class Spectral(torch.nn.Module):
    """u(x, t) = sum over k of a_k(t) w_k(x), a_k(t) = sum over m of c_km p_m(t), with c trained, from zero.

    w are the products of 1, cos(m theta), sin(m theta) over the periodic coordinates, m up to the M_j harmonics of the
    j-th; of several, those in the ellipsoid sum_j (m_j/M_j)^2 <= 1. p are the products of Chebyshev polynomials up to
    ``degree`` over the other coordinates, mapped to [-1, 1]. Residuals of a linear equation are linear in c, and
    Gauss-Newton needs one step; for others, few. Errors fall exponentially with harmonics and degree where the solution
    is analytic, and then only. (Boyd, Chebyshev and Fourier Spectral Methods, 2001, chapters 2 and 3.)

    (points, inputs) to (points, outputs). Raises `InputError` for a degree below zero.
    """

    waves: torch.Tensor
    powers: torch.Tensor

    def __init__(
        self, groups: Sequence[int], outputs: int, *, degree: int = 8, dtype: torch.dtype = torch.float64
    ) -> None:
        """``groups``: the number of inputs of each coordinate, two for every harmonic or one if it is not periodic."""
        super().__init__()
        if degree < 0:
            raise InputError("A series needs a degree of at least 0", given=degree)
        self.groups, self.outputs, self.degree = tuple(groups), outputs, degree
        waves = itertools.product(*(range(g + 1) for g in self.groups if g > 1))
        kept = [k for k in waves if _within(k, [g // 2 for g in self.groups if g > 1])]
        powers = list(itertools.product(*(range(degree + 1) for g in self.groups if g == 1)))
        self.register_buffer("waves", torch.tensor(kept).T, persistent=False)  # which function of each coordinate
        self.register_buffer("powers", torch.tensor(powers).T, persistent=False)
        self.amplitudes = Linear(len(powers), len(kept) * outputs, bias=False, dtype=dtype)
        torch.nn.init.zeros_(self.amplitudes.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._evaluate(x[None], LowerSet(((),)), self.amplitudes)[0]

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        return self._evaluate(z, carried, lambda p: self.amplitudes.taylor(p, tape))

    def _evaluate(self, z: torch.Tensor, carried: LowerSet, amplitudes_of: Map) -> torch.Tensor:
        inputs: list[Stack] = [
            {i: c for i, c in enumerate(part) if len(carried) == 1 or bool(c.any())} for part in z.split(self.groups, 2)
        ]
        one: Stack = {0: torch.ones_like(z[0, :, :1])}
        waves = [_waves(given) for given in inputs if _width(given) > 1]
        powers = [_polynomials(given, one, self.degree, carried) for given in inputs if _width(given) == 1]
        wave, power = _products(waves, self.waves, one, carried), _products(powers, self.powers, one, carried)
        amplitudes, shape = amplitudes_of(torch.stack(list(power.values()))), (z.shape[1], self.outputs, -1)
        amplitude = {i: a.reshape(shape) for i, a in zip(power, amplitudes, strict=True)}
        found = _product({i: w[:, None] for i, w in wave.items()}, amplitude, carried, add_up=True)
        zero = z.new_zeros(z.shape[1], self.outputs)
        return torch.stack([found.get(i, zero) for i in range(len(carried))])


def _within(functions: Sequence[int], harmonics: Sequence[int]) -> bool:
    """Whether the wave vector of a product of waves is in the ellipsoid; 1, cos and sin have the numbers 0, 1, 2."""
    return sum(((k + 1) // 2 / most) ** 2 for k, most in zip(functions, harmonics, strict=True)) <= 1 + 1e-12


def _width(f: Stack) -> int:
    return next(iter(f.values())).shape[1]


def _waves(given: Stack) -> Stack:
    """1, cos(theta), sin(theta), cos(2 theta), ..."""
    return {i: torch.cat([torch.full_like(c[:, :1], float(i == 0)), c], dim=1) for i, c in given.items()}


def _polynomials(x: Stack, one: Stack, degree: int, carried: LowerSet) -> Stack:
    """T_0, ..., T_degree of x, by T_(m+1) = 2 x T_m - T_(m-1)."""
    series, twice = [one, x], {i: 2 * c for i, c in x.items()}
    while len(series) <= degree:
        series.append(_sum([_product(twice, series[-1], carried), {i: -c for i, c in series[-2].items()}]))
    used, none = series[: degree + 1], torch.zeros_like(one[0])
    return {i: torch.cat([s.get(i, none) for s in used], dim=1) for i in sorted({i for s in used for i in s})}


def _products(factors: Sequence[Stack], choices: Iterable[torch.Tensor], one: Stack, carried: LowerSet) -> Stack:
    """The products of one function of each factor; ``choices`` says which, (products,) for each factor."""
    result = one
    for factor, choice in zip(factors, choices, strict=True):
        chosen = {i: f if len(factors) == 1 else f[:, choice] for i, f in factor.items()}
        result = _product(result, chosen, carried) if result is not one else chosen
    return result


def _product(
    f: Mapping[int, torch.Tensor], g: Mapping[int, torch.Tensor], carried: LowerSet, add_up: bool = False
) -> Stack:
    """(f g)_a = sum over b <= a of f_b g_{a-b}, over the coefficients that are not zero; or its sum over functions."""
    result: list[Stack] = []
    for a, pairs in enumerate(carried.pairs):
        terms = [f[b] * g[c] for b, c in pairs if b in f and c in g]
        result += [{a: term.sum(-1) if add_up else term} for term in terms]
    return _sum(result)


def _sum(terms: Iterable[Stack]) -> Stack:
    result: Stack = {}
    for term in terms:
        for i, c in term.items():
            result[i] = result[i] + c if i in result else c
    return result
