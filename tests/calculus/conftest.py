"""Values of expressions by both readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
import torch

from pinnsuite.calculus.expression import Expression
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram

Values = Callable[..., torch.Tensor]
PROGRAMS = {"taylor": TaylorProgram, "reverse": ReverseProgram}


def evaluate(
    reader: str,
    expressions: Sequence[Expression],
    points: Mapping[str, torch.Tensor],
    parameters: Mapping[str, torch.Tensor] | None = None,
) -> torch.Tensor:
    """(points, expressions)."""
    program = PROGRAMS[reader](expressions, list(points))
    return program(program.prepare(points), parameters or {}, Tape())


@pytest.fixture(params=list(PROGRAMS))
def values(request: pytest.FixtureRequest) -> Values:
    """Expressions at points, by the Taylor and by the reverse reader."""
    return lambda *args: evaluate(request.param, *args).detach()


@pytest.fixture(scope="session")
def both() -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
    """Expressions at points by both readers."""
    return lambda *args: (evaluate("taylor", *args).detach(), evaluate("reverse", *args).detach())


@pytest.fixture(scope="session")
def points() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return {n: 2 * torch.rand(7, dtype=torch.float64, generator=generator) - 1 for n in "xt"}
