"""Trains a small VAE on drawn pictures in PyTorch and exports it to ONNX, for `latentkit adopt`.

    pip install torch onnx onnxscript
    python export_vae.py out            # torch.onnx.export, the exporter of today
    python export_vae.py out --legacy   # the TorchScript exporter

writes out/encoder.onnx, out/decoder.onnx and out/expected.json: eight pictures and their embeddings.
"""
import argparse
import json
import os

import torch
from torch import nn

SIDE = 16


def pictures(count: int, seed: int) -> torch.Tensor:
    """Soft discs of any place and size, [count, 1, SIDE, SIDE] in 0 to 1."""
    generator = torch.Generator().manual_seed(seed)
    place = torch.rand(count, 2, 1, 1, generator=generator) * 2 - 1
    size = 0.3 + 0.5 * torch.rand(count, 1, 1, generator=generator)
    axis = torch.linspace(-1.5, 1.5, SIDE)
    distance = (axis[None, None, :] - place[:, 0]) ** 2 + (axis[None, :, None] - place[:, 1]) ** 2
    return torch.sigmoid(8 * (size - distance.sqrt())).unsqueeze(1)


class Encoder(nn.Module):
    def __init__(self, latent: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Flatten()
        )
        self.mean = nn.Linear(32 * (SIDE // 4) ** 2, latent)
        self.log_var = nn.Linear(32 * (SIDE // 4) ** 2, latent)

    def forward(self, x):
        h = self.body(x)
        return self.mean(h), self.log_var(h)


class Decoder(nn.Module):
    def __init__(self, latent: int):
        super().__init__()
        self.start = nn.Linear(latent, 32 * (SIDE // 4) ** 2)
        self.body = nn.Sequential(
            nn.ReLU(), nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 1, 4, 2, 1)
        )

    def forward(self, z):
        return torch.sigmoid(self.body(self.start(z).unflatten(1, (32, SIDE // 4, SIDE // 4))))


def train(encoder: nn.Module, decoder: nn.Module, steps: int) -> None:
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3)
    for step in range(steps):
        x = pictures(128, step)
        mean, log_var = encoder(x)
        z = mean + torch.exp(log_var / 2) * torch.randn_like(mean)
        fit = nn.functional.binary_cross_entropy(decoder(z), x, reduction="sum") / len(x)
        kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum() / len(x)
        optimizer.zero_grad()
        (fit + kl).backward()
        optimizer.step()


def export(model: nn.Module, example: torch.Tensor, path: str, inputs, outputs, legacy: bool) -> None:
    names = {"input_names": inputs, "output_names": outputs, "opset_version": 18}
    if legacy:
        axes = {name: {0: "batch"} for name in inputs + outputs}
        torch.onnx.export(model, (example,), path, dynamo=False, dynamic_axes=axes, **names)
    else:
        batch = torch.export.Dim("batch", min=1)
        program = torch.onnx.export(model, (example,), dynamo=True, dynamic_shapes=({0: batch},), **names)
        program.save(path, external_data=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--legacy", action="store_true")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--latent", type=int, default=4)
    args = parser.parse_args()
    torch.manual_seed(0)
    encoder, decoder = Encoder(args.latent), Decoder(args.latent)
    train(encoder, decoder, args.steps)
    encoder.eval(), decoder.eval()
    os.makedirs(args.out, exist_ok=True)
    x, z = pictures(8, 10_000), torch.randn(2, args.latent)
    export(encoder, x[:2], os.path.join(args.out, "encoder.onnx"), ["x"], ["mean", "log_var"], args.legacy)
    export(decoder, z, os.path.join(args.out, "decoder.onnx"), ["z"], ["reconstruction"], args.legacy)
    with torch.no_grad():
        mean, _ = encoder(x)
    with open(os.path.join(args.out, "expected.json"), "w") as file:
        json.dump({"items": x.flatten().tolist(), "embeddings": mean.flatten().tolist()}, file)


if __name__ == "__main__":
    main()
