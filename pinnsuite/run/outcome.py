"""What a run leaves behind: its summary, solution, weights and figures."""

from __future__ import annotations

import functools
import hashlib
import inspect
import logging
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pinnsuite.calculus.expression import field
from pinnsuite.domain.region import Interior
from pinnsuite.errors import InputError
from pinnsuite.parameters import Unknown
from pinnsuite.run.atomic import write_bytes
from pinnsuite.run.checkpoint import pack, unpack
from pinnsuite.run.evaluation import Evaluation
from pinnsuite.run.folder import RunFolder
from pinnsuite.run.loop import Loop
from pinnsuite.run.manifest import write_json
from pinnsuite.run.solution import Solution
from pinnsuite.run.telemetry import Progress
from pinnsuite.run.userfile import is_problem_file, split_class
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.march import March

if TYPE_CHECKING:
    from pinnsuite.inverse.posterior import Posterior
    from pinnsuite.run.solve import Run

log = logging.getLogger(__name__)
PROBED = 256  # points at which the uncertainty of functions is looked at
TIMES = "seconds cover compilation, sampling, training and checkpoints; not the reference, comparisons and figures"


def finish(run: Run, folder: RunFolder, comparison: Evaluation, loop: Loop, verdict: Verdict) -> Solution:
    """Write everything and return the solution; a preempted run keeps only its checkpoint."""
    march = loop.march
    fit = _fitted(run, march) if verdict is not Verdict.PREEMPTED else {}
    if fit.get("open") and verdict.exit_status in {0, Verdict.STALLED.exit_status}:
        verdict = Verdict.NOT_IDENTIFIABLE
    summary = {
        **_identity(run),
        "verdict": verdict.name.lower(),
        "sentence": verdict.value,
        "seconds": loop.watch.seconds,
        "times": TIMES,
        "share_outside_steps": 1 - loop.stepping / loop.watch.seconds,
        "steps": loop.total,
        "network_parameters": sum(p.numel() for p in march.window.ansatz.network.parameters() if p.requires_grad),
        "loss": march.objective.loss(),
        "residual_audit": march.window.audit(),
        "parameters": _parameters(run, march.unknowns(), fit),
        "scales": march.window.scales(),
        "notes": march.notes,
    }
    summary |= {"data": fit["data"]} if fit else {}
    if march.windows.rule is not None:
        summary |= {"windows": march.log, "tolerance": march.windows.rule.tolerance, "reached": march.accepted}
    if march.short:
        summary["reached"] = march.whole.domain.axes[march.whole.domain.time].high
    found = solution(run, verdict, summary, folder.path, comparison, fit.get("factor"))
    few = comparison.coarse()
    few = few.part(few.before(summary["reached"])) if "reached" in summary else few
    frame = march.pieces().quality({n: v.to(run.like) for n, v in few.points.items()})
    summary |= {"frame": frame} if frame else {}
    if comparison.reference is not None:
        summary |= comparison.errors(found.on_grid)
        summary |= _until(summary["reached"], comparison, found) if "reached" in summary else {}
    if verdict is Verdict.PREEMPTED:
        return found
    seen = found.dynamics
    summary |= seen.summary(run.problem.lyapunov) if seen else {}
    write_bytes(folder.file("network.safetensors"), pack(march.weights()))
    found.save(folder.path)
    if run.settings.figures:
        found.plot(folder.path / "figures")
    write_json(folder.file("summary.json"), summary)
    return found


def _until(time: float, comparison: Evaluation, found: Solution) -> dict[str, Any]:
    """The error up to the end of the last accepted window."""
    keep = comparison.before(time)
    if not bool(keep.any()):
        return {}
    return {"relative_l2_until_reached": comparison.part(keep).errors(found.on_grid[keep])["relative_l2"]}


