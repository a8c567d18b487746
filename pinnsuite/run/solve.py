"""`solve`: from a problem and four choices to a solution, kept in a folder from which it can be resumed."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from pinnsuite.calculus.units import check_units
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.protocol import Optimizer
from pinnsuite.problem import Problem, with_values
from pinnsuite.run import outcome, self_trained, sources
from pinnsuite.run.build import build, build_from
from pinnsuite.run.checkpoint import unpack
from pinnsuite.run.closing import closing_lines
from pinnsuite.run.evaluation import evaluation
from pinnsuite.run.folder import RunFolder, run_path
from pinnsuite.run.live import LiveError
from pinnsuite.run.loop import Callback, Loop
from pinnsuite.run.manifest import describe_machine, plain, read_json, write_json
from pinnsuite.run.preemption import Preemption
from pinnsuite.run.problem import build_problem
from pinnsuite.run.section import section_of
from pinnsuite.run.settings import BUDGETS, RunSettings
from pinnsuite.run.solution import Solution
from pinnsuite.run.standing import resume
from pinnsuite.run.stopwatch import Stopwatch
from pinnsuite.run.store import Store
from pinnsuite.run.telemetry import MetricsLog, Progress, RichProgress, SilentProgress
from pinnsuite.run.tensorboard import TensorBoard
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.march import March
from pinnsuite.solvers.pinn import Pinn

log = logging.getLogger(__name__)
DTYPES = {"float32": torch.float32, "float64": torch.float64}


def solve(
    problem: Problem,
    *,
    solver: Any = None,
    network: Any = MLP,
    optimizer: Optimizer | None = None,
    seed: int = 0,
    dtype: str = "float64",
    device: str = "cpu",
    threads: int = 2,
    init_from: str | Path | None = None,
    data: Any = None,
    run: RunSettings | Mapping[str, Any] | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress | None = None,
) -> Solution:
    """Solve a problem and return its solution.

    ``network`` is a network class or a ``functools.partial`` of one with its options; ``data`` are `Observations`, or
    anything with such a ``read``. The run is kept in ``run.dir``
    (by default under results/runs) and resumed from there when the same call is made again. Raises `InputError` for bad
    input before anything is written.
    """
    settings = run if isinstance(run, RunSettings) else RunSettings(**(run or {}))
    config = {
        "problem": section_of(problem),
        "solver": section_of(solver or Pinn()),
        "network": section_of(network),
        "optimizer": section_of(optimizer or GaussNewton()),
        "seed": seed,
        "dtype": dtype,
        "device": device,
        "threads": threads,
        "init_from": None if init_from is None else str(init_from),
        "run": plain(vars(settings)),
    }
    if data is not None:
        config["data"] = section_of(data)
    return Run(config, problem=problem).execute(callbacks, progress or SilentProgress())


def solve_from_config(config: Mapping[str, Any]) -> int:
    """Solve what a composed configuration says, with a live line; the exit status is the verdict's."""
    from rich.console import Console

    console = Console(stderr=True)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    solution = Run(config).execute((), RichProgress(console))
    console.print(closing_lines(solution), highlight=False)
    return solution.verdict.exit_status


