"""How far the reference solver's solution is from measurements, over the unknowns of a problem."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch

from pinnsuite.ansatz.bending import bends
from pinnsuite.ansatz.functions import named, of_coordinates, with_functions
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.data.measured import Measured
from pinnsuite.domain.box import Box
from pinnsuite.domain.region import Interior
from pinnsuite.errors import InputError
from pinnsuite.inverse.measured import noise_of
from pinnsuite.inverse.posterior import LOST, WEAK, Factored, Posterior, posterior_of
from pinnsuite.inverse.values import values_of
from pinnsuite.objective.noise import relative_noise
from pinnsuite.objective.parameters import ParameterVector
from pinnsuite.optimizers.triangle import fold, triangle
from pinnsuite.problem import Problem, with_values
from pinnsuite.run.stopwatch import Stopwatch
from pinnsuite.solvers.trained import Training
from pinnsuite.trace import trace

LARGEST = 4_000_000  # points of a grid through all measured places
UNSEEN = 3e-7  # of the largest singular value of J: the rounding of differences
FAR = 1e6  # for what the reference cannot solve, in units of the noise
BENDS = 200  # points at which the prior looks at an unknown function
LIKE = torch.zeros(1, dtype=torch.float64)


class OutOfTime(Exception):
    """The limit on seconds is reached."""


class Misfit:
    """(fitted - measured) / noise and what priors say of functions, over one vector, and its Jacobian by differences.

    Noise that is not known is assumed to be a hundredth of the spread of the values until `estimate_noise` is called.

    The vector holds the weights of the networks that stand for unknown functions, and after them the scaled numbers.
    """

    def __init__(self, problem: Problem, training: Training, step: float) -> None:
        """Raises `InputError` for a problem without unknowns or a reference on a box, and for data of other kinds."""
        measured = training.measured
        if not measured:
            raise InputError("solver=shooting finds unknowns from data", given="no data", do="Give data=...")
        if problem.reference is None or not isinstance(problem.domain, Box):
            raise InputError(f"solver=shooting: {problem.name} has no reference on a box", do="Use solver=pinn")
        strange = [
            m.name for m in measured if m.averaged or m.robust or m.name not in {f.name for f in problem.outputs()}
        ]
        if strange:
            raise InputError(
                "solver=shooting takes values of fields, no averages, derivatives or robust weights", given=strange
            )
        self.traced = with_functions(trace(problem), torch.Generator().manual_seed(training.seed), LIKE)
        self.unknowns = self.traced.unknowns
        if not self.unknowns and not self.traced.functions:
            raise InputError("solver=shooting finds unknowns from data", given=f"{problem.name}, all of it known")
        modules = named(self.traced.functions)
        self.vector = ParameterVector(modules, {n: u.start for n, u in self.unknowns.items()}, LIKE)
        called = {n: of_coordinates(self.traced, n) for n in self.traced.functions}
        self.functions = {n: (names, TaylorProgram([value], names)) for n, (names, value) in called.items()}
        places = problem.domain.sample(Interior(), BENDS, seed=1)
        programs = {n: TaylorProgram(b.expressions, list(places)) for n, b in bends(self.traced).items()}
        self.bends = {n: (program, program.prepare(places)) for n, program in programs.items()}
        self.problem, self.measured, self.step = problem, measured, step
        self.noises = [noise_of(m) for m in measured]
        self.units = [n.relative * n.spread for n in self.noises]
        self.watch, self.progress, self.limit = Stopwatch(), training.progress, training.max_seconds or math.inf
        self.solves = 0
        self.history: list[dict[str, float]] = []
        self.first = self.vector.copy().numpy()
        self.least, self.best = math.inf, self.first

    def start(self, guesses: Mapping[str, float]) -> np.ndarray:
        """The vector of the first guess, with other scaled numbers in it."""
        values = self.first.copy()
        for n, scaled in guesses.items():
            values[self.vector.slices[n]] = scaled
        return values

    def scaled(self, vector: np.ndarray) -> dict[str, float]:
        """The scaled numbers."""
        return {n: float(vector[self.vector.slices[n]][0]) for n in self.unknowns}

    def values(self, vector: np.ndarray) -> dict[str, float]:
        return {n: values_of(self.unknowns[n], [r])[0] for n, r in self.scaled(vector).items()}

    def solved(self, vector: np.ndarray) -> Problem:
        """The problem with the numbers and functions of a vector."""
        self.vector.set(torch.from_numpy(vector))
        return with_values(self.problem, {**self.values(vector), **{n: self._function(n) for n in self.functions}})

    def _function(self, name: str) -> Callable[..., np.ndarray]:
        coordinates, program = self.functions[name]

        def value(*arrays: np.ndarray) -> np.ndarray:
            shaped = np.broadcast_arrays(*arrays)
            points = {c: torch.from_numpy(a.reshape(-1).copy()) for c, a in zip(coordinates, shaped, strict=True)}
            with torch.no_grad():
                found: np.ndarray = program(program.prepare(points), {}, Tape())[:, 0].numpy().reshape(shaped[0].shape)
            return found

        return value

    @property
    def must_estimate(self) -> bool:
        """Whether noise that is not known decides how measurements and priors weigh against each other."""
        unknown = any(not n.known for n in self.noises)
        return unknown and (len(self.noises) > 1 or bool(self.functions))

    def estimate_noise(self) -> None:
        """From what the best vector leaves of the measurements; what is best is then sought anew."""
        found = self.misfits(self.best)
        left = [m * unit for m, unit in zip(found, self.units, strict=True)]
        self.units = [r * n.spread for r, n in zip(relative_noise(self.noises, left), self.noises, strict=True)]
        self.least = math.inf

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        left = self._left(vector)
        if 0.5 * float(left @ left) < self.least:
            self.least, self.best = 0.5 * float(left @ left), vector.copy()
        record = {"step": self.solves, "seconds": self.watch.seconds, "loss": float(np.mean(left**2))}
        self.history.append(record | {f"unknown.{n}": v for n, v in self.values(vector).items()})
        if self.progress is not None:
            self.progress(self.solves, {k: v for k, v in self.history[-1].items() if k not in ("step", "seconds")})
        return left

    def jacobian(self, vector: np.ndarray) -> np.ndarray:
        columns = []
        for shift in self.step * np.eye(len(vector)):
            columns.append((self._left(vector + shift) - self._left(vector - shift)) / (2 * self.step))
        return np.stack(columns, axis=1)

    def _left(self, vector: np.ndarray) -> np.ndarray:
        """Residuals over noise; after them those of the priors."""
        if self.watch.seconds > self.limit:
            raise OutOfTime
        self.solves += 1
        try:
            parts = self.misfits(vector)
        except (InputError, FloatingPointError, OverflowError, np.linalg.LinAlgError):
            return np.full(sum(len(m.values) for m in self.measured) + len(self._expected(vector)), FAR)
        left = np.nan_to_num(torch.cat(parts).numpy(), nan=FAR, posinf=FAR, neginf=-FAR)
        return np.concatenate([left, self._expected(vector)])

    def misfits(self, vector: np.ndarray) -> list[torch.Tensor]:
        """Of every field, (values,)."""
        solved = self.solved(vector)
        return [
            -m.misfit(torch.from_numpy(at_places(solved, _arrays(m))[m.name]), unit)
            for m, unit in zip(self.measured, self.units, strict=True)
        ]

    def _expected(self, vector: np.ndarray) -> np.ndarray:
        """How functions bend, over how strongly they are expected to, as in `with_prior`."""
        self.vector.set(torch.from_numpy(vector))
        rows = [np.zeros(0)]
        for name, (program, prepared) in self.bends.items():
            size = self.problem.functions()[name].roughness * BENDS**0.5
            with torch.no_grad():
                rows.append((program(prepared, {}, Tape()) / size).numpy().reshape(-1))
        return np.concatenate(rows)

    def posterior(self, vector: np.ndarray) -> Posterior:
        """That of the numbers, by what the data and the priors of functions say, in units of the data's noise.

        In the directions of `turned`: however precise the data, what they do not see stays apart from what they see.
        """
        sizes, count = [len(m.values) for m in self.measured], len(vector) - len(self.unknowns)
        owner, data = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes)), slice(sum(sizes))
        left, rows = (torch.from_numpy(a) for a in (self._left(vector), self.jacobian(vector)))
        units, spreads = (
            torch.tensor(each, dtype=torch.float64)[owner] for each in (self.units, [n.spread for n in self.noises])
        )
        seen, turn = turned(rows[data] * (units / spreads)[:, None])
        precision = torch.full((len(vector),), LOST, dtype=torch.float64)
        precision[:count] = WEAK
        known = triangle(torch.cat([rows[len(owner) :], precision.sqrt().diag()]) @ turn)

        def factored(relative: torch.Tensor, noise: torch.Tensor) -> Factored:
            return Factored(fold(known, relative), math.inf, 0.0)

        missed, seen = left[data] * units, seen * spreads[:, None]
        return posterior_of(tuple(self.unknowns), self.measured, missed, seen, owner, factored, turn[count:]).posterior


def turned(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """J V and V of J = U S V', (measurements, trained) and (trained, trained); S is zero where it is rounding.

    J by differences sees something in every direction. Where that is no more than their rounding it says nothing, and
    numbers that such a direction leaves alone but for rounding are left alone.
    """
    _, sizes, turn = torch.linalg.svd(triangle(rows))
    unseen = sizes <= UNSEEN * sizes[0]
    return (rows @ turn.T) * ~unseen, torch.where(unseen & (turn.T.abs() < UNSEEN), 0.0, turn.T)


def _arrays(m: Measured) -> dict[str, np.ndarray]:
    return {n: x.numpy() for n, x in m.points.items()}


def at_places(problem: Problem, points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The reference at points, (n,), by way of the grid through them all. Raises `InputError` for too large a one."""
    lines, places = {}, {}
    for n in problem.domain.axes:
        lines[n], places[n] = np.unique(points[n], return_inverse=True)
    size = math.prod(len(x) for x in lines.values())
    if size > LARGEST:
        raise InputError("The measured points span too large a grid", given=size, expected=f"at most {LARGEST} points")
    assert problem.reference is not None
    return {n: np.asarray(v)[tuple(places.values())] for n, v in problem.reference(**lines).items()}
