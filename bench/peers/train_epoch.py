"""Epochs of training in PyTorch, for comparison: python train_epoch.py MODEL BATCH ITEMS HOW

ITEMS is a file of floats, or a folder of pictures, which the first step then decodes: all of them at once, on every core,
so that the steps have the cores to themselves.

HOW is pytorch (as it comes) or pytorch-tuned (fused Adam, channels last), as its users tune it on a processor.
Each line n on standard input asks for n steps; an epoch's items are drawn in a new order when they are through.
"""

import json
import os
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(os.cpu_count() or 2)
torch.manual_seed(0)
model_name, batch, path, how = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
tuned = how == "pytorch-tuned"


class Gaussian(nn.Module):
    """Encoder features to mean and log variance."""

    def __init__(self, width, latent):
        super().__init__()
        self.mean = nn.Linear(width, latent)
        self.log_var = nn.Linear(width, latent)

    def forward(self, h):
        return self.mean(h), self.log_var(h)


def mlp(sizes):
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers)


class Mlp(nn.Module):
    def __init__(self, hidden, latent, samples):
        super().__init__()
        self.samples = samples
        self.latent = latent
        self.features = mlp([784, *hidden])
        self.head = Gaussian(hidden[-1], latent)
        up = list(reversed(hidden))
        self.decoder = nn.Sequential(mlp([latent, *up]), nn.Linear(up[-1], 784))

    def loss(self, x):
        mean, log_var = self.head(self.features(x))
        if self.samples == 1:
            z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)
            logits = self.decoder(z)
            reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
            kl = -0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
            return (reconstruction + kl) / len(x)
        k = self.samples
        eps = torch.randn(len(x), k, self.latent)
        z = mean[:, None] + eps * torch.exp(0.5 * log_var)[:, None]
        logits = self.decoder(z.reshape(-1, self.latent)).view(len(x), k, -1)
        target = x[:, None].expand_as(logits)
        negative = F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(-1)
        log_prior = -0.5 * z.pow(2).sum(-1)
        log_q = -0.5 * eps.pow(2).sum(-1) - 0.5 * log_var.sum(-1)[:, None]
        return -torch.logsumexp(log_prior - log_q - negative, 1).mean()


class Conv(nn.Module):
    """Strided convolutions 1-32-64 down, a dense bottleneck of 20, and the mirror image up."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU()
        )
        self.hidden = nn.Linear(64 * 49, 128)
        self.head = Gaussian(128, 20)
        self.open = nn.Linear(20, 128)
        self.widen = nn.Linear(128, 64 * 49)
        self.up = nn.Sequential(
            nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1)
        )

    def loss(self, x):
        h = F.relu(self.hidden(self.down(x.view(-1, 1, 28, 28)).flatten(1)))
        mean, log_var = self.head(h)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)
        h = F.relu(self.widen(F.relu(self.open(z))))
        logits = self.up(h.view(-1, 64, 7, 7)).flatten(1)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
        return (reconstruction + kl) / len(x)


class Block(nn.Module):
    """x + conv(silu(conv(silu(x))))"""

    def __init__(self, width):
        super().__init__()
        self.begin = nn.Conv2d(width, width, 3, 1, 1)
        self.end = nn.Conv2d(width, width, 3, 1, 1)
        nn.init.zeros_(self.end.weight)

    def forward(self, x):
        return x + self.end(F.silu(self.begin(F.silu(x))))


class ResNet(nn.Module):
    """Strided convolutions 3-32-64-128-128 with a residual block behind each, latent 128, and back up."""

    widths = (32, 64, 128, 128)

    def __init__(self):
        super().__init__()
        down, fan_in = [], 3
        for i, width in enumerate(self.widths):
            down += [*([nn.SiLU()] if i else []), nn.Conv2d(fan_in, width, 4, 2, 1), Block(width)]
            fan_in = width
        self.down = nn.Sequential(*down, nn.SiLU())
        up, levels = [], list(reversed(self.widths))
        for i, width in enumerate(levels):
            finer = levels[i + 1] if i + 1 < len(levels) else 3
            up += [Block(width), nn.SiLU(), nn.ConvTranspose2d(width, finer, 4, 2, 1)]
        self.up = nn.Sequential(*up)
        self.hidden = nn.Linear(128 * 16, 256)
        self.head = Gaussian(256, 128)
        self.open = nn.Linear(128, 256)
        self.widen = nn.Linear(256, 128 * 16)
        self.log_sigma = nn.Parameter(torch.zeros(()))

    def loss(self, x):
        x = x.view(-1, 64, 64, 3).permute(0, 3, 1, 2)
        mean, log_var = self.head(F.silu(self.hidden(self.down(x).flatten(1))))
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)
        grid = self.widen(F.silu(self.open(z))).view(-1, 128, 4, 4)
        if tuned:
            grid = grid.contiguous(memory_format=torch.channels_last)
        # Pictures that are learnt well would bring it down until numbers overflow.
        log_sigma = self.log_sigma.clamp(min=-4)
        error = (x - self.up(grid)) / log_sigma.exp()
        reconstruction = torch.sum(0.5 * error.pow(2) + log_sigma)
        kl = -0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
        return (reconstruction + kl) / len(x)


MODELS = {
    "mlp": lambda: Mlp([400], 20, 1),
    "iwae": lambda: Mlp([200, 200], 50, 5),
    "conv": Conv,
    "resnet": ResNet,
}

model = MODELS[model_name]()
if tuned and model_name in ("conv", "resnet"):
    model = model.to(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=tuned)
size = 64 * 64 * 3 if model_name == "resnet" else 784


def decoded():
    from picture_files import PictureFiles

    files = PictureFiles(path, lambda picture: torch.from_numpy(np.array(picture)).flatten())
    workers = torch.get_num_threads()
    loader = torch.utils.data.DataLoader(files, batch_size=256, num_workers=workers)
    return torch.cat(list(loader))


def epochs():
    """Batches of `batch` items without end, in a new order for each epoch."""
    if os.path.isdir(path):
        items = decoded()
    else:
        items = torch.from_numpy(np.fromfile(path, dtype=np.float32).reshape(-1, size))
    while True:
        for chosen in torch.randperm(len(items)).split(batch):
            if len(chosen) == batch:
                x = items[chosen]
                yield x.float().div_(255) if x.dtype == torch.uint8 else x


batches = epochs()


def step():
    loss = model.loss(next(batches))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    count = int(line)
    began = time.perf_counter()
    for _ in range(count):
        loss = step()
    ms = (time.perf_counter() - began) * 1000 / count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": ms, "peakMiB": peak, "loss": loss}), flush=True)
