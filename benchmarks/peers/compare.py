#!/usr/bin/env python3
"""Training steps of the suite and of PyTorch, alternately in the same minutes: median images/s and their ratio.

    compare.py [--binary target/release/inna-bench] [--rounds 5] [--jobs | --networks]

A row per batch size and number of threads, of the paper's network. `limit` is what the suite's step would reach if its matrix products ran at
nine tenths of the rate that one product alone reaches, and nothing else took time. With --jobs: two trainings at once on
one thread each, against PyTorch's training on two threads. With --networks: the networks of other tasks, by whose names they are
called, at their batch sizes. Prints a Markdown table.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

PEER = pathlib.Path(__file__).with_name("pytorch.py")


def measure(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# Task of the suite: (network of the peer, images per batch, classes).
NETWORKS = {
    "resnet20-cifar10": ("resnet20", 128, 10),
    "resnet-bn-shapes": ("resnet-bn", 32, 10),
    "resnet-gn-shapes": ("resnet-gn", 32, 10),
    "lenet-shapes": ("lenet", 32, 10),
    "autoencoder-curves": ("autoencoder", 50, 1),
    "gpt-grammar": ("gpt", 32, 24),
}


def ours(binary, batch, threads, more=()):
    size = ["--batch", str(batch), "--threads", str(threads), "--steps", "6"]
    return [binary, "time", "step", "--json", *size, *more]


def theirs(batch, threads, more=()):
    size = ["--batch", str(batch), "--threads", str(threads), "--repeats", "6"]
    return [sys.executable, str(PEER), "step", *size, *more]


def side_by_side(command, count):
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    return sum(json.loads(p.communicate()[0])["images_per_s"] for p in processes)


def row(name, rounds, us, them):
    """`us` and `them` return (images/s, limit or None) and images/s."""
    pairs = [(us(), them()) for _ in range(rounds)]
    speed = statistics.median(p[0][0] for p in pairs)
    peer = statistics.median(p[1] for p in pairs)
    ratio = statistics.median(p[0][0] / p[1] for p in pairs)
    shares = [p[0][0] / p[0][1] for p in pairs if p[0][1]]
    share = f"{statistics.median(shares):.2f}" if shares else ""
    print(f"| {name} | {speed:.0f} | {peer:.0f} | {ratio:.2f} | {share} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/inna-bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", action="store_true")
    parser.add_argument("--networks", action="store_true")
    options = parser.parse_args()
    print("| training step | suite, images/s | PyTorch, images/s | ratio | share of the limit |")
    print("| --- | --- | --- | --- | --- |")
    if options.jobs:
        two = lambda: (side_by_side(ours(options.binary, 32, 1), 2), None)
        row("batch 32, 2 jobs of 1 thread : 2 threads", options.rounds, two,
            lambda: measure(theirs(32, 2))["images_per_s"])
        return
    if options.networks:
        cases = [
            (f"{task}, ", batch, ["--task", task], ["--network", peer, "--classes", str(classes)])
            for task, (peer, batch, classes) in NETWORKS.items()
        ]
    else:
        cases = [("", batch, [], []) for batch in (32, 128)]
    for name, batch, mine, other in cases:
        for threads in (1, 2):
            def us(batch=batch, threads=threads, mine=mine):
                result = measure(ours(options.binary, batch, threads, mine))
                return result["images_per_s"], result["limit_images_per_s"]
            row(f"{name}batch {batch}, {threads} thread{'s' * (threads > 1)}", options.rounds, us,
                lambda: measure(theirs(batch, threads, other))["images_per_s"])


if __name__ == "__main__":
    main()
