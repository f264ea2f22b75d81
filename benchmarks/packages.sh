#!/usr/bin/env bash
# What would be published, inna-optim and all that it stands on, packed and built from the packages alone. Needs no network.
#
# Everything is built under a folder with a name of its own, in which cargo also keeps what it unpacks. Cargo packs the crates into a
# registry below its target folder, and keeps what it has unpacked from a registry by that registry's path: under the same path, a
# package that has changed without a new version would be built against the sources that the last call unpacked.
set -euo pipefail
cd "$(dirname "$0")/.."
home="$(realpath "${CARGO_HOME:-$HOME/.cargo}")"
mkdir -p "${CARGO_TARGET_DIR:-target}"
target="$(realpath "$(mktemp -d "${CARGO_TARGET_DIR:-target}/packages.XXXXXX")")"
trap 'rm -rf "$target"' EXIT
# What has been downloaded, and how cargo is set up.
mkdir -p "$target/home/registry"
for known in registry/index registry/cache config.toml; do
    if [ -e "$home/$known" ]; then ln -s "$home/$known" "$target/home/$known"; fi
done

packages=(-p inna-optim -p inna-optim-streams -p inna-optim-kernels)
for manifest in optimizers/*/Cargo.toml; do
    name="$(basename "$(dirname "$manifest")")"
    [ "$name" = inna-optim ] || packages+=(-p "inna-optim-$name")
done
CARGO_HOME="$target/home" CARGO_TARGET_DIR="$target" ${CARGO:-cargo} package --locked --offline --allow-dirty "${packages[@]}"
