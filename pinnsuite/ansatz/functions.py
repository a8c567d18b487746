"""Unknown functions of a problem as small networks, put in the place of what its equations call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch

from pinnsuite.ansatz.embedding import inputs_of
from pinnsuite.calculus.expression import Expression, call, rebuild, topological
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.parameters import UnknownFunction
from pinnsuite.trace import Traced, trace


def with_functions(traced: Traced, generator: torch.Generator, like: torch.Tensor) -> Traced:
    """The problem with a new network for every unknown function; `Traced.functions` holds them.

    Raises `InputError` for a function that is called with arguments of different kinds, or not at all.
    """
    made: dict[str, torch.nn.Module] = {}
    for name, spec in traced.problem.functions().items():
        found = [node for e in _everything(traced) for node in calls(e, name)]
        if len({_kinds(node) for node in found}) != 1:
            raise InputError(
                f"The unknown function {name} of {traced.problem.name} is "
                + ("called with arguments of different kinds" if found else "not in its equations or conditions"),
                expected="one set of arguments, such as k(x); at a boundary the condition knows where x is",
            )
        module = MLP(
            _count(found[0], traced, spec), 1, width=spec.width, depth=spec.depth, generator=generator, dtype=like.dtype
        )
        made[name] = module.to(like.device)
    return plugged(replace(traced, functions=made)) if made else traced


def plugged(traced: Traced) -> Traced:
    """The problem with its networks in the place of unknown functions."""

    def put(e: Expression) -> Expression:
        return plug(e, traced)

    conditions = tuple(
        replace(
            c, residuals={n: put(e) for n, e in c.residuals.items()}, values={n: put(e) for n, e in c.values.items()}
        )
        for c in traced.conditions
    )
    return replace(
        traced,
        equations={n: put(e) for n, e in traced.equations.items()},
        conditions=conditions,
        derived={n: put(e) for n, e in traced.derived.items()},
        budgets={n: (put(a), put(b)) for n, (a, b) in traced.budgets.items()},
        velocity={n: put(e) for n, e in traced.velocity.items()},
    )


def of_coordinates(traced: Traced, name: str) -> tuple[list[str], Expression]:
    """The coordinates of an unknown function, in the order of its arguments, and its network as an expression of them.

    Raises `InputError` for a function of something else.
    """
    node = called(traced, name)
    if not all(a.op == "coordinate" for a in node.args):
        raise InputError(f"The unknown function {name} is not one of coordinates alone")
    return [a.static for a in node.args], plug(node, traced)


def called(traced: Traced, name: str) -> Expression:
    """A call of an unknown function in the problem."""
    return next(n for e in _everything(trace(traced.problem)) for n in calls(e, name))


def plug(expression: Expression, traced: Traced) -> Expression:
    """An expression with the networks of ``traced`` in the place of unknown functions."""
    specs = traced.problem.functions()
    memo: dict[int, Expression] = {}
    for node in topological([expression]):
        args = tuple(memo[id(a)] for a in node.args)
        if node.op == "function" and node.static in traced.functions:
            spec = specs[node.static]
            inputs = [i for plain, a in zip(node.args, args, strict=True) for i in seen_of(plain, a, traced, spec)]
            (output,) = call(traced.functions[node.static], inputs, 1)
            memo[id(node)] = spec.expression(output)
        else:
            memo[id(node)] = node if args == node.args else rebuild(node, args)
    return memo[id(expression)]


def seen_of(plain: Expression, argument: Expression, traced: Traced, spec: UnknownFunction) -> list[Expression]:
    """What the network sees of one argument: a coordinate as fields see it, anything else mapped to [-1, 1]."""
    if plain.op == "coordinate":
        return inputs_of(plain.static, traced.domain.axes[plain.static])
    low, high = spec.over
    return [(argument - (low + high) / 2) * (2 / (high - low))]


def _kinds(node: Expression) -> tuple[str | None, ...]:
    """Which coordinate each argument is, None for anything else: they enter the network in different ways."""
    return tuple(a.static if a.op == "coordinate" else None for a in node.args)


def _count(node: Expression, traced: Traced, spec: UnknownFunction) -> int:
    return sum(len(seen_of(a, a, traced, spec)) for a in node.args)


def calls(expression: Expression, name: str) -> Iterator[Expression]:
    """The calls of an unknown function in an expression."""
    return (n for n in topological([expression]) if n.op == "function" and n.static == name)


def showing_functions(traced: Traced) -> dict[str, Expression]:
    """What tells of unknown functions: derived fields that are made of them, and those themselves that no field shows.

    The latter as the equations call them.
    """
    problem, found = trace(traced.problem), {}
    seen: set[str] = set()
    for n, e in problem.derived.items():
        used = {node.static for node in topological([e]) if node.op == "function"}
        if used:
            found[n] = plug(e, traced)
            seen |= used
    return found | {n: plug(called(traced, n), traced) for n in traced.problem.functions() if n not in seen}


def _everything(traced: Traced) -> Iterator[Expression]:
    yield from traced.equations.values()
    yield from traced.derived.values()
    yield from traced.velocity.values()
    for c in traced.conditions:
        yield from c.residuals.values()


def named(modules: Mapping[str, torch.nn.Module]) -> dict[str, torch.nn.Module]:
    """The networks under the names that their weights have beside those of the fields' network."""
    return {f"function.{n}": m for n, m in modules.items()}
