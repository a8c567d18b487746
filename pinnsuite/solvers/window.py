"""One window of a solve: its ansatz, its residual blocks with their points, and the numbers that are trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from pinnsuite.ansatz.ansatz import NetworkFactory, SizedFactory
from pinnsuite.ansatz.functions import named
from pinnsuite.calculus.expression import Expression
from pinnsuite.calculus.program import PreparedPoints
from pinnsuite.calculus.scales import typical
from pinnsuite.calculus.tape import Tape
from pinnsuite.domain.box import Box, Points
from pinnsuite.domain.region import Interior, Places, Region
from pinnsuite.errors import InputError
from pinnsuite.inverse.measured import KIND, PRIOR
from pinnsuite.inverse.weighing import weigh_robust
from pinnsuite.objective.balance import rebalance
from pinnsuite.objective.block import Block, make_block
from pinnsuite.objective.causality import causal_weights, owners
from pinnsuite.objective.objective import Objective
from pinnsuite.objective.parameters import ParameterVector
from pinnsuite.objective.quadrature import averaging
from pinnsuite.objective.sampling import follow_residual, seed_of
from pinnsuite.objective.workers import Workers
from pinnsuite.trace import Traced, TracedCondition

if TYPE_CHECKING:
    from pinnsuite.solvers.pinn import Pinn


class Window:
    """A problem on one window of time (or as a whole) while it is solved."""

    def __init__(
        self,
        policy: Pinn,
        traced: Traced,
        network: NetworkFactory,
        key: tuple[int, int],
        like: torch.Tensor,
        workers: Workers,
        widened: int = 0,
    ) -> None:
        """``key`` is the seed of the run and the number of the window, from which all that is random follows.

        ``widened``: how many times the network is made wider before it is trained.
        """
        self.policy, self.traced, self.network, self.key, self.like = policy, traced, network, key, like
        self.workers = workers
        self.draws, self.refined, self.rung = 0, 0, 0
        self.causal_weights: list[float] = []  # of each slice of time, as they were last set
        self.settled = False  # whether by the weights the window is done
        self.widened = 0
        self._assemble(self._first_network)
        if policy.march and policy.march.widen > 1 and not hasattr(self.ansatz.network, "widened"):
            given = type(self.ansatz.network).__name__
            raise InputError("This network cannot be widened", given=given, do="Leave solver.march.widen at 1")
        for _ in range(widened):
            self._widen()
        self.draw()

    def _first_network(self, groups: Sequence[int], outputs: int) -> torch.nn.Module:
        generator = self._generator("network")
        return self.network(groups, outputs, generator, self.like.dtype).to(self.like.device)

    def _generator(self, purpose: str) -> torch.Generator:
        return torch.Generator().manual_seed(seed_of(self.key[0], purpose, self.key[1]))

    def _assemble(self, make: SizedFactory) -> None:
        policy, traced = self.policy, self.traced
        self.ansatz = policy.ansatz(traced, make, self._generator("ansatz"))
        self._reverse = policy.derivatives == "reverse" or not hasattr(self.ansatz.network, "taylor")
        self.notes = list(self.ansatz.notes)
        if self._reverse and policy.derivatives == "taylor":
            name = type(self.ansatz.network).__name__
            self.notes.append(f"{name} has no Taylor mode; reverse mode is used, which is slower")
        scalars = {name: unknown.start for name, unknown in traced.unknowns.items()}
        modules = {"network": self.ansatz.network, **named(traced.functions)}
        self.vector = ParameterVector(modules, scalars, self.like)
        self.blocks = self._blocks()
        self.objective = Objective([b for b, _ in self.blocks], self.vector, policy.chunk, self.workers)

    def _widen(self) -> None:
        """The same solution by a wider network."""
        before: Any = self.ansatz.network
        rule = self.policy.march
        assert rule is not None
        generator = torch.Generator().manual_seed(seed_of(*self.key, "widen", self.widened))
        wider = before.widened(rule.widen, generator)
        self._assemble(lambda groups, outputs: wider)
        self.widened += 1

    def _blocks(self) -> list[tuple[Block, TracedCondition | None]]:
        policy, traced, ansatz = self.policy, self.traced, self.ansatz
        residuals = {n: ansatz.resolve(e) for n, e in traced.equations.items()}
        sizes = self._sizes(traced.equations, traced.problem.residual_scales)
        for name, (expression, size) in ansatz.equations.items():
            residuals[name], sizes[name] = expression, size
        result: list[tuple[Block, TracedCondition | None]] = [
            (self._block(residuals, sizes, "", self.weight(None)), None)
        ]
        result[0][0].whole = policy.lattice
        seen: dict[str, int] = {}
        for c in ansatz.soft:
            count = seen[c.name] = seen.get(c.name, 0) + 1
            label = c.name if count == 1 else f"{c.name}_{count}"
            read = ansatz.frame.pinned if ansatz.frame.pins(c.condition.region) else ansatz.frame.resolve
            residuals = {n: read(e, ansatz.fields) for n, e in c.residuals.items()}
            sizes = self._sizes(c.residuals, c.sizes)
            block = self._block(residuals, sizes, f"{label}.", self.weight(c))
            block.whole = c.condition.kind == KIND
            result.append((block, c))
        return result

    def weight(self, condition: TracedCondition | None) -> float:
        """How much the residuals of a condition count beside those of the equations."""
        if condition is None:
            return 1.0
        measured = condition.condition.kind in {KIND, PRIOR}
        return self.policy.data_weight if measured else self.policy.condition_weight

    def _sizes(self, residuals: Mapping[str, Expression], given: Mapping[str, float]) -> dict[str, float]:
        return {n: given.get(n) or typical(e, self.traced, self.ansatz.scales) for n, e in residuals.items()}

    def _block(
        self, residuals: Mapping[str, Expression], sizes: Mapping[str, float], prefix: str, weight: float
    ) -> Block:
        named = {prefix + n: e for n, e in residuals.items()}
        scales = {prefix + n: size for n, size in sizes.items()}
        return make_block(named, self.traced.coordinates, scales, weight, self.like, reverse=self._reverse)

    @property
    def draw_number(self) -> int:
        """The number of a draw in its window, over all refinements."""
        return self.draws + 1000 * self.refined

    def draw(self) -> None:
        """New points for every block."""
        for i, (block, condition) in enumerate(self.blocks):
            key = (*self.key, self.draw_number, i)
            if condition is None:
                points, weights = self._interior(block, seed_of(*key))
                block.place(self.cast(points), weights)
            else:
                self._place_condition(block, condition, seed_of(*key))
        if self.draws:
            weigh_robust(self)
        balanced = [b for b, c in self.blocks if c is None or c.condition.kind not in {KIND, PRIOR}]
        rebalance(balanced, self.objective, self.policy.balance)
        self.draws += 1

    def _interior(self, block: Block, seed: int) -> tuple[Points, torch.Tensor | None]:
        policy, domain = self.policy, self.traced.domain
        wanted = round(policy.points * (policy.march.refine**self.refined if policy.march else 1.0))
        if policy.lattice:
            if not isinstance(domain, Box):
                raise InputError("A shape has no tensor grid", given="solver.lattice=true", expected="a box")
            return domain.lattice(wanted, seed), None
        if not policy.adaptive or self.draws == 0:
            return domain.sample(Interior(), wanted, seed), None
        candidates = domain.sample(Interior(), 2 * wanted, seed)
        size = self.in_parts(candidates, lambda part: self._residual_size(block, part))
        points, weights = follow_residual(
            candidates, size.double().cpu(), wanted, policy.adaptive, seed, policy.attention
        )
        return points, weights.to(self.like)

    def in_parts(self, points: Points, work: Callable[[Points], torch.Tensor]) -> torch.Tensor:
        """What is worked out at points, (points, ...), a chunk at a time on every thread."""
        count = len(points[self.traced.coordinates[0]])
        step = min(self.workers.points(self.policy.chunk), math.ceil(count / self.workers.at_a_time))
        parts = [{k: v[s : s + step] for k, v in points.items()} for s in range(0, count, step)]
        return torch.cat(self.workers.map(work, parts))

    def _residual_size(self, block: Block, points: Points) -> torch.Tensor:
        return self._squares(block, block.program.prepare(self.cast(points))).sqrt()

    def _squares(self, block: Block, prepared: PreparedPoints) -> torch.Tensor:
        """The sum of squares of the scaled residuals at each point."""
        return (self.raw(block, prepared) * block.factors).square().sum(1)

    def raw(self, block: Block, prepared: PreparedPoints) -> torch.Tensor:
        """The residuals as the equations state them, (points, residuals), without gradients."""
        with torch.no_grad():
            return block.program(prepared, self.vector.scalars, Tape())

    def weigh(self, step: int) -> bool:
        """Set causal weights on the points of the equations; whether they were set anew."""
        rule, axis = self.policy.causal, self.traced.domain.time
        block = self.blocks[0][0]
        if rule is None or (step % rule.every and block.emphasis is not None):
            return False  # new points have no weights yet
        assert block.points is not None and axis is not None
        parts = block.chunks(self.workers.points(self.policy.chunk), self.workers.at_a_time)
        squares = torch.cat(self.workers.map(lambda part: self._squares(block, part[1]), parts))
        span = self.traced.domain.axes[axis]
        bounds, time = (span.low, span.high), block.points[axis].cpu()  # a GPU adds up in any order
        weights = causal_weights(time, squares.cpu(), bounds, rule.slices, rule.ladder[self.rung])
        block.emphasise(weights[owners(time, bounds, rule.slices)].to(self.like))
        self.causal_weights = weights.tolist()
        enough, last = self.causal_weights[-1] > rule.settled, self.rung + 1 == len(rule.ladder)
        self.settled = rule.stop and enough and last
        if enough and not last:
            self.rung += 1
        return True

    def _place_condition(self, block: Block, traced: TracedCondition, seed: int) -> None:
        condition, domain, count = traced.condition, self.traced.domain, self.policy.condition_points
        if condition.kind == "integral":
            if not isinstance(domain, Box):
                raise InputError("Integral conditions need a box", do="Give the integral as a condition on points")
            over = domain.space if condition.over == ("*space",) else condition.over
            points, weights = averaging(domain, over, max(count // 50, 1), seed)
            block.aggregate = weights.to(self.like)
            block.place(self.cast(points))
            return
        region = condition.region
        points = self.on(region, count, seed)
        if isinstance(region, Places) and len(region.weights) > 1:
            block.aggregate = region.weights.to(self.like)
        block.place(points)

    def on(self, region: Region, count: int, seed: int) -> Points:
        """Points of a region, in the coordinates of the network."""
        points, frame = self.cast(self.traced.domain.sample(region, count, seed)), self.ansatz.frame
        return frame.pin(points, self.vector.scalars) if frame.pins(region) else points

    def cast(self, points: Mapping[str, torch.Tensor]) -> Points:
        """Points in the precision of the solve, on its device."""
        return {k: v.to(self.like) for k, v in points.items()}

    def refine(self) -> None:
        """Go on with more points, and with a wider network where the march says so."""
        self.refined, self.draws = self.refined + 1, 0
        if self.policy.march is not None and self.policy.march.widen > 1:
            self._widen()
        self.draw()

    # ---- state

    def tensors(self) -> dict[str, torch.Tensor]:
        """The points and their weights."""
        result = {}
        for i, (block, _) in enumerate(self.blocks):
            for name, values in (block.points or {}).items():
                result[f"block.{i}.points.{name}"] = values
            result[f"block.{i}.balance"] = torch.tensor(block.balance, dtype=torch.float64)
            if block.point_weights is not None:
                result[f"block.{i}.weights"] = block.point_weights
            if block.emphasis is not None:
                result[f"block.{i}.emphasis"] = block.emphasis
        return result

    def status(self) -> dict[str, int]:
        """What a resumed solve needs besides `tensors` and the trained numbers."""
        return {"draws": self.draws, "refined": self.refined, "rung": self.rung}

    def restore(self, tensors: Mapping[str, torch.Tensor], status: Mapping[str, int]) -> None:
        """Come back to a saved state, bit for bit."""
        self.draws, self.refined, self.rung = (int(status[n]) for n in ("draws", "refined", "rung"))
        for i, (block, _) in enumerate(self.blocks):
            prefix = f"block.{i}.points."
            points = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            block.balance = float(tensors[f"block.{i}.balance"])
            block.place(points, tensors.get(f"block.{i}.weights"))
            block.emphasis = tensors.get(f"block.{i}.emphasis")
