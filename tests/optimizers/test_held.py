"""Numbers that are held for a while: neither steps along random directions nor rows in reverse mode move them."""

from __future__ import annotations

import pytest
import torch

from pinnsuite.ansatz.ansatz import build_ansatz
from pinnsuite.domain.region import Interior
from pinnsuite.networks.mlp import MLP
from pinnsuite.objective.block import make_block
from pinnsuite.objective.objective import Objective
from pinnsuite.objective.parameters import ParameterVector
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.parameters import Unknown
from pinnsuite.problems.heat import Heat
from pinnsuite.trace import trace


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("method", [GaussNewton(), GaussNewton(first_rows=40, directions=12)])
def test_a_held_number_stays(reverse: bool, method: GaussNewton) -> None:
    traced, generator = trace(Heat(alpha=Unknown(0.3, scale="log"))), torch.Generator().manual_seed(0)  # type: ignore[arg-type]
    like = torch.zeros(1, dtype=torch.float64)
    ansatz = build_ansatz(
        traced, lambda g, n: MLP(sum(g), n, width=6, depth=2, generator=generator), harmonics=1, hard=True
    )
    vector = ParameterVector({"network": ansatz.network}, {"alpha": traced.unknowns["alpha"].start}, like)
    residuals = {n: ansatz.resolve(e) for n, e in traced.equations.items()}
    block = make_block(residuals, traced.coordinates, dict.fromkeys(residuals, 1.0), 1.0, like, reverse=reverse)
    block.place(traced.domain.sample(Interior(), 200, seed=0))
    objective = Objective([block], vector, chunk=200)
    vector.hold("alpha")
    before, loss = vector.copy(), objective.loss()
    assert not objective.jacobian()[1][:, vector.slices["alpha"]].any()
    state = method.start(objective)
    for _ in range(5):
        _, state = method.step(objective, state)
    assert torch.equal(vector.values[vector.slices["alpha"]], before[vector.slices["alpha"]])
    assert objective.loss() < 0.5 * loss
    vector.hold()
    assert objective.jacobian()[1][:, vector.slices["alpha"]].any()
