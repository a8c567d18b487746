"""The trained Fourier-Chebyshev series: its functions, their derivatives, and the wave vectors that are kept."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch

from pinnsuite.calculus.expression import D, Expression, call, coordinate
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.errors import InputError
from pinnsuite.networks.spectral import Spectral

X, T = coordinate("x"), coordinate("t")
WAVES: list[Any] = [torch.cos(X), torch.sin(X), torch.cos(2 * X), torch.sin(2 * X)]  # type: ignore[call-overload]
POINTS = {"x": torch.linspace(0, 6, 9, dtype=torch.float64), "t": torch.linspace(-1, 0.9, 9, dtype=torch.float64)}


def random(groups: list[int], outputs: int = 1, degree: int = 3) -> Spectral:
    network = Spectral(groups, outputs, degree=degree)
    torch.nn.init.normal_(network.series.coefficients, generator=torch.Generator().manual_seed(1))
    return network


def values(reader: Any, expressions: list[Expression]) -> torch.Tensor:
    program = reader(expressions, ["x", "t"])
    return program(program.prepare(POINTS), {}, Tape()).detach()


def test_it_is_the_sum_of_products_of_waves_and_polynomials() -> None:
    network = random([4, 1])
    (u,) = call(network, [*WAVES, T], 1)
    x, t = POINTS["x"], POINTS["t"]
    waves = [torch.ones_like(x), torch.cos(x), torch.sin(x), torch.cos(2 * x), torch.sin(2 * x)]
    polynomials = [torch.cos(m * torch.acos(t)) for m in range(4)]
    c = network.series.coefficients.view(4, 5).T
    wanted = sum(c[i, m] * w * p for i, w in enumerate(waves) for m, p in enumerate(polynomials))
    assert torch.allclose(values(TaylorProgram, [u])[:, 0], wanted, atol=1e-13)


def test_taylor_agrees_with_reverse() -> None:
    outputs = call(random([4, 1, 1], 2), [*WAVES, T, X * T], 2)  # the last input depends on both coordinates
    orders = [(1, 0), (0, 1), (2, 0), (1, 1), (4, 0), (2, 1), (0, 2)]
    e: list[Expression] = [D(u, *[X] * i, *[T] * j) for u in outputs for i, j in orders]
    taylor, reverse = values(TaylorProgram, e), values(ReverseProgram, e)
    assert (taylor - reverse).abs().max() < 1e-11 * reverse.abs().max()


def test_derivatives_in_the_middle_of_an_axis() -> None:
    """Where the input of a coordinate that does not matter is zero at every point."""
    (u,) = call(random([4, 1]), [*WAVES, T], 1)
    middle = {"x": POINTS["x"], "t": torch.zeros(9, dtype=torch.float64)}
    along, both = (r([D(u, X), D(u, X, X), D(u, X, T)], ["x", "t"]) for r in (TaylorProgram, ReverseProgram))
    found, wanted = (p(p.prepare(middle), {}, Tape()).detach() for p in (along, both))
    assert (found - wanted).abs().max() < 1e-12
    (alone,) = values_at(middle, [D(u, X)]).T
    assert torch.allclose(alone, wanted[:, 0], atol=1e-12)


def values_at(points: dict[str, torch.Tensor], expressions: list[Expression]) -> torch.Tensor:
    program = TaylorProgram(expressions, ["x", "t"])
    return program(program.prepare(points), {}, Tape()).detach()


def test_wave_vectors_fill_an_ellipse_and_their_sizes_follow_smoothness() -> None:
    """The layer is from the functions of the first periodic coordinate to those of the others."""
    network = Spectral([8, 1, 4], 1, degree=1, smoothness=3.0)
    sizes = network.series.weight(torch.ones_like(network.series.coefficients)).view(5, 2, 9)
    for j, i in itertools.product(range(5), range(9)):
        m, n = (i + 1) // 2, (j + 1) // 2
        wanted = (1 + m**2 + n**2) ** -1.5 if (m / 4) ** 2 + (n / 2) ** 2 <= 1 else 0.0
        assert sizes[j, :, i].tolist() == pytest.approx([wanted] * 2, rel=1e-12)


def test_a_wider_one_is_the_same_function_of_higher_degree() -> None:
    network = random([2, 1, 1], 2, degree=2)
    wide = network.widened(1.4, torch.Generator())
    x = torch.rand(9, 4, dtype=torch.float64) * 2 - 1
    assert wide.degree == 3 and len(wide.series.coefficients) == 2 * 3 * 4 * 4
    assert torch.allclose(wide(x), network(x), rtol=1e-13, atol=1e-13)


def test_it_starts_at_zero_and_refuses_a_negative_degree() -> None:
    assert not Spectral([1], 2)(torch.rand(3, 1, dtype=torch.float64)).any()
    with pytest.raises(InputError, match=r"degree of at least 0.*-1"):
        Spectral([1], 1, degree=-1)


def test_a_linear_equation_takes_one_step_to_rounding(tmp_path: Any) -> None:
    """u_t + u_x = 0 with u = sin(x) at first: the series in time converges like (h/2)^n/n!."""
    from functools import partial

    from pinnsuite import Axis, Box, Field, Initial, Problem, Time, solve
    from pinnsuite.optimizers.gauss_newton import GaussNewton
    from pinnsuite.solvers.pinn import Pinn

    class Shift(Problem):
        fields = (Field("u"),)
        domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))

        def equation(self, u: Any, x: Any, t: Any) -> Any:
            return D(u, t) + D(u, x)

        def conditions(self) -> list[Any]:
            return [Initial(u=lambda x: torch.sin(x))]

    solution = solve(
        Shift(),
        network=partial(Spectral, degree=12),
        solver=Pinn(points=500, harmonics=2),
        optimizer=GaussNewton(max_steps=1, damping=1e-24, first_rows=500),
        run={"dir": str(tmp_path), "figures": False},
    )
    x, t = torch.meshgrid(*(torch.linspace(0, b, 11, dtype=torch.float64) for b in (6, 1)), indexing="ij")
    found = solution(x=x.flatten(), t=t.flatten())["u"]
    assert torch.allclose(torch.as_tensor(found), torch.sin(x - t).flatten(), atol=1e-12)


def test_a_decaying_vortex_in_two_dimensions(tmp_path: Any) -> None:
    """Taylor and Green: psi = exp(-2 nu t) (cos(x) cos(y) - 1), of the nonlinear equation."""
    from functools import partial

    from pinnsuite import solve
    from pinnsuite.optimizers.gauss_newton import GaussNewton
    from pinnsuite.problems.torus_flow import TorusFlow
    from pinnsuite.solvers.pinn import Pinn

    class Vortex(TorusFlow):
        reference = None  # the formula is

    solution = solve(
        Vortex(nu=0.2, final_time=0.5, initial="taylor_green"),
        network=partial(Spectral, degree=8, smoothness=2.0),
        solver=Pinn(points=900, condition_points=20, harmonics=2, adaptive=0.0),
        optimizer=GaussNewton(max_steps=3, damping=1e-18, first_rows=100000),
        run={"dir": str(tmp_path), "figures": False},
    )
    assert solution.summary["network_parameters"] == 9 * 13  # wave vectors of length up to 2
    x, y, t = (torch.rand(50, dtype=torch.float64, generator=torch.Generator().manual_seed(i)) for i in range(3))
    wanted = torch.exp(-0.4 * t / 2) * (torch.cos(6 * x) * torch.cos(6 * y) - 1)
    found = torch.as_tensor(solution(x=6 * x, y=6 * y, t=t / 2)["psi"])
    assert (found - wanted).abs().max() < 1e-10
