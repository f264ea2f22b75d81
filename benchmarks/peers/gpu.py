#!/usr/bin/env python3
"""Everything that a GPU has to prove, in one command: first that it computes what the CPU computes, then how fast.

    gpu.py [--binary target/release/inna-bench] [--replicas 20] [--rounds 3] [-o FILE]

Correctness is `inna-bench check engine` in both precisions. Speed is the training step of Network in Network at batch 32:
the suite with one replica and with many, alternating with PyTorch's single run, eager, with TF32 and channels-last, and
compiled. Writes FILE (default benchmarks/results/GPU-NAME.json) and prints a Markdown table. Needs PyTorch with CUDA;
cuBLAS and NVRTC are taken from its wheels if the system has none. Stops after a comparison that missed. With --rehearse
the script itself is tried out on a machine without a GPU: emulated kernels, PyTorch on the CPU, tiny sizes.
"""

import argparse
import datetime
import glob
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PEER = HERE / "pytorch.py"

PEERS = {
    "eager": [],
    "TF32, channels-last": ["--tf32", "--channels-last"],
    "TF32, channels-last, compiled": ["--tf32", "--channels-last", "--compile"],
}


def environment():
    """The libraries of PyTorch's wheels, after the system's own."""
    import torch

    site = pathlib.Path(torch.__file__).parent.parent
    folders = sorted(glob.glob(str(site / "nvidia" / "*" / "lib")))
    path = [os.environ.get("LD_LIBRARY_PATH", ""), *folders]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, path))}


def call(command, env):
    """The JSON that a command prints, whatever its exit code says about what is in it."""
    process = subprocess.run(command, env=env, capture_output=True, text=True)
    try:
        return process.returncode, json.loads(process.stdout)
    except json.JSONDecodeError:
        sys.exit(f"{' '.join(map(str, command))}:\n{process.stderr}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/inna-bench")
    parser.add_argument("--replicas", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-o", "--output", type=pathlib.Path)
    parser.add_argument("--rehearse", action="store_true")
    options = parser.parse_args()
    device, peer_device, more, repeats = "cuda", "cuda", [], "60"
    if options.rehearse:
        device, peer_device, more, repeats = "emulated", "cpu", ["--width", "0.05"], "2"
        PEERS.pop("TF32, channels-last, compiled")
        options.output = options.output or pathlib.Path(os.devnull)
    env = environment()
    results = {"date": datetime.date.today().isoformat(), "command": " ".join(sys.argv)}

    results["checks"] = {}
    for precision in ("f32", "tf32"):
        command = [options.binary, "check", "engine", "--device", device, "--precision", precision, "--json"]
        code, checks = call(command, env)
        results["checks"][precision] = checks
        missed = [c["name"] for c in checks["checks"] if not c["passed"]]
        print(f"{precision}: {len(checks['checks']) - len(missed)} of {len(checks['checks'])} comparisons passed")
        if code:
            write(options, results)
            sys.exit("missed: " + "; ".join(missed))

    step = [options.binary, "time", "step", "--device", device, "--batch", "32", "--steps", repeats, "--json", *more]
    ours = {
        f"{precision}, {replicas} replica{'s' * (replicas > 1)}":
            step + ["--precision", precision, "--replicas", str(replicas)]
        for precision in ("f32", "tf32") for replicas in sorted({1, options.replicas})
    }
    peer = [sys.executable, str(PEER), "step", "--device", peer_device, "--batch", "32", "--repeats", repeats]
    results["suite"] = {name: [] for name in ours}
    results["peers"] = {name: [] for name in PEERS}
    for _ in range(options.rounds):
        for name, command in ours.items():
            results["suite"][name].append(call(command, env)[1])
        for name, more in PEERS.items():
            results["peers"][name].append(call(peer + more, os.environ)[1])
    write(options, results)
    if options.rehearse:
        print("A rehearsal: the figures below mean nothing.")
    table(results)


def table(results):
    speed = lambda runs: statistics.median(run["images_per_s"] for run in runs)
    peers = {name: speed(runs) for name, runs in results["peers"].items()}
    print("| | images/s | share of a large product's rate | " + " | ".join(f"over {name}" for name in peers) + " |")
    print("| --- | --- | --- |" + " --- |" * len(peers))
    for name, runs in results["suite"].items():
        share = statistics.median(run["share_of_limit"] for run in runs)
        ratios = " | ".join(f"{speed(runs) / peer:.2f}" for peer in peers.values())
        print(f"| suite, {name} | {speed(runs):.0f} | {share:.2f} | {ratios} |")
    for name, value in peers.items():
        print(f"| PyTorch, {name} | {value:.0f} | | " + " | " * len(peers))


def write(options, results):
    name = results["checks"]["f32"]["description"].split(",")[0].replace(" ", "-")
    path = options.output or HERE.parent / "results" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n")
    print(f"written: {path}")


if __name__ == "__main__":
    main()
