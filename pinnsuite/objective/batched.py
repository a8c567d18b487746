"""Jacobian rows of any program by a backward pass each: the fallback where layers do not supply their rows."""

from __future__ import annotations

import torch

from pinnsuite.calculus.program import PreparedPoints, Program
from pinnsuite.calculus.tape import Tape
from pinnsuite.objective.parameters import ParameterVector

POINTS = 32  # a backward pass goes through all points of its batch, so the work grows with their number


def batched_rows(
    program: Program, prepared: PreparedPoints, vector: ParameterVector, rows: torch.Tensor
) -> torch.Tensor:
    """Raw residuals (points, residuals); their Jacobian is written to ``rows``, (residuals, points, parameters)."""
    parts = [slice(start, min(start + POINTS, prepared.size)) for start in range(0, prepared.size, POINTS)]
    return torch.cat([_piece(program, prepared.rows(part), vector, rows[:, part]) for part in parts])


def _piece(program: Program, prepared: PreparedPoints, vector: ParameterVector, rows: torch.Tensor) -> torch.Tensor:
    with torch.enable_grad():
        raw = program(prepared, vector.scalars, Tape())
    points, residuals = raw.shape
    if not raw.requires_grad:
        return raw
    flat = raw.T.reshape(-1)
    if program.vectorises:
        ones = torch.eye(len(flat), dtype=raw.dtype, device=raw.device)
        gradients = torch.autograd.grad(flat, vector.tensors, ones, is_grads_batched=True, allow_unused=True)
        for (name, columns), gradient in zip(vector.slices.items(), gradients, strict=True):
            if gradient is not None and name not in vector.held:
                rows[:, :, columns] = gradient.reshape(residuals, points, -1)
        return raw.detach()
    for i, value in enumerate(flat):
        gradients = torch.autograd.grad(value, vector.tensors, retain_graph=True, allow_unused=True)
        for (name, columns), gradient in zip(vector.slices.items(), gradients, strict=True):
            if gradient is not None and name not in vector.held:
                rows[i // points, i % points, columns] = gradient.reshape(-1)
    return raw.detach()
