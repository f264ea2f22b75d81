#!/usr/bin/env bash
# Runs the program in a root that has nothing but the program and the libraries that it names: no checkout, no shell, no /proc, no time
# zones. Needs a build, and the right to change the root (root, or a user namespace).
set -euo pipefail
binary=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/release/inna-bench}")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/tmp" "$root/work"
strip -o "$root/bin/inna-bench" "$binary"
libraries=$(ldd "$binary" | grep -o '/[^ ]*')
for library in $libraries; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done
enter=(chroot "$root")
[ "$(id -u)" = 0 ] || enter=(unshare --user --map-root-user chroot "$root")
there() { "${enter[@]}" /bin/inna-bench "$@"; }
there list studies | grep -q '^  quick '
there plan quick --store /work/store > /dev/null
there --configs /work/configs new study first > /dev/null
there --configs /work/configs --store /work/store run first --seeds 1 --epochs 1 --quiet
there --configs /work/configs --store /work/store report first --seeds 1 --epochs 1 -o /work/pages > /dev/null
test -f "$root/work/pages/index.html"
needs=$(objdump -T "$binary" | grep -o 'GLIBC_[0-9.]*' | sort -V | tail -1)
echo "alone: list, plan, new, run and report in a root of $(echo "$libraries" | wc -w) libraries; it wants ${needs/_/ } or newer"
