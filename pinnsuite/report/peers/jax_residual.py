"""The Kuramoto-Sivashinsky residual and its parameter gradient in JAX: jit, Taylor mode by jet, float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np


def jax_gradient(
    weights: Sequence[np.ndarray], points: Mapping[str, np.ndarray]
) -> Callable[[], tuple[float, np.ndarray]]:
    """A compiled function that gives the mean square residual and its gradient, (parameters,).

    ``weights`` are W (outputs, inputs) and b of each layer in turn; the field is sin(theta) + t N, as in our ansatz but
    for the factor of N, which is the largest initial value on a grid there and 1 here.
    """
    import jax
    import jax.numpy as jnp
    from jax.experimental.jet import jet

    from pinnsuite.problems.kuramoto_sivashinsky import KuramotoSivashinsky

    jax.config.update("jax_enable_x64", True)
    problem = KuramotoSivashinsky()
    length = problem.high - problem.low
    x, t = (jnp.asarray(points[n]) for n in ("x", "t"))

    def field(parameters: list[Any], x: Any, t: Any) -> Any:
        phase = 2 * math.pi * (x - problem.low) / length
        h = jnp.stack([jnp.cos(phase), jnp.sin(phase), 2 * t / problem.final_time - 1], axis=-1)
        pairs = list(zip(parameters[::2], parameters[1::2], strict=True))
        for weight, bias in pairs[:-1]:
            h = jnp.tanh(h @ weight.T + bias)
        weight, bias = pairs[-1]
        return jnp.sin(phase) + (h @ weight.T + bias)[..., 0] * t / problem.final_time

    def loss(parameters: list[Any]) -> Any:
        one, zero = jnp.ones_like(x), jnp.zeros_like(x)
        u, (u1, u2, _, u4) = jet(lambda x: field(parameters, x, t), (x,), ((one, zero, zero, zero),))
        _, ut = jax.jvp(lambda t: field(parameters, x, t), (t,), (one,))
        return jnp.mean((ut + problem.alpha * u * u1 + problem.beta * u2 + problem.gamma * u4) ** 2)

    start = [jnp.asarray(w) for w in weights]
    compiled = jax.jit(jax.value_and_grad(loss))

    def run() -> tuple[float, np.ndarray]:
        value, gradient = compiled(start)
        return float(value), np.concatenate([np.asarray(g).reshape(-1) for g in gradient])

    return run
