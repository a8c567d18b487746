"""The optimizer that fits the problem and the machine."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch

from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.chain import Chain
from pinnsuite.optimizers.gauss_newton import GaussNewton, step_bytes
from pinnsuite.optimizers.lbfgs import LBFGS
from pinnsuite.optimizers.memory import total_bytes
from pinnsuite.optimizers.protocol import Optimizer, State, Step
from pinnsuite.optimizers.soap import Soap
from pinnsuite.run.verdict import Verdict

SHARE = 0.5  # of all memory that a method may take; what is free changes from one window to the next
SECONDS = 5.0  # that a Gauss-Newton step may take
DIRECTIONS = 1500  # of a step where all would be too many
FIRST_ORDER, SINGLE = -1, -2  # in place of a number of directions
RATE, GPU_RATE = 4e10, 1e13  # float64 operations per second, the order of what two cores and a data-centre GPU do


@dataclass(frozen=True)
class Auto:
    """Gauss-Newton where its Jacobian fits and a step is quick, in 1500 random directions at a time where all would be
    too many, else Adam and then L-BFGS; in float32, where Gauss-Newton has no directions to find, SOAP.

    A Gauss-Newton step on m residuals in n directions holds m n numbers and takes about 2 m n min(m, n) operations;
    with fewer residuals than parameters it takes the dual form by itself. ``gauss_newton_steps`` and
    ``first_order_steps`` are the budgets of the two; the latter's first quarter is Adam's.
    """

    gauss_newton_steps: int = 400
    first_order_steps: int = 20000
    tolerance: float = 0.0

    @property
    def max_steps(self) -> int:
        return max(self.gauss_newton_steps, self.first_order_steps)

    def explain(self, objective: Objective) -> str:
        """What is taken, and why."""
        choice, why = choose(objective)
        names = {FIRST_ORDER: "Adam, then L-BFGS", SINGLE: "SOAP", 0: "Gauss-Newton"}
        return f"optimizer=auto takes {names.get(choice, f'Gauss-Newton, {choice} directions')}: {why}"

    def start(self, objective: Objective) -> State:
        choice, _ = choose(objective)
        return self._state(choice, 0, self._method(choice).start(objective))

    def budget(self, state: State) -> int:
        """The most steps of what was taken."""
        return self._method(int(state["choice"])).max_steps

    def steps_per_draw(self, state: State) -> int:
        choice, _, inner = self._parts(state)
        return self._method(choice).steps_per_draw(inner)

    def redrawn(self, state: State) -> State:
        choice, done, inner = self._parts(state)
        return self._state(choice, done, self._method(choice).redrawn(inner))

    def retry(self, state: State) -> State:
        choice, done, inner = self._parts(state)
        return self._state(choice, done, self._method(choice).retry(inner))

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        choice, done, inner = self._parts(state)
        method = self._method(choice)
        step, inner = method.step(objective, inner)
        if step.verdict is None and done + 1 >= method.max_steps:
            step = dataclasses.replace(step, verdict=Verdict.BUDGET_USED)
        return step, self._state(choice, done + 1, inner)

    def _method(self, choice: int) -> Optimizer:
        early = self.first_order_steps // 4
        if choice == SINGLE:
            return Soap(max_steps=self.first_order_steps, tolerance=self.tolerance)
        if choice != FIRST_ORDER:
            return GaussNewton(max_steps=self.gauss_newton_steps, tolerance=self.tolerance, directions=choice)
        return Chain(
            Adam(max_steps=early, tolerance=self.tolerance),
            LBFGS(max_steps=self.first_order_steps - early, tolerance=self.tolerance),
        )

    @staticmethod
    def _parts(state: State) -> tuple[int, int, State]:
        inner = {k: v for k, v in state.items() if k not in {"choice", "steps"}}
        return int(state["choice"]), int(state["steps"]), inner

    @staticmethod
    def _state(choice: int, steps: int, inner: State) -> State:
        return {"choice": choice, "steps": steps, **inner}


def choose(objective: Objective) -> tuple[int, str]:
    """The limit of Gauss-Newton's directions for an objective, 0 for none, or another method; and why."""
    m, n, like = objective.rows, len(objective.parameters), objective.parameters.values
    if like.dtype != torch.float64:
        return SINGLE, "in float32 the small directions of J'J are lost"
    memory, rate = total_bytes(like.device), RATE if like.device.type == "cpu" else GPU_RATE

    def cost(directions: int) -> tuple[int, float]:
        return step_bytes(m, directions, like.element_size()), 2.0 * m * directions * min(m, directions) / rate

    def fits(directions: int) -> bool:
        needed, seconds = cost(directions)
        return needed <= SHARE * memory and seconds <= SECONDS

    needed, seconds = cost(n)
    why = (
        f"a Gauss-Newton step with {m} residuals and {n} parameters needs {needed / 2**30:.2g} GiB "
        f"(at most half of the {memory / 2**30:.3g} GiB there are) and about {seconds:.2g} s (at most {SECONDS:g})"
    )
    return (0 if fits(n) else DIRECTIONS if n > DIRECTIONS and fits(DIRECTIONS) else FIRST_ORDER), why
