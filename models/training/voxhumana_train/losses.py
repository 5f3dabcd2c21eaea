"""Training losses on scores and embeddings; every one makes a higher score mean more bona fide."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class Cosine(nn.Module):
    """Score by cosine to learned directions, so that OC- and AM-softmax models export like any other."""

    def __init__(self, size: int, directions: int, scale: float):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(directions, size) * 0.1)
        self.scale = scale

    def forward(self, e: torch.Tensor) -> torch.Tensor:
        e = e / torch.sqrt((e * e).sum(1, keepdim=True) + 1e-8)
        w = self.weight / torch.sqrt((self.weight * self.weight).sum(1, keepdim=True) + 1e-8)
        c = F.linear(e, w)
        # Two directions (bona fide, spoof) give a difference; one gives the cosine itself.
        return self.scale * (c[:, :1] - c[:, 1:] if c.shape[1] == 2 else c)


def attach(net: nn.Module, config: dict) -> None:
    """Replaces the linear score layer where the loss wants cosines."""
    size = net.score.in_features
    if config["loss"] == "oc_softmax":
        net.score = Cosine(size, 1, 1.0)
    elif config["loss"] == "am_softmax":
        net.score = Cosine(size, 2, config.get("scale", 10.0))


def loss(scores: torch.Tensor, labels: torch.Tensor, config: dict) -> torch.Tensor:
    """`labels` between 0 (spoof) and 1 (bona fide); values between come from mixup and smoothing."""
    kind = config["loss"]
    if kind == "bce":
        smooth = config.get("smoothing", 0.05)
        each = F.binary_cross_entropy_with_logits(scores, labels * (1 - smooth) + smooth / 2, reduction="none")
        if config.get("focal"):
            # Lin et al. 2017: what is right already counts little.
            wrong = torch.sigmoid(scores) * (1 - labels) + torch.sigmoid(-scores) * labels
            each = each * wrong ** config["focal"]
        value = each.mean()
        return value + config["ranking"] * ranking_loss(scores, labels) if config.get("ranking") else value
    if kind == "oc_softmax":  # Zhang et al. 2021: margins 0.9 and 0.2, scale 20
        bona = F.softplus(20 * (0.9 - scores))
        spoof = F.softplus(20 * (scores - 0.2))
        return (labels * bona + (1 - labels) * spoof).mean() / 20
    if kind == "am_softmax":  # Wang et al. 2018 for two classes: margin on the target's cosine
        margin = config.get("margin", 0.2) * config.get("scale", 10.0)
        return (labels * F.softplus(margin - scores) + (1 - labels) * F.softplus(margin + scores)).mean()
    raise SystemExit(f"loss is {kind!r}; accepted: bce, oc_softmax, am_softmax")


def domain_loss(logits: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    """Is this one voice speaking? Both answers weigh alike, however many windows of each a batch has."""
    each = F.binary_cross_entropy_with_logits(logits, inside.float(), reduction="none")
    return (each[inside].mean() + each[~inside].mean()) / 2


def maker_loss(logits: torch.Tensor, makers: torch.Tensor) -> torch.Tensor:
    """Which machine made the copy, or none, asked of the pairs alone (`makers` >= 0): voice, words and room are the same in both,
    so only the machine's own traces answer it (vocoder identification as a second task, Sun et al. 2023)."""
    return F.cross_entropy(logits, makers, ignore_index=-1)


def ranking_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Every human window of the batch above every spoof (Burges et al. 2005): a threshold of its own for each batch."""
    return F.softplus(scores[labels < 0.5][None] - scores[labels >= 0.5][:, None]).mean()


def pair_loss(scores: torch.Tensor, pairs: int) -> torch.Tensor:
    """The first `2 * pairs` scores are a human clip and a spoof of its words or its corpus, in turn: only their difference
    is asked for (a ranking loss, Burges et al. 2005), so that "sounds like this corpus" cannot help."""
    both = scores[: 2 * pairs].view(pairs, 2)
    return F.softplus(both[:, 1] - both[:, 0]).mean()
