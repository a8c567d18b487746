"""Variants of experiments side by side, each for the same time: the runs, the table, and the map."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pinnsuite.report.accuracy import recorded_run
from pinnsuite.report.tables import score
from pinnsuite.run.manifest import read_json


@dataclass(frozen=True)
class Comparison:
    """``variants`` of every experiment, by name: the words that make them. Records go to a folder of the same name."""

    name: str
    title: str
    text: str
    seconds: int
    experiments: Sequence[str]
    variants: Mapping[str, Sequence[str]]

    def run(self, only: Sequence[str], seeds: Sequence[int], results: Path = Path("results")) -> None:
        """Run what has no result yet: the first seed everywhere, the others for the best variant of an experiment."""
        for experiment in only or self.experiments:
            found = {variant: self.run_one(experiment, variant, seeds[0], results) for variant in self.variants}
            best = min(found, key=lambda variant: found[variant])
            for seed in seeds[1:]:
                self.run_one(experiment, best, seed, results)

    def run_one(self, experiment: str, variant: str, seed: int, results: Path) -> float:
        """The error of one run; infinity if it did not end."""
        words = [f"experiment={experiment}", *self.variants[variant], f"run.max_seconds={self.seconds}", f"seed={seed}"]
        record = recorded_run(Path(self.name, experiment, f"{variant}-seed{seed}"), words, results)
        return score(record) if record is not None else float("inf")

    def errors(self, results: Path) -> dict[str, dict[str, list[float]]]:
        """Those of every seed, by experiment and variant."""
        return {
            experiment: {
                variant: [score(read_json(f)) for f in sorted(folder.glob(f"{variant}-seed*.json"))]
                for variant in self.variants
            }
            for experiment in self.experiments
            if (folder := results / self.name / experiment).exists()
        }

    def lines(self, results: Path) -> list[str]:
        """The table and its figure, if there are runs."""
        from pinnsuite.report.figures import draw_heatmap

        errors = self.errors(results)
        if not errors:
            return []
        middle = {e: {v: statistics.median(x) for v, x in line.items() if x} for e, line in errors.items()}
        title = f"relative $L^2$ error after {self.seconds} s"
        draw_heatmap(middle, results / "figures" / f"{self.name}.png", title)
        lines = [
            f"## {self.title}\n",
            f"{self.text} `pinnsuite bench {self.name}`\n",
            f"![{self.name}](figures/{self.name}.png)\n",
            "| experiment | " + " | ".join(self.variants) + " |",
            "|---|" + "---|" * len(self.variants),
        ]
        for experiment, line in middle.items():
            best = f"{min(line.values()):.0e}"
            cells = [f"{line[v]:.0e}" if v in line else "" for v in self.variants]
            lines.append(f"| `{experiment}` | " + " | ".join(f"**{c}**" if c == best else c for c in cells) + " |")
        return [*lines, ""]
