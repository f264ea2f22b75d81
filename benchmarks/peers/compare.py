#!/usr/bin/env python3
"""Training steps of the suite and of PyTorch, alternately in the same minutes: median images/s and their ratio.

    compare.py [--binary target/release/inna-bench] [--rounds 5] [--jobs]

A row per batch size and number of threads. `limit` is what the suite's step would reach if its matrix products ran at
nine tenths of the rate that one product alone reaches, and nothing else took time. With --jobs: two trainings at once on
one thread each, against PyTorch's training on two threads. Prints a Markdown table.
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


def ours(binary, batch, threads):
    return [binary, "time", "step", "--json", "--batch", str(batch), "--threads", str(threads), "--steps", "6"]


def theirs(batch, threads):
    return [sys.executable, str(PEER), "step", "--batch", str(batch), "--threads", str(threads), "--repeats", "6"]


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
    options = parser.parse_args()
    print("| training step | suite, images/s | PyTorch, images/s | ratio | share of the limit |")
    print("| --- | --- | --- | --- | --- |")
    if options.jobs:
        two = lambda: (side_by_side(ours(options.binary, 32, 1), 2), None)
        row("batch 32, 2 jobs of 1 thread : 2 threads", options.rounds, two,
            lambda: measure(theirs(32, 2))["images_per_s"])
        return
    for batch in (32, 128):
        for threads in (1, 2):
            def us(batch=batch, threads=threads):
                result = measure(ours(options.binary, batch, threads))
                return result["images_per_s"], result["limit_images_per_s"]
            row(f"batch {batch}, {threads} thread{'s' * (threads > 1)}", options.rounds, us,
                lambda: measure(theirs(batch, threads))["images_per_s"])


if __name__ == "__main__":
    main()
