"""How long until an error is reached, ours against peers with as much time as they want, up to a cap."""

from __future__ import annotations

import importlib.util
import json
import logging
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pinnsuite.report.accuracy import BASELINE, problem_words, recorded_run
from pinnsuite.report.machine import machine
from pinnsuite.report.tables import first_below
from pinnsuite.run.manifest import read_json, write_json

log = logging.getLogger(__name__)
FOLDER, ERROR = "peers", 1e-3
EXPERIMENTS = ("burgers", "allen_cahn")


class Peer(NamedTuple):
    """What it is called in tables, and the seconds that it gets."""

    label: str
    cap: int


PEERS = {BASELINE: Peer("DeepXDE", 1800), "pina": Peer("PINA", 600), "jax": Peer("JAX", 600)}


def run_peers(only: Sequence[str], seeds: Sequence[int], results: Path = Path("results")) -> None:
    """Let the peers run up to the cap on every problem, in turn; our own runs are those of the accuracy table."""
    for seed in seeds:
        for name in only or EXPERIMENTS:
            words = [
                *problem_words(name),
                f"solver={BASELINE}",
                f"run.max_seconds={PEERS[BASELINE].cap}",
                f"seed={seed}",
            ]
            recorded_run(Path(FOLDER, name, f"{BASELINE}-seed{seed}"), words, results)
            for peer in [p for p in PEERS if p != BASELINE]:
                if importlib.util.find_spec(peer):
                    _run(peer, name, seed, results / FOLDER / name / f"{peer}-seed{seed}.json")


def _run(peer: str, name: str, seed: int, target: Path) -> None:
    """In its own process, if there is no record yet."""
    if target.exists():
        return
    log.warning("%s", target.with_suffix(""))
    words = ["-m", f"pinnsuite.report.peers.{peer}_run", name, str(PEERS[peer].cap), str(seed)]
    made = {"command": " ".join(["python", *words]), "machine": machine()}
    ended = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        log.warning("%s on %s ended with status %d: %s", peer, name, ended.returncode, ended.stderr[-500:])
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    write_json(target, json.loads(ended.stdout.splitlines()[-1]) | made)


def peer_lines(results: Path) -> list[str]:
    """The table of times, as far as there are runs of peers, and the curves of all."""
    from pinnsuite.report.figures import draw_comparison

    rows, figures = [], []
    for folder in sorted((results / FOLDER).glob("*")):
        ours = [read_json(f) for f in sorted((results / "accuracy" / folder.name).glob("ours-*.json"))]
        curves = {f"pinnsuite, seed {r['seed']}": r["curve"] for r in ours if r.get("curve")}
        found = False
        for name, peer in PEERS.items():
            theirs = [read_json(f) for f in sorted(folder.glob(f"{name}-*.json"))]
            if not ours or not theirs:
                continue
            rows.append(_row(folder.name, peer, ours, theirs))
            curves |= {f"{peer.label}, seed {r['seed']}": r["curve"] for r in theirs}
            found = True
        if found:
            pairs = {k: [(s, e) for s, e in curve] for k, curve in curves.items()}
            figure = f"peers_{folder.name}"
            draw_comparison(pairs, results / "figures" / f"{figure}.png", folder.name)
            figures.append(f"![{figure}](figures/{figure}.png)")
    if not rows:
        return []
    caps = ", ".join(f"{peer.label} {peer.cap} s" for peer in PEERS.values())
    return [
        f"## Time to an error of {ERROR:g}\n",
        f"Medians over seeds of the seconds until the error is below {ERROR:g} for the first time. Peers run Adam, "
        f"then L-BFGS, in float64; one that never gets there counts as what it got ({caps}). PINA solves problems of "
        "its own zoo, with that zoo's default weights (on Allen-Cahn it never learns the initial field); JAX is a "
        "plain loop of our own with DeepXDE's network and points, compiled, derivatives by jet. Peers run one seed "
        "each, one after another; our seeds are those of the accuracy table. `pinnsuite bench peers`\n",
        "| problem | ours, s | peer | its s | ratio | its best error | its seeds |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
        *figures,
        "",
    ]


def _row(problem: str, peer: Peer, ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]]) -> str:
    mine, other = (statistics.median(first_below(r, ERROR, peer.cap) for r in records) for records in (ours, theirs))
    best = min(error for r in theirs for _, error in r["curve"])
    capped = ">= " if other >= peer.cap else ""
    cells = [f"`{problem}`", f"{mine:.0f}", peer.label, f"{capped}{other:.0f}", f"{capped}{other / mine:.0f}"]
    return "| " + " | ".join([*cells, f"{best:.1e}", str(len(theirs))]) + " |"
