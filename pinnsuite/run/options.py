"""The choices that ``configs/`` offers, read without Hydra and without importing what they build."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

from pinnsuite.errors import choose


def config_folder() -> Path:
    """The installed folder of configurations."""
    spec = importlib.util.find_spec("pinnsuite.configs")
    assert spec is not None and spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


def groups() -> list[str]:
    """The names of the configuration groups."""
    return sorted(folder.name for folder in config_folder().iterdir() if any(folder.glob("*.yaml")))


def options(group: str) -> list[str]:
    """The names that ``group=NAME`` accepts."""
    folder = config_folder() / choose(group, groups(), "configuration group")
    return sorted(file.stem for file in folder.glob("*.yaml"))


def summary(group: str, name: str) -> str:
    """One line on an option: the first docstring line of its target, or else the first comment of its file."""
    target = first_target(group, name)
    if target:
        return first_line(target)
    text = (config_folder() / group / f"{name}.yaml").read_text(encoding="utf-8")
    comments = re.findall(r"^#\s*([^@\s].*)$", text, re.MULTILINE)
    return comments[0] if comments else ""


def first_target(group: str, name: str) -> str:
    """What an option builds; empty for an experiment."""
    text = (config_folder() / group / f"{name}.yaml").read_text(encoding="utf-8")
    target = re.search(r"^target:\s*([\w.]+)\s*$", text, re.MULTILINE)
    return target[1] if target else ""


def first_line(target: str) -> str:
    """The first docstring line of ``"module.Class"``, read from its source; empty if there is none."""
    module, _, name = target.rpartition(".")
    file = _source_file(module)
    if file is None:
        return ""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""


def _source_file(module: str) -> Path | None:
    """The file of a module; only the top-level package is imported to find it."""
    package, *rest = module.split(".")
    spec = importlib.util.find_spec(".".join([package, *rest[:1]]))
    if spec is None:
        return None
    if len(rest) < 2 or not spec.submodule_search_locations:
        return Path(spec.origin) if spec.origin else None
    stem = Path(next(iter(spec.submodule_search_locations))).joinpath(*rest[1:])
    candidates = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)
