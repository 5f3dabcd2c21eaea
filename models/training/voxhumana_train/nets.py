"""Small networks: `(batch, frames, bins)` features in, two outputs of shape `(batch,)`: the score, higher = more bona fide, and
the domain logit, higher = one voice speaking (not music, noise or several voices at once).

Channel counts are multiples of 16 and convolutions run `channels_last`: other counts are 5 to 8 times slower
in PyTorch on CPUs.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class StatisticsPooling(nn.Module):
    """Attentive mean and standard deviation over time (Okabe et al. 2018), per channel and band."""

    def __init__(self, size: int, hidden: int = 32):
        super().__init__()
        self.attention = nn.Sequential(nn.Conv1d(size, hidden, 1), nn.Tanh(), nn.Conv1d(hidden, size, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = torch.softmax(self.attention(x), dim=2)
        mean = (x * weight).sum(2)
        variance = (x * x * weight).sum(2) - mean * mean
        return torch.cat([mean, torch.sqrt(variance.clamp_min(1e-4))], 1)


class SqueezeExcite(nn.Module):
    """Channel gates from the mean over the map (Hu et al. 2018)."""

    def __init__(self, channels: int):
        super().__init__()
        hidden = max(8, channels // 8)
        self.gate = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.gate(x.mean((2, 3), keepdim=True))


class Residual(nn.Module):
    """Two 3 x 3 convolutions, squeeze-excite, shortcut."""

    def __init__(self, inner: int, outer: int, stride: tuple[int, int]):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(),
            nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer), SqueezeExcite(outer),
        )  # fmt: skip
        same = inner == outer and stride == (1, 1)
        self.short = nn.Identity() if same else nn.Sequential(
            nn.AvgPool2d(stride, stride, ceil_mode=True), nn.Conv2d(inner, outer, 1, bias=False), nn.BatchNorm2d(outer)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.body(x) + self.short(x))


class MaxFeatureMap(nn.Module):
    """Convolution to twice the channels, maximum of the halves (Wu et al. 2018), batch norm."""

    def __init__(self, inner: int, outer: int, kernel: int, stride: tuple[int, int] = (1, 1)):
        super().__init__()
        self.convolution = nn.Conv2d(inner, 2 * outer, kernel, stride, kernel // 2)
        self.norm = nn.BatchNorm2d(outer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = self.convolution(x).chunk(2, 1)
        return self.norm(torch.maximum(a, b))


class Detector(nn.Module):
    """Convolutional trunk, a head over time, one score."""

    def __init__(self, trunk: nn.Module, channels: int, bands: int, head: str, dropout: float, planes: int = 1):
        super().__init__()
        self.trunk, self.planes = trunk, planes
        size = channels * bands
        self.reduce = nn.Sequential(nn.Conv1d(size, 128, 1, bias=False), nn.BatchNorm1d(128), nn.ReLU())
        if head == "attention":
            self.time = nn.TransformerEncoderLayer(128, 4, 256, dropout, batch_first=True, norm_first=True)
        elif head == "gru":
            self.time = nn.GRU(128, 64, batch_first=True, bidirectional=True)
        elif head == "graph":
            self.time = GraphAttention(128, 64)
        else:
            self.time = None
        width = 64 if head == "graph" else 128
        self.pool = StatisticsPooling(width)
        self.embed = nn.Sequential(nn.Linear(2 * width, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(dropout))
        self.score = nn.Linear(64, 1)
        self.domain = nn.Linear(64, 1)

    def embedding(self, features: torch.Tensor) -> torch.Tensor:
        x = self.images(features)
        x = self.trunk(x.contiguous(memory_format=torch.channels_last) if self.training else x)
        x = self.reduce(x.transpose(2, 3).flatten(1, 2))
        if isinstance(self.time, nn.GRU):
            x = x + self.time(x.transpose(1, 2))[0].transpose(1, 2)
        elif isinstance(self.time, nn.TransformerEncoderLayer):
            x = self.time(x.transpose(1, 2)).transpose(1, 2)
        elif self.time is not None:
            x = self.time(x)
        return self.embed(self.pool(x))

    def images(self, features: torch.Tensor) -> torch.Tensor:
        """Planes that lie side by side along the bins (statics and deltas, or those of phases) one behind the other."""
        if self.planes == 1:
            return features.unsqueeze(1)
        return features.reshape(features.shape[0], features.shape[1], self.planes, -1).permute(0, 2, 1, 3)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.outputs(self.embedding(features))

    def outputs(self, embedding: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.score(embedding).squeeze(1), self.domain(embedding).squeeze(1)


class GraphAttention(nn.Module):
    """Every frame a node of a full graph; attention by node products, as in AASIST (Jung et al. 2022)."""

    def __init__(self, inner: int, outer: int):
        super().__init__()
        self.pair = nn.Linear(inner, outer)
        self.weight = nn.Parameter(torch.randn(outer) * 0.1)
        self.neighbour, self.own = nn.Linear(inner, outer), nn.Linear(inner, outer)
        self.norm = nn.BatchNorm1d(outer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.transpose(1, 2)
        p = torch.tanh(self.pair(x))
        scores = torch.matmul(p * self.weight, p.transpose(1, 2))
        mixed = self.neighbour(torch.matmul(torch.softmax(scores, -1), x)) + self.own(x)
        return F.selu(self.norm(mixed.transpose(1, 2)))


def resnet(width: int, blocks: list[int], planes: int, stem: tuple[int, int]) -> tuple[nn.Module, int, int]:
    """Trunk, its channels, and by how much it divides the bands."""
    layers: list[nn.Module] = [nn.Conv2d(planes, width, 5, stem, 2, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    channels, divide = width, stem[1]
    for stage, count in enumerate(blocks):
        outer = width * 2**min(stage, 3)
        for block in range(count):
            stride = (2, 2) if block == 0 and stage > 0 else (1, 1)
            layers.append(Residual(channels, outer, stride))
            channels = outer
        divide *= 2 if stage > 0 else 1
    return nn.Sequential(*layers), channels, divide


def lcnn(width: int, planes: int) -> tuple[nn.Module, int, int]:
    """The light CNN of Lavrentyeva et al. 2019, scaled by `width`."""
    w = width
    layers: list[nn.Module] = [
        MaxFeatureMap(planes, w, 5, (2, 2)),
        MaxFeatureMap(w, w, 1), MaxFeatureMap(w, 2 * w, 3), nn.MaxPool2d(2, ceil_mode=True),
        MaxFeatureMap(2 * w, 2 * w, 1), MaxFeatureMap(2 * w, 2 * w, 3), nn.MaxPool2d(2, ceil_mode=True),
        MaxFeatureMap(2 * w, 2 * w, 1), MaxFeatureMap(2 * w, 2 * w, 3), nn.MaxPool2d(2, ceil_mode=True),
    ]  # fmt: skip
    return nn.Sequential(*layers), 2 * w, 16


def build(config: dict, bins: int) -> Detector:
    """The network that `config` (table `net` of the configuration file) describes."""
    planes = config.get("planes", 1)
    if config["kind"] == "lcnn":
        trunk, channels, divide = lcnn(config["width"], planes)
    else:
        trunk, channels, divide = resnet(config["width"], config["blocks"], planes, tuple(config.get("stem", (2, 2))))
    bands = -(-(bins // planes) // divide)
    return Detector(trunk, channels, bands, config.get("head", "pool"), config.get("dropout", 0.2), planes)
