"""Measurements made up from a problem's reference, to see whether a fit finds what they were made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from pinnsuite.data.measured import Measured
from pinnsuite.domain.box import Box
from pinnsuite.errors import InputError, choose
from pinnsuite.parameters import Unknown
from pinnsuite.problem import Problem, with_values

GRID = 257  # candidates along each axis
LEAST = 1e-3  # of the root mean square: the smallest value that multiplicative noise knows


@dataclass(frozen=True)
class Synthetic:
    """Values of the reference at random points of a grid, with Gaussian noise, the same for the same seed.

    points: at each of the ``slices`` where there are some, else in all.
    slices: values of coordinates that are held, such as [{t: 0.2}, {t: 0.8}] for two snapshots.
    truth: values of unknown numbers, where the problem does not know them.
    even: points at even distances, ends included, instead of random ones (one free coordinate).
    noise: the standard deviation, relative to that of each field's values, or with ``multiplicative`` to every value.
    fields: the measured ones; all if none is named.
    """

    points: int = 200
    noise: float = 0.0
    seed: int = 0
    fields: Sequence[str] = ()
    slices: Sequence[Mapping[str, float]] = field(default_factory=tuple)
    truth: Mapping[str, float] = field(default_factory=dict)
    even: bool = False
    multiplicative: bool = False

    def __post_init__(self) -> None:
        if self.points < 1 or self.noise < 0:
            raise InputError(
                "data: made-up measurements need points, and noise of zero or more",
                given=f"points={self.points}, noise={self.noise}",
            )

    def true_values(self, problem: Problem) -> dict[str, Any]:
        """Of the unknown numbers and functions of a problem."""
        return {**problem.true_values(), **self.truth}

    def read(self, problem: Problem) -> list[Measured]:
        """The measurements, one entry for each field. Raises `InputError` without a reference on a box."""
        problem, domain = with_values(problem, self.true_values(problem)), problem.domain
        left = [n for n, v in problem.numbers().items() if isinstance(v, Unknown)] + [*problem.functions()]
        if left:
            raise InputError("data: made-up measurements need true values", given=left, do=f"Give data.truth.{left[0]}")
        if problem.reference is None or not isinstance(domain, Box):
            raise InputError(f"{problem.name} has no reference on a grid to take measurements from")
        generator = np.random.default_rng(self.seed)
        parts = [self._slice(problem, domain, held, generator) for held in self.slices or [{}]]
        points = {n: np.concatenate([p[n] for p, _ in parts]) for n in domain.axes}
        values = {n: np.concatenate([v[n] for _, v in parts]) for n in parts[0][1]}
        names = [choose(n, values, "field") for n in self.fields] or list(values)
        found = []
        for name in names:
            each = self._noise_of(values[name])
            noise = float(np.sqrt(np.mean(each**2)))
            noisy = values[name] + each * generator.standard_normal(len(each))
            places = {n: torch.from_numpy(x.copy()) for n, x in points.items()}
            shares = torch.from_numpy(each / noise) if self.multiplicative and noise else None
            where = f"made-up values of {name}"
            found.append(Measured(name, places, torch.from_numpy(noisy), noise or None, where, shares=shares))
        return found

    def _noise_of(self, values: np.ndarray) -> np.ndarray:
        """The standard deviation of each value; of one that vanishes, a small one all the same."""
        if self.multiplicative:
            return self.noise * np.maximum(np.abs(values), LEAST * np.sqrt(np.mean(values**2)))
        return self.noise * np.full(len(values), values.std() or np.abs(values).max())

    def _slice(
        self, problem: Problem, domain: Box, held: Mapping[str, float], generator: np.random.Generator
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Points and reference values where some coordinates are held."""
        free = [n for n in domain.axes if choose(n, domain.axes, "coordinate") and n not in held]
        grid = {n: np.array([float(held[n])]) for n in held}
        for n in free:
            axis = domain.axes[n]
            count = self.points if self.even and len(free) == 1 else GRID
            grid[n] = np.linspace(axis.low, axis.high, count, endpoint=not axis.periodic)
        grid = {n: grid[n] for n in domain.axes}
        reference = problem.reference(**grid)  # type: ignore[misc]
        mesh = np.meshgrid(*grid.values(), indexing="ij")
        size = mesh[0].size
        if self.points > size:
            raise InputError("data.points: more than there are places", given=self.points, expected=f"at most {size}")
        chosen = np.arange(size) if self.points == size else generator.choice(size, self.points, replace=False)
        points = {n: x.reshape(-1)[chosen] for n, x in zip(grid, mesh, strict=True)}
        return points, {n: np.asarray(v).reshape(-1)[chosen] for n, v in reference.items()}
