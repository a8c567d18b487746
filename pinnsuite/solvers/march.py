"""A solve in progress: windows of time one after the other, each with its own network, points and objective."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from pinnsuite.ansatz.ansatz import Ansatz, NetworkFactory, build_ansatz
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import D, Expression, at, coordinate, field
from pinnsuite.calculus.program import PreparedPoints
from pinnsuite.calculus.scales import typical
from pinnsuite.calculus.tape import Tape
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.box import Box, Points
from pinnsuite.domain.region import Interior, Slice
from pinnsuite.errors import InputError
from pinnsuite.objective.balance import rebalance
from pinnsuite.objective.block import Block, make_block
from pinnsuite.objective.causality import causal_weights, owners
from pinnsuite.objective.objective import Objective
from pinnsuite.objective.parameters import ParameterVector
from pinnsuite.objective.quadrature import averaging
from pinnsuite.objective.sampling import follow_residual, seed_of
from pinnsuite.objective.workers import Workers
from pinnsuite.problem import Problem
from pinnsuite.solvers.handover import settled
from pinnsuite.solvers.pieces import Piece, Pieces
from pinnsuite.solvers.windows import Judgement, Windows
from pinnsuite.trace import Traced, TracedCondition, trace

if TYPE_CHECKING:
    from pinnsuite.solvers.pinn import Pinn

log = logging.getLogger(__name__)
JUDGED = 4096  # points on which a window is judged


class March:
    """The state of a solve: finished windows, and the window that is being trained."""

    def __init__(self, policy: Pinn, problem: Problem, network: NetworkFactory, seed: int, like: torch.Tensor) -> None:
        self.policy, self.problem, self.network, self.seed, self.like = policy, problem, network, seed, like
        self.whole = trace(problem)
        time = self.whole.domain.time
        if (policy.windows > 1 or policy.march) and (time is None or self.whole.unknowns):
            raise InputError(
                "Time marching needs a time axis and no unknown numbers",
                given=f"solver.windows={policy.windows}, unknowns={sorted(self.whole.unknowns)}",
                do="Set solver.windows=1",
            )
        if policy.causal is not None and time is None:
            raise InputError("Causal weights need a time axis", given=problem.name, do="Leave solver.causal out")
        self.windows = Windows(None if time is None else self.whole.domain.axes[time], policy.windows, policy.march)
        self.finished: list[Piece] = []
        self.vectors: list[ParameterVector] = []
        self.notes: list[str] = []
        self.log: list[dict[str, Any]] = []  # a line for every judged window
        self.workers = Workers()
        self.window = 0
        self._begin()

    # ---- windows

    def advance(self, end: float | None = None) -> bool:
        """Go on to the next window (up to ``end``), keeping the solution so far; False when there is none."""
        if self.windows.last:
            return False
        self.ansatz.network.requires_grad_(False)
        self.finished.append(self._piece())
        self.windows.advance(end)
        self.window += 1
        self._begin()
        return True

    def local_error(self) -> float:
        """Length of the window times rms(residual) / rms(solution), on fresh points; of the equations as they stand."""
        span, traced = self.windows.span, self.traced
        assert span is not None
        seed = seed_of(self.seed, self.window, "judge", self._draw)
        points = self._cast(traced.domain.sample(Interior(), JUDGED, seed))
        block = self.blocks[0][0]
        with torch.no_grad():
            raw = block.program(block.program.prepare(points), self.vector.scalars, Tape()).double()
        fields = evaluate(list(self.ansatz.fields.values()), traced.coordinates, points, self.vector.scalars).double()
        size = float(raw.square().mean().sqrt() / fields.square().mean().sqrt())
        return (span[1] - span[0]) * size

    @property
    def met(self) -> bool:
        """Whether the window can be accepted as it stands; never of windows of given length."""
        rule = self.windows.rule
        return rule is not None and self.local_error() <= rule.tolerance

    def judge(self) -> Judgement:
        """Judge the trained window, and make it ready to be trained again where it was not accepted."""
        if self.windows.rule is None:
            return Judgement.ACCEPTED
        error, span = self.local_error(), self.windows.span
        judgement = self.windows.judge(error)
        log.info("window %d, %.6g to %.6g: local error %.1e, %s", self.window, *(span or ()), error, judgement.value)
        self.log.append({"window": self.window, "span": span, "error": error, "judgement": judgement.value})
        if judgement is Judgement.REFINED:
            self.windows.refine()
            self.draws = 0
            self.draw()
        elif judgement is Judgement.HALVED:
            self.windows.halve()
            self.vectors.pop()
            self._begin()
        return judgement

    def _begin(self) -> None:
        self.draws, self.rung, self.least_weight = 0, 0, 1.0
        self.traced = self._window_of(self.whole)
        self.ansatz = self._ansatz()
        self._reverse = self.policy.derivatives == "reverse" or not hasattr(self.ansatz.network, "taylor")
        for note in self.ansatz.notes:
            self._note(note)
        if self._reverse and self.policy.derivatives == "taylor":
            self._note(
                f"{type(self.ansatz.network).__name__} has no Taylor mode; reverse mode is used, which is slower"
            )
        scalars = {name: unknown.start for name, unknown in self.traced.unknowns.items()}
        self.vector = ParameterVector({"network": self.ansatz.network}, scalars, self.like)
        self.vectors.append(self.vector)
        self.blocks = self._blocks()
        self.objective = Objective([b for b, _ in self.blocks], self.vector, self.policy.chunk, self.workers)
        self.draw()

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)
            log.warning(note)

    def _ansatz(self) -> Ansatz:
        generator = torch.Generator().manual_seed(seed_of(self.seed, "network", self.window))

        def make(inputs: int, outputs: int) -> torch.nn.Module:
            return self.network(inputs, outputs, generator, self.like.dtype).to(self.like.device)

        return build_ansatz(self.traced, make, harmonics=self.policy.harmonics, hard=self.policy.hard)

    def _window_of(self, traced: Traced) -> Traced:
        """The same problem on one window, starting from the end of the one before."""
        name, span = traced.domain.time, self.windows.span
        if span is None:
            return traced
        low, high = span
        domain = traced.domain.with_axes(**{name: Axis(low, high, traced.domain.axes[name].unit, kind="time")})
        if self.window == 0:
            return replace(traced, domain=domain)
        before = self.finished[-1].fields
        conditions = tuple(
            self._handed_over(c, name, low, before) if c.condition.kind == "initial" else c for c in traced.conditions
        )
        return replace(traced, domain=domain, conditions=conditions)

    def _handed_over(
        self, traced: TracedCondition, time: str, start: float, before: Mapping[str, Expression]
    ) -> TracedCondition:
        t, order = coordinate(time), traced.condition.order

        def state(e: Expression) -> Expression:
            return D(e, *[t] * order) if order else e

        ends = {n: at(state(before[n]), **{time: start}) for n in traced.values}
        domain, coordinates = self.whole.domain, self.whole.coordinates
        values = {n: settled(e, coordinates, domain, start, self.like) for n, e in ends.items()}
        condition = replace(traced.condition, region=Slice.at(**{time: start}))
        return TracedCondition(condition, {n: state(field(n)) - v for n, v in values.items()}, values)

    # ---- blocks and points

    def _blocks(self) -> list[tuple[Block, TracedCondition | None]]:
        policy, traced = self.policy, self.traced
        scales = {**self.ansatz.scales}
        result: list[tuple[Block, TracedCondition | None]] = [
            (self._block(traced.equations, "", 1.0, scales, self.problem.residual_scales), None)
        ]
        seen: dict[str, int] = {}
        for c in self.ansatz.soft:
            count = seen[c.name] = seen.get(c.name, 0) + 1
            label = c.name if count == 1 else f"{c.name}_{count}"
            result.append((self._block(c.residuals, f"{label}.", policy.condition_weight, scales, {}), c))
        return result

    def _block(
        self,
        residuals: Mapping[str, Expression],
        prefix: str,
        weight: float,
        field_scales: Mapping[str, float],
        given: Mapping[str, float],
    ) -> Block:
        scales = {prefix + n: given.get(n) or typical(e, self.traced, field_scales) for n, e in residuals.items()}
        resolved = {prefix + n: self.ansatz.resolve(e) for n, e in residuals.items()}
        return make_block(resolved, self.traced.coordinates, scales, weight, self.like, reverse=self._reverse)

    @property
    def _draw(self) -> int:
        """The number of a draw in its window, over all refinements."""
        return self.draws + 1000 * self.windows.refined

    def draw(self) -> None:
        """New points for every block."""
        for i, (block, condition) in enumerate(self.blocks):
            key = (self.seed, self.window, self._draw, i)
            if condition is None:
                points, weights = self._interior(block, seed_of(*key))
                block.place(self._cast(points), weights)
            else:
                self._place_condition(block, condition, seed_of(*key))
        rebalance(self.objective, self.policy.balance)
        self.draws += 1

    def _interior(self, block: Block, seed: int) -> tuple[Points, torch.Tensor | None]:
        policy, domain = self.policy, self.traced.domain
        wanted = round(policy.points * self.windows.more_points)
        if not policy.adaptive or self.draws == 0:
            return domain.sample(Interior(), wanted, seed), None
        candidates = domain.sample(Interior(), 2 * wanted, seed)
        count = len(candidates[self.traced.coordinates[0]])
        step = min(policy.chunk, math.ceil(count / torch.get_num_threads()))
        parts = [{k: v[s : s + step] for k, v in candidates.items()} for s in range(0, count, step)]
        size = torch.cat(self.workers.map(lambda part: self._residual_size(block, part), parts))
        points, weights = follow_residual(
            candidates, size.double().cpu(), wanted, policy.adaptive, seed, policy.attention
        )
        return points, weights.to(self.like)

    def _residual_size(self, block: Block, points: Points) -> torch.Tensor:
        return self._squares(block, block.program.prepare(self._cast(points))).sqrt()

    def _squares(self, block: Block, prepared: PreparedPoints) -> torch.Tensor:
        """The sum of squares of the scaled residuals at each point."""
        with torch.no_grad():
            raw = block.program(prepared, self.vector.scalars, Tape())
        return (raw * block.factors).square().sum(1)

    def weigh(self, step: int) -> bool:
        """Set causal weights on the points of the equations; whether they were set anew."""
        rule, axis = self.policy.causal, self.traced.domain.time
        if rule is None or step % rule.every:
            return False
        block = self.blocks[0][0]
        assert block.points is not None and axis is not None
        parts = block.chunks(self.policy.chunk, torch.get_num_threads())
        squares = torch.cat(self.workers.map(lambda part: self._squares(block, part[1]), parts))
        span = self.traced.domain.axes[axis]
        bounds, time = (span.low, span.high), block.points[axis]
        weights = causal_weights(time, squares, bounds, rule.slices, rule.ladder[self.rung])
        block.emphasise(weights[owners(time, bounds, rule.slices)])
        self.least_weight = float(weights[-1])
        if self.least_weight > rule.settled and self.rung + 1 < len(rule.ladder):
            self.rung += 1
        return True

    def _place_condition(self, block: Block, traced: TracedCondition, seed: int) -> None:
        condition, domain, count = traced.condition, self.traced.domain, self.policy.condition_points
        if condition.kind == "integral":
            if not isinstance(domain, Box):
                raise InputError("Integral conditions need a box", do="Give the integral as a condition on points")
            over = domain.space if condition.over == ("*space",) else condition.over
            points, matrix = averaging(domain, over, max(count // 50, 1), seed)
            block.aggregate = matrix.to(self.like)
            block.place(self._cast(points))
        else:
            block.place(self._cast(domain.sample(condition.region, count, seed)))

    def _cast(self, points: Mapping[str, torch.Tensor]) -> Points:
        return {k: v.to(self.like) for k, v in points.items()}

    # ---- results and state

    @property
    def reached(self) -> float | None:
        """The end of the window that is being trained; None without windows."""
        return self.windows.span[1] if self.windows.span else None

    @property
    def accepted(self) -> float:
        """The end of the last window that was accepted."""
        done = self.log and self.log[-1]["judgement"] == Judgement.ACCEPTED.value
        return self.windows.edges[self.window + 1 if done and self.log[-1]["window"] == self.window else self.window]

    def _piece(self) -> Piece:
        return Piece(self.windows.span, dict(self.ansatz.fields))

    def pieces(self) -> Pieces:
        """The solution as it stands, windows done and the current one."""
        return Pieces(
            self.traced.coordinates, self.whole.domain.time, [*self.finished, self._piece()], self.vector.scalars
        )

    def unknowns(self) -> dict[str, float]:
        """The present values of the unknown numbers."""
        return {n: float(self.pieces().value(u.expression(n))) for n, u in self.traced.unknowns.items()}

    def tensors(self) -> dict[str, torch.Tensor]:
        """Everything that a resumed solve needs besides its configuration."""
        result = self.weights()
        for i, (block, _) in enumerate(self.blocks):
            for name, values in (block.points or {}).items():
                result[f"block.{i}.points.{name}"] = values
            result[f"block.{i}.balance"] = torch.tensor(block.balance, dtype=torch.float64)
            if block.point_weights is not None:
                result[f"block.{i}.weights"] = block.point_weights
            if block.emphasis is not None:
                result[f"block.{i}.emphasis"] = block.emphasis
        return result

    def status(self) -> dict[str, Any]:
        """What a resumed solve needs besides `tensors`."""
        windows = self.windows
        return {
            "draws": self.draws,
            "rung": self.rung,
            "refined": windows.refined,
            "smooth": windows.smooth,
            "log": list(self.log),
        }

    def restore(self, tensors: Mapping[str, torch.Tensor], status: Mapping[str, Any]) -> None:
        """Come back to a saved state, bit for bit."""
        self.load({k: v for k, v in tensors.items() if k.startswith("window.")})
        self.windows.refined, self.windows.smooth = int(status["refined"]), bool(status["smooth"])
        self.log, rung = list(status["log"]), int(status["rung"])
        for i, (block, condition) in enumerate(self.blocks):
            prefix = f"block.{i}.points."
            points = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            block.balance = float(tensors[f"block.{i}.balance"])
            if condition is not None and condition.condition.kind == "integral":
                continue
            block.place(points, tensors.get(f"block.{i}.weights"))
            block.emphasis = tensors.get(f"block.{i}.emphasis")
        self.draws, self.rung = int(status["draws"]), rung

    def audit(self, count: int = 4096) -> dict[str, float]:
        """The rms of each scaled residual on fresh points of the current window."""
        result: dict[str, float] = {}
        for i, (block, condition) in enumerate(self.blocks):
            if block.aggregate is not None:
                continue
            region = Interior() if condition is None else condition.condition.region
            points = self._cast(self.traced.domain.sample(region, count, seed_of(self.seed, "audit", i)))
            with torch.no_grad():
                raw = block.program(block.program.prepare(points), self.vector.scalars, Tape())
            rms = (raw * block.factors).double().square().mean(0).sqrt()
            result |= dict(zip(block.names, rms.tolist(), strict=True))
        return result

    def scales(self) -> dict[str, dict[str, float]]:
        """What made the problem non-dimensional: typical sizes of fields, coordinates and residuals."""
        weights = {id(b): self.policy.condition_weight if c else 1.0 for b, c in self.blocks}
        residuals = {
            name: weights[id(block)] ** 0.5 / float(factor)
            for block, _ in self.blocks
            for name, factor in zip(block.names, block.factors, strict=True)
        }
        coordinates = {n: axis.scale for n, axis in self.traced.domain.axes.items()}
        return {"fields": dict(self.ansatz.scales), "coordinates": coordinates, "residuals": residuals}

    def weights(self) -> dict[str, torch.Tensor]:
        """The trained numbers of every window, and the edges of windows."""
        result = {f"window.{i}.parameters": v.copy() for i, v in enumerate(self.vectors)}
        if self.windows.rule is not None:
            result["window.edges"] = torch.tensor(self.windows.edges, dtype=torch.float64)
        return result

    def load(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take the trained numbers of every window, for evaluation or to go on."""
        edges = tensors["window.edges"].tolist() if "window.edges" in tensors else None
        count = sum(k.endswith(".parameters") for k in tensors)
        if edges is not None:
            self.windows.edges = edges[:2]
            self.vectors.clear()
            self._begin()
        for i in range(count):
            if i:
                self.advance(None if edges is None else edges[i + 1])
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
