"""Tensors and random states come back bit for bit; what does not fit is named."""

from __future__ import annotations

import pickle
import random
from pathlib import Path

import numpy
import pytest
import torch

from pinnsuite.errors import InputError
from pinnsuite.run.checkpoint import check_matches, pack, restore_rng, rng_state, unpack
from pinnsuite.run.store import CheckpointError, Store


def test_tensors_come_back_bit_for_bit() -> None:
    flat = torch.randn(12, dtype=torch.float64)
    tensors = {
        "flat": flat,
        "view": flat[2:8].view(2, 3),
        "transposed": torch.randn(3, 4).t(),
        "expanded": torch.ones(1).expand(3),
        "strange": torch.tensor([float("nan"), float("inf"), -0.0, 5e-324], dtype=torch.float64),
        "scalar": torch.tensor(3),
        "empty": torch.zeros(0, 4),
        "flags": torch.tensor([True, False]),
        "bytes": torch.arange(7, dtype=torch.uint8),
        "half": torch.randn(5).bfloat16(),
        "trained": torch.randn(3, requires_grad=True),
    }
    read = unpack(pack(tensors))
    assert set(read) == set(tensors)
    for name, tensor in tensors.items():
        same = tensor.detach().contiguous()
        assert read[name].shape == tensor.shape and read[name].dtype == tensor.dtype and not read[name].requires_grad
        assert torch.equal(read[name].view(-1).view(torch.uint8), same.view(-1).view(torch.uint8)), name
    read["flat"].mul_(2.0)
    assert torch.equal(read["view"], tensors["view"])
    assert unpack(pack({})) == {}


@pytest.mark.parametrize("tensor", [torch.eye(2).to_sparse(), torch.ones(2, dtype=torch.complex128)])
def test_tensors_that_have_no_form_are_refused(tensor: torch.Tensor) -> None:
    with pytest.raises(InputError, match=r"Tensor b cannot be saved. Given: torch"):
        pack({"a": torch.ones(2), "b": tensor})


class Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


def test_only_safetensors_are_read(tmp_path: Path) -> None:
    torch.save({"a": Bomb(tmp_path / "ran")}, tmp_path / "state.pt")
    for data in (pickle.dumps(Bomb(tmp_path / "ran")), (tmp_path / "state.pt").read_bytes(), b"", b"\xff" * 64):
        with pytest.raises(CheckpointError, match="saved tensors cannot be read"):
            unpack(data)
    whole = pack({"a": torch.ones(8)})
    for cut in (4, 20, len(whole) - 1):
        with pytest.raises(CheckpointError, match="saved tensors cannot be read"):
            unpack(whole[:cut])
    assert not (tmp_path / "ran").exists()


def draw(generator: torch.Generator) -> list[object]:
    return [
        torch.rand(3).tolist(),
        torch.randn(3, generator=generator).tolist(),
        numpy.random.rand(3).tolist(),
        numpy.random.randn(3).tolist(),
        random.random(),
        random.gauss(0.0, 1.0),
    ]


def test_random_states_come_back_through_a_store(tmp_path: Path) -> None:
    states = random.getstate(), numpy.random.get_state(), torch.get_rng_state()
    try:
        generator = torch.Generator().manual_seed(4)
        draw(generator)  # odd numbers of normal draws leave a cached one behind
        store = Store(tmp_path)
        store.save(1, {"rng.safetensors": pack(rng_state({"points": generator}))}, {})
        expected = [draw(generator) for _ in range(3)]
        saved = store.load()
        assert saved is not None
        other = torch.Generator().manual_seed(9)
        restore_rng(unpack(saved.parts["rng.safetensors"]), {"points": other})
        assert [draw(other) for _ in range(3)] == expected
    finally:
        random.setstate(states[0])
        numpy.random.set_state(states[1])
        torch.set_rng_state(states[2])


def test_random_states_that_do_not_fit_change_nothing() -> None:
    generator = torch.Generator().manual_seed(1)
    state = rng_state({"points": generator})
    before = torch.get_rng_state(), generator.get_state()
    with pytest.raises(CheckpointError, match=r"generators \['points'\]. Expected: generators \['batches'\]"):
        restore_rng(state, {"batches": generator})
    with pytest.raises(CheckpointError, match=r"without rng.numpy.keys"):
        restore_rng({key: item for key, item in state.items() if key != "rng.numpy.keys"}, {"points": generator})
    cuda = {f"rng.cuda.{index}": torch.zeros(16, dtype=torch.uint8) for index in range(99)}
    with pytest.raises(CheckpointError, match=r"CUDA devices that this machine lacks. Given: 99 saved"):
        restore_rng({**state, **cuda}, {"points": generator})
    restore_rng({**state, **cuda}, {"points": generator}, cuda=False)
    assert torch.equal(before[0], torch.get_rng_state()) and torch.equal(before[1], generator.get_state())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_random_states_of_cuda() -> None:
    generator = torch.Generator("cuda").manual_seed(3)
    torch.rand(3, device="cuda")
    state = unpack(pack(rng_state({"points": generator})), "cuda")
    expected = torch.rand(5, device="cuda"), torch.rand(5, device="cuda", generator=generator)
    restore_rng(state, {"points": generator})
    assert torch.equal(expected[0], torch.rand(5, device="cuda"))
    assert torch.equal(expected[1], torch.rand(5, device="cuda", generator=generator))


def test_mismatch_names_key_shape_and_dtype() -> None:
    saved = {"weight": torch.zeros(3, 4), "bias": torch.zeros(3), "extra": torch.zeros(1)}
    check_matches(saved, saved)
    check_matches(saved, {name: (tuple(tensor.shape), tensor.dtype) for name, tensor in saved.items()})
    with pytest.raises(CheckpointError) as raised:
        check_matches(saved, {"weight": torch.zeros(3, 5), "bias": ((3,), torch.float64), "scale": torch.zeros(())})
    text = str(raised.value)
    assert "weight is float32 [3, 4], not float32 [3, 5]" in text
    assert "bias is float32 [3], not float64 [3]" in text
    assert "scale is absent, not float32 []" in text and "extra is float32 [1], not absent" in text
    with pytest.raises(CheckpointError, match="and 4 more"):
        check_matches({}, {f"layer{index}": torch.zeros(1) for index in range(9)})
