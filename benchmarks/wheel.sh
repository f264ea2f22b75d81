#!/usr/bin/env bash
# Makes a wheel of the program (`pip install` of it gives the command `inna-bench`) and tries it in a fresh virtual environment and an
# empty folder. Needs Python with venv, and pip's way to maturin. The wheel is left in `$1`, by default target/wheels.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
PYTHON=${PYTHON:-python3}
cd "$root"
out=$(realpath -m "${1:-${CARGO_TARGET_DIR:-target}/wheels}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$out"
"$PYTHON" -m venv "$scratch/build"
"$scratch/build/bin/pip" install --quiet 'maturin>=1.9,<2'
# Of this package alone cargo chooses other features than of the workspace: the suite's own crates are built once more.
"$scratch/build/bin/maturin" build --release --locked --manifest-path benchmarks/inna-bench/Cargo.toml --out "$scratch/wheels"
wheel=$(echo "$scratch"/wheels/*.whl)
"$PYTHON" -m venv "$scratch/use"
"$scratch/use/bin/pip" install --quiet --no-index "$wheel"
mkdir "$scratch/empty"
cd "$scratch/empty"
"$scratch/use/bin/inna-bench" list studies | grep -q '^  quick '
"$scratch/use/bin/inna-bench" new study first > /dev/null
"$scratch/use/bin/inna-bench" run first --seeds 1 --epochs 1 --quiet
"$scratch/use/bin/inna-bench" report first --seeds 1 --epochs 1 > /dev/null
cp "$wheel" "$out"
echo "wheel: $out/$(basename "$wheel"), $(du -h "$wheel" | cut -f1); it runs from an empty folder"
