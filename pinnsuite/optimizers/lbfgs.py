"""L-BFGS."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.memory import check_fits
from pinnsuite.optimizers.protocol import State, Step
from pinnsuite.optimizers.wolfe import search_along
from pinnsuite.run.verdict import Verdict


@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS with a strong Wolfe search (Liu and Nocedal 1989).

    It runs in the precision of the parameters and needs float64: in float32 the curvature pairs are noise after some
    hundred steps and the search fails at once. Its memory is forgotten when points are redrawn.
    """

    max_steps: int = 20000
    memory: int = 100
    tolerance: float = 0.0
    gradient_tolerance: float = 1e-12
    trials: int = 25

    def __post_init__(self) -> None:
        if self.memory < 1 or self.max_steps < 1:
            raise InputError(
                "L-BFGS needs a memory and a budget of at least 1",
                given=f"memory={self.memory}, max_steps={self.max_steps}",
            )

    def start(self, objective: Objective) -> State:
        """The first state. Raises `InputError` if the pairs that it will keep would not fit into memory."""
        like, size = objective.parameters.values, len(objective.parameters)
        what = f"The memory of {self.memory} steps of {size} parameters"
        check_fits(3 * self.memory * size * like.element_size(), like.device, what, "Take a smaller optimizer.memory")
        empty = like.new_zeros(0, size)
        return {"moves": empty, "changes": empty.clone()}

    def steps_per_draw(self, state: State) -> int:
        return 500

    def redrawn(self, state: State) -> State:
        moves, changes = state["moves"], state["changes"]
        assert isinstance(moves, torch.Tensor) and isinstance(changes, torch.Tensor)
        return {"moves": moves[:0], "changes": changes[:0]}

    retry = redrawn

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        loss, gradient = evaluated(objective, state)
        if not math.isfinite(loss) or not bool(gradient.isfinite().all()):
            return Step(loss, Verdict.NOT_FINITE), state
        size = float(gradient.abs().max())
        if loss <= self.tolerance or size <= self.gradient_tolerance:
            return Step(loss, Verdict.CONVERGED, {"gradient": size}), state
        moves, changes = state["moves"], state["changes"]
        assert isinstance(moves, torch.Tensor) and isinstance(changes, torch.Tensor)
        direction = two_loop(gradient, moves, changes)
        if float(gradient @ direction) >= 0:
            direction, moves, changes = -gradient, moves[:0], changes[:0]
        found = search_along(objective, loss, gradient, direction, scaled=len(moves) > 0, trials=self.trials)
        if found is None:
            verdict = Verdict.LINE_SEARCH_FAILED if not len(moves) else None
            return Step(loss, verdict, {"gradient": size}), self.redrawn(state)
        move, change = found.step * direction, found.gradient - gradient
        if float(move @ change) > 1e-12 * float(move.norm() * change.norm()):
            moves = torch.cat([moves, move[None]])[-self.memory :]
            changes = torch.cat([changes, change[None]])[-self.memory :]
        figures = {"gradient": size, "length": found.step}
        known: State = {"moves": moves, "changes": changes, "value": found.value, "gradient": found.gradient}
        return Step(loss, None, figures), known


def evaluated(objective: Objective, state: State) -> tuple[float, torch.Tensor]:
    """The value and gradient at the current parameters, known from the last search unless points were redrawn."""
    gradient = state.get("gradient")
    if isinstance(gradient, torch.Tensor):
        return float(state["value"]), gradient
    return objective.gradient()


def two_loop(gradient: torch.Tensor, moves: torch.Tensor, changes: torch.Tensor) -> torch.Tensor:
    """-H g with H from the stored pairs (Nocedal 1980)."""
    q = gradient.clone()
    inner = (moves * changes).sum(1)
    weights = torch.zeros_like(inner)
    for i in reversed(range(len(moves))):
        weights[i] = moves[i] @ q / inner[i]
        q -= weights[i] * changes[i]
    if len(moves):
        q *= inner[-1] / changes[-1].square().sum()
    for i in range(len(moves)):
        q += moves[i] * (weights[i] - changes[i] @ q / inner[i])
    return -q
