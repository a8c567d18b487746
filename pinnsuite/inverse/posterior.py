"""What a fit says about unknown numbers: a normal law of the scaled ones, in units of noise that may be unknown too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from scipy import stats

from pinnsuite.objective.robust import huber_scale

if TYPE_CHECKING:
    from pinnsuite.data.measured import Measured

WEAK = 1e-2  # precision of weights: the fit could as well have ended ten units off
LOST = 1e-12  # precision of scaled numbers: where nothing depends on one, any within a million is as good
ROUNDS = 3  # of estimating unknown noise


@dataclass(frozen=True)
class Posterior:
    """Of the scaled numbers r that the optimizer sees, nearly normal around the fit.

    covariance: (numbers, numbers). noise: the standard deviation of each measured field, given or estimated.
    chi_square: the sum of squares of residuals over their noise, with ``tested`` degrees of freedom, of the fields
    whose noise is given and of which none is far off (`robust`): what the model is tested by. degrees: of freedom of
    all measurements. relative_noise: the largest noise over the spread of its values. strictness: W, in units of how
    strictly a fit takes the equations by default. drift: by how much the widths change, relative to themselves, when W
    changes tenfold either way.
    """

    names: tuple[str, ...]
    covariance: np.ndarray
    noise: dict[str, float]
    estimated: bool
    chi_square: float
    tested: float
    degrees: float
    relative_noise: float
    strictness: float
    drift: float

    @property
    def widths(self) -> np.ndarray:
        """The standard deviations, (numbers,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> np.ndarray:
        return self.covariance / np.outer(self.widths, self.widths)

    @property
    def reach(self) -> float:
        """Standard deviations to either side that hold 95 %; more than 1.96 where few data tell the noise as well."""
        return float(stats.t.ppf(0.975, max(self.degrees, 1.0)) if self.estimated else stats.norm.ppf(0.975))


class Factored(NamedTuple):
    """R of everything that is known, the measurements in units of their noise included, and W with its drift."""

    factor: torch.Tensor
    strictness: float
    drift: float


class Weighed(NamedTuple):
    """The posterior, R, how measurements follow what is orthogonal, J_d R^-1, and the noise of each measurement."""

    posterior: Posterior
    factor: torch.Tensor
    half: torch.Tensor
    noise: torch.Tensor


def posterior_of(
    names: Sequence[str],
    measured: Sequence[Measured],
    missed: torch.Tensor,
    rows: torch.Tensor,
    owner: torch.Tensor,
    factored: Callable[[torch.Tensor, torch.Tensor], Factored],
    numbers: torch.Tensor | None = None,
) -> Weighed:
    """The posterior of the numbers ``names`` from residuals and their Jacobian.

    missed: residuals of the measurements in the units of the fields, (measurements,). rows: J_d, how these follow what
    is trained, (measurements, trained). owner: which of ``measured`` each belongs to. factored: R from J_d over the
    noise, and from that noise, (measurements,). numbers: how the named ones follow what is trained, (names, trained);
    None: they are its last. Where noise is not given it is s^2 = sum missed^2 / (n - sum h) of each field, with
    h = diag(J_d (R'R)^-1 J_d'), how much of each measurement the fit takes up; s and h in turn. Of robust fields the
    median takes the place of the sum.
    """
    used = torch.zeros_like(missed)
    noise = [_noise(m, missed[owner == i], used[owner == i]) for i, m in enumerate(measured)]
    estimated = any(m.noise is None for m in measured)
    known = torch.tensor([m.noise is not None and not m.robust for m in measured])[owner]
    for _ in range(ROUNDS if estimated else 1):
        of_each = torch.tensor(noise, dtype=rows.dtype, device=rows.device)[owner]
        relative = rows / of_each[:, None]
        factor, strictness, drift = factored(relative, of_each)
        half = torch.linalg.solve_triangular(factor, relative, upper=True, left=False)
        used = half.square().sum(1)
        noise = [_noise(m, missed[owner == i], used[owner == i]) for i, m in enumerate(measured)]
    if numbers is None:
        numbers = torch.eye(len(factor), dtype=factor.dtype, device=factor.device)[len(factor) - len(names) :]
    follow = torch.linalg.solve_triangular(factor, numbers, upper=True, left=False)
    found = Posterior(
        tuple(names),
        covariance=(follow @ follow.T).double().cpu().numpy(),
        noise={m.name: s for m, s in zip(measured, noise, strict=True)},
        estimated=estimated,
        chi_square=float((missed / of_each)[known].square().sum()),
        tested=float((1 - used)[known].sum()),
        degrees=float(len(missed) - used.sum()),
        relative_noise=max(s / m.spread for m, s in zip(measured, noise, strict=True)),
        strictness=strictness,
        drift=drift,
    )
    return Weighed(found, factor, half, of_each)


def _noise(measured: Measured, missed: torch.Tensor, used: torch.Tensor) -> float:
    """As given, or as estimated: never below the rounding of the values."""
    if measured.noise is not None:
        return measured.noise
    free = max(float((1 - used).sum()), 1.0)
    size = huber_scale(missed) * len(missed) ** 0.5 if measured.robust else missed.norm()
    return max(float(size) / free**0.5, torch.finfo(missed.dtype).eps * measured.spread)
