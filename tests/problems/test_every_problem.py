"""What holds for every problem: it traces, it is documented, and its data, equation and reference fit together.

A new file in ``problems/`` enters all of these tests by itself.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from numpy.polynomial import chebyshev
from scipy.integrate import cumulative_simpson

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import Expression, coordinate, substitute
from pinnsuite.calculus.grid import GridReader
from pinnsuite.calculus.terms import additive_terms
from pinnsuite.domain.box import Box
from pinnsuite.domain.region import Boundary, Interior, Slice
from pinnsuite.parameters import Unknown
from pinnsuite.problem import Problem
from pinnsuite.trace import Traced, TracedCondition, trace

PLACE = {"x": 0.46, "y": 0.52, "t": 0.11}  # of a patch in the domain, as shares of its axes
REACH = {"x": 0.02, "y": 0.02, "t": 0.005}
NODES = 12


def test_every_file_has_a_configuration(module, pytestconfig):
    texts = [file.read_text() for file in (pytestconfig.rootpath / "configs" / "problem").glob("*.yaml")]
    assert any(f"pinnsuite.problems.{module}." in text for text in texts)


def test_files_are_short(module, pytestconfig):
    assert len((pytestconfig.rootpath / "problems" / f"{module}.py").read_text().splitlines()) < 150


@pytest.mark.parametrize("symbolic", [False, True])
def test_it_traces(problem, symbolic):
    traced = trace(problem, symbolic=symbolic)
    assert traced.equations and (traced.conditions or unknowns(problem))
    assert set(problem.residual_scales) <= set(traced.equations)


def unknowns(problem: Problem) -> list[str]:
    """Of a problem for fits, which may prescribe nothing."""
    return [n for n, v in problem.numbers().items() if isinstance(v, Unknown)]


def test_it_is_documented(problem):
    blocks = re.findall(r"^(?: {8}\S.*\n)+", type(problem).__doc__, re.MULTILINE)
    assert len(blocks) == 1
    assert blocks[0].count(" = 0") == len(trace(problem).equations)
    assert problem.source and problem.good_values
    for field in dataclasses.fields(problem):
        assert field.type.startswith("Literal") or field.metadata["doc"], field.name


def test_its_exact_fields_satisfy_the_equation(known):
    traced, exact = trace(known), exact_fields(known)
    points = traced.domain.sample(Interior(), 200, seed=1)
    for name, equation in traced.equations.items():
        assert relative_residual(equation, exact, traced, points) < 1e-10, name


def test_its_exact_fields_satisfy_the_conditions(known):
    traced, exact = trace(known), exact_fields(known)
    for condition in traced.conditions:
        points = traced.domain.sample(condition.condition.region, 100, seed=1)
        residuals = [resolved(e, exact) for e in condition.residuals.values()]
        assert evaluate(residuals, traced.coordinates, points).abs().max() < 1e-12


def test_its_reference_has_the_prescribed_values(known):
    traced = trace(known)
    prescribed = [c for c in traced.conditions if c.values and not c.condition.order]
    assert prescribed or unknowns(type(known)())
    for condition in prescribed:
        for grid in parts(traced, condition):
            reference = known.reference(**{n: v.numpy() for n, v in grid.items()})
            points, shape = product(grid, traced)
            for name, value in condition.values.items():
                wanted = evaluate([value], traced.coordinates, points).reshape(shape).numpy()
                np.testing.assert_allclose(reference[name], wanted, rtol=1e-10, atol=1e-10)


def test_its_reference_is_periodic_where_the_domain_is(known):
    axes = trace(known).domain.axes
    for name in [n for n, axis in axes.items() if axis.periodic]:
        grid = {n: np.array([a.low + 0.02 * a.length]) for n, a in axes.items()}
        ends = np.array([axes[name].low, axes[name].high])
        for values in known.reference(**(grid | {name: ends})).values():
            assert np.ptp(values) < 1e-10


def test_its_reference_satisfies_the_equation(known):
    """On a small patch the reference is a polynomial, and the traced equation reads it as it reads a network."""
    traced = trace(known)
    axes = traced.domain.axes
    centre = {n: a.low + PLACE.get(n, 0.5) * a.length for n, a in axes.items()}
    reach = {n: REACH.get(n, 0.02) * a.length for n, a in axes.items()}
    nodes = chebyshev.chebpts1(NODES)
    grid = {n: torch.tensor(centre[n] + reach[n] * nodes) for n in axes}
    points, _ = product(grid, traced)
    given = grid if isinstance(traced.domain, Box) else points
    reference = known.reference(**{n: v.numpy() for n, v in given.items()})

    basis = [(coordinate(n) - centre[n]) * (1 / reach[n]) for n in axes]
    fields = {n: polynomial(v.reshape((NODES,) * len(axes)), basis) for n, v in reference.items()}
    inner = np.random.default_rng(0).uniform(-0.5, 0.5, (len(axes), 20))
    points = {n: torch.tensor(centre[n] + reach[n] * z) for n, z in zip(axes, inner, strict=True)}
    for name, equation in traced.equations.items():
        assert relative_residual(equation, fields, traced, points) < 1e-6, name


def test_its_reference_keeps_its_budgets(known):
    """Early, when few modes resolve it; derivatives are spectral, and the sources are integrated by Simpson's rule."""
    traced = trace(known)
    domain = traced.domain
    grid = domain.grid(dict.fromkeys(domain.axes, 96 if len(domain.space) > 1 else 256)) | {
        "t": torch.linspace(0, 0.02, 21).double()
    }
    reference = known.reference(**{n: v.numpy() for n, v in grid.items()})
    fields = {n: torch.from_numpy(reference[n]) for n in traced.field_names}
    reader = GridReader(grid, periodic=domain.space)
    for name, (density, source) in traced.budgets.items():
        found, supplied = (e.numpy().mean(axis=tuple(range(e.ndim - 1))) for e in reader([density, source], fields))
        due = found[0] + cumulative_simpson(supplied, x=grid["t"].numpy(), initial=0.0)
        size = np.abs(reader([density], fields)[0].numpy()).mean()
        np.testing.assert_allclose(found, due, atol=1e-9 * size, err_msg=name)


