#!/usr/bin/env bash
# Does what docs/ADDING-AN-OPTIMIZER.md says of crates, command by command, in a copy of the sources: a crate by hand, and those
# that `inna-bench new optimizer` writes. Needs a build of this checkout (`make build`); minutes, since the copy is built too.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
target=$(cd "${CARGO_TARGET_DIR:-$root/target}" && pwd)
CARGO=${CARGO:-cargo}
copy=$target/crates
rm -rf "$copy"
mkdir -p "$copy"
cd "$root"
git ls-files -z --cached --others --exclude-standard -- ':!reports/published' | tar cf - --null --files-from=- | tar xf - -C "$copy"
cd "$copy"
# A folder of its own, kept for the next time: cargo takes crates at the same place of two workspaces for the same ones.
export CARGO_TARGET_DIR="$target/crates-target"
# What is not of this workspace need not be compiled again: the same sources, profile and compiler.
if [ ! -d "$CARGO_TARGET_DIR/release" ]; then
    mkdir -p "$CARGO_TARGET_DIR/release"
    for part in .fingerprint build deps; do cp -a --reflink=auto "$target/release/$part" "$CARGO_TARGET_DIR/release/"; done
    rm -rf "$CARGO_TARGET_DIR"/release/{.fingerprint,build}/inna-*
fi

# The page's steps 1 to 4. Its name in the list is what the page calls it.
page=docs/ADDING-AN-OPTIMIZER.md
block() { awk -v kind="$1" '$0 == "```" kind { on = 1; next } /^```/ { on = 0 } on' "$page"; }
mkdir -p optimizers/mylion/src
sed 's/lion/mylion/; s/Lion/My Lion/' optimizers/lion/Cargo.toml > optimizers/mylion/Cargo.toml
block rust > optimizers/mylion/src/lib.rs
awk -v line="$(block toml)" '/^muon = / { print line } { print }' optimizers/catalogue/Cargo.toml > list
mv list optimizers/catalogue/Cargo.toml
$CARGO update --workspace --offline --quiet

# What the program writes, and the commands that it says then.
"$target/release/inna-bench" new optimizer my-rule --crate
"$target/release/inna-bench" new optimizer my-matrix --matrix
$CARGO test --release --locked -p inna-optim-my-rule -p inna-optim-my-matrix
$CARGO build --release --workspace --locked
built=$CARGO_TARGET_DIR/release/inna-bench
for name in mylion my-rule my-matrix; do
    "$built" check "$name"
done
"$built" list optimizers | grep -q 'My Lion'
rm -rf "$copy"
echo 'crates: every command of the page works'
