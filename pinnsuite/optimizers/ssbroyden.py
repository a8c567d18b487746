"""Self-scaled quasi-Newton methods with a dense inverse Hessian."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.lbfgs import evaluated
from pinnsuite.optimizers.memory import check_fits
from pinnsuite.optimizers.protocol import State, Step
from pinnsuite.optimizers.wolfe import search_along
from pinnsuite.run.verdict import Verdict


@dataclass(frozen=True)
class SSBroyden:
    """The self-scaled Broyden class (Al-Baali 1998; Urban, Stefanou and Pons 2025) with a strong Wolfe search.

    H <- (H - H y y'H / y'Hy + phi v v') / tau + s s' / y's,  v = sqrt(y'Hy) (s / y's - H y / y'Hy),

    for the move s and the change y of the gradient. ``update`` "bfgs" has phi = 1 and tau = min(1, y's / s'H^-1 s);
    "broyden" takes both from the ratios b = s'H^-1 s / y's and h = y'Hy / y's, so that the eigenvalues of H that a step
    finds too large shrink at once. Memory and time per step grow with the square of the parameters; float64 is needed.
    H is kept when points are redrawn: it belongs to the integral, of which any points are a sample.
    """

    max_steps: int = 20000
    update: Literal["broyden", "bfgs"] = "broyden"
    tolerance: float = 0.0
    gradient_tolerance: float = 1e-14
    trials: int = 25

    def __post_init__(self) -> None:
        if self.max_steps < 1 or self.trials < 1:
            raise InputError(
                "A quasi-Newton method needs at least one step and one trial",
                given=f"max_steps={self.max_steps}, trials={self.trials}",
            )

    def start(self, objective: Objective) -> State:
        """The first state. Raises `InputError` if the inverse Hessian would not fit into memory."""
        like, size = objective.parameters.values, len(objective.parameters)
        what = f"The inverse Hessian of {size} parameters"
        needed = inverse_bytes(size, like.element_size())
        check_fits(needed, like.device, what, "Take optimizer=lbfgs or a smaller network")
        return {"inverse": torch.eye(size, dtype=like.dtype, device=like.device), "fresh": 1}

    def steps_per_draw(self, state: State) -> int:
        return 10

    def redrawn(self, state: State) -> State:
        return {"inverse": state["inverse"], "fresh": state["fresh"]}

    def retry(self, state: State) -> State:
        inverse = state["inverse"]
        assert isinstance(inverse, torch.Tensor)
        return {"inverse": torch.eye(len(inverse), dtype=inverse.dtype, device=inverse.device), "fresh": 1}

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        inverse = state["inverse"]
        assert isinstance(inverse, torch.Tensor)
        loss, gradient = evaluated(objective, state)
        if not math.isfinite(loss) or not bool(gradient.isfinite().all()):
            return Step(loss, Verdict.NOT_FINITE), state
        size = float(gradient.abs().max())
        if loss <= self.tolerance or size <= self.gradient_tolerance:
            return Step(loss, Verdict.CONVERGED, {"gradient": size}), state
        direction = -(inverse @ gradient)
        if float(gradient @ direction) >= 0:
            return Step(loss, None, {"gradient": size}), self.retry(state)
        found = search_along(objective, loss, gradient, direction, scaled=not state["fresh"], trials=self.trials)
        if found is None:
            verdict = Verdict.LINE_SEARCH_FAILED if state["fresh"] else None
            return Step(loss, verdict, {"gradient": size}), self.retry(state)
        move, change = found.step * direction, found.gradient - gradient
        curved = float(move @ change) > 1e-14 * float(move.norm() * change.norm())
        if curved and float(change @ (inverse @ change)) <= 0:  # rounding has made H indefinite
            return Step(loss, None, {"gradient": size, "length": found.step}), self.retry(state)
        if curved:
            inverse = updated(inverse, move, change, -found.step * float(move @ gradient), self.update)
        known: State = {"inverse": inverse, "fresh": 0, "value": found.value, "gradient": found.gradient}
        return Step(loss, None, {"gradient": size, "length": found.step}), known


def inverse_bytes(size: int, of_one: int) -> int:
    """Memory of a step: the inverse Hessian (size, size), the next one, and what is added to it."""
    return 3 * of_one * size**2


def updated(
    inverse: torch.Tensor, move: torch.Tensor, change: torch.Tensor, curvature: float, update: str
) -> torch.Tensor:
    """The next H from s, y and s'H^-1 s; it satisfies H y = s and stays positive definite."""
    image = inverse @ change
    across, within = float(move @ change), float(change @ image)
    phi, tau = 1.0, min(1.0, across / curvature)
    if update == "broyden":
        phi, tau = _broyden(curvature / across, within / across, len(move))
    v = within**0.5 * (move / across - image / within)
    shrunk = inverse - torch.outer(image, image / within) + phi * torch.outer(v, v)
    return shrunk / tau + torch.outer(move, move / across)


def _broyden(b: float, h: float, size: int) -> tuple[float, float]:
    """phi and tau of the self-scaled Broyden update (Urban, Stefanou and Pons 2025, appendix), for b h >= 1."""
    a = max(b * h - 1, 1e-14)  # zero when s and Hy are parallel
    low = min(1.0, h * (1 - (a / (a + 1)) ** 0.5))
    theta = max((low - 1) / a, min(1 / low, (1 - b) / b))
    sigma = 1 + a * theta
    root = abs(sigma) ** (1 / (1 - size)) if size > 1 else 1.0
    high = min(1.0, 1 / b)
    tau = min(high * root, sigma) if theta <= 0 else high * min(root, 1 / theta)
    return (1 - theta) / sigma, tau
