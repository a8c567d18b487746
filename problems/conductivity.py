"""A rod whose conductivity varies along it, to be found from temperatures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Dirichlet, Problem, UnknownFunction, number
from pinnsuite.conditions import Condition
from pinnsuite.domain.region import Boundary

DEPTH = 0.5  # of the variation of the true conductivity 1/(1 + DEPTH sin(2 pi x))


def conductivity(x: Any) -> Any:
    """The true one, of numbers, arrays and tensors."""
    sine = torch.sin if not isinstance(x, np.ndarray | float) else np.sin
    return 1 / (1 + DEPTH * sine(2 * math.pi * x))


@dataclass(frozen=True)
class Conductivity(Problem):
    """Heat that flows steadily through a rod, held at T = 0 on the left; its flux -k T_x = -1 is known.

        heat: D(q, x) = 0
        fourier: k(x)*T_x - q = 0

    on 0 <= x <= 1, with q = 1 at x = 1. The true conductivity is k = 1/(1 + 0.5 sin(2 pi x)), and the temperature
    T = x + 0.25 (1 - cos(2 pi x))/pi. Everything is dimensionless.
    """

    k: Any = number(UnknownFunction(initial=0.8, positive=True), doc="conductivity, dimensionless")

    domain = Box(x=Axis(0, 1))
    fields = ("T", "q")
    derived = ("conductivity",)
    good_values = "k = UnknownFunction(initial=0.8, positive=True), with 20 temperatures or more"
    source = (
        "J. V. Beck, B. Blackwell, C. R. St. Clair, Inverse Heat Conduction (1985), chapter 1 (the kind of problem)"
    )

    def equation(self, T: Any, q: Any, x: Any) -> Mapping[str, Any]:
        return {"heat": D(q, x), "fourier": self.k(x) * D(T, x) - q}

    def derive(self, x: Any) -> Mapping[str, Any]:
        return {"conductivity": self.k(x)}

    def conditions(self) -> Sequence[Condition]:
        return [Dirichlet(Boundary("x", "low"), T=0.0), Dirichlet(Boundary("x", "high"), q=1.0)]

    def true_values(self) -> Mapping[str, Any]:
        return {"k": conductivity}

    def reference(self, x: np.ndarray) -> Mapping[str, np.ndarray]:
        """T_x = 1/k, integrated."""
        wave = DEPTH * (1 - np.cos(2 * np.pi * x)) / (2 * np.pi)
        return {"T": x + wave, "q": np.ones_like(x), "conductivity": conductivity(x)}
