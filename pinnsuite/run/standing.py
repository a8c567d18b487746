"""Where a loop stands, in its checkpoints: everything that the rest of a run depends on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from pinnsuite.run.checkpoint import check_matches, pack, restore_rng, rng_state, unpack
from pinnsuite.run.stopwatch import Stopwatch
from pinnsuite.run.verdict import Verdict

if TYPE_CHECKING:
    from pinnsuite.run.loop import Loop


def save(loop: Loop) -> None:
    """Write a checkpoint, atomically."""
    if loop.store is None:
        return
    loss = loop.seen[3] if loop.seen else math.nan
    best = loss <= loop.lowest
    if best:
        loop.lowest = loss
    tensors = loop.march.tensors()
    tensors |= rng_state({})  # nothing here draws from the global generators, but a callback or a network may
    tensors |= {f"optimizer.{k}": v for k, v in loop.state.items() if isinstance(v, torch.Tensor)}
    numbers = {k: v for k, v in loop.state.items() if not isinstance(v, torch.Tensor)}
    meta = {
        "march": loop.march.status(),
        "step": loop.step,
        "drawn": loop.drawn,
        "retries": loop.retries,
        "worst": loop.worst.name,
        "lowest": loop.lowest,
        "seconds": loop.watch.seconds,
        "parts": loop.watch.parts,
        "optimizer": numbers,
    }
    loop.store.save(loop.total, {"state.safetensors": pack(tensors)}, meta, best)


def resume(loop: Loop) -> bool:
    """Come back to the newest checkpoint, or to the best; False when there is none."""
    saved = loop.store.load(loop.settings.from_best) if loop.store is not None else None
    if saved is None:
        return False
    tensors = unpack(saved.parts["state.safetensors"], device=str(loop.march.like.device))
    meta, first = saved.meta, "window.0.parameters"
    widened = tensors.get("window.widened")
    if widened is None or not int(widened[0]):  # else the window is made as wide before its numbers are read
        check_matches({k: v for k, v in tensors.items() if k == first}, {first: loop.march.vector.values})
    restore_rng(tensors, {}, cuda=not loop.settings.accept_change)
    loop.march.restore(tensors, meta["march"])
    loop.state = {k.removeprefix("optimizer."): v for k, v in tensors.items() if k.startswith("optimizer.")}
    loop.state |= meta["optimizer"]
    loop.step, loop.drawn = int(meta["step"]), int(meta["drawn"])
    loop.total, loop.retries = saved.step, int(meta["retries"])
    loop.lowest = float(meta.get("lowest", math.inf))
    loop.worst = Verdict[meta["worst"]]
    loop.watch = Stopwatch(float(meta["seconds"]), meta["parts"])
    return True
