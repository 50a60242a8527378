"""Which settings of a vq-vae get furthest: python codes.py FOLDER_OF_64x64_PNGS [PART OF].

Networks as `--family vq-vae` has them, without the prior, on pictures over white; a tenth of them, by the first part of
their names, is for testing. Each trial may multiply as often as 26 epochs of what stands in BASE do, the prior's
multiplications and the search for the nearest entries counted. A line of JSON for each: the MSE of the test pictures in
[0, 1]. PART of so many trains every so manieth trial: several may run on one GPU. Needs torch with CUDA, and pillow.
"""

import hashlib
import json
import math
import pathlib
import re
import sys

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

DEVICE = "cuda"
SIDE = 64
BASE = {
    "channels": [64, 128], "codes": 512, "dim": 16, "blocks": 0, "batch": 32, "rate": 2e-3,
    "commitment": 2.5, "decay": 0.99, "flip_and_shift": True, "prior": 64, "times": 1,
}
FINE = {"channels": [64], "prior": 32}
SMALL = {"channels": [32, 64], "batch": 16, "rate": 4e-3}
TRIALS = [
    {}, {"rate": 1e-3}, {"rate": 4e-3}, {"batch": 16}, {"batch": 64},
    {"channels": [64]}, {**FINE, "codes": 64}, {**FINE, "codes": 128}, {**FINE, "codes": 256},
    {"channels": [32], "prior": 32, "codes": 128, "blocks": 1},
    {"channels": [32], "prior": 32, "codes": 128, "blocks": 2},
    {**FINE, "codes": 128, "blocks": 1}, {"blocks": 1},
    {"blocks": 1, "channels": [32, 64]}, {"blocks": 2, "channels": [32, 64]}, {"channels": [32, 64]},
    {"codes": 1024}, {"codes": 2048}, {"dim": 8}, {"dim": 32}, {"dim": 64},
    {"commitment": 0.25}, {"commitment": 1.0}, {"commitment": 10.0}, {"flip_and_shift": False},
    {"decay": 0.95}, {"times": 3}, {"channels": [32], "prior": 32, "codes": 256},
    {**FINE, "codes": 64, "dim": 8}, {**FINE, "codes": 256, "rate": 4e-3},
    {**FINE, "codes": 256, "commitment": 10.0},
    SMALL, {**SMALL, "rate": 2e-3}, {"batch": 16, "rate": 4e-3}, {"batch": 8},
    {"batch": 16, "rate": 4e-3, "decay": 0.95, "flip_and_shift": False}, {**SMALL, "prior": 32},
    {**SMALL, "channels": [64, 64]}, {**SMALL, "channels": [32, 128]}, {**SMALL, "blocks": 1},
    {"batch": 16, "rate": 8e-3}, {**SMALL, "codes": 1024},
    {**SMALL, "channels": [32], "codes": 256, "prior": 32},
    {**SMALL, "channels": [64], "codes": 64, "prior": 32}, {"rate": 6e-3}, {**SMALL, "codes": 256},
]


def pictures(folder):
    items, test = [], []
    for file in sorted(pathlib.Path(folder).glob("*.png")):
        picture = Image.open(file).convert("RGBA")
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        white.alpha_composite(picture)
        items.append(np.asarray(white.convert("RGB")))
        group = re.match("[0-9a-f]+", file.name)[0]
        test.append(int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) < 0.1 * 2**32)
    items = torch.from_numpy(np.stack(items)).to(DEVICE).permute(0, 3, 1, 2).float().div(255)
    items, test = items.contiguous(memory_format=torch.channels_last), torch.tensor(test, device=DEVICE)
    train = items[~test]
    return train[: int(len(train) * 0.95)], items[test]


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, 1, 1)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x):
        return x + self.second(F.silu(self.first(F.silu(x))))


class Network(nn.Module):
    """Strided convolutions to a grid of vectors, and back; `products` is what an item multiplies, prior included."""

    def __init__(self, channels, codes, dim, blocks, prior):
        super().__init__()
        side, before, products, encoder = SIDE, 3, 0, []
        for filters in channels:
            side //= 2
            encoder += [nn.Conv2d(before, filters, 4, 2, 1), nn.SiLU()]
            products += side * side * 16 * before * filters
            for _ in range(blocks):
                encoder.append(ResidualBlock(filters))
                products += side * side * 18 * filters * filters
            before = filters
        encoder.append(nn.Conv2d(before, dim, 1))
        products += side * side * before * dim
        self.cells = side * side
        decoder = [nn.Conv2d(dim, before, 3, 1, 1), nn.SiLU()]
        products += side * side * 9 * dim * before
        for level, filters in reversed(list(enumerate(channels))):
            for _ in range(blocks):
                decoder.append(ResidualBlock(filters))
                products += side * side * 18 * filters * filters
            to = channels[level - 1] if level else 3
            decoder += [nn.ConvTranspose2d(filters, to, 4, 2, 1)] + ([nn.SiLU()] if level else [])
            products += side * side * 16 * filters * to
            side *= 2
        of_prior = codes * 32 + 25 * 32 * prior + 3 * 9 * prior * prior + prior * codes
        self.products = products + self.cells * (4 * codes * dim + of_prior)
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)

    def vectors(self, x):
        grid = self.encoder(x)
        return grid.permute(0, 2, 3, 1).reshape(-1, grid.shape[1])

    def decode(self, vectors, count):
        side = math.isqrt(self.cells)
        return self.decoder(vectors.view(count, side, side, -1).permute(0, 3, 1, 2))


