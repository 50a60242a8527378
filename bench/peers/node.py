"""Python participants of the `node` benchmark: onnxruntime on the same file, PyTorch on the same network.

python node.py cold FRAMEWORK FOLDER         prints the milliseconds from import to the first embedding
python node.py serve FRAMEWORK FOLDER BATCH  answers each line n with quantiles of n calls
"""

import json
import resource
import sys
import time

start = time.perf_counter()
mode, framework, folder = sys.argv[1:4]
batch = int(sys.argv[4]) if mode == "serve" else 1


def embedder():
    if framework == "pytorch":
        import torch
        from torch import nn

        class Encoder(nn.Module):
            def __init__(self):
                super().__init__()
                self.hidden = nn.Linear(784, 400)
                self.mean = nn.Linear(400, 20)
                self.log_var = nn.Linear(400, 20)

            def forward(self, x):
                h = torch.relu(self.hidden(x))
                return self.mean(h), self.log_var(h)

        model = Encoder().eval()
        x = torch.rand(batch, 784)

        def embed():
            with torch.inference_mode():
                return model(x)[0]

        return embed
    import numpy
    import onnxruntime

    session = onnxruntime.InferenceSession(
        f"{folder}/encoder.onnx", providers=["CPUExecutionProvider"]
    )
    x = numpy.random.default_rng(0).random((batch, 784), dtype=numpy.float32)
    return lambda: session.run(None, {"x": x})[0]


try:
    embed = embedder()
except ImportError as error:
    print(json.dumps({"absent": f"{framework}: {error}"}), flush=True)
    sys.exit(0)

if mode == "cold":
    embed()
    print(json.dumps({"ms": (time.perf_counter() - start) * 1000}))
    sys.exit(0)

print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    times = []
    first = time.perf_counter()
    for _ in range(int(line)):
        begin = time.perf_counter()
        embed()
        times.append((time.perf_counter() - begin) * 1e6)
    per_second = len(times) / (time.perf_counter() - first)
    times.sort()
    at = lambda quantile: times[int((len(times) - 1) * quantile)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer = {"perSecond": per_second, "p50": at(0.5), "p99": at(0.99), "peakMiB": peak}
    print(json.dumps(answer), flush=True)
