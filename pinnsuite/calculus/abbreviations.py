"""Names for the parts that a long equation repeats, so that it can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pinnsuite.calculus.expression import Expression, field, rebuild, shared, topological
from pinnsuite.calculus.printing import text

LONG = 16  # characters from which on a repeated part gets a name


def abbreviate(expressions: Sequence[Expression], prefix: str = "a") -> tuple[list[Expression], dict[str, Expression]]:
    """The expressions with their repeated long parts replaced by a_1, a_2, ..., and what these are, in order."""
    roots = shared(expressions)
    nodes = topological(roots)
    uses = Counter(id(a) for n in nodes for a in n.args)
    meaning: dict[str, Expression] = {}
    memo: dict[int, Expression] = {}
    for node in nodes:
        args = tuple(memo[id(a)] for a in node.args)
        short = node if args == node.args else rebuild(node, args)
        if uses[id(node)] > 1 and node.args and node.op not in {"call", "output"} and len(text(short)) >= LONG:
            name = f"{prefix}_{len(meaning) + 1}"
            meaning[name], short = short, field(name)  # a field, because D of it is not zero
        memo[id(node)] = short
    return [memo[id(r)] for r in roots], meaning
