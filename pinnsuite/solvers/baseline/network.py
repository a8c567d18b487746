"""The network of the baseline: DeepXDE's own, with the features and the exact ansatz of this package around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from pinnsuite.ansatz.ansatz import Ansatz, build_ansatz
from pinnsuite.ansatz.embedding import embed
from pinnsuite.calculus.expression import Expression
from pinnsuite.solvers.baseline.known import Known, hoist
from pinnsuite.solvers.baseline.read import Reader
from pinnsuite.solvers.trained import Predict
from pinnsuite.trace import Traced

Features = Callable[[torch.Tensor], torch.Tensor]
Transform = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def make_network(
    dde: Any,
    traced: Traced,
    order: Sequence[str],
    layers: Sequence[int],
    unknowns: Mapping[str, torch.Tensor],
    *,
    hard: bool,
    harmonics: int,
    dtype: torch.dtype,
) -> tuple[torch.nn.Module, Ansatz, Reader]:
    """A tanh network with these hidden ``layers``, (points, coordinates) in this ``order`` to (points, fields)."""

    def make(groups: Sequence[int], outputs: int) -> torch.nn.Module:
        return dde.nn.FNN([sum(groups), *layers, outputs], "tanh", "Glorot normal")

    ansatz = build_ansatz(traced, make, harmonics=harmonics, hard=hard)
    network: Any = ansatz.network
    reader = Reader(dde, order, traced.field_names, network, unknowns)
    network.apply_feature_transform(features(traced, order, harmonics, dtype))
    if any(e.op != "output" for e in ansatz.fields.values()):
        network.apply_output_transform(ansatz_transform(reader, list(ansatz.fields.values())))
    return network, ansatz, reader


def features(traced: Traced, order: Sequence[str], harmonics: int, dtype: torch.dtype) -> Features:
    """What the network sees: plain axes mapped to [-1, 1], periodic ones to cos and sin."""
    axes = {n: traced.domain.axes[n] for n in order}
    if any(a.periodic for a in axes.values()):
        return Known(embed(axes, harmonics), order)
    centre = torch.tensor([(a.low + a.high) / 2 for a in axes.values()], dtype=dtype)
    scale = torch.tensor([1 / a.scale for a in axes.values()], dtype=dtype)
    return lambda x: (x - centre) * scale


def ansatz_transform(reader: Reader, fields: Sequence[Expression]) -> Transform:
    """From the network's outputs to the fields, G + d N."""
    expressions, known = hoist(fields)
    functions = Known(list(known.values()), reader.coordinates)

    def transform(inputs: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
        columns = functions(inputs).split(1, dim=1) if known else ()
        return torch.cat(reader(expressions, inputs, outputs, dict(zip(known, columns, strict=True))), dim=1)

    return transform


def predictor(network: torch.nn.Module, order: Sequence[str], dtype: torch.dtype) -> Predict:
    def predict(points: Mapping[str, torch.Tensor], chunk: int = 20_000) -> torch.Tensor:
        like = points[order[0]]
        place = torch.stack([points[n] for n in order], dim=1).to(dtype=dtype, device="cpu")
        with torch.no_grad():
            parts = [network(part) for part in place.split(chunk)]
        return torch.cat(parts).to(like)

    return predict
