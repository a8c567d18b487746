"""What a file says about the solution in it, as attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinnsuite.calculus.abbreviations import abbreviate
from pinnsuite.calculus.printing import text
from pinnsuite.errors import InputError
from pinnsuite.run.manifest import describe_machine, json_text
from pinnsuite.trace import trace

if TYPE_CHECKING:
    from pinnsuite.problem import Problem
    from pinnsuite.run.solution import Solution

PACKAGES = ("pinnsuite", "numpy", "torch", "h5py")


def identity(solution: Solution) -> dict[str, str]:
    """Problem, equation (a line each), solver, verdict with its sentence, and versions as JSON."""
    return {
        "problem": solution.problem.name,
        "equation": equation_text(solution.problem),
        "solver": str(solution.summary.get("solver", "")),
        "verdict": solution.verdict.name.lower(),
        "sentence": solution.verdict.value,
        "versions": versions(),
    }


def versions() -> str:
    """Of Python, packages and the working folder, as JSON."""
    machine = describe_machine(packages=PACKAGES)
    return json_text({k: machine[k] for k in ("python", "packages", "git")})


def equation_text(problem: Problem) -> str:
    """A line for each equation, then one for each long part that is repeated in them, called a_1, a_2, ...

    Numbers go by name, or by value where the equation computes with them, as in math.sqrt(nu).
    """
    try:
        traced = trace(problem, symbolic=True)
    except InputError:
        traced = trace(problem)
    short, parts = abbreviate(list(traced.equations.values()))
    return "\n".join([f"{text(e)} = 0" for e in short] + [f"{name} = {text(e)}" for name, e in parts.items()])
