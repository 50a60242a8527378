"""Runs an encoder of bench/src in PyTorch, with its ONNX weights, for scripts/devices: items go from pinned memory to the
device and embeddings come back, as ours do. Prints {"ready": true} or {"absent": reason}, then answers each line, a batch
size, with the median of the rounds in milliseconds, and the first and last number of the embeddings."""

import json
import statistics
import sys
import time

model, device, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
try:
    import numpy as np
    import onnx
    import torch
    from onnx import numpy_helper

    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("PyTorch sees no CUDA device")
except Exception as error:
    print(json.dumps({"absent": str(error)}), flush=True)
    sys.exit()

# The same numbers are asked of everybody: float32 throughout, no TF32.
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True

graph = onnx.load(model).graph
side, latent = graph.input[0].type.tensor_type.shape.dim[1].dim_value, 64
weights = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
layers = [torch.tensor(weights[f"w{i}"]).to(device) for i in range(len(weights))]
resnet = layers[0].dim() == 4
if resnet:
    layers = [
        w.contiguous(memory_format=torch.channels_last) if w.dim() == 4 else w for w in layers
    ]
F = torch.nn.functional


def run_mlp(x):
    w1, b1, w2, b2 = layers
    return torch.addmm(b2, torch.relu(torch.addmm(b1, x.flatten(1), w1)), w2)


def run_resnet(x):
    left = iter(layers)
    conv = lambda x, stride: F.conv2d(x, next(left), next(left), stride, 1)
    h = x.permute(0, 3, 1, 2)
    for _ in range(3):
        h = conv(h, 2)
        for _ in range(2):
            h = h + conv(F.silu(conv(F.silu(h), 1)), 1)
    w, b = next(left), next(left)
    return torch.addmm(b, F.silu(h).flatten(1), w)


forward = run_resnet if resnet else run_mlp
pin = device == "cuda"


def embed(items, out):
    z = forward(items.to(device, non_blocking=True))
    out.copy_(z, non_blocking=True)
    if pin:
        torch.cuda.synchronize()


print(json.dumps({"ready": True}), flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        batch = int(line)
        values = (np.arange(batch * side * side * 3, dtype=np.int64) * 7919 % 256) / 255
        items = torch.tensor(values.astype(np.float32)).view(batch, side, side, 3)
        out = torch.empty(batch, latent)
        if pin:
            items, out = items.pin_memory(), out.pin_memory()
        times = []
        for index in range(3 + rounds):
            start = time.perf_counter()
            embed(items, out)
            if index >= 3:
                times.append((time.perf_counter() - start) * 1000)
        ends = {"first": float(out[0, 0]), "last": float(out[-1, -1])}
        print(json.dumps({"ms": statistics.median(times), **ends}), flush=True)
