"""The error of a peer over its time, looked at with its clock held."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from pinnsuite.run.compose import compose
from pinnsuite.run.evaluation import Evaluation, evaluation
from pinnsuite.run.problem import build_problem

RECORDS, POINTS = 60, 8000


def setting(name: str) -> tuple[Any, Evaluation]:
    """The problem of a configuration, and some of its evaluation grid with the reference."""
    section = compose([f"problem={name}"])["problem"]
    assert isinstance(section, dict)
    problem = build_problem(section)
    return problem, evaluation(problem).coarse(POINTS)


@dataclass
class Curve:
    """(seconds, largest relative L2 error over the fields), some sixty times within ``limit``."""

    grid: Evaluation
    limit: float
    pairs: list[tuple[float, float]] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def look(self, fields: Callable[[], torch.Tensor]) -> float:
        """The seconds so far; the error of the fields, (points, fields), is recorded if it is time to."""
        spent = self.seconds
        if spent * RECORDS >= len(self.pairs) * self.limit:
            with torch.no_grad():
                self.pairs.append((spent, max(self.grid.errors(fields())["relative_l2"].values())))
            self.began += self.seconds - spent
        return spent
