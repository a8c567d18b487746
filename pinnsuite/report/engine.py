"""What the benches of the engine measure: one problem with one plain network."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import torch

from pinnsuite.ansatz.ansatz import build_ansatz
from pinnsuite.domain.region import Interior
from pinnsuite.networks.mlp import MLP
from pinnsuite.objective.block import make_block
from pinnsuite.objective.objective import Objective
from pinnsuite.objective.parameters import ParameterVector
from pinnsuite.objective.workers import Workers
from pinnsuite.problem import Problem
from pinnsuite.trace import trace

THREADS = 2
Result = TypeVar("Result")


def timed(work: Callable[[], Result], rounds: int) -> tuple[Result, float]:
    """What work gives the first time, which warms up, and the median of its seconds in so many rounds after that."""
    result, seconds = work(), []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return result, statistics.median(seconds)


def plain_objective(
    problem: Problem,
    *,
    points: int,
    width: int,
    depth: int,
    chunk: int,
    reverse: bool = False,
    like: torch.Tensor | None = None,
) -> Objective:
    """The equations of a problem, unscaled, with an `MLP` of seed 0 and conditions met exactly.

    ``like``: a number of the precision and on the device wanted; float64 on the CPU without.
    """
    like = torch.zeros(1, dtype=torch.float64) if like is None else like
    generator = torch.Generator().manual_seed(0)
    traced = trace(problem)
    ansatz = build_ansatz(
        traced,
        lambda n, o: MLP(sum(n), o, width=width, depth=depth, generator=generator).to(like),
        harmonics=1,
        hard=True,
    )
    vector = ParameterVector({"network": ansatz.network}, {}, like)
    residuals = {n: ansatz.resolve(e) for n, e in traced.equations.items()}
    block = make_block(residuals, traced.coordinates, dict.fromkeys(residuals, 1.0), 1.0, like, reverse=reverse)
    block.place({n: x.to(like) for n, x in traced.domain.sample(Interior(), points, seed=0).items()})
    return Objective([block], vector, chunk, Workers(like.device))
