"""Changes of whole batches of log spectra, on the device that trains."""

from __future__ import annotations

import torch


def mask(x: torch.Tensor, time_share: float, band_share: float) -> torch.Tensor:
    """SpecAugment (Park et al. 2019): two bands and two stretches, each up to its share, at the mean (0 after normalisation)."""
    frames, bins = x.shape[1:]
    for _ in range(2):
        for dim, size, most in ((1, frames, int(frames * time_share)), (2, bins, int(bins * band_share))):
            width = torch.randint(0, most + 1, (len(x), 1), device=x.device)
            start = (torch.rand(len(x), 1, device=x.device) * (size - width)).long()
            at = torch.arange(size, device=x.device)[None]
            keep = ~((at >= start) & (at < start + width))
            x = x * (keep[:, :, None] if dim == 1 else keep[:, None, :])
    return x


def mix_styles(x: torch.Tensor, share: float) -> torch.Tensor:
    """Frequency-wise MixStyle (Zhou et al. 2021; Kim et al. 2022): each window takes a part of the spread over time, band by
    band, of another one. Noise floor and bandwidth then say little about the class."""
    if torch.rand(()) > share:
        return x
    spread = x.std(1, keepdim=True).clamp_min(1e-3)
    weight = torch.distributions.Beta(0.3, 0.3).sample((len(x), 1, 1)).to(x)
    other = spread[torch.randperm(len(x), device=x.device)]
    return x / spread * (weight * spread + (1 - weight) * other)


def contrast(x: torch.Tensor, spread: float) -> torch.Tensor:
    """Each window's log spectrum stretched or flattened by up to `spread`, as compressors and rooms do."""
    return x * torch.exp(spread * (2 * torch.rand(len(x), 1, 1, device=x.device) - 1))