class Codebook:
    """Entries that follow the moving averages of the vectors which choose them, from k-means on."""

    def __init__(self, vectors, codes, decay):
        self.decay, self.codes = decay, codes
        entries = vectors[torch.randperm(len(vectors), device=DEVICE)[:codes]].clone()
        for _ in range(15):
            nearest = torch.cdist(vectors, entries).argmin(1)
            counts = self.counted(nearest, 1.0)
            sums = torch.zeros_like(entries).index_add_(0, nearest, vectors)
            some = counts[:, None] > 0
            entries = torch.where(some, sums / counts.clamp(min=1)[:, None], entries)
        self.entries, self.sums = entries, entries.clone()
        self.counts = torch.ones(codes, device=DEVICE)

    def counted(self, nearest, weight):
        weights = torch.full((len(nearest),), weight, device=DEVICE)
        return torch.zeros(self.codes, device=DEVICE).index_add_(0, nearest, weights)

    def nearest(self, vectors):
        return (self.entries.pow(2).sum(1) - 2 * vectors @ self.entries.t()).argmin(1)

    def follow(self, vectors, nearest):
        share = 1 - self.decay
        self.counts.mul_(self.decay).add_(self.counted(nearest, share))
        self.sums.mul_(self.decay).index_add_(0, nearest, vectors * share)
        total = self.counts.sum()
        smoothed = (self.counts + 1e-5) / (total + self.codes * 1e-5) * total
        self.entries = self.sums / smoothed[:, None]

    def revive(self, vectors):
        even = self.counts.sum() / self.codes
        dead = self.counts < 0.05 * even
        if not dead.any():
            return
        rows = vectors[torch.randint(len(vectors), (int(dead.sum()),), device=DEVICE)]
        self.counts[dead], self.sums[dead], self.entries[dead] = even, rows * even, rows


@torch.no_grad()
def mean_squared_error(network, codebook, items):
    error = 0.0
    for x in items.split(256):
        entries = codebook.entries[codebook.nearest(network.vectors(x))]
        error += ((network.decode(entries, len(x)).clamp(0, 1) - x) ** 2).mean().item() * len(x)
    return round(error / len(items), 5)


def varied(x):
    mirrored = torch.rand(len(x), device=DEVICE) < 0.5
    x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
    return torch.roll(x, tuple(int(by) for by in np.random.randint(-2, 3, 2)), (2, 3))


def trial(train, test, given):
    s = {**BASE, **given}
    torch.manual_seed(1)
    shape = {key: s[key] for key in ("channels", "codes", "dim", "blocks", "prior")}
    network = Network(**shape).to(DEVICE).to(memory_format=torch.channels_last)
    epochs = max(3, round(s["times"] * 26 * 140e6 / network.products))
    a_epoch = math.ceil(len(train) / s["batch"])
    optimizer = torch.optim.Adam(network.parameters(), s["rate"], fused=True)
    with torch.no_grad():
        codebook = Codebook(network.vectors(train[:256]), s["codes"], s["decay"])
    step, curve = 0, {}
    for epoch in range(1, epochs + 1):
        for rows in torch.randperm(len(train), device=DEVICE).split(s["batch"]):
            x = varied(train[rows]) if s["flip_and_shift"] else train[rows]
            step += 1
            left = max(0, step - a_epoch) / max(1, a_epoch * (epochs - 1))
            for group in optimizer.param_groups:
                group["lr"] = s["rate"] * min(1, step / a_epoch) * 0.5 * (1 + math.cos(math.pi * left))
            vectors = network.vectors(x)
            with torch.no_grad():
                nearest = codebook.nearest(vectors)
                entries = codebook.entries[nearest]
            y = network.decode(vectors + (entries - vectors).detach(), len(x))
            distance = ((vectors - entries) ** 2).sum() / len(x)
            loss = ((y - x) ** 2).sum() / len(x) / (2 * 0.1**2) + s["commitment"] * distance
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                codebook.follow(vectors.detach(), nearest)
        if epoch < epochs:
            with torch.no_grad():
                some = train[torch.randperm(len(train), device=DEVICE)[:256]]
                codebook.revive(network.vectors(some))
        if epoch in (5, 10, 15, epochs):
            curve[epoch] = mean_squared_error(network, codebook, test)
    bits = round(network.cells * math.log2(s["codes"]))
    print(json.dumps({
        "search": "vq-vae", **given, "products": round(network.products / 1e6), "bits": bits, "epochs": epochs,
        "mse": curve,
    }), flush=True)


if __name__ == "__main__":
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    part, parts = (int(word) for word in sys.argv[2:4]) if len(sys.argv) > 3 else (0, 1)
    sets = pictures(sys.argv[1])
    for given in TRIALS[part::parts]:
        trial(*sets, given)
