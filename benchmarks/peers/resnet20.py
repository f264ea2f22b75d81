#!/usr/bin/env python3
"""The first epoch of ResNet-20 on CIFAR-10 in PyTorch: what the same epoch of the suite is held against.

    resnet20.py data/cifar-10-batches-bin --seeds 5

One JSON line per seed: the mean loss over the images of the epoch, each before the step that it is part of, and loss and accuracy on the test images after it.
Network, start, images and order of operations are those of the task `resnet20-cifar10` (option B shortcuts, 272 474 parameters; He's normal
law; a black border of four pixels, a random crop and a random flip, then every channel standardised), the optimizer that of the paper: SGD with
momentum 0.9, weight decay 0.0001, learning rate 0.1. Random draws are PyTorch's own, so that only distributions can agree.
Needs `pip install torch numpy` (made with 2.13.0).
"""

import argparse
import json
import math
import pathlib

import numpy
import torch
from pytorch import residual
from torch import nn
from torch.nn import functional

BATCH = 128


def read(folder, names):
    """Images as numbers from 0 to 1, `[n, 3, 32, 32]`, and labels, from files of one byte and 3072 bytes per image."""
    rows = numpy.concatenate([numpy.fromfile(folder / name, dtype=numpy.uint8).reshape(-1, 3073) for name in names])
    images = torch.from_numpy(rows[:, 1:].reshape(-1, 3, 32, 32).astype(numpy.float32) / 255)
    return images, torch.from_numpy(rows[:, 0].astype(numpy.int64))


def initialise(net, generator):
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in = module.weight[0].numel()
            nn.init.normal_(module.weight, 0.0, math.sqrt(2 / fan_in), generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def augment(images, generator):
    """A random crop of every image in a black border, mirrored or not."""
    n = len(images)
    padded = functional.pad(images, (4, 4, 4, 4))
    top, left = torch.randint(0, 9, (2, n), generator=generator)
    rows = top[:, None] + torch.arange(32)
    columns = left[:, None] + torch.arange(32)
    flip = torch.rand(n, generator=generator) < 0.5
    columns = torch.where(flip[:, None], columns.flip(1), columns)
    return padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def epoch(seed, train, test):
    generator = torch.Generator().manual_seed(seed)
    (images, labels), (test_images, test_labels) = train, test
    mean = images.mean((0, 2, 3), keepdim=True)
    deviation = images.std((0, 2, 3), keepdim=True, correction=0)
    net = residual(1, 3, nn.BatchNorm2d)(10)
    assert sum(p.numel() for p in net.parameters()) == 272_474
    initialise(net, generator)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    order = torch.randperm(len(images), generator=generator)
    losses = []
    for chosen in order.split(BATCH):
        x = (augment(images[chosen], generator) - mean) / deviation
        loss = functional.cross_entropy(net(x), labels[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item() * len(chosen))
    net.eval()
    with torch.no_grad():
        logits = torch.cat([net((part - mean) / deviation) for part in test_images.split(500)])
    return {
        "train_loss_running": sum(losses) / len(images),
        "test_loss": functional.cross_entropy(logits, test_labels).item(),
        "test_accuracy": (logits.argmax(1) == test_labels).float().mean().item(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train = read(options.folder, [f"data_batch_{i}.bin" for i in range(1, 6)])
    test = read(options.folder, ["test_batch.bin"])
    for seed in range(options.seeds):
        print(json.dumps({"peer": f"PyTorch {torch.__version__}", "seed": seed} | epoch(seed, train, test)), flush=True)


if __name__ == "__main__":
    main()
