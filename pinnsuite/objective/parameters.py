"""All trained numbers as one flat vector."""

from __future__ import annotations

from collections.abc import Mapping

import torch


class ParameterVector:
    """Network weights and scaled unknowns, stored once; modules and scalars are views into ``values``."""

    def __init__(
        self, modules: Mapping[str, torch.nn.Module], scalars: Mapping[str, float], like: torch.Tensor
    ) -> None:
        named = {f"{m}.{n}": p for m, module in modules.items() for n, p in module.named_parameters()}
        trained = {n: p for n, p in named.items() if p.requires_grad}
        size = sum(p.numel() for p in trained.values()) + len(scalars)
        self.values = torch.empty(size, dtype=like.dtype, device=like.device)
        self.slices: dict[str, slice] = {}
        self.tensors: list[torch.Tensor] = []
        self.scalars: dict[str, torch.Tensor] = {}
        self.offsets: dict[int, int] = {}
        self.held: set[str] = set()  # names of tensors and scalars that are not moved for now
        start = 0
        for name, p in trained.items():
            part = slice(start, start + p.numel())
            self.values[part] = p.detach().reshape(-1)
            self.slices[name], self.offsets[id(p)] = part, start
            self.tensors.append(p)
            start += p.numel()
        for name, first in scalars.items():
            self.values[start] = first
            self.scalars[name] = self.values[start].detach().requires_grad_()
            self.slices[name], self.offsets[id(self.scalars[name])] = slice(start, start + 1), start
            self.tensors.append(self.scalars[name])
            start += 1
        self.modules = [(p, self.slices[n]) for n, p in trained.items()]
        self.attach()

    def attach(self) -> None:
        """Make the weights of the modules views into ``values``, which another vector may have taken over."""
        for p, part in self.modules:
            p.data = self.values[part].view(p.shape)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each trained tensor, in the order of ``values``."""
        return [tuple(p.shape) for p in self.tensors]

    def __len__(self) -> int:
        return len(self.values)

    def set(self, values: torch.Tensor) -> None:
        """Overwrite every trained number."""
        with torch.no_grad():
            self.values.copy_(values)

    def hold(self, *names: str) -> None:
        """Leave these scalars where they are: they have no part in Jacobians and gradients; without names, none."""
        for name, scalar in self.scalars.items():
            self.offsets[id(scalar)] = self.slices[name].start
        for name in names:
            del self.offsets[id(self.scalars[name])]
        self.held = set(names)

    def copy(self) -> torch.Tensor:
        return self.values.detach().clone()
