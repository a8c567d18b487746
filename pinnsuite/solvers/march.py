"""A solve in progress: windows of time one after the other, each with its own network, points and objective."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from pinnsuite.ansatz.ansatz import NetworkFactory
from pinnsuite.ansatz.frame import Rest
from pinnsuite.ansatz.functions import with_functions
from pinnsuite.calculus.expression import D, Expression, at, coordinate, field
from pinnsuite.calculus.terms import stored
from pinnsuite.data.measured import Measured
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.region import Slice
from pinnsuite.errors import InputError
from pinnsuite.inverse.measured import with_measurements, with_prior
from pinnsuite.objective.objective import Objective
from pinnsuite.objective.parameters import ParameterVector
from pinnsuite.objective.sampling import seed_of
from pinnsuite.objective.workers import Workers
from pinnsuite.parameters import first_guesses
from pinnsuite.problem import Problem
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.handover import settled
from pinnsuite.solvers.judging import local_error
from pinnsuite.solvers.pieces import Piece, Pieces
from pinnsuite.solvers.window import Window
from pinnsuite.solvers.windows import Judgement, Windows
from pinnsuite.trace import Traced, TracedCondition, trace

if TYPE_CHECKING:
    from pinnsuite.solvers.pinn import Pinn

log = logging.getLogger(__name__)
LEFT_OUT = 1e-3  # of the tolerance of a window: what its initial values may leave out


class March:
    """The state of a solve: finished windows, and the window that is being trained."""

    def __init__(
        self,
        policy: Pinn,
        problem: Problem,
        network: NetworkFactory,
        seed: int,
        like: torch.Tensor,
        measured: Sequence[Measured] = (),
    ) -> None:
        self.policy, self.problem, self.network, self.seed, self.like = policy, problem, network, seed, like
        generator = torch.Generator().manual_seed(seed_of(seed, "functions"))
        traced = with_prior(with_functions(with_measurements(trace(problem), measured), generator, like), measured)
        self.whole, reason = policy.limited(traced)
        self.short = Verdict.CROSSED if reason else None  # why the solution ends before the problem does
        time = self.whole.domain.time
        unknown = [*self.whole.unknowns, *self.whole.functions]
        if (policy.windows > 1 or policy.march) and (time is None or unknown or measured):
            raise InputError(
                "Time marching needs a time axis, nothing unknown and no data",
                given=f"solver.windows={policy.windows}, unknowns={sorted(unknown)}",
                do="Set solver.windows=1",
            )
        if policy.march and not any(stored(e, str(time)) for e in self.whole.equations.values()):
            raise InputError("A march needs an equation with a derivative in time", given=sorted(self.whole.equations))
        if policy.causal is not None and time is None:
            raise InputError("Causal weights need a time axis", given=problem.name, do="Leave solver.causal out")
        self.windows = Windows(None if time is None else self.whole.domain.axes[time], policy.windows, policy.march)
        self.finished: list[Piece] = []
        self.vectors: list[ParameterVector] = []
        self.widened: list[int] = []  # of every finished window, how many times its network was
        self.notes: list[str] = [reason] if reason else []
        self.log: list[dict[str, Any]] = []  # a line for every judged window
        self._judged: tuple[tuple[int, float], torch.Tensor, float] | None = None  # what `_error` found, and of what
        self.workers = Workers(like.device)
        self.index = 0
        self.window = self._begin()
        self.untrained = self.vector.copy()
        self.starts = first_guesses(policy.starts, self.whole.unknowns)

    @property
    def objective(self) -> Objective:
        return self.window.objective

    @property
    def vector(self) -> ParameterVector:
        return self.window.vector

    def begin_from(self, scaled: Mapping[str, float]) -> None:
        """The first window anew, from other first guesses of unknown numbers."""
        self.vector.set(self.untrained)  # unknown functions keep their networks
        self.vectors.clear()
        self.window = self._begin()
        for name, value in scaled.items():
            self.vector.values[self.vector.slices[name]] = value

    # ---- windows

    def advance(self, effort: float = 1.0, end: float | None = None, widened: int | None = None) -> bool:
        """Go on to the next window (`Windows.advance`), keeping the solution so far; False when there is none.

        The network is as wide as that before unless the number of times it was ``widened`` is known already.
        """
        if self.windows.last:
            return False
        self.window.ansatz.network.requires_grad_(False)
        self.finished.append(self._piece())
        self.widened.append(self.window.widened)
        self.windows.advance(effort + self.window.refined, end)
        self.index += 1
        self.window = self._begin(self.window.widened if widened is None else widened)
        return True

    @property
    def met(self) -> bool:
        """Whether the window can be accepted as it stands; never of windows of given length."""
        rule = self.windows.rule
        return rule is not None and self._error() <= rule.tolerance

    def _error(self) -> float:
        """The local error of the window as it stands, found once."""
        now = (self.window.draw_number, self.windows.length)
        if self._judged is None or self._judged[0] != now or not torch.equal(self._judged[1], self.vector.values):
            self._judged = (now, self.vector.copy(), local_error(self.window, self.windows.length))
        return self._judged[2]

    def judge(self) -> Judgement:
        """Judge the trained window, and make it ready to be trained again where it was not accepted."""
        if self.windows.rule is None:
            return Judgement.ACCEPTED
        error, span = self._error(), self.windows.span
        judgement = self.windows.judge(error, self.window.refined)
        log.info("window %d, %.6g to %.6g: local error %.1e, %s", self.index, *(span or ()), error, judgement.value)
        self.log.append({"window": self.index, "span": span, "error": error, "judgement": judgement.value})
        if judgement is Judgement.REFINED:
            self.window.refine()
            self.vectors[-1] = self.window.vector
        elif judgement is Judgement.SHORTENED:
            self.windows.shorten()
            self.vectors.pop()
            self.window = self._begin(self.window.widened)
        return judgement

    def _begin(self, widened: int = 0) -> Window:
        key = (self.seed, self.index)
        window = Window(self.policy, self._window_of(self.whole), self.network, key, self.like, self.workers, widened)
        for note in window.notes:
            self.note(note)
        if self.policy.warm and self.vectors and len(self.vectors[-1]) == len(window.vector):
            window.vector.set(self.vectors[-1].copy())
        self.vectors.append(window.vector)
        return window

    def note(self, text: str) -> None:
        """Say something once, and keep it for the summary."""
        if text not in self.notes:
            self.notes.append(text)
            log.warning(text)

    def _window_of(self, traced: Traced) -> Traced:
        """The same problem on one window, starting from the end of the one before."""
        name, span = traced.domain.time, self.windows.span
        if span is None:
            return traced
        low, high = span
        domain = traced.domain.with_axes(**{name: Axis(low, high, traced.domain.axes[name].unit, kind="time")})
        if self.index == 0:
            return replace(traced, domain=domain)
        before = self.finished[-1]
        conditions = tuple(
            self._handed_over(c, name, low, before) if c.condition.kind == "initial" else c for c in traced.conditions
        )
        return replace(traced, domain=domain, conditions=conditions)

    def _handed_over(self, traced: TracedCondition, time: str, start: float, before: Piece) -> TracedCondition:
        t, order = coordinate(time), traced.condition.order

        def state(e: Expression) -> Expression:
            return D(e, *[t] * order) if order else e

        condition = replace(traced.condition, region=Slice.at(**{time: start}))
        values = {n: self._state(before, state(field(n)), time, start) for n in traced.values}
        return TracedCondition(condition, {n: state(field(n)) - v for n, v in values.items()}, values)

    def _state(self, before: Piece, state: Expression, time: str, start: float) -> Expression:
        """An expression of fields at the end of a window as one of coordinates."""
        domain, coordinates = self.whole.domain, self.whole.coordinates
        left_out = LEFT_OUT * self.windows.rule.tolerance if self.windows.rule else 0.0

        def values(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
            return before.evaluate([state], coordinates, points, self.vector.scalars)[:, 0]

        found = settled(values, coordinates, domain, start, self.like, left_out)
        if found is None and not isinstance(before.frame, Rest):
            raise InputError(
                "A window in a moving frame hands over a Fourier series, which did not resolve the state",
                given=f"{state} at {time}={start:g}",
                do="Use fewer windows, solver.windows=1",
            )
        return at(before.frame.resolve(state, before.fields), **{time: start}) if found is None else found

    # ---- results and state

    @property
    def accepted(self) -> float:
        """The end of the last window that was accepted."""
        done = self.log and self.log[-1]["judgement"] == Judgement.ACCEPTED.value
        return self.windows.edges[self.index + 1 if done and self.log[-1]["window"] == self.index else self.index]

    def _piece(self) -> Piece:
        ansatz = self.window.ansatz
        derived = {n: ansatz.resolve(e) for n, e in self.whole.derived.items()}
        return Piece(self.windows.span, {**ansatz.fields, **derived}, ansatz.frame)

    def pieces(self) -> Pieces:
        """The solution as it stands, windows done and the current one."""
        coordinates, time = self.whole.coordinates, self.whole.domain.time
        return Pieces(coordinates, time, [*self.finished, self._piece()], self.vector.scalars, self.whole)

    def unknowns(self) -> dict[str, float]:
        """The present values of the unknown numbers."""
        return {n: float(self.pieces().value(u.expression(n))) for n, u in self.whole.unknowns.items()}

    def tensors(self) -> dict[str, torch.Tensor]:
        """Everything that a resumed solve needs besides its configuration."""
        return self.weights() | self.window.tensors()

    def status(self) -> dict[str, Any]:
        """What a resumed solve needs besides `tensors`."""
        return {**self.window.status(), "log": list(self.log), "notes": list(self.notes)}

    def restore(self, tensors: Mapping[str, torch.Tensor], status: Mapping[str, Any]) -> None:
        """Come back to a saved state, bit for bit."""
        self.load({k: v for k, v in tensors.items() if k.startswith("window.")})
        self.log = list(status["log"])
        self.notes = list(dict.fromkeys([*self.notes, *status["notes"]]))
        self.window.restore(tensors, status)

    def weights(self) -> dict[str, torch.Tensor]:
        """The trained numbers of every window, and the edges of windows."""
        result = {f"window.{i}.parameters": v.copy() for i, v in enumerate(self.vectors)}
        if self.windows.rule is not None:
            result["window.edges"] = torch.tensor(self.windows.edges, dtype=torch.float64)
            result["window.widened"] = torch.tensor([*self.widened, self.window.widened])
        return result

    def load(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take the trained numbers of every window, for evaluation or to go on."""
        edges = tensors["window.edges"].tolist() if "window.edges" in tensors else None
        count = sum(k.endswith(".parameters") for k in tensors)
        widened = tensors["window.widened"].tolist() if "window.widened" in tensors else [0] * count
        if edges is not None:
            self.windows.edges = edges[:2]
            self.vectors.clear()
            self.window = self._begin(widened[0])
        for i in range(count):
            if i:
                self.advance(end=None if edges is None else edges[i + 1], widened=widened[i])
            self._fill(tensors, f"window.{i}.parameters")

    def start_from(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Begin from the trained numbers of another run."""
        self._fill(tensors, "window.0.parameters")

    def _fill(self, tensors: Mapping[str, torch.Tensor], key: str) -> None:
        if key not in tensors or tensors[key].shape != self.vector.values.shape:
            given = {k: tuple(v.shape) for k, v in tensors.items()}
            raise InputError(
                "Saved weights do not fit this network", given=given, expected=f"{key} of shape ({len(self.vector)},)"
            )
        self.vector.set(tensors[key].to(self.like))
