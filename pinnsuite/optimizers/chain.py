"""One optimizer after another."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.protocol import Optimizer, State, Step
from pinnsuite.run.verdict import Verdict

FINAL = {Verdict.CONVERGED, Verdict.NOT_FINITE}


@dataclass(frozen=True)
class Chain:
    """``first`` until its budget is used or it finds nothing more, then ``then`` from where it got to.

    Either may be a chain again. Only convergence, or a value that is not finite, ends the first one for both.
    """

    first: Optimizer
    then: Optimizer

    @property
    def max_steps(self) -> int:
        return self.first.max_steps + self.then.max_steps

    def start(self, objective: Objective) -> State:
        """The first state. Raises `InputError` where either cannot start, so that nothing is refused halfway."""
        self.then.start(objective)
        return _state(0, 0, self.first.start(objective))

    def steps_per_draw(self, state: State) -> int:
        return self._now(state).steps_per_draw(_inner(state))

    def redrawn(self, state: State) -> State:
        return _state(int(state["stage"]), int(state["done"]), self._now(state).redrawn(_inner(state)))

    def retry(self, state: State) -> State:
        return _state(int(state["stage"]), int(state["done"]), self._now(state).retry(_inner(state)))

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        stage, done, method = int(state["stage"]), int(state["done"]), self._now(state)
        step, inner = method.step(objective, _inner(state))
        ended = step.verdict or (Verdict.BUDGET_USED if done + 1 >= method.max_steps else None)
        figures = {**step.figures, "stage": stage}
        if ended is None or ended in FINAL:
            return Step(step.loss, ended, figures), _state(stage, done + 1, inner)
        if stage == 0:
            return Step(step.loss, None, figures), _state(1, 0, self.then.start(objective))
        return dataclasses.replace(step, verdict=ended, figures=figures), _state(stage, done + 1, inner)

    def _now(self, state: State) -> Optimizer:
        return self.then if state["stage"] else self.first


def _state(stage: int, done: int, inner: State) -> State:
    return {"stage": stage, "done": done, **{f"inner.{k}": v for k, v in inner.items()}}


def _inner(state: State) -> State:
    return {k.removeprefix("inner."): v for k, v in state.items() if k.startswith("inner.")}
