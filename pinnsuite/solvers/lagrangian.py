"""The physics-informed network in a frame that follows the flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from pinnsuite.ansatz.ansatz import Ansatz, SizedFactory
from pinnsuite.ansatz.travelling import crossing, travelling
from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError
from pinnsuite.networks.branches import Branches
from pinnsuite.networks.linear import Linear
from pinnsuite.networks.mlp import MLP
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.trace import Traced

SHORT_OF = 0.98  # of the time at which characteristics cross: how far a solution goes


@dataclass(frozen=True)
class Lagrangian(Pinn):
    """Least squares on u(X(xi, t), t) = w(xi, t) and X_t = v, with v the velocity that the problem declares (`Moving`).

    A feature that travels far stays where it is on its label, so that w and X - xi vary little however fast it goes.
    branches: "separate" (the network for w, and an `MLP` of ``map_width`` and ``map_depth`` for X), "twin" (the network
        twice) or "shared" (once, with the outputs of both). The map begins at rest.
    The other options are those of `Pinn`.
    """

    branches: Literal["separate", "twin", "shared"] = "separate"
    map_width: int = 10
    map_depth: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.branches == "shared" and self.march is not None and self.march.widen > 1:
            raise InputError(
                "A network that is shared by fields and labels cannot be widened, because the map begins at rest",
                given="solver.branches=shared, solver.march.widen above 1",
                do="Set solver.branches=twin, or solver.march.widen=1",
            )

    def ansatz(self, traced: Traced, network: SizedFactory, generator: torch.Generator) -> Ansatz:
        count = len(traced.field_names)

        def both(groups: Sequence[int], outputs: int) -> torch.nn.Module:
            if self.branches == "shared":
                return _at_rest(network(groups, outputs), sum(groups), outputs - count)
            state, travel = network(groups, count), outputs - count
            if self.branches == "twin":
                return Branches(state, _at_rest(network(groups, travel), sum(groups), travel))
            like = next(state.parameters())
            small = MLP(
                sum(groups), travel, width=self.map_width, depth=self.map_depth, generator=generator, dtype=like.dtype
            )
            return Branches(state, _at_rest(small.to(like.device), sum(groups), travel))

        return travelling(traced, both, harmonics=self.harmonics, hard=self.hard)

    def limited(self, traced: Traced) -> tuple[Traced, str]:
        walls = [n for n in traced.domain.space if not traced.domain.axes[n].periodic]
        if walls and (self.windows > 1 or self.march is not None):
            raise InputError(
                "Windows of a moving frame hand over Fourier series, which need periodic axes",
                given=f"walls along {' and '.join(walls)}, solver.windows={self.windows}",
                do="Set solver.windows=1, or use solver=pinn",
            )
        found = crossing(traced)
        if found is None:
            return traced, ""
        time, place = found
        name, (space,) = traced.domain.time, traced.domain.space
        axis = traced.domain.axes[name]
        end = axis.low + SHORT_OF * (time - axis.low)
        reason = f"characteristics cross at {name} = {time:.6g}, {space} = {place:.6g}; solved up to {name} = {end:.6g}"
        limits = {name: Axis(axis.low, end, axis.unit, kind="time")}
        return replace(traced, domain=traced.domain.with_axes(**limits)), reason


def _at_rest(network: torch.nn.Module, inputs: int, last: int) -> torch.nn.Module:
    """The same with the last outputs at zero, by the rows of its last layer."""
    layers = [m for m in network.modules() if isinstance(m, Linear)]
    like = next(network.parameters())
    with torch.no_grad():
        if layers:
            layers[-1].weight[-last:] = 0.0
        found = network(torch.linspace(-1, 1, 3 * inputs, dtype=like.dtype, device=like.device).view(3, inputs))
    if bool(found[:, -last:].any()):
        raise InputError(
            "This network cannot begin at rest, which the map of a moving frame has to",
            given=type(network).__name__,
            expected="a network whose last layer is linear, or a series",
            do="Set solver.branches=separate",
        )
    return network
