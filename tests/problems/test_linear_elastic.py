"""Hooke's law: symmetry, isotropy, moduli, and the same law for numbers, tensors and traced expressions."""

from __future__ import annotations

import pytest
import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import coordinate
from pinnsuite.laws.linear_elastic import LinearElastic
from pinnsuite.laws.small_strain import divergence, strain

LAW = LinearElastic(lam=1.3, mu=0.7)


def stress(eps: torch.Tensor) -> torch.Tensor:
    """The stress of strains (dim, dim, ...)."""
    return torch.stack([torch.stack(list(row)) for row in LAW.stress(list(eps))])  # type: ignore[arg-type]


@pytest.fixture(params=[2, 3])
def eps(request: pytest.FixtureRequest) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(request.param, request.param, 5, generator=generator, dtype=torch.float64)
    return a + a.transpose(0, 1)


def test_the_stress_is_symmetric(eps):
    torch.testing.assert_close(stress(eps), stress(eps).transpose(0, 1), rtol=0, atol=0)


def test_the_law_is_isotropic(eps):
    q, _ = torch.linalg.qr(eps[..., 0] + torch.eye(len(eps)).double())

    def turned(a: torch.Tensor) -> torch.Tensor:
        return torch.einsum("ik,klp,jl->ijp", q, a, q)

    torch.testing.assert_close(stress(turned(eps)), turned(stress(eps)), rtol=1e-12, atol=1e-12)


def test_the_law_is_linear_with_an_energy(eps):
    other = eps.flip(-1) ** 3
    torch.testing.assert_close(stress(eps + 2 * other), stress(eps) + 2 * stress(other))
    work, reverse = (stress(eps) * other).sum(), (stress(other) * eps).sum()
    torch.testing.assert_close(work, reverse)


def test_uniaxial_stress_gives_the_young_modulus():
    law = LinearElastic.from_young(young=2.0, poisson=0.3)
    sigma = law.stress([[1.0, 0.0, 0.0], [0.0, -0.3, 0.0], [0.0, 0.0, -0.3]])
    assert sigma[0][0] == pytest.approx(2.0)
    assert sigma[1][1] == pytest.approx(0.0, abs=1e-15)


def test_a_traced_displacement_gives_strain_and_balance():
    x, y = coordinate("x"), coordinate("y")
    u, v = x * x * y, torch.sin(x) * y  # type: ignore[call-overload]
    (e_xx, e_xy), (e_yx, e_yy) = strain((u, v), (x, y))
    f_x, f_y = divergence(LAW.stress(strain((u, v), (x, y))), (x, y))
    points = {"x": torch.tensor([0.3], dtype=torch.float64), "y": torch.tensor([0.8], dtype=torch.float64)}
    found = evaluate([e_xx, e_xy, e_yx, e_yy, f_x, f_y], ["x", "y"], points)[0]
    a, b = points["x"][0], points["y"][0]
    shear = (a**2 + torch.cos(a) * b) / 2
    lam, mu = LAW.lam, LAW.mu
    wanted_x = (lam + 2 * mu) * 2 * b + (lam + mu) * torch.cos(a)
    wanted_y = -mu * torch.sin(a) * b + (lam + mu) * 2 * a
    wanted = torch.stack([2 * a * b, shear, shear, torch.sin(a), wanted_x, wanted_y])
    torch.testing.assert_close(found, wanted)
