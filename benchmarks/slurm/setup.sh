#!/usr/bin/env bash
# A real Slurm of two nodes on this one machine, in a folder of its own: munged, slurmctld and two slurmd, without systemd,
# without touching /etc/slurm. For the tests of `submit` and `status`; needs root, as slurmd does.
#
#   benchmarks/slurm/setup.sh check           whether everything is installed
#   benchmarks/slurm/setup.sh start FOLDER    start the daemons; then: export SLURM_CONF=FOLDER/slurm.conf
#   benchmarks/slurm/setup.sh stop FOLDER     stop those daemons
set -euo pipefail

programs=(munged slurmctld slurmd sbatch squeue sacct scancel scontrol sinfo)
daemons=(slurmd-one slurmd-two slurmctld munged)

fail() {
    echo "setup.sh: $1" >&2
    exit 1
}

check() {
    export PATH="$PATH:/usr/sbin:/sbin"
    local missing=()
    for program in "${programs[@]}"; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    [ ${#missing[@]} -eq 0 ] || fail "Slurm is not installed (missing: ${missing[*]}); on Debian: apt-get install slurmctld slurmd slurm-client munge"
    [ "$(id -u)" -eq 0 ] || fail "slurmd starts jobs for others and munged guards a key: run this as root"
}

# Ports that nothing listens on, the first from a number that differs between users of this script.
free_ports() {
    local port=$((20000 + $$ % 20000)) found=0
    while [ "$found" -lt 3 ]; do
        port=$((port + 1))
        # Nothing there: the connection is refused.
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            found=$((found + 1))
        fi
    done
}

# Gives up after 30 seconds, with the end of the daemons' logs.
await() {
    local what=$1
    shift
    for _ in $(seq 150); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    tail -n 20 "$folder"/*.log >&2 || true
    fail "$what within 30 seconds; the daemons' logs are in $folder"
}

two_idle() {
    [ "$(sinfo --noheader --Node --states=idle --format=%N | sort -u | wc -l)" -eq 2 ]
}

start() {
    check
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    [ "${#folder}" -le 80 ] || fail "$folder: too long for a socket; choose a shorter path"
    [ ! -e "$folder/slurm.conf" ] || fail "$folder holds a Slurm already; stop it, or choose another folder"
    local host ports
    host=$(hostname -s)
    mapfile -t ports < <(free_ports)
    mkdir -p "$folder/state" "$folder/spool-one" "$folder/spool-two"
    chmod 755 "$folder"
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
    # A task that is put back into the queue waits until its credential is void: five seconds instead of two minutes.
    cat >"$folder/slurm.conf" <<CONF
ClusterName=check
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
KillWait=5
NodeName=one NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=1
NodeName=two NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=1
PartitionName=main Nodes=one,two Default=YES MaxTime=60 State=UP
CONF
    export SLURM_CONF=$folder/slurm.conf
    munged --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"
    slurmctld -f "$SLURM_CONF"
    await "slurmctld did not answer" scontrol ping
    for node in one two; do
        slurmd -f "$SLURM_CONF" -N "$node"
    done
    await "the nodes were not idle" two_idle
    echo "SLURM_CONF=$SLURM_CONF"
}

stop() {
    folder=$(cd "$1" && pwd)
    for daemon in "${daemons[@]}"; do
        local pid
        pid=$(cat "$folder/$daemon.pid" 2>/dev/null) || continue
        # The number may belong to another by now.
        grep -q "${daemon%%-*}" "/proc/$pid/comm" 2>/dev/null || continue
        kill "$pid"
        for _ in $(seq 50); do
            [ -e "/proc/$pid" ] || break
            sleep 0.2
        done
    done
}

case "${1:-}" in
check) check ;;
start | stop) [ $# -eq 2 ] || fail "$1 needs a folder" && "$1" "$2" ;;
*) fail "say check, start FOLDER or stop FOLDER" ;;
esac
