"""Writes what PyTorch's two exporters, and ONNX Runtime's quantiser, make of small networks.

    python torch_exports.py FOLDER

writes FOLDER/NAME.onnx for each, with its inputs as FOLDER/NAME.INPUT.bin, and FOLDER/cases.json: names, inputs, and
what `onnx.checker` says of the file (null: it is valid).
"""
import json
import os
import sys
import warnings

import numpy as np
import onnx
import torch
from onnxruntime import quantization
from torch import nn

warnings.filterwarnings("ignore")
OUT = sys.argv[1]
os.makedirs(OUT, exist_ok=True)
torch.manual_seed(0)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        )
        for norm in (self.body[1], self.body[4]):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)

    def forward(self, x):
        return torch.relu(x + self.body(x))


class Recurrent(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell(6, 5, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, x):
        steps, _ = self.cell(x)
        return self.head(steps[:, -1])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        def heads(y):
            return y.unflatten(-1, (2, 4)).transpose(1, 2)

        y = nn.functional.scaled_dot_product_attention(heads(self.query(x)), heads(self.key(x)), heads(self.value(x)))
        return y.transpose(1, 2).flatten(2)


class Multihead(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        return self.norm(x + self.attention(x, x, x, need_weights=False)[0])


class Einsum(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 8, 4))

    def forward(self, x):
        return torch.einsum("nsc,hcd->nhsd", x, self.weight)


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU())
        self.mean, self.log_var = nn.Linear(16, 3), nn.Linear(16, 3)

    def forward(self, x):
        h = self.body(x)
        return self.mean(h), self.log_var(h).clamp(-10, 10)


class Upsample(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 3, 3, padding=1)

    def forward(self, x):
        return self.conv(nn.functional.interpolate(x, scale_factor=2, mode="nearest"))


NETWORKS = {
    "mlp": (nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.LayerNorm(16), nn.Linear(16, 3), nn.Softmax(-1)), (2, 6)),
    "conv": (
        nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.SiLU(), nn.MaxPool2d(2), nn.Conv2d(8, 4, 1), nn.AdaptiveAvgPool2d(1)),
        (2, 3, 16, 16),
    ),
    "residual": (Residual(), (2, 4, 8, 8)),
    "lstm": (Recurrent(nn.LSTM), (2, 7, 6)),
    "gru": (Recurrent(nn.GRU), (2, 7, 6)),
    "attention": (Attention(), (2, 5, 8)),
    "multihead": (Multihead(), (2, 5, 8)),
    "group-norm": (nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.GroupNorm(4, 8), nn.ELU()), (2, 3, 8, 8)),
    "einsum": (Einsum(), (2, 5, 8)),
    "vae": (Vae(), (2, 1, 8, 8)),
    "transposed": (nn.Sequential(nn.ConvTranspose2d(4, 8, 4, 2, 1), nn.LeakyReLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Sigmoid()), (2, 4, 4, 4)),
    "upsample": (Upsample(), (2, 4, 4, 4)),
}

cases = []


def tell(name: str, inputs: dict) -> None:
    path = os.path.join(OUT, f"{name}.onnx")
    try:
        onnx.checker.check_model(path, full_check=True)
        verdict = None
    except Exception as error:
        verdict = str(error)
    for key, value in inputs.items():
        value.tofile(os.path.join(OUT, f"{name}.{key}.bin"))
    cases.append({"name": name, "checker": verdict, "inputs": {key: list(value.shape) for key, value in inputs.items()}})


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter([feeds])

    def get_next(self):
        return next(self.feeds, None)


for name, (network, shape) in NETWORKS.items():
    network.eval()
    x = torch.randn(*shape)
    feeds = {"x": x.numpy()}
    outputs = ["mean", "log_var"] if name == "vae" else ["y"]
    for exporter in ("dynamo", "script"):
        title = f"{name} by {exporter}"
        path = os.path.join(OUT, f"{title}.onnx")
        if exporter == "dynamo":
            batch = torch.export.Dim("batch", min=1)
            program = torch.onnx.export(
                network, (x,), dynamo=True, dynamic_shapes=({0: batch},), input_names=["x"], output_names=outputs, verbose=False
            )
            program.save(path, external_data=False)
        else:
            axes = {each: {0: "batch"} for each in ["x", *outputs]}
            torch.onnx.export(
                network, (x,), path, dynamo=False, dynamic_axes=axes, input_names=["x"], output_names=outputs, opset_version=17
            )
        tell(title, feeds)

for name in ("mlp by script", "lstm by script", "attention by dynamo", "residual by script"):
    source = os.path.join(OUT, f"{name}.onnx")
    shape = next(case["inputs"]["x"] for case in cases if case["name"] == name)
    feeds = {"x": np.fromfile(os.path.join(OUT, f"{name}.x.bin"), dtype=np.float32).reshape(shape)}
    quantization.quantize_dynamic(source, os.path.join(OUT, f"{name}, dynamic int8.onnx"))
    tell(f"{name}, dynamic int8", feeds)
    for form in ("QDQ", "QOperator"):
        title = f"{name}, {form}"
        quantization.quantize_static(
            source, os.path.join(OUT, f"{title}.onnx"), Calibration(feeds), quant_format=quantization.QuantFormat[form]
        )
        tell(title, feeds)

with open(os.path.join(OUT, "cases.json"), "w") as file:
    json.dump({"versions": {"torch": torch.__version__, "onnx": onnx.__version__}, "cases": cases}, file)
