"""Which schedule of a VAE gets furthest: python latents.py MNIST_FOLDER SECONDS NAME (a name of SEARCHES).

Networks 784-200-200-50 with tanh on MNIST binarised dynamically, the members of a search side by side in one program, a
CUDA graph a step: they differ in rate, schedule, gradient and Adam's epsilon, and share weights at the start, items and
batch size. How many steps fit into the time is measured over the first 15 s. A line of JSON for each search: the negative
log-likelihood of the 10,000 test items (drawn to 0 or 1 once) by 1,000 importance samples, of the weights and of their
moving average. Needs torch with CUDA.
"""

import gzip
import json
import math
import pathlib
import sys
import time

import numpy as np
import torch
from torch.nn.functional import softplus

DEVICE = "cuda"
SIZES = [(784, 200), (200, 200), (200, 50), (200, 50), (50, 200), (200, 200), (200, 784)]
STL = {"gradient": "stl"}
DREG = {"gradient": "dreg"}

# Items a step, draws an item, and what each member does otherwise than: standard gradient, cosine, epsilon 1e-8.
SEARCHES = {
    "vae-128": (128, 1, [
        {"rate": 1e-3}, {"rate": 2e-3}, {"rate": 5e-4}, {"rate": 1e-3, **STL}, {"rate": 2e-3, **STL},
        {"rate": 1e-3, "schedule": "exponential"}, {"rate": 1e-3, "schedule": "linear"},
        {"rate": 1e-3, "epsilon": 1e-4}, {"rate": 3e-3, **STL}, {"rate": 1e-3, **STL, "epsilon": 1e-4},
    ]),
    "vae-512": (512, 1, [
        {"rate": 1e-3}, {"rate": 2e-3}, {"rate": 4e-3}, {"rate": 2e-3, **STL}, {"rate": 4e-3, **STL},
        {"rate": 2e-3, "epsilon": 1e-4},
    ]),
    "iwae-128": (128, 5, [
        {"rate": 1e-3}, {"rate": 2e-3}, {"rate": 5e-4}, {"rate": 1e-3, **STL}, {"rate": 2e-3, **STL},
        {"rate": 1e-3, "epsilon": 1e-4},
    ]),
    "iwae-256": (256, 5, [
        {"rate": 2e-3, **STL}, {"rate": 3e-3, **STL}, {"rate": 4e-3, **STL}, {"rate": 3e-3, **DREG},
        {"rate": 4e-3, **DREG}, {"rate": 3e-3},
    ]),
}


def pictures(folder, name):
    content = gzip.decompress((pathlib.Path(folder) / f"{name}-images-idx3-ubyte.gz").read_bytes())
    values = np.frombuffer(content, np.uint8, offset=16).reshape(-1, 784)
    return torch.from_numpy(values.copy()).to(DEVICE).float().div(255)


class Ensemble:
    """Members as one stack of weights, [members, in, out] and [members, 1, out]."""

    def __init__(self, train, batch, draws, members):
        self.train, self.batch, self.draws, self.members = train, batch, draws, len(members)
        torch.manual_seed(0)
        self.weights = []
        for size, to in SIZES:
            bound = math.sqrt(6 / (size + to))
            kernel = (torch.rand(1, size, to, device=DEVICE) * 2 - 1) * bound
            self.weights.append(kernel.repeat(self.members, 1, 1).contiguous().requires_grad_())
            self.weights.append(torch.zeros(self.members, 1, to, device=DEVICE, requires_grad=True))
        mean = train.mean(0).clamp(1e-3, 1 - 1e-3)
        with torch.no_grad():
            self.weights[-1].copy_((mean / (1 - mean)).log().expand(self.members, 1, 784))
        self.moments = [torch.zeros_like(weight) for weight in self.weights]
        self.squares = [torch.zeros_like(weight) for weight in self.weights]
        self.averages = [weight.detach().clone() for weight in self.weights]

        def each(of):
            return torch.tensor([float(of(member)) for member in members], device=DEVICE).view(-1, 1, 1)

        self.rate = each(lambda member: member["rate"])
        self.epsilon = each(lambda member: member.get("epsilon", 1e-8))
        self.pathwise = each(lambda member: "gradient" in member)
        self.dreg = each(lambda member: member.get("gradient") == "dreg")
        self.linear = each(lambda member: member.get("schedule") == "linear")
        self.exponential = each(lambda member: member.get("schedule") == "exponential")
        self.steps = torch.zeros((), device=DEVICE)
        self.total = torch.tensor(1e9, device=DEVICE)

    def step(self):
        self.steps.add_(1)
        rows = torch.randint(len(self.train), (self.batch,), device=DEVICE)
        x = (torch.rand(self.batch, 784, device=DEVICE) < self.train[rows]).float()
        x = x.expand(self.members, self.batch, 784)
        loss = self.elbo(x) if self.draws == 1 else self.importance_weighted(x)
        gradients = torch.autograd.grad(loss, self.weights)
        with torch.no_grad():
            self.adam(gradients)

    def elbo(self, x):
        mean, log_var = encode(self.weights, x)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)
        logits = decode(self.weights, z)
        log_p = (x * logits - softplus(logits)).sum(2)
        exact = 0.5 * (mean * mean + log_var.exp() - 1 - log_var).sum(2)
        stopped, stopped_var = mean.detach(), log_var.detach()
        drawn = (-0.5 * (stopped_var + (z - stopped) ** 2 / stopped_var.exp()) + 0.5 * z * z).sum(2)
        pathwise = self.pathwise.squeeze(2)
        return -(log_p - (1 - pathwise) * exact - pathwise * drawn).mean(1).sum()

    def importance_weighted(self, x):
        mean, log_var = encode(self.weights, x)
        logs = log_weights(self.weights, x, mean, log_var, self.draws, self.pathwise, self.dreg)
        logs = logs.view(self.members, self.batch, self.draws)
        return -(torch.logsumexp(logs, 2) - math.log(self.draws)).mean(1).sum()

    def adam(self, gradients):
        done = (self.steps / self.total).clamp(max=1)
        cosine = 0.5 * (1 + torch.cos(math.pi * done))
        left = (
            cosine * (1 - self.linear - self.exponential)
            + self.linear * (1 - done)
            + self.exponential * torch.exp(-math.log(100) * done)
        )
        rate = self.rate * left * (self.steps / 500).clamp(max=1)
        first, second = 1 - 0.9**self.steps, 1 - 0.999**self.steps
        torch._foreach_mul_(self.moments, 0.9)
        torch._foreach_add_(self.moments, gradients, alpha=0.1)
        torch._foreach_mul_(self.squares, 0.999)
        torch._foreach_addcmul_(self.squares, gradients, gradients, 0.001)
        of = zip(self.weights, self.moments, self.squares, self.averages)
        for weight, moment, square, average in of:
            weight.sub_(rate * (moment / first) / ((square / second).sqrt() + self.epsilon))
            average.mul_(0.9999).add_(weight * 0.0001)


