"""Fitting again near a finished fit, with equations as strict as its posterior takes them."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from pinnsuite.inverse.estimator import Estimator, kind_of, prior_units, units_of
from pinnsuite.inverse.measured import KIND, PRIOR
from pinnsuite.objective.block import Block
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.solvers.window import Window

STEPS, SETTLED = 30, 1e-6  # at most, and until the loss falls by no more than this
DAMPING = 1e-6  # to begin with


def constrained(window: Window, linear: Estimator) -> tuple[list[Block], float]:
    """The blocks of a window, and what their sum of squares is multiplied by to be the chi-square of the posterior.

    Measurements count by their noise, given or estimated, equations and conditions W times as by default.
    """
    factor = linear.weight * linear.posterior.strictness
    blocks = []
    for block, traced in window.blocks:
        kind = kind_of(traced)
        if kind == KIND:
            assert traced is not None
            (name,) = traced.residuals
            weight = (units_of(block) / linear.posterior.noise[name]) ** 2
        else:
            weight = prior_units(window, block) ** 2 if kind == PRIOR else factor
        blocks.append(replace(block, balance=block.balance * weight / factor))
    return blocks, factor


def settle(window: Window, blocks: list[Block]) -> float:
    """The least sum of squares, by whole Gauss-Newton steps from near by, with what is held held."""
    objective = Objective(blocks, window.vector, window.policy.chunk, window.workers)
    method = GaussNewton(damping=DAMPING, first_rows=objective.rows, sketch=False)
    state, last = method.start(objective), math.inf
    for _ in range(STEPS):
        step, state = method.step(objective, state)
        if step.verdict is not None or step.loss > last * (1 - SETTLED):
            break
        last = step.loss
    return objective.loss()


def disturbed(block: Block, factor: float, generator: torch.Generator) -> Block:
    """The block with a normal number added to each residual, of standard deviation one in the chi-square."""
    assert block.prepared is not None
    points, scale = block.prepared.size, block.scale(slice(None)) * factor**0.5
    drawn = torch.randn(block.size, scale.shape[1], generator=generator, dtype=torch.float64).to(scale)
    shift = drawn.repeat_interleave(points // block.size, 0) / scale  # the same at all nodes of an average
    return replace(block, shift=torch.where(scale > 0, shift, 0.0))
