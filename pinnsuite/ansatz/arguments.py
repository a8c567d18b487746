"""What an unknown function is a function of: its arguments by name, and where the problem calls it."""

from __future__ import annotations

from dataclasses import dataclass

from pinnsuite.ansatz.functions import called, calls, plug
from pinnsuite.calculus.expression import Expression, data, function
from pinnsuite.calculus.printing import text
from pinnsuite.data.measured import unit_of
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.region import Region
from pinnsuite.trace import Traced, trace

TAKEN = {"value", "spread", "true"}  # what stands beside an argument in a table


@dataclass(frozen=True)
class Argument:
    """name: a coordinate, a field or a derivative, u_x; argument_1, ... for anything else, which ``text`` prints.

    axis: of a coordinate.
    """

    name: str
    text: str
    unit: str
    axis: Axis | None


def arguments(traced: Traced, name: str) -> list[Argument]:
    """Those of an unknown function; of one that is called with several things in the same place, all are printed."""
    problem, found = trace(traced.problem), []
    every = [node.args for _, node in visited(traced, name)]
    for i, same in enumerate(zip(*every, strict=True), start=1):
        words = sorted({text(e) for e in same})
        plain = len(words) == 1 and words[0].isidentifier() and words[0] not in TAKEN
        found.append(
            Argument(
                words[0] if plain else f"argument_{i}",
                ", ".join(words),
                _unit(same[0], problem) if len(words) == 1 else "",
                problem.domain.axes[words[0]] if same[0].op == "coordinate" else None,
            )
        )
    return found


def of_arguments(traced: Traced, name: str) -> Expression:
    """The network of an unknown function as an expression of its arguments, which are data where they are no
    coordinates."""
    leaves = zip(called(traced, name).args, arguments(traced, name), strict=True)
    return plug(function(name, *(e if a.axis else data(a.name) for e, a in leaves)), traced)


def visited(traced: Traced, name: str) -> list[tuple[Region | None, Expression]]:
    """Every call of an unknown function in equations (None) and in conditions (on their region); of one that is in
    neither, those in derived fields (None)."""
    problem = trace(traced.problem)
    whole = [*problem.equations.values(), *problem.velocity.values()]
    found: list[tuple[Region | None, Expression]] = [(None, node) for e in whole for node in calls(e, name)]
    for c in problem.conditions:
        found += [(c.condition.region, node) for e in c.residuals.values() for node in calls(e, name)]
    return found or [(None, node) for e in problem.derived.values() for node in calls(e, name)]


def _unit(argument: Expression, problem: Traced) -> str:
    """That of a coordinate, a field or a derivative of one; of anything else it is not worked out."""
    if argument.op == "coordinate":
        return problem.domain.axes[argument.static].unit
    is_known = argument.op == "field" or (argument.op == "D" and argument.args[0].op == "field")
    return unit_of(text(argument), problem.problem) if is_known else ""
