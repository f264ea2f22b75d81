#!/usr/bin/env bash
# The folder of an NVRTC, which compiles CUDA without a GPU: NVIDIA's wheel from PyPI (90 MB), kept outside of the checkout.
set -euo pipefail
version=13.0.88
folder="${XDG_CACHE_HOME:-$HOME/.cache}/inna-bench/nvrtc-$version"
find_library() { find "$folder" -name 'libnvrtc.so.*' -print -quit 2>/dev/null; }
if [ -z "$(find_library)" ]; then
    # Whole or not at all.
    part="$folder.part"
    rm -rf "$part"
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$part" "nvidia-cuda-nvrtc==$version" >&2
    rm -rf "$folder"
    mv "$part" "$folder"
fi
dirname "$(find_library)"
