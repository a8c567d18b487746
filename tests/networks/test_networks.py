"""Networks: Taylor coefficients against reverse mode, shapes, starting values and refusals."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch

from pinnsuite.calculus.expression import D, Expression, call, coordinate
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.errors import InputError
from pinnsuite.networks.activation import ACTIVATIONS, Activation
from pinnsuite.networks.branches import Branches
from pinnsuite.networks.factorised import FactorisedLinear
from pinnsuite.networks.fourier_mlp import FourierMLP
from pinnsuite.networks.linear import Linear
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.modified_mlp import ModifiedMLP
from pinnsuite.networks.piratenet import PirateNet
from pinnsuite.networks.separable import Separable


def opened_piratenet(*sizes: int, width: int = 8, **options: Any) -> PirateNet:
    """With all blocks half open, or they would not show."""
    network = PirateNet(*sizes, width=width + width % 2, **options)
    with torch.no_grad():
        for skip in network.skips:
            skip.share.fill_(0.5)
    return network


def separable(inputs: int, outputs: int, **options: Any) -> Separable:
    """With the first two inputs from one coordinate."""
    return Separable([2, *[1] * (inputs - 2)], outputs, rank=4, **options)


def branches(inputs: int, outputs: int, **options: Any) -> Branches:
    """Two networks, the second of which gives the last output."""
    return Branches(MLP(inputs, outputs - 1, **options), FourierMLP(inputs, 1, **options))


NETWORKS = [
    MLP,
    ModifiedMLP,
    FourierMLP,
    pytest.param(functools.partial(MLP, factorised=True), id="factorised"),
    pytest.param(opened_piratenet, id="PirateNet"),
    pytest.param(separable, id="Separable"),
    pytest.param(branches, id="Branches"),
]
X, T = coordinate("x"), coordinate("t")
ORDERS = [(1, 0), (0, 1), (2, 0), (1, 1), (3, 0), (2, 1), (4, 0), (2, 2), (1, 3)]


def derivatives(inputs: list[Any], network: torch.nn.Module) -> list[Expression]:
    outputs = call(network, inputs, 2)
    return [D(u, *[X] * i, *[T] * j) for u in outputs for i, j in ORDERS]


@pytest.mark.parametrize("factorised", [False, True])
def test_a_wider_network_is_the_same_function_and_can_learn_more(factorised: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    network = MLP(2, 3, width=4, depth=3, factorised=factorised, generator=generator)
    wide = network.widened(1.5, generator)
    x = torch.rand(9, 2, dtype=torch.float64)
    torch.testing.assert_close(wide(x), network(x), rtol=1e-14, atol=1e-15)
    assert [len(layer.weight) for layer in wide.layers] == [6, 6, 6, 3]  # type: ignore[arg-type]
    wide(x).square().sum().backward()
    assert bool((wide.layers[-1].weight.grad[:, 4:] != 0).all())  # type: ignore[index, union-attr]


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("network", NETWORKS)
def test_taylor_agrees_with_reverse(network: Any, activation: str) -> None:
    """Relative to the largest derivative of that order."""
    module = network(3, 2, width=7, depth=3, activation=activation, generator=torch.Generator().manual_seed(2))
    points = {n: torch.linspace(-1, 1, 5, dtype=torch.float64) * s for n, s in (("x", 0.8), ("t", 0.5))}
    e = derivatives([torch.cos(2 * X), torch.sin(2 * X), T * X], module)  # type: ignore[arg-type]
    found = []
    for reader in (TaylorProgram, ReverseProgram):
        program = reader(e, ["x", "t"])
        found.append(program(program.prepare(points), {}, Tape()).detach())
    for order in range(1, 5):
        columns = [k for k, (i, j) in enumerate(2 * ORDERS) if i + j == order]
        taylor, reverse = (f[:, columns] for f in found)
        assert (taylor - reverse).abs().max() < 1e-10 * reverse.abs().max()


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_gradients_of_taylor_coefficients(activation: str) -> None:
    """The backward pass written by hand against finite differences."""
    from pinnsuite.calculus.indices import LowerSet

    carried = LowerSet.closure([(3, 0), (2, 1)])
    layer = Activation(activation)
    z = torch.randn(len(carried), 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(lambda v: layer.taylor(v, carried), (z.requires_grad_(),))


@pytest.mark.parametrize("network", NETWORKS)
def test_values_shapes_and_reproducibility(network: Any) -> None:
    first, second = (network(2, 3, width=5, depth=2, generator=torch.Generator().manual_seed(1)) for _ in range(2))
    x = torch.rand(4, 2, dtype=torch.float64)
    assert first(x).shape == (4, 3) and first(x).dtype is torch.float64
    assert torch.equal(first(x), second(x))
    assert network(2, 3, width=5, depth=2, dtype=torch.float32)(x.float()).dtype is torch.float32


def test_start_of_weights() -> None:
    layer = Linear(400, 200, generator=torch.Generator().manual_seed(0))
    assert float(layer.weight.detach().std()) == pytest.approx((2 / 600) ** 0.5, rel=0.02)
    assert layer.bias is not None and not layer.bias.any()
    assert Linear(2, 2, bias=False).bias is None


def test_a_factorised_layer_starts_as_a_plain_one_with_scales_near_e() -> None:
    plain, factorised = (
        kind(300, 200, generator=torch.Generator().manual_seed(0)) for kind in (Linear, FactorisedLinear)
    )
    x = torch.rand(3, 300, dtype=torch.float64)
    assert torch.allclose(plain(x), factorised(x), rtol=1e-12)
    assert float(factorised.log_scale.detach().mean()) == pytest.approx(1.0, abs=0.03)
    assert float(factorised.log_scale.detach().std()) == pytest.approx(0.1, rel=0.15)


def test_a_piratenet_starts_as_a_linear_map_of_its_features() -> None:
    network = PirateNet(2, 3, width=6, depth=2, generator=torch.Generator().manual_seed(0))
    x = torch.rand(4, 2, dtype=torch.float64)
    assert torch.equal(network(x), network.last(network.features(x)))
    with pytest.raises(InputError, match=r"even width.*width=5"):
        PirateNet(2, 1, width=5)


@pytest.mark.parametrize("network", NETWORKS[:4])
def test_refusals(network: Any) -> None:
    with pytest.raises(InputError, match=r"width and depth of at least 1.*width=0"):
        network(2, 1, width=0)
    with pytest.raises(InputError, match=r"no activation named 'tan'.*gelu, sin, tanh.*Did you mean 'tanh'"):
        network(2, 1, activation="tan")


def test_branches_have_a_taylor_mode_if_all_have_one() -> None:
    plain = torch.nn.Linear(2, 1, dtype=torch.float64)
    assert not hasattr(Branches(MLP(2, 1), plain), "taylor") and hasattr(Branches(MLP(2, 1)), "taylor")
    x = torch.rand(3, 2, dtype=torch.float64)
    assert torch.equal(Branches(plain, plain)(x), plain(x).repeat(1, 2))


def test_fourier_features_are_cosines_and_sines_that_stay() -> None:
    network = FourierMLP(2, 1, features=300, scale=3.0, generator=torch.Generator().manual_seed(0))
    frequencies = network.features.phases.weight[:300] / (2 * torch.pi)
    assert float(frequencies.std()) == pytest.approx(3.0, rel=0.1)
    x = torch.rand(5, 2, dtype=torch.float64)
    phase = 2 * torch.pi * x @ frequencies.T
    wanted = torch.cat([torch.cos(phase), torch.sin(phase)], dim=1)
    assert torch.allclose(network.features(x), wanted, atol=1e-12)
    assert {n.split(".")[0] for n, p in network.named_parameters() if p.requires_grad} == {"mlp"}
    with pytest.raises(InputError, match=r"features >= 1 and scale > 0.*features=0"):
        FourierMLP(2, 1, features=0)


def test_a_separable_network_is_a_sum_of_products_and_needs_a_rank() -> None:
    network = Separable([2, 1], 3, rank=5, width=4, generator=torch.Generator().manual_seed(0))
    x = torch.rand(7, 3, dtype=torch.float64)
    f, g = (factor(part).view(7, 3, 5) for factor, part in zip(network.factors, x.split([2, 1], 1), strict=True))
    assert torch.allclose(network(x), torch.einsum("por,por->po", f, g), rtol=1e-14)
    with pytest.raises(InputError, match=r"rank of at least 1.*0"):
        Separable([1], 1, rank=0)