def dense(weights, layer, x):
    return torch.baddbmm(weights[2 * layer + 1], x, weights[2 * layer])


def encode(weights, x):
    h = torch.tanh(dense(weights, 1, torch.tanh(dense(weights, 0, x))))
    return dense(weights, 2, h), dense(weights, 3, h)


def decode(weights, z):
    return dense(weights, 6, torch.tanh(dense(weights, 5, torch.tanh(dense(weights, 4, z)))))


def log_weights(weights, x, mean, log_var, draws, pathwise=None, dreg=None):
    """ln p(x, z) - ln q(z|x) of draws of each item, without the constants, which cancel."""
    x, mean, log_var = (of.repeat_interleave(draws, 1) for of in (x, mean, log_var))
    z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_var)
    shares = {}
    if dreg is not None:
        z.register_hook(lambda gradient: gradient * (dreg * shares["of"] + 1 - dreg))
        mean = mean * (1 - pathwise) + mean.detach() * pathwise
        log_var = log_var * (1 - pathwise) + log_var.detach() * pathwise
    log_q = -0.5 * (log_var + (z - mean) ** 2 / log_var.exp()).sum(2)
    logits = decode(weights, z)
    logs = (x * logits - softplus(logits)).sum(2) - 0.5 * (z * z).sum(2) - log_q
    grouped = logs.detach().view(len(logs), -1, draws)
    shares["of"] = torch.softmax(grouped, 2).view(len(logs), -1, 1)
    return logs


@torch.no_grad()
def negative_log_likelihood(weights, test, samples=1000, together=100):
    members = len(weights[0])
    total = torch.zeros(members, device=DEVICE)
    for rows in test.split(100):
        x = rows.expand(members, *rows.shape)
        mean, log_var = encode(weights, x)
        log_sum = None
        for _ in range(samples // together):
            logs = log_weights(weights, x, mean, log_var, together)
            part = torch.logsumexp(logs.view(members, len(rows), together), 2)
            log_sum = part if log_sum is None else torch.logaddexp(log_sum, part)
        total -= (log_sum - math.log(samples)).sum(1)
    return [round(value, 3) for value in (total / len(test)).tolist()]


def search(folder, seconds, name):
    torch.backends.cuda.matmul.allow_tf32 = True
    batch, draws, members = SEARCHES[name]
    train, test = pictures(folder, "train"), pictures(folder, "t10k")
    generator = torch.Generator(device=DEVICE).manual_seed(7)
    test = (torch.rand(test.shape, device=DEVICE, generator=generator) < test).float()
    ensemble = Ensemble(train, batch, draws, members)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            ensemble.step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        ensemble.step()
    torch.cuda.synchronize()
    began, done, steps = time.time(), 3, None
    while steps is None or done < steps:
        graph.replay()
        done += 1
        if done % 500 == 0:
            torch.cuda.synchronize()
            taken = time.time() - began
            if steps is None and taken > 15:
                steps = int(done / taken * seconds * 0.85)
                ensemble.total.fill_(steps)
    print(json.dumps({
        "search": name, "batch": batch, "draws": draws, "steps": steps, "members": members,
        "nll": negative_log_likelihood(ensemble.weights, test),
        "averaged": negative_log_likelihood(ensemble.averages, test),
    }), flush=True)


if __name__ == "__main__":
    search(sys.argv[1], float(sys.argv[2]), sys.argv[3])
