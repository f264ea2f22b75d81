#!/usr/bin/env python3
"""Everything that a GPU has to prove, in one command: that it computes what the CPU computes, and how fast.

    gpu.py [--binary FILE] [--replicas 20] [-o FOLDER]

FILE is `inna-bench`, or that compressed by xz. Every part has a time limit, is written as it ends, and stops none of the others:
FOLDER (default $OUT, or else benchmarks/results/gpu) gets `log.txt` with all that was said, `parts.jsonl` with an object for each
part, and `table.md`. The order is that of what is worth knowing if the rest is cut off: a short comparison, speeds, a profile of
launches, the long comparisons, sanitizers, and speeds once more, of compiled peers too. Needs an NVIDIA GPU; PyTorch with CUDA for the peers, whose wheels have cuBLAS and NVRTC.
With --rehearse sizes are tiny and libraries are those of LD_LIBRARY_PATH, so that the script can be tried on anything that answers to
`--device cuda`.
"""

import argparse
import glob
import json
import lzma
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def libraries(folder):
    """PyTorch's cuBLAS and NVRTC under the names that are looked for first, so that two versions are never mixed."""
    site = pathlib.Path(sysconfig.get_paths()["purelib"])
    for library in ("cublas", "cublasLt", "nvrtc", "nvrtc-builtins"):
        for file in glob.glob(str(site / "nvidia" / "*" / "lib" / f"lib{library}.so.*")):
            name = pathlib.Path(file).name
            for link in (name, f"lib{library}.so"):
                if not (folder / link).exists():
                    (folder / link).symlink_to(file)
    path = [str(folder), os.environ.get("LD_LIBRARY_PATH", "")]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, path))}


def executable(binary, folder):
    """The program, unpacked if it is compressed."""
    if binary.suffix != ".xz":
        return binary.resolve()
    unpacked = folder / binary.stem
    with lzma.open(binary) as packed, open(unpacked, "wb") as plain:
        shutil.copyfileobj(packed, plain)
    unpacked.chmod(0o755)
    return unpacked


def parts(options, binary, report):
    """Name, limit in seconds, and command of each part, in order. Tools around the program write what they say to `report`."""
    tiny = ["--width", "0.05"] if options.rehearse else []
    check = [binary, "check", "engine", "--device", "cuda", "--json", *tiny]
    time_step = [binary, "time", "step", "--device", "cuda", "--batch", "32", "--json", *tiny]
    peer = [sys.executable, options.peer, "step", "--device", "cuda", "--batch", "32", "--repeats", "200"]
    many = str(options.replicas)
    steps = lambda count: ["--steps", "1" if options.rehearse else count]
    yield "machine", 20, ["nvidia-smi"]
    batch = ["--batch", "6"] if options.rehearse else []
    yield "check f32, short", 60, [*check, *batch, "--replicas", "1", *steps("10")]
    for precision in ("tf32", "bf16", "f32"):
        yield f"suite {precision}, {many} replicas", 60, [*time_step, *steps("60"), "--replicas", many, "--precision", precision]
    yield "peer eager", 90, peer
    yield "suite tf32, 1 replica", 60, [*time_step, *steps("200"), "--replicas", "1", "--precision", "tf32"]
    single = [*time_step, *steps("200"), "--replicas", "1", "--precision", "tf32", "--kernel-by-kernel"]
    yield "suite tf32, 1 replica, kernel by kernel", 60, single
    yield "suite f32, 1 replica", 60, [*time_step, *steps("200"), "--replicas", "1"]
    yield "peer TF32, channels-last", 60, [*peer, "--tf32", "--channels-last"]
    if options.rehearse:
        return
    metrics = "gpu__time_duration.sum,dram__bytes.sum"
    profiled = [*time_step, "--steps", "1", "--replicas", many, "--precision", "tf32"]
    yield "profile", 150, ["ncu", "--log-file", report, "--clock-control", "none", "--csv", "--metrics", metrics, "--launch-skip", "100", "--launch-count", "200", *profiled]
    yield "check f32", 150, [*check, "--replicas", "2", "--steps", "20"]
    for precision in ("tf32", "bf16"):
        yield f"check {precision}", 150, [*check, "--replicas", "2", "--steps", "20", "--precision", precision]
    small = [*check, "--width", "0.05", "--batch", "6", "--replicas", "1", "--steps", "2"]
    # In bf16 the kernels whose threads work together are there too.
    for tool, precision in (("memcheck", "bf16"), ("racecheck", "bf16"), ("initcheck", "bf16"), ("memcheck", "f32")):
        tool_and_words = ["compute-sanitizer", "--tool", tool, "--error-exitcode", "99", "--log-file", report]
        yield f"{tool} {precision}", 60, [*tool_and_words, *small, "--precision", precision]
    # Once more, for how far two measurements lie apart.
    yield f"suite tf32, {many} replicas, again", 60, [*time_step, "--steps", "60", "--replicas", many, "--precision", "tf32"]
    yield "peer eager, again", 60, peer
    yield "peer reduce-overhead", 150, [*peer, "--tf32", "--channels-last", "--compile", "--mode", "reduce-overhead"]
    yield "peer compiled", 150, [*peer, "--tf32", "--channels-last", "--compile"]


