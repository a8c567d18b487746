"""Every problem of the package: as its configurations give it, or by its defaults where it has none."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pinnsuite.parameters import Unknown
from pinnsuite.problem import Problem, with_values
from pinnsuite.run.problem import build_problem
from pinnsuite.trace import trace

ROOT = Path(__file__).parents[2]
MODULES = sorted(file.stem for file in (ROOT / "problems").glob("*.py") if file.stem != "__init__")


@functools.cache
def every_problem() -> dict[str, Problem]:
    found = {
        file.stem: build_problem(yaml.safe_load(file.read_text()))
        for file in sorted((ROOT / "configs" / "problem").glob("*.yaml"))
    }
    configured = {type(problem) for problem in found.values()}
    for name in MODULES:
        for cls in problem_classes(name):
            if cls not in configured:
                found[name] = cls()
    return found


def problem_classes(module: str) -> list[type[Problem]]:
    loaded = importlib.import_module(f"pinnsuite.problems.{module}")
    return [
        cls
        for cls in vars(loaded).values()
        if isinstance(cls, type) and issubclass(cls, Problem) and cls.__module__ == loaded.__name__
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "problem" in metafunc.fixturenames:
        problems = every_problem()
        if "exact" in metafunc.function.__name__:
            problems = {name: problem for name, problem in problems.items() if hasattr(problem, "exact")}
        if "budget" in metafunc.function.__name__:
            problems = {name: problem for name, problem in problems.items() if trace(problem).budgets}
        metafunc.parametrize("problem", problems.values(), ids=problems)
    if "module" in metafunc.fixturenames:
        metafunc.parametrize("module", MODULES)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """References are computed afresh, and leave nothing in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def known(problem: Problem) -> Problem:
    """The problem with true values in the place of its unknowns."""
    return with_true_values(problem)


@functools.cache
def with_true_values(problem: Problem) -> Problem:
    unknown = {n: v.initial for n, v in problem.numbers().items() if isinstance(v, Unknown)}
    return with_values(problem, {**unknown, **problem.true_values()})
