"""The clock of the baseline: it stops DeepXDE in time, and keeps the history and the best state."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

RECORDS = 30  # evaluations of the error, at most
PAUSE = 0.25  # seconds between two calls of the progress function
# Evaluations in one chunk of L-BFGS: within a time limit, and without one. Chunks do not change the iterates.
FEWEST, MOST, STEADY = 25, 1250, 250


class Clock:
    """Seconds of training: everything but what is done aside."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._start

    def aside(self, work: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        result = work()
        self._start += time.perf_counter() - begin
        return result


@dataclass
class Watch:
    """A DeepXDE callback. ``until`` is the end of the present stage, in seconds on the clock."""

    clock: Clock
    network: torch.nn.Module
    parameters: Mapping[str, torch.Tensor]
    estimates: Callable[[], dict[str, float]]
    progress: Callable[[int, dict[str, float]], None] | None
    error: Callable[[], float] | None
    share: Callable[[float, int], float]  # of the whole budget, from seconds and steps
    until: float = math.inf
    most_steps: int | None = None
    model: Any = None
    history: list[dict[str, float]] = field(default_factory=list)
    best: float = math.inf
    last: float = 0.0
    state: tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]] | None = None
    seen: int = -1
    shown: float = -math.inf
    per_evaluation: float = 0.0
    _chunk: tuple[float, int] = (0.0, 0)

    # ---- DeepXDE's interface

    def set_model(self, model: Any) -> None:
        self.model = model

    def on_train_begin(self) -> None:
        self.seen = -1
        self._look()

    def on_train_end(self) -> None:
        self._look()

    def on_epoch_begin(self) -> None:
        if self.model.opt_name != "L-BFGS":
            return
        self._chunk = (self.clock.seconds, self._evaluations())
        group, evaluations = self.model.opt.param_groups[0], STEADY
        if self.most_steps is None and self.per_evaluation:
            often, affordable = 2 * PAUSE / self.per_evaluation, (self.until - self.clock.seconds) / self.per_evaluation
            evaluations = int(max(2, min(affordable, max(FEWEST, min(often, MOST)))))
        left = self.most_steps - self.model.train_state.step if self.most_steps is not None else evaluations
        # DeepXDE takes a chunk of a single iteration for convergence
        group["max_eval"], group["max_iter"] = evaluations, max(2, min(evaluations * 4 // 5, left))

    def on_epoch_end(self) -> None:
        seconds, step = self.clock.seconds, self.model.train_state.step
        if self.model.opt_name == "L-BFGS":
            begin, before = self._chunk
            self.per_evaluation = (seconds - begin) / max(self._evaluations() - before, 1)
            if step == self.seen:  # not one iteration was made: DeepXDE would try for ever
                self.model.stop_training = True
        self._look()
        if self.finished:
            self.model.stop_training = True

    def on_batch_begin(self) -> None: ...

    def on_batch_end(self) -> None: ...

    def on_predict_begin(self) -> None: ...

    def on_predict_end(self) -> None: ...

    # ---- what is kept

    @property
    def finished(self) -> bool:
        """Whether the steps or the time of this stage are used."""
        if self.most_steps is not None and self.model.train_state.step >= self.most_steps:
            return True
        return self.clock.seconds + 2 * self.per_evaluation >= self.until

    def _evaluations(self) -> int:
        states = list(self.model.opt.state.values())
        return int(states[0]["func_evals"]) if states else 0

    def _look(self) -> None:
        """If DeepXDE has just evaluated the loss: keep the best state, record, and show progress."""
        step, losses = self.model.train_state.step, self.model.losshistory
        if not losses.steps or losses.steps[-1] != step or step == self.seen:
            return
        self.seen = step
        self.last = loss = float(losses.loss_train[-1].sum())
        if loss < self.best:
            self.best = loss
            copied = {n: p.detach().clone() for n, p in self.parameters.items()}
            self.state = {n: p.detach().clone() for n, p in self.network.state_dict().items()}, copied
        self.clock.aside(lambda: self._record(step, loss))

    def _record(self, step: int, loss: float) -> None:
        seconds = self.clock.seconds
        if self.share(seconds, step) * (RECORDS - 2) >= len(self.history) and len(self.history) < RECORDS - 1:
            self.note(step, seconds, loss)
        if self.progress is not None and time.perf_counter() - self.shown >= PAUSE:
            self.progress(step, {"loss": loss, "seconds": seconds, **self.estimates()})
            self.shown = time.perf_counter()

    def note(self, step: int, seconds: float, loss: float) -> None:
        row = {"step": step, "seconds": seconds, "loss": loss, **self.estimates()}
        self.history.append(row | ({"error": self.error()} if self.error is not None else {}))

    def restore(self) -> None:
        """Go back to the best state that was seen, as DeepXDE's ``ModelCheckpoint(save_better_only=True)`` keeps it."""
        if self.state is not None:
            self.network.load_state_dict(self.state[0])
            with torch.no_grad():
                for name, value in self.state[1].items():
                    self.parameters[name].copy_(value)
