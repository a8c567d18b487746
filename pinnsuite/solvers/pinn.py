"""The physics-informed network, whole or marching through windows of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch

from pinnsuite.ansatz.ansatz import Ansatz, NetworkFactory, SizedFactory, build_ansatz
from pinnsuite.data.measured import Measured
from pinnsuite.errors import InputError
from pinnsuite.inverse.measured import DATA_WEIGHT
from pinnsuite.objective.balance import Balance
from pinnsuite.objective.causality import Causal
from pinnsuite.problem import Problem
from pinnsuite.solvers.march import March
from pinnsuite.solvers.windows import Adaptive
from pinnsuite.trace import Traced


@dataclass(frozen=True)
class Pinn:
    """Least squares on the residuals at quasi-random points (Raissi, Perdikaris and Karniadakis 2019).

    points: in the domain per window, redrawn every ``redraw_every`` steps or, without it, as often as the optimizer
        likes it; the share ``adaptive`` of them follows the residual, with weights that keep the objective the plain
        mean, or not quite (``attention``: `follow_residual`). Use several times as many as the network has parameters:
        with as many, the residual vanishes on the points and the solution is wrong.
    condition_points: for each condition that is not met by construction, with weight ``condition_weight``.
    lattice: the points in the domain are those of a tensor grid of random lines, as large as ``points``: a `Separable`
        network is evaluated along the axes alone. None of them follow the residual.
    data_weight: of measurements. Small: the equations hold all but exactly, and noise does not find its way into them.
    starts: first guesses of unknown numbers, {c: [0, 10, 20]}; every combination takes ``start_steps`` steps, and that
        with the smallest loss goes on. For misfits with many minima.
    balance: further weights of equations and conditions, set at every draw by "gradient" or "kernel" (`rebalance`).
    harmonics: of each periodic axis that the network sees.
    hard: meet initial and boundary values by construction where that does no harm.
    symmetric: make fields even or odd by construction where the problem declares it (`symmetric_outputs`): half the
        ``points`` then do as well.
    layers: let the network see the layers that the problem declares in coordinates of their own (`inputs_of`).
    windows: of time, each starting from the exact end state of the one before.
    warm: start the network of a window, and its optimizer, from those of the one before, instead of afresh.
    march: what makes them as long as a tolerance allows (`Adaptive`), from the first on; None for equal ones.
    causal: weights of slices of time (`Causal`), so that later ones wait for earlier ones; None for none.
    derivatives: "taylor" (networks with a Taylor mode) or "reverse" (any torch.nn.Module, slower).
    chunk: points that a thread evaluates at a time, so that intermediate results stay in cache; a GPU takes 32 times as
        many.
    """

    points: int = 5000
    condition_points: int = 500
    condition_weight: float = 10.0
    data_weight: float = DATA_WEIGHT
    starts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    start_steps: int = 12
    balance: Balance = "none"
    redraw_every: int | None = None
    adaptive: float = 0.5
    attention: float = 0.0
    lattice: bool = False
    harmonics: int = 4
    hard: bool = True
    symmetric: bool = True
    layers: bool = True
    windows: int = 1
    warm: bool = False
    march: Adaptive | None = None
    causal: Causal | None = None
    derivatives: Literal["taylor", "reverse"] = "taylor"
    chunk: int = 4000

    def __post_init__(self) -> None:
        for name in ("points", "condition_points", "redraw_every", "harmonics", "windows", "chunk", "start_steps"):
            given = getattr(self, name)
            if given is not None and given < 1:
                raise InputError(f"solver.{name} must be at least 1", given=given)
        if not 0 <= self.adaptive < 1:
            raise InputError("solver.adaptive is a share of the points", given=self.adaptive, expected="0 <= share < 1")
        for name in ("condition_weight", "data_weight"):
            if getattr(self, name) <= 0:
                raise InputError(f"solver.{name} must be positive", given=getattr(self, name))

    def prepare(
        self,
        problem: Problem,
        network: NetworkFactory,
        seed: int,
        like: torch.Tensor,
        measured: Sequence[Measured] = (),
    ) -> March:
        """The prepared solve, at its first window."""
        return March(self, problem, network, seed, like, measured)

    def ansatz(self, traced: Traced, network: SizedFactory, generator: torch.Generator) -> Ansatz:
        """The fields of a problem, or of a window of it, as expressions of a new network.

        ``generator`` is for what else a solver needs to begin with.
        """
        return build_ansatz(
            traced,
            network,
            harmonics=self.harmonics,
            hard=self.hard,
            symmetric=self.symmetric,
            layers=self.layers,
        )

    def limited(self, traced: Traced) -> tuple[Traced, str]:
        """The problem as far in time as this solver can go, and why not further; nothing if it can go all the way."""
        return traced, ""
