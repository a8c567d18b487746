"""A plain JAX solver: residuals by jet, all of it compiled, float64, Adam, then L-BFGS, with the error over time."""

from __future__ import annotations

import json
import sys
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


def train(name: str, seconds: float, seed: int) -> dict[str, Any]:
    """Solve a problem all of whose conditions the ansatz meets, compilation included, evaluations of the error not."""
    import jax
    from jax.example_libraries.optimizers import adam

    torch.set_num_threads(THREADS)
    problem, grid = setting(name)
    traced, generator = trace(problem), torch.Generator().manual_seed(seed)

    def make(groups: Any, outputs: int) -> MLP:
        return MLP(sum(groups), outputs, width=WIDTH, depth=DEPTH, generator=generator)

    ansatz = build_ansatz(traced, make, harmonics=1, hard=True)
    assert not ansatz.soft, name
    equations = [ansatz.resolve(e) for e in traced.equations.values()]
    residuals, fields = (JaxReader(e, traced.coordinates) for e in (equations, list(ansatz.fields.values())))
    points, places = residuals.arrays(traced.domain.sample(Interior(), POINTS, seed=seed)), fields.arrays(grid.points)
    weights = [p.detach().numpy().copy() for p in ansatz.network.parameters()]
    shapes, ends = [w.shape for w in weights], np.cumsum([w.size for w in weights])[:-1]
    curve = Curve(grid, seconds)

    def loss(weights: Any, points: Any) -> Any:
        return (residuals(weights, points) ** 2).sum(1).mean()

    values = jax.jit(fields)
    descent = jax.jit(jax.value_and_grad(loss))
    begin, update, current = adam(RATE)

    @jax.jit
    def steps(first: Any, state: Any, points: Any) -> Any:
        def step(i: Any, state: Any) -> Any:
            return update(i, jax.grad(loss)(current(state), points), state)

        return jax.lax.fori_loop(first, first + AT_A_TIME, step, state)

    def look(weights: Any) -> float:
        return curve.look(lambda: torch.from_numpy(np.array(values(weights, places))))

    state, count = begin(weights), 0
    while look(current(state)) < ADAM_SHARE * seconds:
        state, count = jax.block_until_ready(steps(count, state, points)), count + AT_A_TIME

    def unpacked(vector: np.ndarray) -> list[np.ndarray]:
        return [w.reshape(s) for w, s in zip(np.split(vector, ends), shapes, strict=True)]

    def objective(vector: np.ndarray) -> tuple[float, np.ndarray]:
        if look(unpacked(vector)) >= seconds:
            raise OutOfTime
        value, gradient = descent(unpacked(vector), points)
        return float(value), np.concatenate([np.asarray(g).reshape(-1) for g in gradient])

    vector, before = np.concatenate([np.asarray(w).reshape(-1) for w in current(state)]), np.inf
    options = {"maxcor": MEMORY, "maxiter": 10**9, "maxfun": 10**9, "ftol": 0.0, "gtol": 0.0}
    try:
        while True:  # again where its search gives up
            found = minimize(objective, vector, jac=True, method="L-BFGS-B", options=options)
            vector = found.x
            if not found.fun < before:
                break
            before = found.fun
    except OutOfTime:
        pass
    return {"solver": "jax", "problem": name, "seed": seed, "seconds": seconds, "curve": curve.pairs}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(train(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
