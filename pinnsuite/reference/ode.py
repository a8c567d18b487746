"""Ordinary differential equations to near round-off: extrapolated modified midpoint rule in extended precision.

Sources: W. B. Gragg, SIAM J. Numer. Anal. 2 (1965) 384; R. Bulirsch and J. Stoer, Numer. Math. 8 (1966) 1; E. Hairer,
S. P. Norsett and G. Wanner, Solving Ordinary Differential Equations I (1993), section II.9.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pinnsuite.errors import InputError

COLUMNS = 10  # extrapolation columns; the last one has order 20
SHRINK, GROW = 0.1, 4.0
MAX_STEPS = 1_000_000


def solve_ode(
    rhs: Callable[[np.longdouble, np.ndarray], np.ndarray],
    initial: np.ndarray,
    t: np.ndarray,
    *,
    rtol: float = 1e-17,
    atol: float = 1e-17,
) -> np.ndarray:
    """Integrate ``dy/dt = rhs(t, y)`` for a smooth problem that is not stiff.

    Every step extrapolates the modified midpoint rule with 2, 4, 6, ... substeps in even powers of the substep until
    two neighbouring extrapolates agree within the tolerances, and the steps end exactly on the output times. All
    arithmetic is `numpy.longdouble` (64-bit mantissa on x86, double elsewhere; the tolerances are raised to ten units
    of round-off).

    Args:
        rhs: right-hand side; gets an extended-precision time and state ``(fields,)``, returns ``(fields,)`` and should
            not round to double on the way.
        initial: state at ``t[0]``, shape ``(fields,)``.
        t: increasing times, shape ``(times,)``.
        rtol, atol: tolerances of one step, relative to the largest component and absolute.

    Returns:
        States at ``t`` in double precision, shape ``(fields, times)``.

    Raises:
        InputError: for times that do not increase, an initial state that is not a list, and when the step vanishes.
    """
    times = np.asarray(t, dtype=np.longdouble)
    state = np.array(initial, dtype=np.longdouble)
    if times.ndim != 1 or times.size == 0 or np.any(np.diff(times) <= 0):
        raise InputError("The output times do not increase", given=t, expected="a 1-D array of increasing times")
    if state.ndim != 1:
        raise InputError("The initial state is not a list of fields", given=state.shape, expected="shape (fields,)")
    floor = 10 * np.finfo(np.longdouble).eps
    relative, absolute = max(np.longdouble(rtol), floor), np.longdouble(atol)

    result = np.empty((state.size, times.size))
    result[:, 0] = state
    step = np.longdouble(times[-1] - times[0]) / 1000
    for index in range(1, times.size):
        now, end = times[index - 1], times[index]
        for _ in range(MAX_STEPS):
            trial = min(step, end - now)
            candidate, error, column = _extrapolate(rhs, now, state, trial, relative, absolute)
            factor = 0.9 * float(error) ** (-1 / (2 * column + 1)) if error > 0 else GROW
            proposal = trial * min(GROW, max(SHRINK, factor))
            if error <= 1:
                arrived = trial == end - now
                state, now = candidate, now + trial
                # A step cut short by an output time says nothing against the longer one.
                step = max(step, proposal) if trial < step else proposal
                if arrived:
                    break
            else:
                step = proposal
            if step < floor * max(abs(now), abs(end)):
                raise InputError(
                    f"The step vanished at t = {now}", given=step, do="Look for a singularity or stiffness"
                )
        else:
            raise InputError(f"More than {MAX_STEPS} steps between two output times", do="Loosen the tolerances")
        result[:, index] = state
    return result


def _extrapolate(
    rhs: Callable[[np.longdouble, np.ndarray], np.ndarray],
    now: np.longdouble,
    state: np.ndarray,
    step: np.longdouble,
    rtol: np.longdouble,
    atol: np.longdouble,
) -> tuple[np.ndarray, np.longdouble, int]:
    """One step of Aitken-Neville extrapolation; returns the state, its error in units of tolerance and the column."""
    slope = rhs(now, state)
    row: list[np.ndarray] = []
    error = np.longdouble(np.inf)
    for column in range(COLUMNS):
        new = [_midpoint(rhs, now, state, slope, step, 2 * (column + 1))]
        for back in range(1, column + 1):
            ratio = (np.longdouble(column + 1) / (column + 1 - back)) ** 2
            new.append(new[-1] + (new[-1] - row[back - 1]) / (ratio - 1))
        row = new
        if column >= 2:
            scale = atol + rtol * max(np.max(np.abs(state)), np.max(np.abs(row[-1])))
            error = np.max(np.abs(row[-1] - row[-2])) / scale
            if not np.isfinite(error):
                return state, np.longdouble(1e30), column
            if error <= 1:
                break
    return row[-1], error, column


def _midpoint(
    rhs: Callable[[np.longdouble, np.ndarray], np.ndarray],
    now: np.longdouble,
    state: np.ndarray,
    slope: np.ndarray,
    step: np.longdouble,
    count: int,
) -> np.ndarray:
    """Modified midpoint rule with ``count`` (even) substeps and without smoothing; its error is even in the substep."""
    substep = step / count
    previous, current = state, state + substep * slope
    for index in range(1, count):
        previous, current = current, previous + 2 * substep * rhs(now + index * substep, current)
    return current
