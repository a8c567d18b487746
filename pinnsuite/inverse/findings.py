"""A posterior in the units of the problem, and in words: estimates, intervals, what the data leave open."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from scipy import stats

from pinnsuite.inverse.posterior import Posterior
from pinnsuite.inverse.values import values_of
from pinnsuite.parameters import Unknown

LOST = 0.5  # a relative standard deviation from which on a number is not determined
SMALL = 0.1  # of the largest part of a direction: what is left out of its words
NEAR_BOUND = 0.01  # of the distance between bounds (in the logarithm on a logarithmic scale)
UNLIKELY = 1e-3  # probability of so large a chi-square below which the model is doubted
NONE = 1e-4  # of the spread of the data: noise below which it is the error of the fit rather
NARROWED = 0.2  # by which bands may shrink where the equations are ten times as strict
WHOLE = 4  # the largest denominator of an exponent in words


@dataclass(frozen=True)
class Estimate:
    """One number: its value, standard error and 95 % interval, in its own unit, and whether it sits on a bound."""

    value: float
    standard_error: float
    low: float
    high: float
    on_bound: bool


@dataclass(frozen=True)
class Findings:
    """What a fit found. open: combinations of numbers that the data do not determine, in words; none if they do.

    doubts: what speaks against the model or the noise it was given, or says that there is none; the first of remarks.
    """

    estimates: Mapping[str, Estimate]
    correlation: np.ndarray
    open: Sequence[str]
    doubts: Sequence[str]
    remarks: Sequence[str]


def find(unknowns: Mapping[str, Unknown], scaled: Mapping[str, float], posterior: Posterior) -> Findings:
    """In the problem's units; ``scaled`` are the numbers that the optimizer ended with."""
    estimates, relative = {}, []
    for name, width in zip(posterior.names, posterior.widths, strict=True):
        unknown, r = unknowns[name], scaled[name]
        value, low, high, up, down = values_of(
            unknown, [r, r - posterior.reach * width, r + posterior.reach * width, r + 1e-6, r - 1e-6]
        )
        slope, half = (up - down) / 2e-6, (high - low) / (2 * posterior.reach)
        if unknown.low is not None and abs(half) > abs(slope) * width:
            slope = half / width  # where bounds are near, or pressed on, the slope there says little
        estimates[name] = Estimate(
            value, float(abs(slope) * width), min(low, high), max(low, high), _on_bound(unknown, r)
        )
        relative.append(slope / unknown.typical(value))
    spread = posterior.covariance * np.outer(relative, relative)
    doubts = _doubts(posterior)
    remarks = [*doubts, *_dependence(posterior)]
    return Findings(estimates, posterior.correlation, _open(posterior.names, spread), doubts, remarks)


def _on_bound(unknown: Unknown, r: float) -> bool:
    if unknown.low is None:
        return False
    share = 1 / (1 + np.exp(-r))
    return bool(min(share, 1 - share) < NEAR_BOUND)


def _open(names: Sequence[str], relative: np.ndarray) -> list[str]:
    """Directions in the space of logarithms along which the data say less than a factor of exp(0.5)."""
    if not names:
        return []
    variances, directions = np.linalg.eigh(relative)
    lost = [directions[:, i] for i in range(len(names)) if variances[i] > LOST**2]
    if not lost:
        return []
    kept = [directions[:, i] for i in range(len(names)) if variances[i] <= LOST**2]
    if len(names) == 1 or not kept:
        return [f"the data do not determine {' or '.join(names)}"]
    words = [_product(names, row) for row in _simplest(np.stack(kept))]
    is_or_are = "are" if len(words) > 1 else "is"
    return [f"only {' and '.join(words)} {is_or_are} determined by the data"]


