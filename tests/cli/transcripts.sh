#!/bin/bash
# transcripts.sh [--update] [NAME...] - golden transcripts of the shell.
#
# NAME.in is a sequence of steps.  A step is a line `$ COMMAND`, run by bash,
# and the lines after it, up to the next step, which are the command's standard
# input.  NAME.out is what came of it: the command, its standard output, its
# standard error with `2> ` before each line, and its exit status if not 0.
#
# The steps of one file share a fresh folder with a copy of the lab two-site
# in ./lab; `ermine` is the shell under test.  What changes from run to run
# (dates, process numbers, sealed keys, versions, the sequence number where an
# SA begins, which depends on how often it was made) is masked before comparing.
# --update writes the .out files; read the difference before you commit it.
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 1
here=$PWD
case ${ERMINE_BUILD:-build} in
/*) build=${ERMINE_BUILD} ;;
*) build=$here/${ERMINE_BUILD:-build} ;;
esac
me=$(id -un)
work=$(mktemp -d "${TMPDIR:-/tmp}/ermine-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
unset TERM
export LC_ALL=C

update=false
if [ "${1:-}" = --update ]; then
    update=true
    shift
fi

mask() {
    sed -E \
        -e 's/(MON|TUE|WED|THU|FRI|SAT|SUN) [A-Z]{3} [0-9]{2} [0-9]{4} [0-9:]{8} UTC/DATE/g' \
        -e 's/\$e1\$[A-Za-z0-9+\/=]+/$e1$SEALED/g' \
        -e 's/process [0-9]+ */process N /' \
        -e 's/[0-9]+\.[0-9] us under/N us under/g' \
        -e 's/^(.* user from) +(level|changes) /\1 \2 /' \
        -e 's/^([- ]+ ---- )-{9,15} /\1---- /' \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/DATE/' \
        -e 's/^! Version: .*/! Version: VERSION/' \
        -e 's/^(System Release:|boot release:) .*/\1 VERSION/' \
        -e 's/"(since|modified)_s": [0-9]+/"\1_s": N/g' \
        -e 's/"uptime_s": [0-9]+/"uptime_s": N/g' \
        -e 's/"round_trip_us": [0-9]+/"round_trip_us": N/g' \
        -e "s/ $me +vty/ USER vty/" \
        -e "s/ $me +--- +process / USER --- process /" \
        -e "s/\"user\": \"$me\"/\"user\": \"USER\"/" \
        -e "s/^DATE $me +/DATE USER /" \
        -e "s/ DATE $me +\| / DATE USER | /" -e 's/^ +\| / | /' \
        -e 's/"number": [0-9]+, "at"/"number": N, "at"/' \
        -e 's/"from": "process N "/"from": "process N"/' \
        -e 's|min/avg/max = [0-9]+/[0-9]+/[0-9]+ ms|min/avg/max = N/N/N ms|' \
        -e 's/[0-9]+d[0-9]+h:[0-9]+m:[0-9]+s/UPTIME/g' \
        -e 's/[0-9]+ days, [0-9]+ hours, [0-9]+ minutes, [0-9]+ seconds/UPTIME/' \
        -e "s/ $me +process / USER process /" \
        -e 's/ [0-9]+\.[0-9]+\.[0-9]+ +UPTIME/ VERSION UPTIME/' \
        -e 's/@ermine-lab-[0-9]+-[0-9a-f]+/@ermine-lab-UID-HASH/g' \
        -e 's/^(gre:branch (in|out) .* )[0-9]+( +[0-9]+)$/\1N\3/' \
        -e "s|$build/||g" -e "s|$work|WORK|g"
}

# In the folder of the transcript.
ermine() {
    timeout -k 5 60 "$build/ermine" "$@"
}

# A lab ends with its last session, but not at once: a step that came before
# that would join it, and count what the step before did.
await_end_of_lab() {
    local tries

    for ((tries = 0; tries < 1000; tries++)); do
        pgrep -f -- "ermined --lab $PWD/lab " >/dev/null || return 0
        sleep 0.01
    done
}

run_step() {
    local command=$1 input=$2 status=0

    printf '$ %s\n' "$command"
    eval "$command" <"$input" >"$own/stdout" 2>"$own/stderr" || status=$?
    case $command in *--lab*) await_end_of_lab ;; esac
    mask <"$own/stdout"
    mask <"$own/stderr" | sed 's/^/2> /'
    if [ "$status" -ne 0 ]; then
        echo "[exit $status]"
    fi
}

run_transcript() {
    local line command='' input=$own/input

    : >"$input"
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        '$ '*)
            [ -n "$command" ] && run_step "$command" "$input"
            command=${line#\$ }
            : >"$input"
            ;;
        *) printf '%s\n' "$line" >>"$input" ;;
        esac
    done <"$1"
    run_step "$command" "$input"
}

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    names=(tests/cli/*.in)
fi

# Each in a process: several run at a time.
try() {
    local name=$1 golden=$here/tests/cli/$1 folder=$work/$1 own=$work/own/$1

    mkdir -p "$folder" "$own"
    cp -r "$here/docs/labs/two-site" "$folder/lab"
    # agents have sessions of their own, whose numbers and ends are not told here
    sed -i '/^snmp-server/d' "$folder"/lab/{boston,ottawa}
    rm -rf "$folder/lab/state"
    (cd "$folder" && run_transcript "$golden.in") >"$own/out" 2>&1
    if $update; then
        cp "$own/out" "$golden.out"
        echo "wrote $name.out" >"$own/verdict"
    elif diff -u "$golden.out" "$own/out" >"$own/diff" 2>&1; then
        echo "ok transcript $name" >"$own/verdict"
    else
        {
            echo "FAIL transcript $name: not what $name.out says"
            cat "$own/diff"
        } >"$own/verdict"
    fi
}

for name in "${names[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        wait -n
    done
    try "$(basename "$name" .in)" &
done
wait
failed=0
for name in "${names[@]}"; do
    verdict=$work/own/$(basename "$name" .in)/verdict
    cat "$verdict" || failed=1
    if grep -q '^FAIL ' "$verdict"; then
        failed=1
    fi
done
exit $failed