def exact_fields(problem: Problem) -> Mapping[str, Expression]:
    """The closed form; tests with "exact" in their name get the problems that have one."""
    return problem.exact(**{n: coordinate(n) for n in problem.domain.axes})


def resolved(expression: Expression, fields: Mapping[str, Expression]) -> Expression:
    return substitute(expression, {("field", n): e for n, e in fields.items()})


def relative_residual(
    equation: Expression, fields: Mapping[str, Expression], traced: Traced, points: Mapping[str, torch.Tensor]
) -> float:
    """The largest residual over the largest of its terms."""
    terms = [resolved(e, fields) for e in additive_terms(equation)]
    values = evaluate([resolved(equation, fields), *terms], traced.coordinates, points).abs()
    return float(values[:, 0].max() / values[:, 1:].max())


def parts(traced: Traced, condition: TracedCondition) -> list[dict[str, torch.Tensor]]:
    """Where a condition holds: coordinates of a grid on every face of a box, or of points of a shape."""
    domain, region = traced.domain, condition.condition.region
    if not isinstance(domain, Box):
        points = domain.sample(region, 300, seed=2)
        return [{n: points[n] for n in traced.coordinates}]
    # early times only: the cost of a reference grows with the last one
    grid = {
        n: a.low + a.length * torch.linspace(0, 0.01 if a.kind == "time" else 1, 41).double()
        for n, a in domain.axes.items()
    }
    held = [dict(region.fixed)] if isinstance(region, Slice) else []
    held += [{name: value} for name, value, _ in domain.faces(region)] if isinstance(region, Boundary) else []
    return [grid | {n: torch.tensor([v], dtype=torch.float64) for n, v in h.items()} for h in held]


def product(grid: Mapping[str, torch.Tensor], traced: Traced) -> tuple[dict[str, torch.Tensor], tuple[int, ...]]:
    """The points of a grid, and its shape; points of a shape stay as they are unless their coordinates are nodes."""
    if not isinstance(traced.domain, Box) and len(next(iter(grid.values()))) != NODES:
        return dict(grid), (len(next(iter(grid.values()))),)
    mesh = torch.meshgrid(*(grid[n] for n in traced.coordinates), indexing="ij")
    return {n: m.reshape(-1) for n, m in zip(traced.coordinates, mesh, strict=True)}, tuple(mesh[0].shape)


def polynomial(values: np.ndarray, basis: list[Any]) -> Any:
    """The Chebyshev interpolant of values on the grid of nodes, (NODES, ...), in scaled coordinates."""
    nodes = chebyshev.chebpts1(NODES)
    inverse = np.linalg.inv(chebyshev.chebvander(nodes, NODES - 1))
    for axis in range(values.ndim):
        values = np.moveaxis(np.tensordot(inverse, values, (1, axis)), 0, axis)
    return _sum(values, basis)


def _sum(coefficients: np.ndarray, basis: list[Any]) -> Any:
    z, rest = basis[0], basis[1:]
    before, current = 1.0, z
    total: Any = 0.0
    for row in coefficients:
        total = total + (_sum(row, rest) if rest else float(row)) * before
        before, current = current, 2 * z * current - before
    return total