class Run:
    """One run: everything is built and checked here; `execute` writes."""

    def __init__(self, config: Mapping[str, Any], problem: Problem | None = None) -> None:
        self.config = dict(config)
        settings = build(RunSettings, config.get("run") or {}, path="run")
        assert isinstance(settings, RunSettings)
        self.settings = settings
        if config["dtype"] not in DTYPES:
            raise InputError("dtype: not known", given=config["dtype"], expected=" or ".join(DTYPES))
        if config["device"] != "cpu" and not torch.cuda.is_available():
            raise InputError("device: not available here", given=config["device"], expected="cpu")
        torch.set_num_threads(int(config["threads"]))
        threadpool_limits(limits=1, user_api="blas")  # large operations take all threads (`all_threads`)
        self.like = torch.zeros(1, dtype=DTYPES[config["dtype"]], device=config["device"])
        self.problem = problem or build_problem(config["problem"])
        check_units(self.problem)
        self.solver: Any = build_from(config["solver"], path="solver")
        self.optimizer: Any = build_from(config["optimizer"], path="optimizer")
        self.seed = int(config["seed"])
        data: Any = build_from(config["data"], path="data") if config.get("data") else None
        self.measured = data.read(self.problem) if data else []
        self.data = data
        self.true = dict(data.true_values(self.problem) if data else self.problem.true_values())
        self.names = {k: _short(config[k]["target"]) for k in ("problem", "solver", "optimizer")}
        self.path = self._path()
        watch = Stopwatch()
        self.march = self._march()
        self.preparing = watch.seconds
        if self.march is not None:
            self.names["network"] = _short(config["network"]["target"])

    def _path(self) -> Path:
        if self.settings.dir is not None:
            return Path(self.settings.dir)
        identity = {**self.config, "source": sources.source_of(type(self.problem)), **sources.data_identity(self.data)}
        name = self.settings.name or f"seed{self.seed}"
        return run_path(self.names["problem"], self.names["solver"], name, identity, BUDGETS)

    def _march(self) -> March | None:
        """The prepared solve, or None for a solver that trains by itself (`SelfTrained`)."""
        if not hasattr(self.solver, "prepare"):
            self.solver.check(self.problem, self.measured)
            return None

        def network(
            groups: Sequence[int], outputs: int, generator: torch.Generator, dtype: torch.dtype
        ) -> torch.nn.Module:
            sizes: dict[str, Any] = {"groups": groups, "inputs": sum(groups), "outputs": outputs}
            context: dict[str, Any] = {**sizes, "generator": generator, "dtype": dtype}  # its signature names the used
            made = build_from(self.config["network"], path="network", **context)
            if not isinstance(made, torch.nn.Module):
                raise InputError("network.target: not a torch.nn.Module", given=type(made).__name__)
            return made.to(dtype)

        march = self.solver.prepare(self.problem, network, self.seed, self.like, self.measured)
        if self.config.get("init_from"):
            sources.start_from(march, Path(self.config["init_from"]))
        return march

    def execute(self, callbacks: Sequence[Callback], progress: Progress) -> Solution:
        """Train, or go on training, or hand back what is finished already."""
        changeable = ("threads", "device") if self.settings.accept_change else ()
        folder = RunFolder(self.path, self.config, (*BUDGETS, *changeable))
        if not self.settings.redo:
            sources.refuse_other_data(folder.path, self.data)
        if folder.finished and not self.settings.redo and not self._may_go_on(folder):
            log.warning("%s is finished; run.redo=true starts it again", folder.path)
            return load_solution(folder.path)
        if self.march is not None:
            self.optimizer.start(self.march.objective)  # refuses a step that would not fit before anything is written
            if hasattr(self.optimizer, "explain"):
                self.march.note(self.optimizer.explain(self.march.objective))
        comparison = evaluation(with_values(self.problem, self.true))
        with folder:
            if self.settings.redo:
                sources.clear(folder)
            made_of = describe_machine(threads=int(self.config["threads"])) | sources.data_identity(self.data)
            write_json(folder.file("manifest.json"), made_of)
            sources.keep_source(folder, self.config)
            if self.march is None:
                return self_trained.train(self, folder, comparison, progress)
            store = Store(folder.checkpoints, self.settings.keep)
            metrics = MetricsLog(folder.file("metrics.jsonl"))
            board = TensorBoard(folder.file("tensorboard")) if self.settings.tensorboard else None
            loop = Loop(
                self.march,
                self.optimizer,
                self.settings,
                store,
                metrics,
                progress,
                LiveError(comparison, self.march),
                [*callbacks, *([board] if board else [])],
                watch=Stopwatch(self.preparing, {"preparing": self.preparing}),
            )
            resumed = resume(loop)
            for note in store.notes:
                log.warning(note)
            metrics.resume(loop.total if resumed else None)
            sentence = "ended by an error"
            steps = 0 if self.march.windows.rule else self.optimizer.max_steps * self.march.policy.windows
            progress.start(steps, self.names["problem"])
            try:
                with Preemption() as preemption:
                    found = outcome.finish(self, folder, comparison, loop, loop.run(preemption))
                    sentence = found.verdict.value
                    return found
            finally:
                metrics.close()
                if board:
                    board.close()
                progress.close(sentence)

    def _may_go_on(self, folder: RunFolder) -> bool:
        """A finished run goes on when its training used its budget up, whatever it found, and there is more now."""
        summary = read_json(folder.file("summary.json"))
        ended = summary.get("training_ended", summary.get("verdict"))
        if self.march is None or ended != Verdict.BUDGET_USED.name.lower():
            return False
        if summary.get("optimizer_exhausted") and folder.has("optimizer"):
            return False
        spent, seconds = summary["steps"], summary["seconds"]
        steps = math.inf if self.march.windows.rule else self.optimizer.max_steps * self.march.policy.windows
        limit = self.settings.max_seconds
        return spent < steps and (limit is None or seconds < limit)


def load_solution(path: Path) -> Solution:
    """The solution kept in a run's folder; its networks are rebuilt from the configuration and the saved weights."""
    run = load_run(path)
    if run.march is None:
        return self_trained.load(run, path)
    summary = read_json(path / "summary.json")
    return outcome.solution(run, Verdict[summary["verdict"].upper()], summary, path, None)


def load_run(path: Path) -> Run:
    """A finished run with its trained numbers."""
    import yaml

    if not (path / "config.yaml").exists():
        raise InputError(f"{path} is not a run's folder", expected="a folder with config.yaml and network.safetensors")
    config = yaml.safe_load((path / "config.yaml").read_text())
    run = Run({**config, "init_from": None, "run": {}})
    sources.refuse_other_data(path, run.data)
    if run.march is None:
        return run
    weights = path / "network.safetensors"
    if not weights.exists():
        raise InputError(f"{weights} does not exist", do="Let the run end, or resume it")
    run.march.load(unpack(weights.read_bytes(), device=str(run.like.device)))
    if run.measured:
        run.march.window.draw()  # in a moving frame, labels of measurements follow the trained map
    return run


def _short(target: str) -> str:
    """The word that names a target in folders and tables: the file it is in."""
    if ".py:" in target:
        return Path(target.split(":")[0]).stem
    return target.split(".")[-2]
