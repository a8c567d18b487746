"""Plain text of 100 columns: wrapped lines, tables and sections."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

COLUMNS = 100


def table(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    """Columns of equal width; the last is wrapped under itself."""
    known = list(rows)
    names, values = (max((len(r[i]) for r in known), default=0) for i in (0, 1))
    lines = []
    for name, value, doc in known:
        head = f"{name:<{names}}  {value:<{values}}  " if values else f"{name:<{names}}  "
        lines.append(wrapped(head + doc, hanging=len(head)) if len(head) < 60 else wrapped(f"{head.rstrip()}  {doc}"))
    return lines


def section(title: str, lines: Iterable[str]) -> str:
    body = list(lines)
    return "\n".join([title, *body]) if body else ""


def wrapped(line: str, indent: str = " " * 4, hanging: int = 0) -> str:
    return "\n".join(
        textwrap.wrap(
            line,
            COLUMNS,
            initial_indent=indent,
            subsequent_indent=indent + " " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        )
    )
