"""Derivatives as they are written in text: u_xx, u_xt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def taken_apart(word: str, bases: Iterable[str], coordinates: Sequence[str]) -> tuple[str, list[str]]:
    """u_xt into u and [x, t]; the longest base wins. A word that is no derivative comes back with none."""
    for base in sorted((b for b in bases if word.startswith(b + "_")), key=len, reverse=True):
        below = letters(word[len(base) + 1 :], coordinates)
        if below:
            return base, below
    return word, []


def letters(subscript: str, coordinates: Sequence[str]) -> list[str]:
    """A subscript taken apart into names of coordinates; empty if that is impossible."""
    for name in sorted(coordinates, key=len, reverse=True):
        if subscript.startswith(name):
            rest = subscript[len(name) :].lstrip("_")
            below = letters(rest, coordinates) if rest else []
            if below or not rest:
                return [name, *below]
    return []