def run(name, limit, command, env):
    """What became of a part; nothing that it does ends the others."""
    words = [str(word) for word in command]
    started = time.monotonic()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "errors": "replace"}
    try:
        with subprocess.Popen(words, env=env, start_new_session=True, **pipes) as process:
            try:
                out, err = process.communicate(timeout=limit)
                rc = process.returncode
            except subprocess.TimeoutExpired:
                # What it has started, too: it would go on on the GPU beside the next.
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                rc = 124
    except OSError as error:
        rc, out, err = 127, "", str(error)
    try:
        result = json.loads(out)
    except json.JSONDecodeError:
        result = None
    seconds = round(time.monotonic() - started, 1)
    return {"part": name, "command": words, "rc": rc, "seconds": seconds, "result": result}, out, err


def said(part):
    """A part in a line."""
    result = part["result"]
    if part["rc"] in (99, 124, 127):
        return {99: "found something: see the log", 124: "ran past its limit", 127: "not here"}[part["rc"]]
    if result and "checks" in result:
        missed = [check["name"] for check in result["checks"] if not check["passed"]]
        text = f"{len(result['checks']) - len(missed)} of {len(result['checks'])} comparisons passed"
        text += f"; missed: {'; '.join(missed)}" if missed else ""
        return text + (f"; ended by: {result['error']}" if result.get("error") else "")
    if result and "images_per_s" in result:
        return f"{result['images_per_s']:.0f} images/s"
    return f"ended with {part['rc']}"


def table(done):
    """Speeds beside those of the peers, and a line for every part."""
    speeds = {part["part"]: part["result"]["images_per_s"] for part in done if part["result"] and "images_per_s" in part["result"]}
    repeated = lambda name: [speed for key, speed in speeds.items() if key.removesuffix(", again") == name]
    names = [name for name in speeds if not name.endswith(", again")]
    speed = {name: statistics.mean(repeated(name)) for name in names}
    peers = [name for name in names if name.startswith("peer ")]
    lines = ["| | images/s | " + " | ".join(f"over {name.removeprefix('peer ')}" for name in peers) + " |",
             "| --- | --- |" + " --- |" * len(peers)]
    for name in names:
        ratios = " | ".join(f"{speed[name] / speed[peer]:.2f}" for peer in peers)
        lines.append(f"| {name} | {speed[name]:.0f} | {ratios} |")
    lines += ["", "| part | seconds | |", "| --- | --- | --- |"]
    lines += [f"| {part['part']} | {part['seconds']} | {said(part)} |" for part in done]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default="target/release/inna-bench")
    parser.add_argument("--replicas", type=int, default=20)
    parser.add_argument("--peer", default=HERE / "pytorch.py", help="another script in the place of PyTorch's")
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        default=os.environ.get("OUT") or HERE.parent / "results" / "gpu")
    parser.add_argument("--rehearse", action="store_true")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for file in ("log.txt", "parts.jsonl", "table.md"):
        (options.output / file).write_text("")
    done = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        binary = executable(options.binary, scratch)
        (scratch / "lib").mkdir()
        env = os.environ if options.rehearse else libraries(scratch / "lib")
        for name, limit, command in parts(options, binary, scratch / "report"):
            # Machines of a rehearsal are no machines for it.
            part, out, err = run(name, limit * 10 if options.rehearse else limit, command, env)
            if (scratch / "report").exists():
                err += (scratch / "report").read_text(errors="replace")
                (scratch / "report").unlink()
            done.append(part)
            with open(options.output / "log.txt", "a") as log:
                log.write(f"## {name}: {' '.join(part['command'])}\n{out}{err}\nrc {part['rc']}, {part['seconds']} s\n\n")
            with open(options.output / "parts.jsonl", "a") as lines:
                lines.write(json.dumps(part) + "\n")
            (options.output / "table.md").write_text(table(done))
            print(f"{name}: {said(part)} ({part['seconds']} s)", flush=True)
    print(f"\n{table(done)}\nwritten: {options.output}")


if __name__ == "__main__":
    main()
