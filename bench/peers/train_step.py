"""One training step in PyTorch, for comparison: python train_step.py MODEL BATCH ITEMS_FILE."""

import json
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(2)
torch.manual_seed(0)
model_name, batch, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 400)
        self.mean = nn.Linear(400, 20)
        self.log_var = nn.Linear(400, 20)
        self.up = nn.Linear(20, 400)
        self.output = nn.Linear(400, 784)

    def encode(self, x):
        h = F.relu(self.hidden(x))
        return self.mean(h), self.log_var(h)

    def decode(self, z):
        return self.output(F.relu(self.up(z)))


class Conv(nn.Module):
    """Strided convolutions 1-32-64 down, a dense bottleneck of 20, and the mirror image up."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU()
        )
        self.hidden = nn.Linear(64 * 49, 128)
        self.mean = nn.Linear(128, 20)
        self.log_var = nn.Linear(128, 20)
        self.open = nn.Linear(20, 128)
        self.widen = nn.Linear(128, 64 * 49)
        self.up = nn.Sequential(
            nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1)
        )

    def encode(self, x):
        h = self.down(x.view(-1, 1, 28, 28)).flatten(1)
        h = F.relu(self.hidden(h))
        return self.mean(h), self.log_var(h)

    def decode(self, z):
        h = F.relu(self.widen(F.relu(self.open(z))))
        return self.up(h.view(-1, 64, 7, 7)).flatten(1)


model = Conv() if model_name.startswith("conv") else Mlp()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
items = torch.from_numpy(np.fromfile(path, dtype=np.float32).reshape(-1, 784))
batches = [b for b in items.split(batch) if len(b) == batch]


def step(x):
    optimizer.zero_grad(set_to_none=True)
    mean, log_var = model.encode(x)
    z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)
    logits = model.decode(z)
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
    loss = (reconstruction + kl) / len(x)
    loss.backward()
    optimizer.step()
    return loss.item()


done = 0
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    count = int(line)
    for _ in range(2):
        step(batches[done % len(batches)])
        done += 1
    began = time.perf_counter()
    for _ in range(count):
        loss = step(batches[done % len(batches)])
        done += 1
    ms = (time.perf_counter() - began) * 1000 / count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": ms, "peakMiB": peak, "loss": loss}), flush=True)