def _simplest(rows: np.ndarray) -> np.ndarray:
    """Of the same span, (count, names), the rows with the fewest and simplest exponents, positive ones first."""
    found = {}
    for pivots in itertools.combinations(range(rows.shape[1]), len(rows)):
        block = rows[:, pivots]
        if abs(np.linalg.det(block)) > SMALL ** len(rows):
            reduced = np.linalg.solve(block, rows)
            rough = np.abs(reduced - np.round(reduced * WHOLE) / WHOLE).sum()
            inverse = np.maximum(-reduced, 0).sum()
            found[float(rough * WHOLE + np.abs(reduced).sum() + SMALL * inverse)] = reduced
    return found[min(found)] if found else rows


def _product(names: Sequence[str], direction: np.ndarray) -> str:
    """D*T, lambda/k, a^2*b: exponents as simple fractions of the largest part."""
    direction = direction / direction[np.argmax(np.abs(direction))]
    parts = []
    for name, share in zip(names, direction, strict=True):
        if abs(share) < SMALL:
            continue
        power = Fraction(float(share)).limit_denominator(WHOLE)
        if power == 0:
            continue
        parts.append(name if power == 1 else f"{name}^({power})")
    return "*".join(parts)


def unclear(
    name: str, points: Mapping[str, torch.Tensor], values: torch.Tensor, spread: torch.Tensor
) -> tuple[str, bool]:
    """What to say of an output that the data leave open at points, (n,), and whether that is so at most of them.

    ``spread`` are the standard deviations of its ``values``; nothing is said where all are below half of its own
    variation, or of its size where it does not vary.
    """
    size = float(values.std()) or float(values.abs().max()) or 1.0
    relative = spread / size
    if float(relative.max()) < LOST:
        return "", False
    worst = int(relative.argmax())
    place = ", ".join(f"{n} = {float(x[worst]):.3g}" for n, x in points.items())
    if float(relative.median()) >= LOST:
        said = f"the data do not determine {name}: at half of its places its standard deviation is above"
        return (
            f"{said} {float(relative.median()):.2g} of its own variation, at {place} {float(relative.max()):.2g}",
            True,
        )
    return f"{name} is uncertain near {place}, by {float(relative.max()):.2g} of its own variation", False


def narrowed(name: str, spread: torch.Tensor, stricter: torch.Tensor) -> str:
    """What to say of an output whose standard deviations, (n,), fall where the equations are taken more strictly.

    They do where its network cannot follow, together with that of the fields, all that data and equations leave open.
    """
    change = float(1 - (stricter / spread).median())
    if change < NARROWED:
        return ""
    return (
        f"the band of {name} narrows by {change:.0%} where the equations are ten times as strict: the network cannot "
        "follow all that the data leave open, and the band may be too narrow"
    )


def noiseless(posterior: Posterior) -> bool:
    """Whether what is left of the data is the error of the fit rather than their noise."""
    return posterior.estimated and posterior.relative_noise < NONE


def _doubts(posterior: Posterior) -> list[str]:
    found = []
    if posterior.estimated and posterior.degrees < 1:
        found.append(
            "the fit can follow as many measurements as there are: their noise cannot be estimated, and the intervals "
            "mean nothing; give data.noise"
        )
    if posterior.tested >= 1:
        chance = float(stats.chi2.sf(posterior.chi_square, posterior.tested))
        size = f"chi-square {posterior.chi_square:.4g} for {posterior.tested:.4g} degrees of freedom"
        if chance < UNLIKELY:
            found.append(f"{size}: the model does not describe the data to within their noise, or that is larger")
        elif chance > 1 - UNLIKELY:
            found.append(f"{size}: the data are closer to the model than their noise allows")
    if noiseless(posterior):
        found.append(
            f"the data hold no noise above {posterior.relative_noise:.0e} of their spread: the intervals are no 95 % "
            "ones, and tell the order of magnitude of the fit's own error at best"
        )
    return found


def _dependence(posterior: Posterior) -> list[str]:
    if noiseless(posterior) or posterior.drift <= 0.05:
        return []
    return [
        f"the intervals depend on how strictly the equations hold (by {posterior.drift:.0%} for a tenfold weight): "
        "the network is too small for this problem, or not trained to the end"
    ]
