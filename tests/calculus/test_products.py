"""Compiled sums of products against one torch operation per term, and matrix products against torch."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pinnsuite.calculus import compiled
from pinnsuite.calculus.matmul import product
from pinnsuite.calculus.products import TILE, Place, Products, Term

PLACES = st.builds(Place, st.integers(0, 2), st.integers(0, 2))


@settings(deadline=None)  # the first call compiles
@given(
    st.lists(st.builds(Term, st.builds(Place, st.just(3), st.integers(0, 2)), PLACES, PLACES, st.floats(-3, 3))),
    st.sampled_from([1, TILE - 1, 3 * TILE + 5]),
)
def test_compiled_and_term_by_term_agree(terms: list[Term], size: int) -> None:
    generator = torch.Generator().manual_seed(0)
    arrays = [torch.randn(3, size, dtype=torch.float64, generator=generator) for _ in range(4)]
    other = [a.clone() for a in arrays]
    products = Products(terms)
    products(*arrays)
    products.term_by_term(*other)
    assert torch.allclose(arrays[3], other[3], rtol=1e-13, atol=1e-12)
    assert all(torch.equal(a, b) for a, b in zip(arrays[:3], other[:3], strict=True))


def test_a_compiled_loop_that_is_wrong_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop that forgets weights is noticed on the first arrays, for each type, and said."""
    right = compiled.run_products
    monkeypatch.setattr(compiled, "run_products", lambda p, w, arrays, tile: right(p, 0 * w + 1, arrays, tile))
    products = Products([Term(Place(2, 0), Place(0, 0), Place(1, 0), 3.0)])
    for dtype in (torch.float64, torch.float32):
        x, y, z = (torch.full((1, 50), v, dtype=dtype) for v in (2.0, 5.0, torch.nan))
        products(x, y, z)
        products(x, y, z)
        assert torch.equal(z, torch.full((1, 50), 30.0, dtype=dtype))
    assert caplog.text.count("does not agree") == 2


def test_a_target_may_be_used_once_it_is_complete() -> None:
    """Powers by repeated products: x, x^2, x^3."""
    x = torch.linspace(-2, 2, 7, dtype=torch.float64)
    powers = torch.stack([x, x.new_zeros(7), x.new_zeros(7)])
    Products(Term(Place(0, k + 1), Place(0, k), Place(0, 0)) for k in range(2))(powers)
    assert torch.allclose(powers, torch.stack([x, x**2, x**3]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_matrix_product(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(*s, generator=generator, dtype=dtype) for s in ((9, 4), (5, 4)))
    assert product(a, b.T).dtype is dtype
    assert torch.allclose(product(a, b.T), a @ b.T, rtol=1e-5)
