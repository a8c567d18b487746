"""What holds for single problems: resolution of references, published values, conserved quantities, refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import D, constant, coordinate, substitute
from pinnsuite.domain.region import Interior
from pinnsuite.errors import InputError
from pinnsuite.parameters import Unknown
from pinnsuite.problems import allen_cahn, kdv, kuramoto_sivashinsky, torus_flow
from pinnsuite.problems.burgers import Burgers
from pinnsuite.problems.elasticity import Elasticity
from pinnsuite.problems.flame_case1 import FlameCase1
from pinnsuite.problems.kovasznay import Kovasznay
from pinnsuite.problems.kuramoto_sivashinsky import KuramotoSivashinsky
from pinnsuite.problems.laplace_holes import LaplaceHoles
from pinnsuite.problems.lorenz import Lorenz
from pinnsuite.problems.torus_flow import TorusFlow
from pinnsuite.trace import trace

CHAOTIC = KuramotoSivashinsky(
    alpha=100 / 16, beta=100 / 16**2, gamma=100 / 16**4, low=0.0, high=2 * np.pi, initial="modulated"
)


@pytest.mark.parametrize(
    ("home", "case", "end", "bound"),
    [
        (allen_cahn, allen_cahn.AllenCahn(), 0.2, 1e-8),
        (kdv, kdv.KdV(), 0.1, 1e-9),
        (kuramoto_sivashinsky, KuramotoSivashinsky(), 0.1, 1e-9),
        (kuramoto_sivashinsky, CHAOTIC, 0.1, 1e-9),
    ],
)
def test_spectral_references_are_converged(home, case, end, bound, monkeypatch):
    axis = case.domain.axes["x"]
    x, t = np.linspace(axis.low, axis.high, 101), np.linspace(0, end, 6)
    fine = case.reference(x, t)["u"]
    monkeypatch.setattr(home, "MODES", home.MODES * 3 // 4)
    monkeypatch.setattr(home, "STEP", home.STEP * 2)
    coarse = case.reference(x, t)["u"]
    assert 0 < np.linalg.norm(fine - coarse) < bound * np.linalg.norm(fine)


def test_the_turbulent_reference_is_converged(monkeypatch):
    x, t = np.linspace(0, 6, 20), np.array([0.0, 0.05])
    fine = TorusFlow().reference(x, x, t)["w"]
    assert np.sqrt((TorusFlow().reference(x, x, t)["u"] ** 2 * 2).mean()) == pytest.approx(1.0, abs=0.2)
    monkeypatch.setattr(torus_flow, "MODES", 160)
    monkeypatch.setattr(torus_flow, "STEP", 4e-3)
    coarse = TorusFlow().reference(x, x, t)["w"]
    assert 0 < np.linalg.norm(fine - coarse) < 1e-5 * np.linalg.norm(fine)


def test_taylor_green_vortices_decay():
    problem, t = TorusFlow(initial="taylor_green", nu=0.1, speed=2.0), np.array([0.0, 0.5])
    x, y = np.linspace(0, 6, 5), np.linspace(1, 2, 4)
    vortices = 2.0 * np.cos(x)[:, None, None] * np.cos(y)[:, None] * np.exp(-0.2 * t)
    found = problem.reference(x, y, t)
    np.testing.assert_allclose(found["psi"], vortices - 2.0 * np.exp(-0.2 * t), atol=1e-12)
    np.testing.assert_allclose(found["w"], 2 * vortices, atol=1e-12)


def test_burgers_stays_odd_and_steepens():
    u = Burgers().reference(np.array([-0.5, -1e-3, 0.0, 1e-3, 0.5]), np.array([0.5]))["u"][:, 0]
    np.testing.assert_allclose(u, -u[::-1], atol=1e-14)
    assert (u[3] - u[1]) / 2e-3 < -140


def test_lorenz_reaches_the_known_states():
    states = Lorenz().reference(np.array([10.0, 20.0]))
    known = {
        "x": (-4.902687541134643, 13.793199595129),
        "y": (-3.743872921802922, 12.951803936190),
        "z": (24.690858102790546, 34.901608681135),
    }
    for name, values in known.items():
        np.testing.assert_allclose(states[name], values, rtol=2e-12)


def test_kovasznay_flow_is_free_of_divergence():
    problem = Kovasznay()
    x, y = coordinate("x"), coordinate("y")
    exact = problem.exact(x, y)
    points = problem.domain.sample(Interior(), 500, seed=0)
    u_x, v_y = evaluate([D(exact["u"], x), D(exact["v"], y)], ["x", "y"], points).T
    assert u_x.abs().max() > 1
    assert (u_x + v_y).abs().max() < 1e-13 * u_x.abs().max()


def test_the_body_force_is_the_published_one():
    problem = Elasticity()
    traced = trace(problem)
    points = problem.domain.sample(Interior(), 100, seed=0)
    # with a displacement of zero the residual is minus the force
    zero = {("field", name): constant(0.0) for name in ("u", "v")}
    force = -evaluate([substitute(e, zero) for e in traced.equations.values()], ["x", "y"], points)
    x, y, pi = points["x"], points["y"], torch.pi
    sin_x, cos_x, sin_y, cos_y = (f(pi * z) for z in (x, y) for f in (torch.sin, torch.cos))
    sin_2x, cos_2x = torch.sin(2 * pi * x), torch.cos(2 * pi * x)
    force_x = (
        -(4 * pi**2 * cos_2x * sin_y - 4 * y**3 * pi * cos_x)
        - 0.5 * (pi**2 * cos_2x * sin_y - 4 * y**3 * pi * cos_x)
        - 4 * pi**2 * cos_2x * sin_y
    )
    force_y = (
        12 * y**2 * sin_x
        - 2 * pi**2 * cos_y * sin_2x
        - 0.5 * (2 * pi**2 * cos_y * sin_2x + y**4 * pi**2 * sin_x)
        + 12 * y**2 * sin_x
    )
    torch.testing.assert_close(force, torch.stack([force_x, force_y], dim=1), rtol=1e-12, atol=1e-12)


def test_a_plate_with_a_foreign_body_force_is_refused():
    with pytest.raises(InputError, match="different moduli"):
        Elasticity(lam=2.0)
    assert Elasticity(lam=2.0, force_lam=2.0).lam == 2.0


def test_the_moduli_may_be_unknown_under_a_known_force():
    problem = dataclasses.replace(Elasticity(), lam=Unknown(2.0), mu=Unknown(2.0))  # type: ignore[arg-type]
    assert problem.true_values() == {"lam": 1.0, "mu": 0.5}
    assert set(trace(problem).unknowns) == {"lam", "mu"}


def test_an_unknown_initial_field_is_refused():
    with pytest.raises(InputError, match="There is no initial field named 'cosine'"):
        KuramotoSivashinsky(initial="cosine").initial_field(torch.zeros(1))


def test_the_holes_are_equal_and_the_potential_is_between_its_boundary_values():
    problem = LaplaceHoles()
    points = problem.domain.sample(Interior(), 300, seed=0)
    x, y = points["x"].numpy(), points["y"].numpy()
    u, turned = np.split(problem.reference(np.append(x, -y), np.append(y, x))["u"], 2)
    assert 0 < u.min() and u.max() < 1
    np.testing.assert_allclose(turned, u, atol=1e-12)


class TestFlame:
    problem = FlameCase1()

    def residuals(self, temperature, x):
        traced = trace(FlameCase1(flame_speed=0.292786))
        equation = substitute(traced.equations["energy"], {("field", "T"): temperature})
        return evaluate([equation], ["x"], {"x": x})[:, 0]

    def test_true_values(self):
        assert self.problem.true_values() == {"flame_speed": pytest.approx(0.292786112, rel=1e-8)}
        assert FlameCase1(flame_speed=0.3).true_values() == {}
        fitted = FlameCase1(activation_energy=Unknown(1.5e5, scale="log"))  # type: ignore[arg-type]
        assert fitted.true_values()["activation_energy"] == 1.214172e5

    def test_the_reference_meets_all_conditions(self):
        low = self.problem.reference(1e-6 * np.arange(9))["T"]
        slope = np.polynomial.Polynomial.fit(1e-6 * np.arange(9), low, 6).deriv()(0)
        assert low[0] == pytest.approx(298, rel=1e-10)
        assert slope == pytest.approx(1e5, rel=1e-6)
        x = 1.5e-3 - 5e-6 * np.arange(9)
        end = np.polynomial.Polynomial.fit(x, self.problem.reference(x)["T"], 6)
        rate = 13341.0  # m c_p/lambda in 1/m
        T, T_x, T_xx = (p(x[0]) for p in (end, end.deriv(), end.deriv(2)))
        deficit = self.problem.burnt - T
        burnout = deficit * T_xx + self.problem.order * T_x**2
        assert abs(burnout / deficit) / rate**2 < 0.03  # K

    @pytest.mark.parametrize("shift", [-5000.0, -300.0, 0.0, 4800.0, 6000.0, 1e5])
    def test_the_residual_is_finite_for_every_temperature(self, shift):
        x = torch.linspace(0, 1.5e-3, 50, dtype=torch.float64)
        residual = self.residuals(298 + shift + 1e5 * coordinate("x"), x)
        assert residual.isfinite().all()
        assert residual.abs().max() < 1e11
