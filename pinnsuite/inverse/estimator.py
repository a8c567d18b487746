"""What data say about unknown numbers, given that the equations hold: the posterior of the constrained fit.

Around the fit, residuals are linear in the network's weights theta and the unknown numbers p. With J_e the Jacobian of
the equations and conditions and J_d that of the measurements in units of their noise, the matrix

    A = [ sqrt(W) J_e ; J_d ; priors of functions ; small I ],   A = Q R,   columns theta before p,

has in the last block of R the information about p that is left when theta follows: Lambda = R_pp' R_pp, the Schur
complement of A'A. W says how strictly the equations hold. Below some W the network explains noise, and above another
it cannot even follow initial and boundary values that the data leave open; in between Lambda does not depend on W.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from pinnsuite.errors import InputError
from pinnsuite.inverse.gradients import spreads
from pinnsuite.inverse.measured import DATA_WEIGHT, KIND, PRIOR, order_of
from pinnsuite.inverse.posterior import LOST, WEAK, Factored, Posterior, posterior_of
from pinnsuite.objective.block import Block
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.triangle import fold, triangle

if TYPE_CHECKING:
    from pinnsuite.data.measured import Measured
    from pinnsuite.solvers.window import Window
    from pinnsuite.trace import TracedCondition

STRICT = 10.0 ** np.arange(-3, 7)  # W, in units of that which a fit has by default
PROBED = 200  # fitted measurements whose widths choose W where no number is unknown
NOTHING = 1e-10  # of the largest gradient: that of a value which is known beforehand
MOST = 6000  # trained numbers: a QR factorisation for each W, of a square of so many


@dataclass(frozen=True)
class Estimator:
    """The posterior, how the scaled numbers follow the data, (numbers, measurements), per unit of noise, and R.

    half: J_d R^-1, (measurements as the fit has them, trained numbers). weight: what the objective of a fit with
    `DATA_WEIGHT` is multiplied by to be a chi-square. strict: the triangle of the rows of equations and conditions,
    as R has them.
    """

    posterior: Posterior
    matrix: torch.Tensor
    factor: torch.Tensor
    half: torch.Tensor
    weight: float
    strict: torch.Tensor

    @property
    def stricter(self) -> torch.Tensor:
        """R with W ten times as large."""
        return fold(3.0 * self.strict, self.factor)


def estimator(window: Window, measured: Sequence[Measured]) -> Estimator:
    """The posterior of a window's unknown numbers, with the linear map to them from data in the order of ``measured``.

    Raises `InputError` without data or anything unknown, and for a network that is too large.
    """
    names = tuple(window.traced.unknowns)
    unknown = [*names, *window.traced.functions]
    if not unknown or not measured:
        raise InputError("A posterior needs something unknown and data", given=f"{unknown}, {len(measured)} data")
    if len(window.vector) > MOST:
        raise InputError(
            "No intervals: the network is too large to be eliminated by a QR factorisation",
            given=f"{len(window.vector)} trained numbers",
            expected=f"at most {MOST}",
        )
    strict, prior = triangle(_objective(window, None).jacobian()[1].double()), _prior(window)
    missed, rows, owner, units = _data_rows(window)
    usual = units * (window.policy.data_weight / DATA_WEIGHT) ** 0.5  # whatever the fit had

    def follow(relative: torch.Tensor, noise: torch.Tensor) -> Factored:
        return _constrained(strict * _weight(usual, noise) ** 0.5, prior, relative, len(names))

    found = posterior_of(names, measured, missed, rows, owner, follow)
    count = len(names)
    inverse = torch.linalg.inv(found.factor[len(found.factor) - count :, len(found.factor) - count :])
    matrix = _unshuffled(inverse @ found.half[:, len(found.factor) - count :].T, measured)
    weight = _weight(usual, found.noise)
    strict = strict * (found.posterior.strictness * weight) ** 0.5
    return Estimator(found.posterior, matrix, found.factor, found.half, weight, strict)


def _weight(units: torch.Tensor, noise: torch.Tensor) -> float:
    """W of a fit with these `units_of` measurements: how its weights compare with the noise."""
    return float((units / noise).square().min())


def _objective(window: Window, kind: str | None) -> Objective:
    """Of the measurements alone (`KIND`), of what is expected of functions (`PRIOR`), or of everything else (None)."""

    blocks = [b for b, c in window.blocks if kind_of(c) == kind]
    return Objective(blocks, window.vector, window.policy.chunk, window.workers)


def kind_of(condition: TracedCondition | None) -> str | None:
    """`KIND` of measurements, `PRIOR` of what is expected of functions, None of equations and their conditions."""
    kind = condition.condition.kind if condition is not None else None
    return kind if kind in {KIND, PRIOR} else None


def _prior(window: Window) -> torch.Tensor:
    """The triangle of the rows of priors, in units of what is expected; no row if there is none."""
    parts = [window.vector.values.double().new_zeros(0, len(window.vector))]
    for block, condition in window.blocks:
        if kind_of(condition) == PRIOR:
            rows = Objective([block], window.vector, window.policy.chunk, window.workers).jacobian()[1]
            parts.append(triangle(rows.double() * prior_units(window, block)))
    return torch.cat(parts)


def prior_units(window: Window, block: Block) -> float:
    """What a weighted residual of a prior is multiplied by to be in units of what is expected, ``roughness``."""
    functions, residual = window.traced.problem.functions(), block.names[0].rpartition(".")[2]
    roughness = functions[residual if residual in functions else residual.rpartition("_")[0]].roughness
    return float(1 / (block.factors[0] * roughness * block.balance**0.5))


def _data_rows(window: Window) -> tuple[torch.Tensor, ...]:
    """Residuals of the measurements in the units of the fields, their Jacobian, which field each belongs to, and what
    they were multiplied by in the fit's sum of squares, the inverse of it. Robust weights stay in the first two."""
    objective = _objective(window, KIND)
    residuals, rows = (a.double() for a in objective.jacobian())
    blocks = objective.blocks
    units = torch.cat([rows.new_full((b.size,), units_of(b)) for b in blocks])
    owner = torch.repeat_interleave(torch.arange(len(blocks)), torch.tensor([b.size for b in blocks]))
    return residuals * units, rows * units[:, None], owner, units


