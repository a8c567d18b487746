"""The one training loop. It is the same for every optimizer, problem and number of windows."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from pinnsuite.inverse.weighing import weigh_by_noise
from pinnsuite.optimizers.protocol import JUMP, Optimizer, State, Step
from pinnsuite.run.blame import blame
from pinnsuite.run.first_guesses import choose_start
from pinnsuite.run.preemption import Preemption
from pinnsuite.run.settings import RunSettings
from pinnsuite.run.standing import save
from pinnsuite.run.stopwatch import Stopwatch
from pinnsuite.run.store import Store
from pinnsuite.run.telemetry import MetricsLog, Progress
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.judging import folds
from pinnsuite.solvers.march import March
from pinnsuite.solvers.windows import Judgement

log = logging.getLogger(__name__)
Callback = Callable[[Mapping[str, Any]], None]
RETRIES = 5
SEVERITY = (
    Verdict.CONVERGED,
    Verdict.BUDGET_USED,
    Verdict.STALLED,
    Verdict.LINE_SEARCH_FAILED,
    Verdict.CROSSED,
    Verdict.FOLDED,
    Verdict.NOT_FINITE,
)  # a march is as good as its worst window


@dataclass
class Loop:
    """The parts that the loop drives, and where it stands.

    That is the step inside the window, the steps in all, the step at which points were drawn, the retries used, and how
    the worst window before this ended.
    """

    march: March
    optimizer: Optimizer
    settings: RunSettings
    store: Store | None = None
    metrics: MetricsLog | None = None
    progress: Progress | None = None
    error: Callable[[], Mapping[str, float]] | None = None
    callbacks: Sequence[Callback] = ()
    step: int = 0
    total: int = 0
    drawn: int = 0
    retries: int = 0
    worst: Verdict = Verdict.CONVERGED
    state: State = field(default_factory=dict)
    watch: Stopwatch = field(default_factory=Stopwatch)
    seen: tuple[int, int, int, float] | None = None  # window, refinement and draw of the step before, and its loss
    lowest: float = math.inf  # loss of a checkpoint of this window, at its refinement
    exhausted: bool = False  # whether the optimizer has used up budgets of its own

    def run(self, preemption: Preemption) -> Verdict:
        """Train every window; save at steady times and at the end."""
        if not self.state:
            choose_start(self, preemption)
            if preemption.requested:
                return Verdict.PREEMPTED  # there is nothing to save: the next run tries the starts again
            self.state = self.optimizer.start(self.march.objective)
        saved = self.watch.seconds
        verdict = Verdict.BUDGET_USED
        while True:
            if preemption.requested:
                verdict = Verdict.PREEMPTED
                break
            if self.out_of_time:
                ends = [Verdict.FOLDED] if folds(self.march.window) else [self.march.short or Verdict.BUDGET_USED]
                verdict = max(self.worst, *ends, key=SEVERITY.index)
                break
            ended = self._window_step()
            if ended is not None:
                with self.watch.part("windows"):
                    last = self._after_window(ended)
                if last is not None:
                    verdict = last
                    break
            if self.watch.seconds - saved >= self.settings.checkpoint_every_seconds:
                self._save()
                saved = self.watch.seconds
        self._save()
        return verdict

    @property
    def out_of_time(self) -> bool:
        limit = self.settings.max_seconds
        return limit is not None and self.watch.seconds >= limit

    def _after_window(self, ended: Verdict) -> Verdict | None:
        """Go on to the next window, or to this one again if it was not accepted; a verdict ends the run."""
        march, judged, effort = self.march, Judgement.ACCEPTED, self.step / self._budget
        size = len(march.vector)
        if ended is not Verdict.NOT_FINITE:
            judged = march.judge()
            ended = Verdict.CONVERGED if march.windows.rule and judged is Judgement.ACCEPTED else ended
            ended = Verdict.FOLDED if folds(march.window) else ended
        worst = max(self.worst, ended, key=SEVERITY.index)
        if judged is Judgement.GIVEN_UP:
            return Verdict.TOLERANCE_NOT_MET
        if judged is Judgement.ACCEPTED:
            if ended in {Verdict.NOT_FINITE, Verdict.LINE_SEARCH_FAILED, Verdict.FOLDED}:
                return worst
            if not march.advance(effort):
                return max(worst, march.short or worst, key=SEVERITY.index)
            self.worst, self.retries = worst, 0
        goes_on = judged is Judgement.REFINED or (judged is Judgement.ACCEPTED and march.policy.warm)
        same = goes_on and len(march.vector) == size
        self.step, self.drawn, self.seen, self.lowest = 0, 0, None, math.inf
        self.state = self.optimizer.redrawn(self.state) if same else self.optimizer.start(march.objective)
        return None

    def _window_step(self) -> Verdict | None:
        """One step of the optimizer; a verdict ends the window."""
        march = self.march
        if self.step >= self._budget:
            return Verdict.BUDGET_USED
        every = march.policy.redraw_every or self.optimizer.steps_per_draw(self.state)
        if self.step >= self.drawn + every:
            if march.met:
                return Verdict.CONVERGED
            self._draw()
            if self.step >= self._budget // 2:  # before, a field fits badly for other reasons than noise
                weigh_by_noise(march.window)
        if march.window.weigh(self.step):
            if march.window.settled:
                return Verdict.CONVERGED
            self.state = self.optimizer.redrawn(self.state)
        before = (march.vector.copy(), self.state)
        with self.watch.part("steps"):
            result, self.state = self.optimizer.step(march.objective, self.state)
        if result.verdict is Verdict.NOT_FINITE or not bool(march.vector.values.isfinite().all()):
            return self._go_back(before)
        self.step, self.total = self.step + 1, self.total + 1
        self.exhausted = result.verdict is Verdict.BUDGET_USED
        self._notice(result)
        self._tell(result)
        if result.verdict is Verdict.STALLED and weigh_by_noise(march.window):
            self._draw()
            return None
        return result.verdict

    @property
    def _budget(self) -> int:
        """Steps in a window, at most; a method that chooses has that of what it chose."""
        of_choice = getattr(self.optimizer, "budget", None)
        return of_choice(self.state) if of_choice else self.optimizer.max_steps

    def _save(self) -> None:
        with self.watch.part("saving"):
            save(self)

    def _draw(self) -> None:
        with self.watch.part("drawing"):
            self.march.window.draw()
        self.drawn, self.state = self.step, self.optimizer.redrawn(self.state)

    def _notice(self, result: Step) -> None:
        """Say so where all points were met by themselves alone: the residual between them is another."""
        window, rows = self.march.window, self.march.objective.rows
        before, self.seen = self.seen, (self.march.index, window.refined, window.draws, result.loss)
        if before is None or before[:2] != self.seen[:2] or before[2] == window.draws:
            return
        rise = result.loss / max(before[3], torch.finfo(self.march.like.dtype).eps ** 1.25)  # rounding may well rise
        if rise > JUMP and result.figures.get("rows", rows) >= rows:
            self.march.note(
                f"The loss rose {rise:.0e}-fold when points were redrawn: there are too few. "
                "Use more, solver.points, or a smaller network"
            )

    def _go_back(self, before: tuple[torch.Tensor, State]) -> Verdict | None:
        """Return to the last finite state with a more careful optimizer; give up after some retries."""
        march = self.march
        for line in blame(march.objective):
            log.warning("step %d: %s", self.total, line)
        march.vector.set(before[0])
        self.retries += 1
        if self.retries > RETRIES:
            return Verdict.NOT_FINITE
        self.state = self.optimizer.retry(before[1])
        return None

    def _tell(self, result: Step) -> None:
        event = {"step": self.total, "loss": result.loss, "window": self.march.index, **result.figures}
        weights = self.march.window.causal_weights
        if weights:
            event |= {"least_weight": weights[-1], "rung": self.march.window.rung}
        for callback in self.callbacks:
            callback({**event, "march": self.march})
        if self.total % self.settings.log_every and result.verdict is None:
            return
        record: dict[str, Any] = {k: v for k, v in event.items() if k != "step"}
        with self.watch.paused():
            record |= {f"loss.{n}": v for n, v in self.march.objective.losses().items()}
            record |= {f"unknown.{n}": v for n, v in self.march.unknowns().items()}
            record |= self.error() if self.error is not None else {}
        if weights:
            record["causal_weights"] = weights
        record["seconds"] = self.watch.seconds
        if self.metrics is not None:
            self.metrics.append(self.total, record)
        if self.progress is not None:
            shown = {k: v for k, v in record.items() if k == "loss" or k.startswith(("loss.", "error", "unknown."))}
            windows = self.march.windows
            if windows.axis is not None and windows.rule is not None:
                shown = {"window": f"to {windows.edges[-1]:.4g} of {windows.axis.high:g}", **shown}
            self.progress.update(
                self.total, shown if len(shown) < 8 else {k: v for k, v in shown.items() if "." not in k}
            )
