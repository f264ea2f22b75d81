#!/usr/bin/env python3
"""What the suite's speed is held against: the paper's training step, and optimizer updates alone, in PyTorch.

    pytorch.py step   --batch 32 --threads 1 --optimizer inna
    pytorch.py step   --network resnet20 --batch 128
    pytorch.py step   --device cuda --tf32 --channels-last [--compile [--mode reduce-overhead]]
    pytorch.py update --size 20000000 --threads 2 --optimizer adam

One JSON line each. The step is forward pass, backward pass and update of Network in Network as the suite builds it
(994 456 parameters for 100 classes), or of another network as the task of the suite has it. Needs `pip install torch` (measured with 2.13.0).
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Sequential):
    """Three rectified convolutions, the last two 1x1."""

    def __init__(self, channels, kernel, filters):
        layers = []
        for width, side in zip(filters, (kernel, 1, 1)):
            layers += [nn.Conv2d(channels, width, side), nn.ReLU()]
            channels = width
        super().__init__(*layers)


def network(classes):
    return nn.Sequential(
        Block(3, 5, (192, 160, 96)), nn.MaxPool2d(3, 2), nn.Dropout(0.5),
        Block(96, 5, (192, 192, 192)), nn.AvgPool2d(3, 2), nn.Dropout(0.5),
        Block(192, 3, (192, 192, classes)), nn.AvgPool2d(2, 1),
        nn.Flatten(), nn.Linear(classes, classes),
    )


class Residual(nn.Module):
    """Two normalised convolutions, added to what came in, or to what a convolution makes of it."""

    def __init__(self, channels, filters, stride, norm):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), norm(filters), nn.ReLU(inplace=True),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False), norm(filters),
        )
        self.past = nn.Identity()
        if stride > 1:
            self.past = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), norm(filters))

    def forward(self, x):
        return functional.relu(self.branch(x) + self.past(x), inplace=True)


def residual(stride, blocks, norm):
    """A stem of `stride`, then `blocks` blocks of 16, of 32 and of 64 filters each."""

    def build(classes):
        layers = [nn.Conv2d(3, 16, 3, stride, 1, bias=False), norm(16), nn.ReLU(inplace=True)]
        channels = 16
        for filters in (16, 32, 64):
            for i in range(blocks):
                layers.append(Residual(channels, filters, 2 if i == 0 and filters > 16 else 1, norm))
                channels = filters
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))

    return build


def groups(channels):
    return nn.GroupNorm(4, channels)


def lenet(classes):
    """LeNet-5 on three channels, hyperbolic tangents and averages."""
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes),
    )


CURVE = 784


def autoencoder(_):
    """784-400-200-100-50-25-6 and back, hyperbolic tangents, code and output linear."""
    widths = [CURVE, 400, 200, 100, 50, 25, 6, 25, 50, 100, 200, 400, CURVE]
    layers = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layers.append(nn.Linear(inputs, outputs))
        if outputs != 6 and i + 2 < len(widths):
            layers.append(nn.Tanh())
    return nn.Sequential(*layers)


VOCABULARY, TIME, WIDTH, HEADS = 24, 32, 64, 4


class Transform(nn.Module):
    """A block of a causal transformer, normalised before each part."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.queries, self.values = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        heads = [part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in self.queries(self.first(x)).split(WIDTH, dim=-1)]
        attended = functional.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.values(attended.transpose(1, 2).flatten(-2))
        return x + self.down(functional.gelu(self.up(self.second(x))))


class Gpt(nn.Module):
    def __init__(self, _):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Parameter(torch.randn(TIME, WIDTH))
        self.blocks = nn.Sequential(Transform(), Transform(), nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY))

    def forward(self, x):
        return self.blocks(self.tokens(x) + self.positions)


NETWORKS = {
    "nin": network,
    "lenet": lenet,
    "autoencoder": autoencoder,
    "gpt": Gpt,
    "resnet20": residual(1, 3, nn.BatchNorm2d),
    "resnet-bn": residual(2, 1, nn.BatchNorm2d),
    "resnet-gn": residual(2, 1, groups),
}


class Inna(torch.optim.Optimizer):
    """INNA in its one-state form on PyTorch's multi-tensor operations, the way its own optimizers are fast."""

    def __init__(self, parameters, lr=0.05, alpha=0.5, beta=0.1):
        super().__init__(parameters, {"lr": lr, "alpha": alpha, "beta": beta})
        self.velocities = [torch.zeros_like(p) for g in self.param_groups for p in g["params"]]

    @torch.no_grad()
    def step(self):
        group = self.param_groups[0]
        lr, alpha, beta = group["lr"], group["alpha"], group["beta"]
        weights, gradients = group["params"], [p.grad for p in group["params"]]
        torch._foreach_add_(weights, self.velocities, alpha=lr)
        torch._foreach_add_(weights, gradients, alpha=-lr * beta)
        torch._foreach_mul_(self.velocities, 1 - alpha * lr)
        torch._foreach_add_(self.velocities, gradients, alpha=-lr * (1 - alpha * beta))


OPTIMIZERS = {
    "inna": Inna,
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01, foreach=True),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-3, foreach=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.01, foreach=True),
}


def median_seconds(action, repeats, device="cpu"):
    for _ in range(3):
        action()
    if device == "cuda":
        # As the suite is timed: nothing is waited for between steps, and so this is a mean.
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(repeats):
            action()
        torch.cuda.synchronize()
        return (time.perf_counter() - start) / repeats
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def batch(options):
    """A batch, and the loss of what a network makes of it."""
    size, device = options.batch, options.device
    if options.network == "autoencoder":
        images = torch.rand(size, CURVE, device=device)
        return images, lambda z: functional.binary_cross_entropy_with_logits(z, images, reduction="sum") / size
    if options.network == "gpt":
        tokens = torch.randint(0, VOCABULARY, (size, TIME + 1), device=device)
        return tokens[:, :-1], lambda z: functional.cross_entropy(z.flatten(0, 1), tokens[:, 1:].flatten())
    labels = torch.randint(0, options.classes, (size,), device=device)
    return torch.randn(size, 3, 32, 32, device=device), lambda z: functional.cross_entropy(z, labels)


def time_step(options):
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.tf32
    net = NETWORKS[options.network](options.classes).to(options.device)
    images, loss = batch(options)
    if options.channels_last:
        net, images = net.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    optimizer = OPTIMIZERS[options.optimizer](net.parameters())
    forward = torch.compile(net, mode=options.mode) if options.compile else net

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(forward(images)).backward()
        optimizer.step()

    seconds = median_seconds(step, options.repeats, options.device)
    return {"device": options.device, "images_per_s": options.batch / seconds, "ms_per_step": 1e3 * seconds}


def time_update(options):
    weight = nn.Parameter(torch.randn(options.size))
    weight.grad = torch.randn(options.size)
    optimizer = OPTIMIZERS[options.optimizer]([weight])
    seconds = median_seconds(optimizer.step, options.repeats)
    return {"ms_per_update": 1e3 * seconds, "size": options.size}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["step", "update"])
    parser.add_argument("--network", choices=sorted(NETWORKS), default="nin")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--size", type=int, default=20_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--optimizer", choices=sorted(OPTIMIZERS), default="inna")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--tf32", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--mode", default="default", help="of torch.compile: reduce-overhead records CUDA graphs")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    result = time_step(options) if options.what == "step" else time_update(options)
    common = {"peer": f"PyTorch {torch.__version__}", "threads": options.threads, "optimizer": options.optimizer}
    print(json.dumps(common | result))


if __name__ == "__main__":
    main()
