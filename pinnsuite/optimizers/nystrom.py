"""Gauss-Newton for large networks: conjugate gradients on J'J, which is never formed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.block import HELD
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.memory import check_fits
from pinnsuite.optimizers.protocol import State, Step
from pinnsuite.run.verdict import Verdict


@dataclass(frozen=True)
class NystromGaussNewton:
    """theta <- theta + d with (J'J + lambda I) d = -J'r to within ``precision``, by preconditioned conjugate gradients.

    A product with J'J takes one pass over the points, a few of whose Jacobian rows are held at a time, so memory is
    that of ``rank`` vectors. The first pass of a step takes ``rank`` random ones along; from J'J on these, A Omega, the
    Nystroem approximation A Omega (Omega' A Omega)^-1 Omega' A has the large eigenvalues of J'J, and what conjugate
    gradients are left with is conditioned like the rest of the spectrum (Frangella, Tropp and Udell, SIAM J. Matrix
    Anal. Appl. 44 (2023) 718). Lambda falls by ``factor`` after a step whose decrease of |r|^2 is at least
    ``agreement`` of the predicted one, and rises until there is one.

    For networks of 10^4 parameters and more, where `GaussNewton` would take too long or does not fit.
    """

    max_steps: int = 400
    damping: float = 1.0
    factor: float = 4.0
    min_damping: float = 1e-26
    rank: int = 100
    iterations: int = 60
    precision: float = 1e-2
    trials: int = 8
    agreement: float = 0.25
    tolerance: float = 0.0
    stall: float = 1e-5
    patience: int = 20

    def __post_init__(self) -> None:
        if self.damping <= 0 or self.factor <= 1 or min(self.rank, self.iterations, self.trials, self.max_steps) < 1:
            raise InputError(
                "Conjugate gradients need damping > 0, factor > 1, and a rank, iterations, trials, steps of at least 1",
                given=f"damping={self.damping}, factor={self.factor}, rank={self.rank}, iterations={self.iterations}, "
                f"trials={self.trials}, max_steps={self.max_steps}",
            )

    def start(self, objective: Objective) -> State:
        """The first state. Raises `InputError` if the random vectors of a step would not fit into memory."""
        values = objective.parameters.values
        what = f"Conjugate gradients with rank {self.rank} and {len(values)} parameters"
        threads = torch.get_num_threads()
        held = (4 + threads) * self.rank * len(values) + threads * min(HELD, objective.rows * len(values))
        do = "Take a smaller optimizer.rank, or optimizer=soap"
        check_fits(held * values.element_size(), values.device, what, do)
        return {"damping": self.damping, "flat": 0, "drawn": 0}

    def steps_per_draw(self, state: State) -> int:
        return 10

    def redrawn(self, state: State) -> State:
        return state

    def retry(self, state: State) -> State:
        return {**state, "damping": float(state["damping"]) * 1e3}

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        loss, gradient = objective.gradient()
        half = gradient / 2  # J'r
        if not (math.isfinite(loss) and bool(half.isfinite().all())):
            return Step(loss, Verdict.NOT_FINITE), state
        if loss <= self.tolerance:
            return Step(loss, Verdict.CONVERGED), state
        origin, damping = objective.parameters.copy(), float(state["damping"])
        preconditioner = Nystrom(objective, min(self.rank, len(origin)), int(state["drawn"]))
        iterations = 0
        for _ in range(self.trials):
            move, image, taken = self._solve(objective, preconditioner, half, damping)
            iterations += taken
            objective.parameters.set(origin + move)
            after = objective.loss()
            predicted = -2 * float(half @ move) - float(move @ image)  # |r|^2 - |r + J d|^2
            if loss - after >= self.agreement * predicted > 0:
                break
            objective.parameters.set(origin)
            damping *= self.factor
        else:
            flat = int(state["flat"]) + 1
            verdict = Verdict.STALLED if flat >= self.patience else None
            return Step(loss, verdict), {"damping": damping, "flat": flat, "drawn": int(state["drawn"]) + 1}
        flat = int(state["flat"]) + 1 if loss - after < self.stall * loss else 0
        following: State = {
            "damping": max(damping / self.factor, self.min_damping),
            "flat": flat,
            "drawn": int(state["drawn"]) + 1,
        }
        figures = {"damping": damping, "iterations": float(iterations), "ratio": (loss - after) / predicted}
        return Step(loss, Verdict.STALLED if flat >= self.patience else None, figures), following

    def _solve(
        self, objective: Objective, preconditioner: Nystrom, half: torch.Tensor, damping: float
    ) -> tuple[torch.Tensor, torch.Tensor, int]:
        """d, J'J d and the iterations taken."""
        move, image, left = torch.zeros_like(half), torch.zeros_like(half), -half
        towards = preconditioned = preconditioner(left, damping)
        size = float(left @ preconditioned)
        goal, done = self.precision * float(left.norm()), 0
        while done < self.iterations and float(left.norm()) > goal:
            product = objective.gram(towards[:, None])[:, 0]
            bent = product + damping * towards
            length = size / float(towards @ bent)
            move, image, left = move + length * towards, image + length * product, left - length * bent
            preconditioned = preconditioner(left, damping)
            before, size = size, float(left @ preconditioned)
            towards, done = preconditioned + (size / before) * towards, done + 1
        return move, image, done


class Nystrom:
    """The inverse of the Nystroem approximation U diag(s) U' of J'J, with damping, as far as it matters."""

    def __init__(self, objective: Objective, rank: int, seed: int) -> None:
        values = objective.parameters.copy()
        generator = torch.Generator().manual_seed(seed)
        tests = torch.linalg.qr(torch.randn(len(values), rank, generator=generator, dtype=torch.float64))[0].to(values)
        images = objective.gram(tests)
        shift = torch.finfo(values.dtype).eps ** 0.5 * 1e-3 * float(images.norm()) + torch.finfo(values.dtype).tiny
        while True:  # until the square root of what is seen of J'J exists
            inner = tests.T @ (images + shift * tests)
            factor, info = torch.linalg.cholesky_ex((inner + inner.T) / 2, upper=True)
            if int(info) == 0 or not bool(inner.isfinite().all()):
                break
            shift *= 10
        images = images + shift * tests
        halves = torch.linalg.solve_triangular(factor, images, upper=True, left=False)
        self.vectors, sizes, _ = torch.linalg.svd(halves, full_matrices=False)
        self.eigenvalues = (sizes**2 - shift).clamp_min(0.0)

    def __call__(self, vector: torch.Tensor, damping: float) -> torch.Tensor:
        """(s_least + lambda) U (diag(s) + lambda)^-1 U' v + (v - U U' v)."""
        inside = self.vectors.T @ vector
        weights = (self.eigenvalues[-1] + damping) / (self.eigenvalues + damping)
        return vector + self.vectors @ ((weights - 1) * inside)
