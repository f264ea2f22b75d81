#!/usr/bin/env bash
# What would be published, inna-optim and all that it stands on, packed and built from the packages alone. Needs no network.
#
# Everything is built under a folder with a name of its own. Cargo packs the crates into a registry below its target folder,
# and keeps what it has unpacked from a registry by that registry's path: under the same path, a package that has changed
# without a new version would be built against the sources that the last call unpacked.
set -euo pipefail
cd "$(dirname "$0")/.."
unpacked="${CARGO_HOME:-$HOME/.cargo}/registry/src"
mkdir -p "${CARGO_TARGET_DIR:-target}"
target="$(mktemp -d "${CARGO_TARGET_DIR:-target}/packages.XXXXXX")"
before="$(ls -d "$unpacked"/-* 2>/dev/null || true)"
forget() {
    rm -rf "$target"
    # A registry without a host is a folder's; only those that this call has brought.
    for folder in "$unpacked"/-*; do
        if [ -d "$folder" ] && ! grep -qxF -- "$folder" <<<"$before"; then rm -rf "$folder"; fi
    done
}
trap forget EXIT

packages=(-p inna-optim -p inna-optim-streams -p inna-optim-kernels)
for manifest in optimizers/*/Cargo.toml; do
    name="$(basename "$(dirname "$manifest")")"
    [ "$name" = inna-optim ] || packages+=(-p "inna-optim-$name")
done
CARGO_TARGET_DIR="$target" ${CARGO:-cargo} package --locked --offline --allow-dirty "${packages[@]}"
