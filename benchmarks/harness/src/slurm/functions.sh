# Ends the task when a line of the set-up has failed.
must_succeed() {
    [ "$1" -eq 0 ] && return
    echo "inna-bench: the set-up line \`$2\` ended with status $1; correct \`setup\` and submit again" >&2
    echo "inna-bench: task ended with status $1"
    exit "$1"
}

program=
signalled=
near_the_limit=

stop_program() {
    signalled=yes
    [ -z "$program" ] || kill -TERM "$program" 2>/dev/null
}

# USR1: the time limit is near. TERM: somebody, or a job of more right, wants the task away.
trap 'near_the_limit=yes; stop_program' USR1
trap stop_program TERM INT

# Runs the program until it has ended. A signal that comes with the end makes `wait` lose the status (143 or -1 in its place), so that it is asked only for a program that is gone.
train() {
    echo "inna-bench: task ${SLURM_ARRAY_TASK_ID:-0} of job ${SLURM_ARRAY_JOB_ID:-} on ${SLURMD_NODENAME:-this machine}, start $((${SLURM_RESTART_COUNT:-0} + 1))"
    [ -z "$signalled" ] || exit 130
    "$@" &
    program=$!
    [ -z "$signalled" ] || stop_program
    while kill -0 "$program"; do sleep 0.2; done 2>/dev/null
    local status
    wait "$program"
    status=$?
    program=
    # A program that is told to end before it listens ends by the signal itself.
    [ -z "$signalled" ] || [ "$status" -ne 143 ] || status=130
    if [ -n "$near_the_limit" ] && [ "$status" -eq 130 ] && [ "$requeue" = yes ]; then
        if [ "${SLURM_RESTART_COUNT:-0}" -lt "$restarts_at_most" ]; then
            echo "inna-bench: the time limit is near; the task goes back to the queue and on from its last checkpoint"
            scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && exit 0
        else
            echo "inna-bench: the time limit is near, and the task has been started anew $restarts_at_most times already"
        fi
    fi
    echo "inna-bench: task ended with status $status"
    exit "$status"
}
