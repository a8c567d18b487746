"""The optimizer that fits the problem and the machine."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

import torch

from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.gauss_newton import GaussNewton, step_bytes
from pinnsuite.optimizers.memory import total_bytes
from pinnsuite.optimizers.protocol import Optimizer, State, Step
from pinnsuite.optimizers.soap import Soap
from pinnsuite.optimizers.ssbroyden import SSBroyden, inverse_bytes
from pinnsuite.run.verdict import Verdict

SHARE = 0.5  # of all memory that a method may take; what is free changes from one window to the next
SECONDS = 5.0  # that a Gauss-Newton step may take
UPDATE_SECONDS = 0.1  # that an update of an inverse Hessian may take, beside the gradient of its step
DIRECTIONS = 1500  # of a step where all would be too many
QUASI_NEWTON, FIRST_ORDER = -1, -2  # in place of a number of directions
RATE, GPU_RATE = 4e10, 1e13  # float64 operations per second, the order of what two cores and a data-centre GPU do
BANDWIDTH, GPU_BANDWIDTH = 1e10, 1e12  # bytes per second, likewise
PASSES = 20  # numbers that an update reads or writes for each of the inverse Hessian


@dataclass(frozen=True)
class Auto:
    """Gauss-Newton where its Jacobian fits and a step is quick, in 1500 random directions at a time where all would be
    too many; else self-scaled Broyden where its inverse Hessian fits and an update is quick; else SOAP, and in float32,
    where Gauss-Newton has no small directions to find, at once.

    A Gauss-Newton step on m residuals in n directions holds m n numbers and takes about 2 m n min(m, n) operations,
    at most 5 s; with fewer residuals than directions it takes the dual form by itself. Broyden's update of n^2 numbers
    goes 20 times through memory, at most 0.1 s: up to 2500 parameters on two cores. `NystromGaussNewton` is not
    offered: how many passes its steps need shows only while it runs.

    ``gauss_newton_steps`` is the budget of the first, ``first_order_steps`` that of each of the other two.
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
        return f"optimizer=auto takes {_called(choice, objective)}: {why}"

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
        if choice == QUASI_NEWTON:
            return SSBroyden(max_steps=self.first_order_steps, tolerance=self.tolerance)
        if choice == FIRST_ORDER:
            return Soap(max_steps=self.first_order_steps, tolerance=self.tolerance)
        return GaussNewton(max_steps=self.gauss_newton_steps, tolerance=self.tolerance, directions=choice)

    @staticmethod
    def _parts(state: State) -> tuple[int, int, State]:
        inner = {k: v for k, v in state.items() if k not in {"choice", "steps"}}
        return int(state["choice"]), int(state["steps"]), inner

    @staticmethod
    def _state(choice: int, steps: int, inner: State) -> State:
        return {"choice": choice, "steps": steps, **inner}


class Cost(NamedTuple):
    """Bytes that a step holds, and seconds that it takes."""

    held: int
    seconds: float

    def within(self, memory: float, seconds: float) -> bool:
        return self.held <= memory and self.seconds <= seconds

    def __str__(self) -> str:
        return f"{self.held / 2**30:.2g} GiB and about {self.seconds:.2g} s"


def choose(objective: Objective) -> tuple[int, str]:
    """The limit of Gauss-Newton's directions for an objective, 0 for none, or another method; and why."""
    m, n, like = objective.rows, len(objective.parameters), objective.parameters.values
    if like.dtype != torch.float64:
        return FIRST_ORDER, "in float32 the small directions of J'J are lost"
    rate, bandwidth = (RATE, BANDWIDTH) if like.device.type == "cpu" else (GPU_RATE, GPU_BANDWIDTH)
    memory, size = total_bytes(like.device), like.element_size()

    def step(directions: int) -> Cost:
        return Cost(step_bytes(m, directions, size), 2.0 * m * directions * min(m, directions) / rate)

    why = (
        f"a Gauss-Newton step with {m} residuals and {n} parameters needs {step(n)} "
        f"(at most half of the {memory / 2**30:.3g} GiB there are, and {SECONDS:g} s)"
    )
    for choice, directions in ((0, n), (DIRECTIONS, DIRECTIONS)):
        if directions <= n and step(directions).within(SHARE * memory, SECONDS):
            return choice, why
    update = Cost(inverse_bytes(n, size), PASSES * n**2 * size / bandwidth)
    why += f", an update of Broyden's inverse Hessian {update} (at most {UPDATE_SECONDS:g} s)"
    return QUASI_NEWTON if update.within(SHARE * memory, UPDATE_SECONDS) else FIRST_ORDER, why


def _called(choice: int, objective: Objective) -> str:
    """A choice in words: of Gauss-Newton also whether it factors J'J or, in the dual form, J J'."""
    if choice in {QUASI_NEWTON, FIRST_ORDER}:
        return {QUASI_NEWTON: "self-scaled Broyden", FIRST_ORDER: "SOAP"}[choice]
    form = "dual" if objective.rows < (choice or len(objective.parameters)) else "primal"
    return f"Gauss-Newton in the {form} form" + (f", in {choice} directions" if choice else "")
