"""The reader that the JAX peer trains with, against this package's own on the same weights and points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pinnsuite.ansatz.ansatz import build_ansatz
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import D, coordinate
from pinnsuite.domain.region import Interior
from pinnsuite.networks.mlp import MLP
from pinnsuite.problem import Problem
from pinnsuite.problems.allen_cahn import AllenCahn
from pinnsuite.problems.burgers import Burgers
from pinnsuite.problems.kovasznay import Kovasznay
from pinnsuite.problems.kuramoto_sivashinsky import KuramotoSivashinsky
from pinnsuite.report.peers.jax_reader import JaxReader
from pinnsuite.trace import trace


@pytest.mark.parametrize("problem", [Burgers(), AllenCahn(), Kovasznay(), KuramotoSivashinsky()])
def test_residuals_are_those_of_the_taylor_reader(problem: Problem) -> None:
    """A kink in the start, a system, a fourth derivative; fields and a mixed derivative beside them."""
    traced, generator = trace(problem), torch.Generator().manual_seed(1)
    ansatz = build_ansatz(
        traced, lambda g, n: MLP(sum(g), n, width=8, depth=2, generator=generator), harmonics=2, hard=True
    )
    first, *_, last = (coordinate(n) for n in traced.coordinates)
    fields = list(ansatz.fields.values())
    mixed = D(torch.sin(fields[0]) * fields[-1], first, first, last)
    expressions = [*(ansatz.resolve(e) for e in traced.equations.values()), *fields, mixed]
    points = traced.domain.sample(Interior(), 60, seed=2)
    reader = JaxReader(expressions, traced.coordinates)
    weights = [p.detach().numpy() for p in ansatz.network.parameters()]
    found = torch.from_numpy(np.array(reader(weights, reader.arrays(points))))
    wanted = evaluate(expressions, traced.coordinates, points)
    assert ((found - wanted).abs() <= 1e-10 * wanted.abs().amax(0)).all()
