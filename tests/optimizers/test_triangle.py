"""The triangular factor: that of the matrix, and exact where the normal matrix has lost everything."""

from __future__ import annotations

import pytest
import torch

from pinnsuite.optimizers import triangle as triangle_module
from pinnsuite.optimizers.factors import Factors, least_eigenvalue
from pinnsuite.optimizers.triangle import damp, random_signs, sketch, triangle


def graded(rows: int, size: int, least: float, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """A random matrix with singular values from 1 down to ``least``, and these."""
    generator = torch.Generator().manual_seed(seed)
    left, _ = torch.linalg.qr(torch.randn(rows, size, generator=generator, dtype=torch.float64))
    right, _ = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))
    values = torch.logspace(0, torch.log10(torch.tensor(least)), size, dtype=torch.float64)
    return (left * values) @ right.T, values


@pytest.mark.parametrize("rows", [3, 7, 40])
def test_the_square_is_that_of_the_matrix(rows: int) -> None:
    matrix, _ = graded(40, 7, 1e-2)
    factor = triangle(matrix[:rows])
    assert factor.shape == (7, 7) and torch.equal(factor, factor.triu())
    assert torch.allclose(factor.T @ factor, matrix[:rows].T @ matrix[:rows], rtol=0, atol=1e-14)


@pytest.mark.parametrize("dtype, least", [(torch.float64, 1e-13), (torch.float32, 1e-5)])
def test_small_singular_values_survive(dtype: torch.dtype, least: float) -> None:
    """1e-13 of the largest is there in R, though its square is a thousand times below the rounding of J'J."""
    matrix, values = graded(90, 12, least)
    factor = triangle(matrix.to(dtype))
    found = torch.linalg.svdvals(factor.double())
    assert torch.allclose(found, values, rtol=0.05, atol=0)
    if dtype is torch.float64:
        assert torch.linalg.eigvalsh(matrix.T @ matrix)[0].abs().sqrt() > 100 * values[-1]


@pytest.mark.parametrize("damping", [1e-20, 1e-6, 10.0])
def test_damping_adds_a_multiple_of_one(damping: float) -> None:
    matrix, values = graded(30, 9, 1e-4)
    factor = damp(triangle(matrix), damping)
    assert torch.allclose(torch.linalg.svdvals(factor), (values**2 + damping).sqrt(), rtol=1e-9)


@pytest.mark.parametrize("first", [1.0, 1e-25])
@pytest.mark.parametrize("damping", [1e-25, 1e-9, 1.0])
def test_factors_keep_their_precision_for_any_damping(first: float, damping: float) -> None:
    """Whether J'J was formed for a first, large damping or not."""
    matrix, values = graded(40, 9, 1e-11)
    factors = Factors(matrix, first)
    assert (factors.normal is not None) == (first == 1.0) and factors.finite
    squares = values**2 + damping
    assert torch.allclose(torch.linalg.svdvals(factors.damped(damping)), squares.sqrt(), rtol=1e-3)
    expected = float((values**2 / squares).sum())
    assert factors.effective_dimension(damping) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("least, reflected", [(1e-3, False), (1e-11, True)])
def test_a_hopeful_factor_needs_no_qr_where_j_is_well_conditioned(least: float, reflected: bool) -> None:
    """Without damping to speak of: J'J is taken where its rounding does not matter, and not where it does."""
    matrix, values = graded(40, 9, least)
    factors = Factors(matrix, 1e-25, hopeful=True)
    assert torch.allclose(torch.linalg.svdvals(factors.damped(1e-25)), values, rtol=1e-3)
    assert factors.normal is not None and factors.reflected == reflected


def test_the_least_eigenvalue_is_found() -> None:
    matrix, values = graded(40, 9, 1e-3)
    factor = triangle(matrix)
    assert least_eigenvalue(factor) == pytest.approx(float(values[-1]) ** 2, rel=0.2)


def test_many_rows_need_no_qr_of_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a sketch: the same small singular values, far below the rounding of J'J, and no QR of more than its rows."""
    matrix, values = graded(600, 15, 1e-13)
    whole, reflect = [], triangle_module._whole
    monkeypatch.setattr(triangle_module, "_whole", lambda rows: (whole.append(len(rows)), reflect(rows))[1])
    factor = triangle(matrix)
    assert whole == [2 * 15] and torch.equal(factor, factor.triu())
    assert torch.allclose(torch.linalg.svdvals(factor), values, rtol=0.05)


def test_directions_of_rounding_do_not_spoil_a_sketch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most singular values are the rounding of the matrix: the others are there, without a QR of all rows."""
    matrix, values = graded(600, 16, 1e-30)
    whole, reflect = [], triangle_module._whole
    monkeypatch.setattr(triangle_module, "_whole", lambda rows: (whole.append(len(rows)), reflect(rows))[1])
    found = torch.linalg.svdvals(triangle(matrix))
    assert whole == [2 * 16]
    assert torch.allclose(found[values > 1e-12], values[values > 1e-12], rtol=0.05)
    assert float(found[values < 1e-20].max()) < 1e-13


def test_a_sketch_that_misses_a_direction_is_not_trusted() -> None:
    """A column whose rows cancel in the sketch."""
    matrix, _ = graded(600, 15, 1e-3)
    matrix[:, 3] = 0.0
    signs = torch.randint(0, 2, (600, 1), generator=torch.Generator().manual_seed(0)) * 2 - 1
    matrix[[5, 35], 3] = torch.tensor([1.0, -float(signs[5] * signs[35])], dtype=torch.float64)
    assert not sketch(matrix, 30, random_signs(len(matrix), 0, matrix))[:, 3].any()
    factor = triangle(matrix)
    assert torch.allclose(factor.T @ factor, matrix.T @ matrix, atol=1e-12)
