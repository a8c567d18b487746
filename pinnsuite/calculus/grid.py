"""The grid reader: residuals of fields given as arrays on a tensor grid, differentiable with respect to the arrays.

Derivatives of the fields are spectral on periodic uniform axes and finite differences on others; everything built from
them follows exactly, by the product and chain rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import torch

from pinnsuite.calculus.expression import Expression
from pinnsuite.calculus.indices import MultiIndex, factorial
from pinnsuite.calculus.jet import Coefficient, Jet, number, variable
from pinnsuite.calculus.leaves import Fixed, read
from pinnsuite.calculus.stencils import finite, fornberg, spectral
from pinnsuite.errors import InputError


class GridReader:
    """Expressions of fields on the grid of ``axes``, in their order: arrays (..., n_1, n_2, ...), leading axes free.

    A periodic axis is uniform and leaves out its last point. ``order`` is the accuracy of finite differences. Raises
    `InputError` for axes that do not increase and for periodic axes that are not uniform.
    """

    def __init__(self, axes: Mapping[str, torch.Tensor], periodic: Iterable[str] = (), order: int = 8) -> None:
        self.axes, self.periodic, self.order = dict(axes), frozenset(periodic), order
        self._stencils: dict[tuple[str, int], tuple[torch.Tensor, torch.Tensor]] = {}
        for name, x in self.axes.items():
            steps = x.diff()
            if x.ndim != 1 or not bool((steps > 0).all()):
                raise InputError(f"The grid points of '{name}' must be one row of increasing numbers")
            if name in self.periodic and (
                len(x) < 3 or float((steps - steps.mean()).abs().max() / steps.mean()) > 1e-6
            ):
                raise InputError(
                    f"The periodic axis '{name}' needs a uniform grid of at least 3 points",
                    given=f"{len(x)} points, spacings from {float(steps.min()):.6g} to {float(steps.max()):.6g}",
                    do="Interpolate the data to a uniform grid, or treat the axis as not periodic",
                )

    def __call__(
        self,
        expressions: Sequence[Expression],
        fields: Mapping[str, torch.Tensor],
        parameters: Mapping[str, torch.Tensor | float] | None = None,
    ) -> list[torch.Tensor]:
        """The value of each expression at every grid point, (..., n_1, n_2, ...)."""
        shape = tuple(len(x) for x in self.axes.values())
        like = next(iter(fields.values()))
        for name, values in fields.items():
            if tuple(values.shape[-len(shape) :]) != shape:
                raise InputError(f"The field '{name}' does not fit the grid", given=tuple(values.shape), expected=shape)
        known = parameters or {}
        derivatives: dict[str, dict[MultiIndex, torch.Tensor]] = {n: {} for n in fields}

        def leaf(fixed: Fixed, node: Expression) -> Jet:
            match node.op:
                case "coordinate":
                    return self._coordinate(fixed, node.static, like)
                case "field" if node.static in fields:
                    return self._field(fixed, fields[node.static], derivatives[node.static])
                case "parameter" if node.static in known:
                    return number(known[node.static])
            what = {"field": "field", "parameter": "parameter"}.get(node.op, "data, or the network,")
            raise InputError(
                f"The {what} '{node.static}' of the equation was not given on the grid",
                expected=f"fields {sorted(fields)} and parameters {sorted(known)}",
            )

        zero = (0,) * len(shape)
        found = [read(e, list(self.axes), leaf)[zero] for e in expressions]
        return [
            torch.as_tensor(0.0 if v is None else v, dtype=like.dtype, device=like.device).expand(like.shape)
            for v in found
        ]

    def _coordinate(self, fixed: Fixed, name: str, like: torch.Tensor) -> Jet:
        position = list(self.axes).index(name)
        held = dict(fixed).get(name)
        if held is not None:
            return variable(held, position)
        shape = [1] * len(self.axes)
        shape[position] = -1
        return variable(self.axes[name].to(like).reshape(shape), position)

    def _field(self, fixed: Fixed, values: torch.Tensor, known: dict[MultiIndex, torch.Tensor]) -> Jet:
        def derivative(a: MultiIndex) -> torch.Tensor:
            if a not in known:
                last = max((i for i, order in enumerate(a) if order), default=-1)
                rest = derivative((*a[:last], 0, *a[last + 1 :])) if last >= 0 else values
                known[a] = self._along(rest, last, a[last]) if last >= 0 else values
            return known[a]

        def rule(a: MultiIndex) -> Coefficient:
            found = derivative(a) / factorial(a)
            for name, value in dict(fixed).items():
                position = list(self.axes).index(name)
                member = self._member(name, value).to(found.device)
                found = found.index_select(position - len(self.axes), member)
            return found

        return Jet(rule)

    def _along(self, values: torch.Tensor, position: int, order: int) -> torch.Tensor:
        name, dim = list(self.axes)[position], position - len(self.axes)
        x = self.axes[name]
        if name in self.periodic:
            return spectral(values, dim, float((x[-1] - x[0]) * len(x) / (len(x) - 1)), order)
        if (name, order) not in self._stencils:
            self._stencils[name, order] = fornberg(x.double(), order, self.order)
        return finite(values, dim, *self._stencils[name, order])

    def _member(self, name: str, value: float) -> torch.Tensor:
        x = self.axes[name]
        nearest = int((x - value).abs().argmin())
        spacing = float(x.diff().abs().min()) if len(x) > 1 else 1.0
        period = float((x[-1] - x[0]) * len(x) / (len(x) - 1)) if name in self.periodic else math.inf
        if name in self.periodic and abs(value - float(x[0]) - period) < 1e-6 * spacing:
            nearest = 0
        elif abs(float(x[nearest]) - value) > 1e-6 * spacing:
            raise InputError(
                f"The equation is evaluated at {name} = {value:g}, which is not on the grid",
                given=f"{len(x)} points from {float(x[0]):g} to {float(x[-1]):g}",
            )
        return torch.tensor([nearest])
