"""A plain JAX solver: residuals by jet, all of it compiled, float64, Adam, then L-BFGS, with the error over time."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize

from pinnsuite.ansatz.ansatz import build_ansatz
from pinnsuite.domain.region import Interior
from pinnsuite.networks.mlp import MLP
from pinnsuite.report.engine import THREADS
from pinnsuite.report.peers.curve import Curve, setting
from pinnsuite.report.peers.jax_reader import JaxReader
from pinnsuite.trace import trace

POINTS, WIDTH, DEPTH, RATE = 2540, 20, 3, 1e-3  # as for DeepXDE
ADAM_SHARE, AT_A_TIME = 0.4, 100  # of the time; steps of Adam that are one call
MEMORY = 100  # pairs of L-BFGS


class OutOfTime(Exception):
    """The limit on seconds is reached."""


class Solve:
    """A problem all of whose conditions the ansatz meets; the clock of ``curve`` starts at the end of the set-up."""

    def __init__(self, name: str, seconds: float, seed: int) -> None:
        import jax

        problem, grid = setting(name)
        traced, generator = trace(problem), torch.Generator().manual_seed(seed)

        def make(groups: Sequence[int], outputs: int) -> MLP:
            return MLP(sum(groups), outputs, width=WIDTH, depth=DEPTH, generator=generator)

        ansatz = build_ansatz(traced, make, harmonics=1, hard=True)
        assert not ansatz.soft, name
        equations = [ansatz.resolve(e) for e in traced.equations.values()]
        residuals, fields = (JaxReader(e, traced.coordinates) for e in (equations, list(ansatz.fields.values())))
        self.points = residuals.arrays(traced.domain.sample(Interior(), POINTS, seed=seed))
        self.places = fields.arrays(grid.points)
        self.weights: Any = [p.detach().numpy().copy() for p in ansatz.network.parameters()]
        self.loss = lambda weights, points: (residuals(weights, points) ** 2).sum(1).mean()
        self.fields = jax.jit(fields)
        self.curve = Curve(grid, seconds)

    def look(self, weights: Any) -> float:
        """The seconds so far."""
        return self.curve.look(lambda: torch.from_numpy(np.array(self.fields(weights, self.places))))

    def adam(self, until: float) -> None:
        import jax
        from jax.example_libraries.optimizers import adam

        begin, update, current = adam(RATE)

        @jax.jit
        def steps(first: Any, state: Any, points: Any) -> Any:
            def step(i: Any, state: Any) -> Any:
                return update(i, jax.grad(self.loss)(current(state), points), state)

            return jax.lax.fori_loop(first, first + AT_A_TIME, step, state)

        state, count = begin(self.weights), 0
        while self.look(current(state)) < until:
            state, count = jax.block_until_ready(steps(count, state, self.points)), count + AT_A_TIME
        self.weights = current(state)

    def lbfgs(self, until: float) -> None:
        """SciPy's, again from where its line search gives up while that helps."""
        import jax

        shapes, ends = [w.shape for w in self.weights], np.cumsum([w.size for w in self.weights])[:-1]
        descent = jax.jit(jax.value_and_grad(self.loss))

        def objective(vector: np.ndarray) -> tuple[float, np.ndarray]:
            weights = [w.reshape(s) for w, s in zip(np.split(vector, ends), shapes, strict=True)]
            if self.look(weights) >= until:
                raise OutOfTime
            value, gradient = descent(weights, self.points)
            return float(value), packed(gradient)

        vector, before = packed(self.weights), np.inf
        options = {"maxcor": MEMORY, "maxiter": 10**9, "maxfun": 10**9, "ftol": 0.0, "gtol": 0.0}
        with contextlib.suppress(OutOfTime):
            while True:
                found = minimize(objective, vector, jac=True, method="L-BFGS-B", options=options)
                if not found.fun < before:
                    break
                vector, before = found.x, found.fun


def packed(arrays: Sequence[Any]) -> np.ndarray:
    return np.concatenate([np.asarray(a).reshape(-1) for a in arrays])


def train(name: str, seconds: float, seed: int) -> dict[str, Any]:
    """Solve a problem within a time, compilation included, evaluations of the error not."""
    torch.set_num_threads(THREADS)
    solve = Solve(name, seconds, seed)
    solve.adam(ADAM_SHARE * seconds)
    solve.lbfgs(seconds)
    return {"solver": "jax", "problem": name, "seed": seed, "seconds": seconds, "curve": solve.curve.pairs}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(train(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
