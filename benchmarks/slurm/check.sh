#!/usr/bin/env bash
# Starts a Slurm on this machine, runs the tests that need one, and stops it.
set -euo pipefail
cd "$(dirname "$0")/../.."
benchmarks/slurm/setup.sh check

folder=$(mktemp -d "${TMPDIR:-/tmp}/inna-slurm-XXXXXX")
finish() {
    local status=$?
    benchmarks/slurm/setup.sh stop "$folder"
    if [ "$status" -eq 0 ]; then
        rm -rf "$folder"
    else
        tail -n 15 "$folder"/*.log
        echo "check.sh: the daemons' logs are in $folder" >&2
    fi
    exit "$status"
}
trap finish EXIT
# Ended from outside, it leaves nothing running either.
trap 'exit 143' TERM INT HUP
benchmarks/slurm/setup.sh start "$folder"
export SLURM_CONF=$folder/slurm.conf
# One at a time: they share the nodes, and one of them takes a node away.
${CARGO:-cargo} test --release --workspace --locked --test slurm -- --ignored --test-threads=1