def units_of(block: Block) -> float:
    """What one weighted residual of a measured field is multiplied by to be in the field's units."""
    return float((block.size / block.balance) ** 0.5 / block.factors[0])


def _unshuffled(matrix: torch.Tensor, measured: Sequence[Measured]) -> torch.Tensor:
    """Columns in the order in which the data were given."""
    result, start = torch.empty_like(matrix), 0
    for m in measured:
        size = len(m.values)
        result[:, start + order_of(size)] = matrix[:, start : start + size]
        start += size
    return result


def _constrained(strict: torch.Tensor, prior: torch.Tensor, rows: torch.Tensor, count: int) -> Factored:
    """R for the W at which the widths of the last ``count`` columns change least, W, and that change.

    Without such columns, the middle one of the fitted measurements.
    """
    size = len(strict)
    precision = torch.full((size,), WEAK, dtype=strict.dtype, device=strict.device)
    precision[size - count :] = LOST
    weak = precision.sqrt().diag()
    met = rows.norm(dim=1) > NOTHING * rows.norm(dim=1).max()  # not by construction
    probe = torch.eye(size, dtype=strict.dtype, device=strict.device)[size - count :] if count else rows[met][:PROBED]
    loose = fold(triangle(rows), torch.cat([weak, prior]))
    factors = [fold(strict * w**0.5, loose) for w in STRICT]
    steps = torch.stack([spreads(f, probe).log() for f in factors]).diff(dim=0).abs().nan_to_num(torch.inf)
    steps = steps.amax(1) if count else steps.median(1).values
    both = torch.maximum(steps[:-1], steps[1:])
    best = int(both.argmin())
    return Factored(factors[best + 1], float(STRICT[best + 1]), float(both[best].expm1()))
