"""Tensors and random states as bytes, by safetensors only: nothing that is read can run."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

import numpy
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from pinnsuite.errors import InputError
from pinnsuite.run.saved import CheckpointError

Expected = Tensor | tuple[Sequence[int], torch.dtype]


def pack(tensors: Mapping[str, Tensor]) -> bytes:
    """Return named tensors as the bytes of a safetensors file; every bit of every number is kept."""
    for name, tensor in tensors.items():
        if tensor.layout != torch.strided or tensor.is_complex() or tensor.is_quantized:
            raise InputError(
                f"Tensor {name} cannot be saved",
                given=f"{tensor.dtype}, {tensor.layout}",
                expected="a dense tensor of real numbers, integers or Booleans",
            )
    # Copied, since the format refuses tensors that share memory (views of one flat parameter vector do).
    copies = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    return safetensors.torch.save(copies)


def unpack(data: bytes, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """Return the tensors of ``pack`` on ``device``; raises ``CheckpointError`` for bytes of any other kind."""
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"The saved tensors cannot be read: {error}", expected="the bytes of a safetensors file"
        ) from error
    return {name: tensor.to(device, copy=True) for name, tensor in tensors.items()}


def rng_state(generators: Mapping[str, torch.Generator]) -> dict[str, Tensor]:
    """Return the states of ``generators`` and of the global torch, CUDA (if in use), NumPy and Python generators."""
    kind, keys, position, has_gauss, gauss = numpy.random.get_state(legacy=True)
    if kind != "MT19937":
        raise InputError("NumPy's global generator cannot be saved", given=kind, expected="MT19937, its default")
    state = {
        "rng.torch": torch.get_rng_state(),
        "rng.numpy.keys": torch.from_numpy(numpy.asarray(keys).astype(numpy.int64)),
        "rng.numpy.place": torch.tensor([position, has_gauss], dtype=torch.int64),
        "rng.numpy.gauss": torch.tensor(gauss, dtype=torch.float64),
        "rng.python": torch.tensor(list(json.dumps(random.getstate()).encode()), dtype=torch.uint8),
    }
    if torch.cuda.is_initialized():
        state |= {f"rng.cuda.{index}": item for index, item in enumerate(torch.cuda.get_rng_state_all())}
    return state | {f"rng.generator.{name}": generator.get_state() for name, generator in generators.items()}


def restore_rng(state: Mapping[str, Tensor], generators: Mapping[str, torch.Generator], cuda: bool = True) -> None:
    """Put every generator back to ``state`` of ``rng_state``; other entries of ``state`` are left alone.

    Raises ``CheckpointError`` before anything is changed if the generators differ from the saved ones, or if CUDA
    states were saved and this machine has fewer devices; ``cuda=False`` accepts the change of device.
    """
    saved = {name.removeprefix("rng.generator.") for name in state if name.startswith("rng.generator.")}
    devices = sum(name.startswith("rng.cuda.") for name in state) if cuda else 0
    fixed = ("rng.torch", "rng.numpy.keys", "rng.numpy.place", "rng.numpy.gauss", "rng.python")
    missing = [name for name in fixed if name not in state]
    if missing or saved != set(generators):
        raise CheckpointError(
            "The saved random states do not fit this run",
            given=f"generators {sorted(saved)}" + (f", without {', '.join(missing)}" if missing else ""),
            expected=f"generators {sorted(generators)}",
        )
    if devices > torch.cuda.device_count():
        raise CheckpointError(
            "The saved random states include CUDA devices that this machine lacks",
            given=f"{devices} saved",
            expected=f"at most {torch.cuda.device_count()}",
            do="Resume on the same kind of device, or accept the change",
        )
    torch.set_rng_state(state["rng.torch"].cpu())
    position, has_gauss = state["rng.numpy.place"].tolist()
    keys = state["rng.numpy.keys"].cpu().numpy().astype(numpy.uint32)
    numpy.random.set_state(("MT19937", keys, position, has_gauss, state["rng.numpy.gauss"].item()))
    version, words, gauss = json.loads(bytes(state["rng.python"].tolist()))
    random.setstate((version, tuple(words), gauss))
    for index in range(devices):
        torch.cuda.set_rng_state(state[f"rng.cuda.{index}"].cpu(), index)
    for name, generator in generators.items():
        generator.set_state(state[f"rng.generator.{name}"].cpu())


def check_matches(saved: Mapping[str, Tensor], expected: Mapping[str, Expected]) -> None:
    """Raise ``CheckpointError`` that names every key whose presence, shape or dtype differs from ``expected``."""
    found = {name: _kind(tensor) for name, tensor in saved.items()}
    wanted = {name: _kind(item) for name, item in expected.items()}
    names = [name for name in [*wanted, *(set(found) - set(wanted))] if found.get(name) != wanted.get(name)]
    if names:
        lines = [f"{name} is {found.get(name, 'absent')}, not {wanted.get(name, 'absent')}" for name in sorted(names)]
        more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
        raise CheckpointError(
            f"The saved state does not fit this run: {'; '.join(lines[:5])}{more}",
            do="Resume with the configuration that wrote it, or start in a new folder",
        )


def _kind(item: Expected) -> str:
    shape, dtype = (item.shape, item.dtype) if isinstance(item, Tensor) else item
    return f"{str(dtype).removeprefix('torch.')} {list(shape)}"
