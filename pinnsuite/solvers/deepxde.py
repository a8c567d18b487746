"""The baseline: the same problem solved by DeepXDE, as its own examples do it."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pinnsuite.ansatz.ansatz import Ansatz
from pinnsuite.calculus.expression import Expression
from pinnsuite.calculus.scales import typical
from pinnsuite.data.measured import Measured
from pinnsuite.domain.quiet import deepxde
from pinnsuite.domain.shape import Shape
from pinnsuite.errors import InputError
from pinnsuite.inverse.measured import with_measurements
from pinnsuite.parameters import Range
from pinnsuite.problem import Problem
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.baseline.network import make_network, predictor
from pinnsuite.solvers.baseline.setting import Counts, column_order, make_data, usual_counts
from pinnsuite.solvers.baseline.watch import Clock, Watch
from pinnsuite.solvers.trained import Trained, Training, estimates
from pinnsuite.trace import Traced, trace

ENOUGH = 1e-3  # a restart of L-BFGS that lowers the loss by a smaller share is the last


@dataclass(frozen=True)
class DeepXDE:
    """Adam, then L-BFGS, on fixed Hammersley points (L. Lu, X. Meng, Z. Mao, G. Karniadakis, SIAM Rev. 63 (2021) 208).

    None stands for what DeepXDE's examples take for the kind of problem: 3 x 20 tanh layers and 2540 + 80 + 160 points
    for one field in two coordinates (its Burgers and heat examples), 3 x 50 and 400 points in time alone, 4 x 50 and
    2601 + 400 + 400 points for systems in two coordinates, and 10 000 + 1000 + 1000 points in more. With ``hard`` its
    output transform is the same exact ansatz G + d N that this package uses, and its feature transform the same
    embedding; otherwise every condition is a loss on points. Where L-BFGS stops early it is started again while that
    helps, and the best state seen is returned.
    """

    hard: bool = True
    width: int | None = None
    depth: int | None = None
    harmonics: int = 1
    learning_rate: float = 1e-3
    adam_steps: int = 20_000
    adam_share: float = 0.4  # of the time limit, at most
    lbfgs_steps: int = 15_000  # without a time limit; with one, as many as fit
    domain_points: int | None = None
    boundary_points: int | None = None
    initial_points: int | None = None
    distribution: str = "Hammersley"
    resample_every: int = 0  # Adam steps; 0: fixed points, as in its examples
    condition_weight: float = 1.0
    scaled: bool = True  # residuals are weighed by their typical size, as this package does; False: all alike

    def check(self, problem: Problem, measured: Sequence[Measured]) -> None:
        """Raises `InputError` for what DeepXDE cannot express."""
        if problem.functions():
            raise InputError("The DeepXDE baseline finds numbers, not functions", given=list(problem.functions()))
        strange = [m.name for m in measured if m.averaged or m.robust]
        if strange:
            raise InputError("The DeepXDE baseline takes no averages as data, and no robust weights", given=strange)
        if any(c.kind == "integral" for c in problem.conditions()):
            raise InputError("The DeepXDE baseline takes no integral conditions", given=problem.name)
        if isinstance(problem.domain, Shape) and any(isinstance(v, Range) for v in problem.numbers().values()):
            raise InputError("The DeepXDE baseline takes no range of a parameter on a shape", do="Give it one value")

    def train(self, problem: Problem, training: Training) -> Trained:
        """Solve within the limit, setting up included; measurements are further losses on points."""
        dtype, max_seconds, error = training.dtype, training.max_seconds, training.error
        importlib.import_module("torch._dynamo")  # torch's optimizers do it at their first step, which is timed
        with deepxde(dtype=dtype, seed=training.seed, threads=training.threads) as dde:
            clock = Clock()
            traced = with_measurements(trace(problem), training.measured)
            unknowns = {n: dde.Variable(u.start, dtype=dtype) for n, u in traced.unknowns.items()}
            network, ansatz, reader = make_network(
                dde,
                traced,
                column_order(traced),
                self._layers(traced),
                unknowns,
                hard=self.hard,
                harmonics=self.harmonics,
                dtype=dtype,
            )
            data = make_data(dde, traced, ansatz.soft, reader, self._counts(traced), self.distribution, training.seed)
            model = dde.Model(data, network)
            predict = predictor(network, reader.coordinates, dtype)

            def share(seconds: float, step: int) -> float:
                return seconds / max_seconds if max_seconds else step / (self.adam_steps + self.lbfgs_steps)

            watch = Watch(
                clock,
                network,
                unknowns,
                estimates=lambda: estimates(traced, unknowns),
                progress=training.progress,
                error=None if error is None else lambda: error(predict),
                share=share,
            )
            verdict = self._run(dde, model, watch, self._weights(traced, ansatz), list(unknowns.values()), max_seconds)
            seconds = clock.seconds
            watch.restore()
            watch.note(model.train_state.step, seconds, watch.best)
            network.requires_grad_(False)
            size = sum(p.numel() for p in network.parameters())
            steps = model.train_state.step
            return Trained(predict, estimates(traced, unknowns), watch.history, seconds, steps, verdict, size)

    def _run(
        self, dde: Any, model: Any, watch: Watch, weights: list[float], unknowns: list[Any], max_seconds: float | None
    ) -> Verdict:
        limit = max_seconds if max_seconds is not None else math.inf
        common = {"loss_weights": weights, "external_trainable_variables": unknowns, "verbose": 0}
        callbacks = [watch]
        if self.resample_every:
            callbacks.append(dde.callbacks.PDEPointResampler(period=self.resample_every))
        watch.until = min(self.adam_share * limit, limit)
        begin = watch.clock.seconds
        model.compile("adam", lr=self.learning_rate, **common)
        model.train(iterations=self.adam_steps, display_every=100, callbacks=callbacks, verbose=0)
        watch.per_evaluation = (watch.clock.seconds - begin) / max(model.train_state.step, 1)
        watch.until = limit
        dde.optimizers.set_LBFGS_options(maxiter=10**9 if max_seconds is not None else self.lbfgs_steps)
        watch.most_steps = None if max_seconds is not None else model.train_state.step + self.lbfgs_steps
        while math.isfinite(watch.last) and not watch.finished:
            before = watch.best
            model.compile("L-BFGS", **common)
            model.train(callbacks=[watch], verbose=0)
            if not watch.best < before * (1 - ENOUGH) and not watch.finished:
                return Verdict.STALLED if math.isfinite(watch.last) else Verdict.NOT_FINITE
        return Verdict.BUDGET_USED if math.isfinite(watch.last) else Verdict.NOT_FINITE

    def _layers(self, traced: Traced) -> list[int]:
        small = len(traced.coordinates) == 2 and len(traced.field_names) == 1
        width = self.width or (20 if small else 50)
        return [width] * (self.depth or (4 if len(traced.coordinates) > 1 and not small else 3))

    def _counts(self, traced: Traced) -> Counts:
        usual = usual_counts(traced)
        return Counts(
            self.domain_points or usual.domain,
            self.boundary_points or usual.boundary,
            self.initial_points or usual.initial,
        )

    def _weights(self, traced: Traced, ansatz: Ansatz) -> list[float]:
        def scale(expression: Expression) -> float:
            return typical(expression, traced, ansatz.scales) if self.scaled else 1.0

        given = traced.problem.residual_scales
        inside = [given.get(n) or scale(e) for n, e in traced.equations.items()]
        conditions = [c.sizes.get(n) or scale(e) for c in ansatz.soft for n, e in c.residuals.items()]
        return [s**-2 for s in inside] + [self.condition_weight * s**-2 for s in conditions]
