"""The optimizer that fits the problem and the machine."""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass

from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.chain import Chain
from pinnsuite.optimizers.gauss_newton import GaussNewton, needed_bytes
from pinnsuite.optimizers.lbfgs import LBFGS
from pinnsuite.optimizers.memory import available_bytes
from pinnsuite.optimizers.protocol import Optimizer, State, Step
from pinnsuite.run.verdict import Verdict

log = logging.getLogger(__name__)
SHARE = 0.5  # of the free memory that a method may take
SECONDS = 20.0  # that a Gauss-Newton step may take
RATE, GPU_RATE = 4e10, 1e13  # float64 operations per second, the order of what two cores and a data-centre GPU do


@dataclass(frozen=True)
class Auto:
    """Gauss-Newton where its Jacobian fits and a step is quick, else Adam and then L-BFGS; the log says why.

    A Gauss-Newton step on m residuals and n parameters holds m n numbers and takes about 2 m n min(m, n) operations.
    ``gauss_newton_steps`` and ``first_order_steps`` are the budgets of the two; the latter's first quarter is Adam's.
    """

    gauss_newton_steps: int = 400
    first_order_steps: int = 20000
    tolerance: float = 0.0

    @property
    def max_steps(self) -> int:
        return max(self.gauss_newton_steps, self.first_order_steps)

    def start(self, objective: Objective) -> State:
        newton, why = choose(objective)
        log.info("optimizer=auto takes %s: %s", "Gauss-Newton" if newton else "Adam, then L-BFGS", why)
        return self._state(newton, 0, self._method(newton).start(objective))

    def redrawn(self, state: State) -> State:
        newton, done, inner = self._parts(state)
        return self._state(newton, done, self._method(newton).redrawn(inner))

    def retry(self, state: State) -> State:
        newton, done, inner = self._parts(state)
        return self._state(newton, done, self._method(newton).retry(inner))

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        newton, done, inner = self._parts(state)
        method = self._method(newton)
        step, inner = method.step(objective, inner)
        if step.verdict is None and done + 1 >= method.max_steps:
            step = dataclasses.replace(step, verdict=Verdict.BUDGET_USED)
        return step, self._state(newton, done + 1, inner)

    def _method(self, newton: bool) -> Optimizer:
        early = self.first_order_steps // 4
        if newton:
            return GaussNewton(max_steps=self.gauss_newton_steps, tolerance=self.tolerance)
        return Chain(
            Adam(max_steps=early, tolerance=self.tolerance),
            LBFGS(max_steps=self.first_order_steps - early, tolerance=self.tolerance),
        )

    @staticmethod
    def _parts(state: State) -> tuple[bool, int, State]:
        inner = {k: v for k, v in state.items() if k not in {"newton", "steps"}}
        return bool(state["newton"]), int(state["steps"]), inner

    @staticmethod
    def _state(newton: bool, steps: int, inner: State) -> State:
        return {"newton": int(newton), "steps": steps, **inner}


def choose(objective: Objective) -> tuple[bool, str]:
    """Whether Gauss-Newton is the method for an objective, and why."""
    m, n, like = objective.rows, len(objective.parameters), objective.parameters.values
    needed, free = needed_bytes(objective), available_bytes(like.device)
    seconds = 2.0 * m * n * min(m, n) / (RATE if like.device.type == "cpu" else GPU_RATE)
    return needed <= SHARE * free and seconds <= SECONDS, (
        f"a Gauss-Newton step with {m} residuals and {n} parameters needs {needed / 2**30:.2g} GiB "
        f"(at most half of the {free / 2**30:.3g} GiB that are free) and about {seconds:.2g} s (at most {SECONDS:g})"
    )
