"""Equations printed in docstrings, read back: ``momentum: u_t + u*u_x - nu*u_xx = 0``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from tokenize import TokenError
from typing import Any

import sympy
from sympy.parsing.sympy_parser import parse_expr, standard_transformations

from pinnsuite.calculus.subscripts import letters, taken_apart
from pinnsuite.errors import InputError

FUNCTIONS = {
    **{n: getattr(sympy, n) for n in "sin cos tan asin acos atan sinh cosh tanh exp log sqrt erf sign".split()},
    "abs": sympy.Abs,
    "min": sympy.Min,
    "max": sympy.Max,
    "Min": sympy.Min,
    "Max": sympy.Max,
    "minimum": sympy.Min,
    "maximum": sympy.Max,
    "sigmoid": lambda z: 1 / (1 + sympy.exp(-z)),
    "where": lambda condition, a, b: sympy.Piecewise((a, condition), (b, True)),
    "pi": sympy.pi,
}


def parse_docstring(
    docstring: str,
    fields: Iterable[str],
    coordinates: Iterable[str],
    parameters: Iterable[str],
    functions: Iterable[str] = (),
) -> dict[str, Any]:
    """All equations of a docstring by label, as left minus right side; ``name := ...`` defines a name for later lines.

    An equation without a label is called "equation"; ``functions`` are unknown ones of the problem. Raises
    `InputError` for lines that cannot be read.
    """
    given = (list(fields), list(coordinates), list(parameters))
    where: dict[str, Any] = {n: sympy.Function(n, real=True) for n in functions}
    result: dict[str, Any] = {}
    for line in equation_lines(docstring):
        name, defines, meaning = line.partition(":=")
        label, expression = parse_equation(meaning if defines else line, *given, where)
        if defines:
            where[name.strip()] = expression
        else:
            result[label or "equation"] = expression
    return result


def equation_lines(docstring: str) -> list[str]:
    """The indented lines of a docstring that hold an equation or a definition; a leading operator continues one."""
    joined: list[str] = []
    inside = False
    for line in inspect.cleandoc(docstring).splitlines():
        indented = line.startswith("    ") and line.strip() != ""
        if indented and inside and line.strip()[0] in "+-*/=":
            joined[-1] += " " + line.strip()
        elif indented:
            joined.append(line.strip())
        inside = indented
    parts = [part.strip(" .;") for line in joined for part in _split(line)]
    return [p for p in parts if p.count("=") == 1 and not any(sign in p for sign in "<>")]


def _split(line: str) -> list[str]:
    """At commas outside parentheses."""
    parts, depth = [""], 0
    for piece in re.split("([(),])", line):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth == 0 and piece == ",":
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def parse_equation(
    line: str,
    fields: Iterable[str],
    coordinates: Iterable[str],
    parameters: Iterable[str],
    where: Mapping[str, Any] | None = None,
) -> tuple[str, Any]:
    """The label of an equation (may be empty) and its left minus its right side as a SymPy expression.

    u_xx is a derivative of the field u, (...)_x and D(..., x) that of any expression, ^ a power. ``where`` gives the
    meaning of other names. Raises `InputError` for what cannot be read and for unknown names.
    """
    variables = {n: sympy.Symbol(n, real=True) for n in coordinates}
    known = {n: sympy.Function(n, real=True)(*variables.values()) for n in fields}
    names: dict[str, Any] = {**FUNCTIONS, **variables, **{n: sympy.Symbol(n, real=True) for n in parameters}}
    names |= {**known, **(where or {}), "D": sympy.Derivative}
    label, colon, body = line.rpartition(":")
    body = _subscripts_of_groups(body.replace("^", "**"), list(variables))
    for word in sorted(set(re.findall(r"[A-Za-z]\w*", body)) - set(names)):
        base, below = taken_apart(word, {*known, *(where or {})}, list(variables))
        if below:
            names[word] = sympy.Derivative(names[base], *(variables[n] for n in below))
    unknown = sorted(set(re.findall(r"(?<![\w.])[A-Za-z]\w*", body)) - set(names))
    if unknown:
        raise InputError(f"Unknown names in the equation '{line}'", given=unknown, expected=sorted(set(names) - {"D"}))
    left, _, right = body.partition("=")
    try:
        sides = [
            parse_expr(side, local_dict=names, transformations=standard_transformations)
            for side in (left, right or "0")
        ]
    except (SyntaxError, TokenError, TypeError, ValueError) as error:
        raise InputError(
            f"The equation '{line}' cannot be read ({error})", expected="u_t + u*u_x - nu*u_xx = 0"
        ) from None
    return label.strip() if colon else "", sides[0] - sides[1]


def _subscripts_of_groups(body: str, coordinates: list[str]) -> str:
    """(k*u_x)_x becomes D((k*u_x), x)."""
    while match := re.search(r"\)_([A-Za-z]\w*)", body):
        depth, start = 0, match.start()
        while start >= 0:
            depth += {")": 1, "(": -1}.get(body[start], 0)
            if depth == 0:
                break
            start -= 1
        below = letters(match[1], coordinates)
        if start < 0 or not below:
            raise InputError(f"Cannot read the subscript '_{match[1]}'", expected=f"one of {coordinates}")
        body = f"{body[:start]}D({body[start : match.start() + 1]}, {', '.join(below)}){body[match.end() :]}"
    return body
