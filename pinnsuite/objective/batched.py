"""Jacobian rows of any program by batches of backward passes: the fallback where layers do not supply their rows."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from pinnsuite.calculus.program import PreparedPoints, Program
from pinnsuite.calculus.tape import Tape
from pinnsuite.objective.parameters import ParameterVector

POINTS = 32  # a backward pass goes through all points of its batch, so the work grows with their number


def batched_rows(
    program: Program, prepared: PreparedPoints, vector: ParameterVector
) -> tuple[torch.Tensor, Iterator[torch.Tensor]]:
    """Raw residuals (points, residuals), and each residual's Jacobian (points, parameters)."""
    pieces = [
        _piece(program, prepared.rows(slice(start, min(start + POINTS, prepared.size))), vector)
        for start in range(0, prepared.size, POINTS)
    ]
    jacobian = torch.cat([j for _, j in pieces], dim=1)
    return torch.cat([r for r, _ in pieces]), iter(jacobian)


def _piece(program: Program, prepared: PreparedPoints, vector: ParameterVector) -> tuple[torch.Tensor, torch.Tensor]:
    """Residuals (points, residuals) and rows (residuals, points, parameters) of a few points."""
    with torch.enable_grad():
        raw = program(prepared, vector.scalars, Tape())
    points, residuals = raw.shape
    rows = raw.new_zeros(residuals, points, len(vector))
    if not raw.requires_grad:
        return raw.detach(), rows
    flat = raw.T.reshape(-1)
    ones = torch.eye(len(flat), dtype=raw.dtype, device=raw.device)
    gradients = torch.autograd.grad(flat, vector.tensors, ones, is_grads_batched=True, allow_unused=True)
    for tensor_slice, gradient in zip(vector.slices.values(), gradients, strict=True):
        if gradient is not None:
            rows[:, :, tensor_slice] = gradient.detach().reshape(residuals, points, -1)
    return raw.detach(), rows
