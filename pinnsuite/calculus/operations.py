"""The one table of operations that an equation may use; it drives every reader and their tests.

Each entry gives the torch function (values, grid and reverse readers), the SymPy function (symbols), and, for the
Taylor reader, the derivative of a function of one argument in terms of its argument z and its value y:
``exp' = y``, ``tanh' = 1 - y**2``. A new function is one more row.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Operation:
    """One operation: how torch and SymPy write it, how it differentiates, and where tests may evaluate it."""

    torch: Callable
    sympy: Callable[..., Any]  # (sympy module, *arguments) -> sympy expression
    arity: int = 1
    derivative: Callable[[Any, Any], Any] | None = None  # (z, y) -> f'(z), for functions of one argument
    kind: str = "function"  # "function" of one argument, "arithmetic", or "locally constant"
    aliases: tuple[Callable, ...] = ()
    sample: tuple[float, float] = (-2.0, 2.0)  # where the function is smooth
    dimensionless: bool = True  # its argument must have no unit


def _function(torch_function: Callable, sympy_name: str, derivative: Callable, **more: Any) -> Operation:
    return Operation(torch_function, lambda sp, z: getattr(sp, sympy_name)(z), derivative=derivative, **more)


def _arithmetic(torch_function: Callable, python: Callable, arity: int = 2, *aliases: Callable) -> Operation:
    return Operation(torch_function, lambda sp, *a: python(*a), arity, kind="arithmetic", aliases=aliases)


OPERATIONS: dict[str, Operation] = {
    # arithmetic: the readers treat these by name
    "add": _arithmetic(torch.add, operator.add, 2, torch.Tensor.add, torch.Tensor.__radd__),
    "sub": _arithmetic(torch.sub, operator.sub, 2, torch.Tensor.sub, torch.subtract),
    "mul": _arithmetic(torch.mul, operator.mul, 2, torch.Tensor.mul, torch.multiply, torch.Tensor.__rmul__),
    "div": _arithmetic(torch.div, operator.truediv, 2, torch.Tensor.div, torch.true_divide, torch.divide),
    "neg": _arithmetic(torch.neg, operator.neg, 1, torch.Tensor.neg, torch.negative),
    "pow": _arithmetic(torch.pow, operator.pow, 2, torch.Tensor.pow, torch.Tensor.__pow__),
    "square": Operation(torch.square, lambda sp, z: z**2, derivative=lambda z, y: 2 * z, dimensionless=False),
    # smooth functions
    "exp": _function(torch.exp, "exp", lambda z, y: y),
    "expm1": Operation(torch.expm1, lambda sp, z: sp.exp(z) - 1, derivative=lambda z, y: y + 1),
    "log": _function(torch.log, "log", lambda z, y: 1 / z, sample=(0.3, 3.0)),
    "log1p": Operation(
        torch.log1p, lambda sp, z: sp.log(1 + z), derivative=lambda z, y: 1 / (1 + z), sample=(-0.6, 2.0)
    ),
    "sqrt": _function(torch.sqrt, "sqrt", lambda z, y: 0.5 / y, sample=(0.3, 3.0), dimensionless=False),
    "sin": _function(torch.sin, "sin", lambda z, y: torch.cos(z)),
    "cos": _function(torch.cos, "cos", lambda z, y: -torch.sin(z)),
    "tan": _function(torch.tan, "tan", lambda z, y: 1 + y * y, sample=(-1.0, 1.0)),
    "asin": _function(torch.asin, "asin", lambda z, y: 1 / torch.sqrt(1 - z * z), sample=(-0.7, 0.7)),
    "acos": _function(torch.acos, "acos", lambda z, y: -1 / torch.sqrt(1 - z * z), sample=(-0.7, 0.7)),
    "atan": _function(torch.atan, "atan", lambda z, y: 1 / (1 + z * z)),
    "sinh": _function(torch.sinh, "sinh", lambda z, y: torch.cosh(z)),
    "cosh": _function(torch.cosh, "cosh", lambda z, y: torch.sinh(z)),
    "tanh": _function(torch.tanh, "tanh", lambda z, y: 1 - y * y),
    "erf": _function(torch.erf, "erf", lambda z, y: (2 / math.sqrt(math.pi)) * torch.exp(-z * z)),
    "sigmoid": Operation(torch.sigmoid, lambda sp, z: 1 / (1 + sp.exp(-z)), derivative=lambda z, y: y * (1 - y)),
    "softplus": Operation(
        torch.nn.functional.softplus,
        lambda sp, z: sp.log(1 + sp.exp(z)),
        derivative=lambda z, y: torch.sigmoid(z),
    ),
    "gelu": Operation(
        torch.nn.functional.gelu,
        lambda sp, z: z * (1 + sp.erf(z / sp.sqrt(2))) / 2,
        derivative=lambda z, y: (
            0.5 * (1 + torch.erf(z * math.sqrt(0.5))) + z * torch.exp(-0.5 * z * z) * (1 / math.sqrt(2 * math.pi))
        ),
    ),
    # piecewise: derivatives are those of the branch that is taken
    "abs": _function(torch.abs, "Abs", lambda z, y: torch.sign(z), sample=(0.3, 2.0), dimensionless=False),
    "relu": Operation(
        torch.relu,
        lambda sp, z: sp.Max(z, 0),
        derivative=lambda z, y: 0.5 * (1 + torch.sign(z)),
        sample=(0.3, 2.0),
        dimensionless=False,
        aliases=(torch.nn.functional.relu,),
    ),
    "sign": Operation(
        torch.sign, lambda sp, z: sp.sign(z), kind="locally constant", sample=(0.3, 2.0), dimensionless=False
    ),
    "floor": Operation(torch.floor, lambda sp, z: sp.floor(z), kind="locally constant", sample=(0.2, 0.8)),
    "lt": Operation(torch.lt, lambda sp, a, b: a < b, 2, kind="locally constant", aliases=(torch.Tensor.lt,)),
    "le": Operation(torch.le, lambda sp, a, b: a <= b, 2, kind="locally constant", aliases=(torch.Tensor.le,)),
    "where": Operation(torch.where, lambda sp, c, a, b: sp.Piecewise((a, c), (b, True)), 3, kind="arithmetic"),
    "minimum": Operation(torch.minimum, lambda sp, a, b: sp.Min(a, b), 2, kind="arithmetic"),
    "maximum": Operation(torch.maximum, lambda sp, a, b: sp.Max(a, b), 2, kind="arithmetic"),
}

# a > b is b < a
SWAPPED: dict[Callable, str] = {torch.gt: "lt", torch.Tensor.gt: "lt", torch.ge: "le", torch.Tensor.ge: "le"}

TORCH_NAMES: dict[Callable, str] = {
    function: name for name, o in OPERATIONS.items() for function in (o.torch, *o.aliases)
} | {getattr(torch.Tensor, n): n for n in OPERATIONS if hasattr(torch.Tensor, n)}
