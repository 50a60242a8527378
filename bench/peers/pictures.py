"""A plain convolutional σ-VAE in tuned PyTorch on the pictures that latentkit trains on, split as it splits them.

python pictures.py FOLDER SECONDS

The network is the standard one of `latentkit train --data FOLDER --image 64x64`: strided layers of 32, 64, 128 and
128 channels, a dense layer of 256, SiLU, a latent of 128, one learned σ. Fused Adam, channels last, batches of 64,
the rate falling linearly from 2e-3 to 0 over the time given. Pictures with the same base name (before the first '-')
are on one side of the split, by the same hash. A line every five epochs: the mean squared error of reconstructions
from the posterior means, on test and on training pictures. Needs torch, numpy and pillow.
"""

import glob
import hashlib
import os
import re
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

FOLDER, SECONDS = sys.argv[1], float(sys.argv[2])
BATCH, LATENT, TEST_SHARE = 64, 128, 0.1
torch.set_num_threads(os.cpu_count() or 2)
torch.manual_seed(0)


def read(path):
    picture = Image.open(path).convert("RGBA").resize((64, 64), Image.BILINEAR)
    paper = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    paper.alpha_composite(picture)
    return np.asarray(paper.convert("RGB"))


def is_test(path):
    name = os.path.basename(path)
    group = re.match("[0-9a-f]+", name)
    digest = hashlib.sha256((group.group() if group else name).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48 < TEST_SHARE


class Vae(nn.Module):
    def __init__(self, channels=(3, 32, 64, 128, 128), hidden=256):
        super().__init__()
        down, up = [], []
        for a, b in zip(channels, channels[1:]):
            down += [nn.Conv2d(a, b, 4, 2, 1), nn.SiLU()]
        for a, b in zip(channels[:0:-1], channels[-2::-1]):
            up += [nn.ConvTranspose2d(a, b, 4, 2, 1), nn.SiLU()]
        self.top = channels[-1]
        flat = self.top * 16
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(flat, hidden), nn.SiLU())
        self.mean, self.log_var = nn.Linear(hidden, LATENT), nn.Linear(hidden, LATENT)
        self.spread = nn.Sequential(
            nn.Linear(LATENT, hidden), nn.SiLU(), nn.Linear(hidden, flat), nn.SiLU()
        )
        self.decoder = nn.Sequential(*up[:-1])
        self.log_sigma = nn.Parameter(torch.zeros(()))

    def encode(self, x):
        h = self.encoder(x)
        return self.mean(h), self.log_var(h)

    def decode(self, z):
        return torch.sigmoid(self.decoder(self.spread(z).view(-1, self.top, 4, 4)))


paths = sorted(glob.glob(f"{FOLDER}/**/*.png", recursive=True))
items = torch.from_numpy(np.stack([read(path) for path in paths])).permute(0, 3, 1, 2) / 255
tested = torch.tensor([is_test(path) for path in paths])
train, test = (
    part.contiguous(memory_format=torch.channels_last) for part in (items[~tested], items[tested])
)
print(f"{len(train)} to train on, {len(test)} to test, {torch.get_num_threads()} threads", flush=True)

net = Vae().to(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(net.parameters(), fused=True)


def error(part):
    with torch.no_grad():
        sums = [F.mse_loss(net.decode(net.encode(x)[0]), x) * len(x) for x in part.split(200)]
    return sum(sums).item() / len(part)


began, epoch = time.perf_counter(), 0
while (seconds := time.perf_counter() - began) < SECONDS:
    optimizer.param_groups[0]["lr"] = 2e-3 * (1 - seconds / SECONDS)
    for rows in torch.randperm(len(train)).split(BATCH):
        x = train[rows]
        mean, log_var = net.encode(x)
        y = net.decode(mean + torch.randn_like(mean) * torch.exp(log_var / 2))
        log_sigma = net.log_sigma.clamp(min=-4)
        reconstruction = (0.5 * ((x - y) / log_sigma.exp()) ** 2 + log_sigma).flatten(1).sum(1)
        kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum(1)
        loss = (reconstruction + kl).mean() / x[0].numel()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    epoch += 1
    if epoch % 5 == 0:
        print(
            f"epoch {epoch}  {time.perf_counter() - began:.0f} s  test {error(test):.5f}  "
            f"train {error(train[:400]):.5f}",
            flush=True,
        )
