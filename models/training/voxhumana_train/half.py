"""Half precision, where the machine has it."""

from __future__ import annotations

import torch


def half(device: str = "cpu") -> torch.autocast:
    """bfloat16 for what runs inside. A processor without AVX-512 imitates it, ten to fifteen times slower than float32: there
    nothing changes."""
    return torch.autocast(device, torch.bfloat16, enabled=device != "cpu" or torch.backends.cpu.get_cpu_capability() not in ("DEFAULT", "NO AVX", "AVX2"))