def solution(
    run: Run,
    verdict: Verdict,
    summary: Mapping[str, Any],
    path: Path | None,
    comparison: Evaluation | None,
    factor: torch.Tensor | None = None,
) -> Solution:
    """The present state of a run as a solution. ``factor`` is R of its posterior, where it is known already."""
    assert run.march is not None
    pieces = run.march.pieces()

    def predict(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return pieces.fields({k: v.to(run.like) for k, v in points.items()}).double().cpu()

    names = [f.name for f in run.problem.outputs()]
    spread = _spread(run, factor) if "chi_square" in summary.get("data", {}) else None
    return Solution(run.problem, names, predict, verdict, summary, path, pieces, comparison, run.measured, spread)


def _spread(run: Run, factor: torch.Tensor | None) -> Callable[[Mapping[str, torch.Tensor]], torch.Tensor]:
    """Standard deviations of all fields; a factorisation that is missing is made when they are first asked for."""
    assert run.march is not None
    window, measured, known = run.march.window, run.measured, run.march.whole.derived

    @functools.cache
    def made() -> torch.Tensor:
        from pinnsuite.inverse.posterior import estimator

        return estimator(window, measured).factor if factor is None else factor

    def spread(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        from pinnsuite.inverse.posterior import uncertainty

        outputs = [known.get(f.name, field(f.name)) for f in run.problem.outputs()]
        return uncertainty(window, made(), outputs, points).double().cpu()

    return spread


def train_baseline(run: Run, folder: RunFolder, comparison: Evaluation, progress: Progress) -> Solution:
    """Let a solver with its own training loop run, and write the same files."""
    live = comparison.coarse()

    def error(predict: Any) -> float:
        found = live.errors(predict(live.points).double().cpu())
        return max(found["relative_l2"].values())

    progress.start(0, f"{run.names['problem']} ({run.names['solver']})")
    trained = run.solver.train(
        run.problem,
        seed=run.seed,
        dtype=run.like.dtype,
        threads=int(run.config["threads"]),
        max_seconds=run.settings.max_seconds or 300.0,
        progress=progress.update,
        error=error if live.reference is not None else None,
        measured=run.measured,
    )
    fit, verdict = {}, trained.verdict
    if trained.posterior is not None and trained.scaled is not None:
        unknowns = {n: v for n, v in run.problem.numbers().items() if isinstance(v, Unknown)}
        fit = _told(run, trained.posterior, unknowns, trained.scaled)
        verdict = Verdict.NOT_IDENTIFIABLE if fit["open"] and verdict.exit_status == 0 else verdict
    summary = {
        **_identity(run),
        "optimizer": trained.method,
        "verdict": verdict.name.lower(),
        "sentence": verdict.value,
        "seconds": trained.seconds,
        "times": TIMES,
        "steps": trained.steps,
        "network_parameters": trained.network_parameters,
        "parameters": _parameters(run, trained.parameters, fit),
        "history": trained.history,
        **({"data": fit["data"]} if fit else {}),
    }
    fields = [f.name for f in run.problem.field_list()]
    found = Solution(run.problem, fields, trained.predict, verdict, summary, folder.path, None, comparison)
    summary |= comparison.errors(found.on_grid) if comparison.reference is not None else {}
    found.save(folder.path)
    if run.settings.figures:
        found.plot(folder.path / "figures")
    write_json(folder.file("summary.json"), summary)
    progress.close(verdict.value)
    return found


def load_baseline(run: Run, path: Path) -> Solution:
    raise InputError(
        f"{path} holds a baseline run, whose network is not kept", do="Read its fields from solution.h5 instead"
    )


def _identity(run: Run) -> dict[str, Any]:
    keys = ("seed", "dtype", "device", "threads")
    return {**run.names, **{k: run.config[k] for k in keys}}


def _fitted(run: Run, march: March) -> dict[str, Any]:
    """What data say about the unknown numbers of a march; empty without either."""
    if not run.measured or not (march.whole.unknowns or march.whole.functions):
        return {}
    from pinnsuite.inverse.posterior import estimator

    try:
        linear = estimator(march.window, run.measured)
    except InputError as error:
        return {"data": {**_counts(run), "remarks": [str(error)]}}
    scaled = {n: float(v.detach()) for n, v in march.vector.scalars.items()}
    told = _told(run, linear.posterior, march.whole.unknowns, scaled) | {"factor": linear.factor}
    lost, vague = _functions(run, march, linear.factor)
    told["data"] |= {"open": [*told["open"], *lost], "remarks": [*told["data"]["remarks"], *vague]}
    return told | {"open": told["data"]["open"]}


def _functions(run: Run, march: March, factor: torch.Tensor) -> tuple[list[str], list[str]]:
    """In words, which outputs with unknown functions the data leave open everywhere, and which at places."""
    from pinnsuite.ansatz.functions import uses_functions
    from pinnsuite.inverse.findings import unclear

    names = [f.name for f in run.problem.outputs()]
    asked = [names.index(n) for n in uses_functions(run.problem)]
    if not asked:
        return [], []
    points = march.whole.domain.sample(Interior(), PROBED, seed=1)
    values, spread = march.pieces().fields({n: x.to(run.like) for n, x in points.items()}), _spread(run, factor)(points)
    found = [unclear(names[i], points, values[:, i].double().cpu(), spread[:, i]) for i in asked]
    return [s for s, everywhere in found if s and everywhere], [s for s, everywhere in found if s and not everywhere]


def _counts(run: Run) -> dict[str, Any]:
    return {
        "measurements": {m.name: len(m.values) for m in run.measured},
        "missing": {m.name: m.missing for m in run.measured if m.missing},
    }


def _told(run: Run, seen: Posterior, unknowns: Mapping[str, Unknown], scaled: Mapping[str, float]) -> dict[str, Any]:
    """A posterior for the summary: intervals, what stays open, and remarks."""
    from pinnsuite.inverse.findings import find

    found = find(unknowns, scaled, seen)
    data = {
        **_counts(run),
        "noise": seen.noise,
        "noise_is_estimated": seen.estimated,
        "chi_square": seen.chi_square,
        "degrees_of_freedom": seen.degrees,
        "correlation": found.correlation.tolist(),
        "open": list(found.open),
        "remarks": list(found.remarks),
        "drift": seen.drift,
    }
    return {"data": data, "open": found.open, "estimates": found.estimates}


def _parameters(run: Run, values: Mapping[str, float], fit: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Unknown numbers, with their true values where the problem gives them, and intervals of a fit to data."""
    result: dict[str, dict[str, Any]] = {}
    for n, v in values.items():
        result[n] = {"estimate": v, "low": None, "high": None, "true": run.true.get(n)}
        if n in fit.get("estimates", {}):
            e = fit["estimates"][n]
            more = {"low": e.low, "high": e.high, "standard_error": e.standard_error, "on_bound": e.on_bound}
            result[n] |= more
    return result


def start_from(march: March, path: Path) -> None:
    """Begin from the weights of an earlier run with the same network."""
    file = path / "network.safetensors"
    if not file.exists():
        raise InputError("init_from: no network there", given=path, expected="the folder of a finished run")
    march.start_from(unpack(file.read_bytes(), device=str(march.like.device)))


def clear(folder: RunFolder) -> None:
    """Forget an earlier run in the same folder."""
    shutil.rmtree(folder.checkpoints, ignore_errors=True)
    for name in ("summary.json", "metrics.jsonl", "solution.h5", "network.safetensors"):
        folder.file(name).unlink(missing_ok=True)


def keep_source(folder: RunFolder, config: Mapping[str, Any]) -> None:
    """A copy of a user's own problem file."""
    target = str(config["problem"]["target"])
    if is_problem_file(target):
        source = Path(split_class(target)[0])
        write_bytes(folder.file(source.name), source.read_bytes())


def source_of(cls: type) -> str:
    """The source text of a problem, which belongs to a run's identity."""
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):
        return cls.__qualname__


def data_identity(data: Any) -> dict[str, str]:
    """The content of a file of measurements, which belongs to a run's identity."""
    file = getattr(data, "file", None)
    return {"data_sha256": hashlib.sha256(Path(file).read_bytes()).hexdigest()} if file else {}


def closing_lines(found: Solution) -> str:
    """The last lines on the terminal."""
    summary = found.summary
    lines = []
    for title, key in (("relative L2 error", "relative_l2"), ("at the final time", "final_relative_l2")):
        if summary.get(key):
            lines.append(f"  {title}: " + ", ".join(f"{n} {v:.2e}" for n, v in summary[key].items()))
    for name, p in summary.get("parameters", {}).items():
        true = f" (true {p['true']:.8g})" if p.get("true") is not None else ""
        interval = "" if p.get("low") is None else f", 95 % between {p['low']:.6g} and {p['high']:.6g}"
        bound = ", on its bound" if p.get("on_bound") else ""
        lines.append(f"  {name}: {p['estimate']:.8g}{interval}{bound}{true}")
    lines += [f"  {line}" for line in summary.get("data", {}).get("open", [])]
    lines += [f"  {line}" for line in summary.get("data", {}).get("remarks", [])]
    if "relative_l2" not in summary and "residual_audit" in summary:
        audit = ", ".join(f"{n} {v:.2e}" for n, v in summary["residual_audit"].items())
        lines.append(f"  no reference; rms residual on fresh points: {audit}")
    lines.append(
        f"  {summary['steps']} steps in {summary['seconds']:.1f} s, {summary['network_parameters']} parameters"
    )
    lines.append(f"  {found.folder}")
    return "\n".join(lines)
