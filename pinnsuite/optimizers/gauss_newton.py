"""Gauss-Newton with Levenberg-Marquardt damping, each step corrected with the Jacobian it has."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.directions import Directions
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.along import Along, LeastSquares
from pinnsuite.optimizers.linearisation import Damped, Linearisation
from pinnsuite.optimizers.memory import check_fits
from pinnsuite.optimizers.mixed import Mixed
from pinnsuite.optimizers.protocol import JUMP, State, Step
from pinnsuite.optimizers.triangle import MANY
from pinnsuite.run.verdict import Verdict

WIDTH = 0.1  # of the step: the distance of the differences that measure how it bends
LONGEST_BEND = 0.5  # of the step: a second-order part longer than this is not to be trusted
DENSE = 0.09  # effective dimension per residual from which on there have to be more residuals
GROWTH = 1.5  # from then on, times as many
EACH = 8  # residuals for each random direction
NEARLY = 0.7  # share of all parameters from which on they are taken one by one


@dataclass(frozen=True)
class GaussNewton:
    """theta <- theta + d, where d solves J'r(theta + d) + lambda d = 0 with the Jacobian J of the old theta.

    The first approximation is the step of Levenberg (1944) and Marquardt (1963), d = -(J'J + lambda I)^-1 J'r, then
    its second-order part (geodesic acceleration, Transtrum and Sethna 2012), then up to ``corrections`` rounds of
    d <- d - (J'J + lambda I)^-1 (J'r(theta + d) + lambda d), a residual evaluation each (reuse of a Jacobian:
    Shamanskii 1967; for Levenberg-Marquardt Fan 2012). In the bent valleys of a network's loss the misfit of a long
    step lies in directions that J determines well, so the rounds remove it, and lambda can be 30 to 250 times smaller
    than for a step without them; a Jacobian and its factor cost as much as some twenty residual evaluations.

    They end when the step misses no more than the share ``miss`` of the decrease that the linear model predicts, or
    no longer shrink. Where residuals are nearly linear, ``miss=0`` takes as much as one Jacobian can give.

    J is factored by QR as soon as lambda is near the rounding of J'J, so that lambda can fall far below that; not while
    J itself turns out to be so well conditioned that J'J will do (`Factors`). Lambda changes by ``factor``: down while
    steps need few corrections, up until the actual decrease of |r|^2 is at least ``agreement`` of the predicted one.

    While lambda is large, the residuals determine few directions of parameter space. A step then takes so many of the
    points only, ``first_rows`` residuals to begin with, as that number, tr(J'J (J'J + lambda I)^-1), calls for, and
    more where new points show that the few were met by themselves alone (a narrow feature, on which few of them lie);
    with ``sketch`` it is sought along an eighth as many random directions, new ones each time (sketched parameters:
    Webb, Jerad and Cartis 2026). ``directions`` limits these for good, for large networks, of which J does not fit or
    takes too long to factor; 0 is no limit.

    Where there are eight residuals or more for each direction, a step is that of ``mix`` sums of residuals with random
    signs for each, new ones every time (`Mixed`); more of them once such a step gains less on the residuals than on the
    sums, and in the end all residuals; 0 is all from the beginning.

    ``tolerance`` is on the loss; ``stall`` on its relative decrease, over ``patience`` steps. Memory is that of the
    Jacobian, rows times directions.
    """

    max_steps: int = 400
    damping: float = 1.0
    factor: float = 4.0
    min_damping: float = 1e-26
    corrections: int = 10
    miss: float = 0.1
    trials: int = 12
    agreement: float = 0.25
    tolerance: float = 0.0
    stall: float = 1e-5
    patience: int = 20
    directions: int = 0
    first_rows: int = 1024
    sketch: bool = True
    mix: float = 3.0

    def __post_init__(self) -> None:
        if self.directions < 0 or self.first_rows < 1:
            raise InputError(
                "Gauss-Newton needs at least one residual, and directions >= 0 (0: all)",
                given=f"directions={self.directions}, first_rows={self.first_rows}",
            )
        if 0 < self.mix <= 1 or self.mix < 0:
            raise InputError(
                "optimizer.mix: a step needs more sums than directions",
                given=self.mix,
                expected="above 1, or 0 for none",
            )
        if self.damping <= 0 or self.max_steps < 1 or self.trials < 1 or self.factor <= 1 or self.corrections < 0:
            raise InputError(
                "Gauss-Newton needs a positive damping, a factor above 1, and at least one step and one trial",
                given=f"damping={self.damping}, factor={self.factor}, max_steps={self.max_steps}, "
                f"trials={self.trials}, corrections={self.corrections}",
            )

    def start(self, objective: Objective) -> State:
        """The first state. Raises `InputError` if a step would not fit into memory."""
        like, size = objective.parameters.values, self._most(objective)
        check_fits(
            step_bytes(objective.rows, size, like.element_size()),
            like.device,
            f"A Gauss-Newton step with {objective.rows} residuals in {size} directions",
            "Take fewer points, a smaller network, optimizer.directions=1000, or optimizer=lbfgs",
        )
        counts = {"flat": 0, "rows": self.first_rows, "drawn": 0, "reflected": 0, "redrawn": 0}
        return {"damping": self.damping, "loss": math.inf, "mix": self.mix, **counts}

    def steps_per_draw(self, state: State) -> int:
        return 10

    def redrawn(self, state: State) -> State:
        return {**state, "redrawn": 1}

    def retry(self, state: State) -> State:
        return {**state, "damping": float(state["damping"]) * 1e3}

    def step(self, objective: Objective, state: State) -> tuple[Step, State]:
        count, most = min(int(state["rows"]), objective.rows), self._most(objective)
        part = objective.leading(count)
        if part.rows == objective.rows:  # of a lattice, say, no point is left out
            count = objective.rows
        along = self._along(part, count < objective.rows, int(state["drawn"]))
        mixed = self._mixed(along, part, state)
        linear = Linearisation(mixed or along, float(state["damping"]), hopeful=not state["reflected"])
        loss = mixed.whole if mixed else linear.loss
        step, following = self._step(linear, loss, state)
        reflected = bool(state["reflected"]) or linear.factors.reflected
        jumped = bool(state["redrawn"]) and loss > JUMP * float(state["loss"])
        now = {"drawn": int(state["drawn"]) + 1, "reflected": int(reflected), "redrawn": 0, "loss": loss}
        following = {**following, **now}
        if mixed:
            step, following = self._judged(step, following, mixed, linear)
        verdict, ended = step.verdict, step.verdict in {Verdict.CONVERGED, Verdict.STALLED}
        if count < objective.rows:
            if ended or jumped or linear.effective_dimension(float(following["damping"])) > DENSE * count:
                following |= {"rows": min(math.ceil(GROWTH * count), objective.rows), "flat": 0}
            verdict = None if ended else verdict
        elif verdict is Verdict.STALLED and most < len(objective.parameters) and following["flat"] < self.patience:
            verdict = None  # other directions may lead on
        return replace(
            step,
            verdict=verdict,
            figures={**step.figures, **linear.seconds, "rows": part.rows, "directions": len(along.parameters)},
        ), following

    def _along(self, objective: Objective, early: bool, seed: int) -> LeastSquares:
        """The objective, along some random directions if not all are wanted."""
        size, count = len(objective.parameters), self._most(objective)
        if self.sketch and early and objective.rows < EACH * NEARLY * count:
            count = max(objective.rows // EACH, 1)
        if count == size:
            return objective
        return Along(objective, Directions.draw(size, count, seed, objective.parameters.values))

    def _mixed(self, along: LeastSquares, part: Objective, state: State) -> Mixed | None:
        """The sums in place of the residuals ``part``, if these are many and no single one of them counts."""
        count, rows = len(along.parameters), math.ceil(float(state["mix"]) * len(along.parameters))
        if not rows or count < self._most(part) or part.rows < max(MANY * count, rows + 1) or not part.mixable:
            return None
        return Mixed(along, rows, int(state["drawn"]))

    def _judged(self, step: Step, following: State, mixed: Mixed, linear: Linearisation) -> tuple[Step, State]:
        """A step on sums by the residuals themselves: taken back if these have grown, and with twice as many sums from
        then on if they have not decreased as the sums have."""
        if step.verdict is Verdict.STALLED:
            return replace(step, verdict=None), {**following, "mix": 0.0, "flat": 0}
        if step.verdict is not None:
            return step, following
        after = mixed.whole_now()
        if not after < mixed.whole:
            mixed.parameters.set(linear.origin)
        enough = mixed.whole - after >= self.agreement * step.figures["decrease"] * mixed.whole
        return step, following if enough else {**following, "mix": 2 * float(following["mix"])}

    def _most(self, objective: Objective) -> int:
        """Directions of a step at the end."""
        size = len(objective.parameters)
        return min(self.directions or size, size)

    def _step(self, linear: Linearisation, loss: float, state: State) -> tuple[Step, State]:
        figures: dict[str, float] = {}
        if not linear.finite:
            return Step(loss, Verdict.NOT_FINITE, figures), state
        if loss <= self.tolerance:
            return Step(loss, Verdict.CONVERGED, figures), state
        began, before = time.perf_counter(), linear.seconds["seconds_factor"]
        attempts, damping = self._search(linear, float(state["damping"]))
        linear.trying = time.perf_counter() - began - (linear.seconds["seconds_factor"] - before)
        figures |= {"trials": len(attempts), "evaluations": sum(a.evaluations for a in attempts)}
        best, flat = min(attempts, key=lambda a: a.loss), int(state["flat"]) + 1
        if not self._agrees(linear, best):
            linear.objective.parameters.set(linear.origin)
            return Step(loss, Verdict.STALLED, figures), {**state, "flat": flat}
        linear.objective.parameters.set(linear.origin + best.move)
        decrease = 1 - best.loss / linear.loss
        figures |= {"damping": best.damping, "ratio": (linear.loss - best.loss) / best.predicted, "decrease": decrease}
        flat = flat if decrease < self.stall else 0
        verdict = Verdict.STALLED if flat >= self.patience else None
        return Step(loss, verdict, figures), {**state, "damping": damping, "flat": flat}

    def _agrees(self, linear: Linearisation, attempt: Attempt) -> bool:
        return linear.loss - attempt.loss >= self.agreement * attempt.predicted > 0

    def _search(self, linear: Linearisation, damping: float) -> tuple[list[Attempt], float]:
        """Attempts by damping: down while they are easy and gain, or up to one that agrees; and the next damping."""
        attempts = [self._attempt(linear, damping)]
        if self._agrees(linear, attempts[0]):
            while attempts[-1].corrections <= 2 and len(attempts) < self.trials and damping > self.min_damping:
                attempts.append(self._attempt(linear, damping / self.factor))
                if not self._agrees(linear, attempts[-1]) or attempts[-1].loss > attempts[-2].loss:
                    return attempts, damping
                damping /= self.factor
            ease = attempts[-1].corrections
            change = self.factor if ease <= 3 else self.factor**0.5 if ease <= 5 else 1.0
            return attempts, max(damping / change, self.min_damping)
        while not self._agrees(linear, attempts[-1]) and len(attempts) < self.trials:
            damping *= self.factor
            attempts.append(self._attempt(linear, damping))
        return attempts, damping

    def _attempt(self, linear: Linearisation, damping: float) -> Attempt:
        """The step with one damping, corrected until it does what was predicted or corrections stop shrinking."""
        damped = Damped(linear, damping)
        move = damped.solve(linear.residuals)
        predicted = linear.length(move) + 2 * damping * float(move @ move)
        bend = linear.moved(WIDTH * move) - 2 * linear.residuals + linear.moved(-WIDTH * move)
        second = 0.5 / WIDTH**2 * damped.solve(bend)
        if float(second.norm()) <= LONGEST_BEND * float(move.norm()):
            move = move + second
        best, least, size = move, math.inf, math.inf
        for done in range(self.corrections + 1):
            residuals = linear.moved(move)
            loss = float(residuals.double().square().sum())
            if loss < least:
                best, least = move, loss
            close = self.miss > 0 and linear.loss - loss >= (1 - self.miss) * predicted
            if close or not math.isfinite(loss) or done == self.corrections:
                break
            correction = damped.solve(residuals, move)
            before, size = size, float(correction.norm())
            if size > before:
                break
            move = move + correction
        return Attempt(damping, best, least, predicted, done, done + 3)


def step_bytes(rows: int, size: int, of_one: int) -> int:
    """Memory of a step: the Jacobian (rows, size), its copy for the QR or its transpose in the dual form, and four
    matrices of the smaller of its sides."""
    small = min(rows, size)
    return of_one * (rows * size + small * min(max(rows, size), MANY * small) + 4 * small**2)


@dataclass(frozen=True)
class Attempt:
    """A step with one damping: |r|^2 after it, the decrease that the linear model predicted, and what it took."""

    damping: float
    move: torch.Tensor
    loss: float
    predicted: float
    corrections: int
    evaluations: int
