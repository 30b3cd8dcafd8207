#!/bin/sh
# What a request costs, side by side in one run: `forward` on the article's network beside a bare
# libmicrohttpd server that answers a constant of the same length, and durable steps beside steps of
# a daemon on :memory:. wrk at 1 and 64 connections, in turn A B A B. CPU is the server's own.
#
#   bench/http.sh    needs wrk, curl, and BACKPROPD_BINARY (build/backpropd)
set -eu
here=$(dirname "$0")
binary=${BACKPROPD_BINARY:-build/backpropd}
bare=$(dirname "$binary")/bench/bare_server
seconds=${BENCH_SECONDS:-4}
threads=$(nproc)
work=$(mktemp -d)
pids=
trap 'for pid in $pids; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT

# start_daemon NAME DATABASE: sets NAME_url and NAME_pid.
start_daemon() {
    "$binary" --demo --listen 127.0.0.1:0 --database "$2" >"$work/$1.out" 2>"$work/$1.err" &
    pids="$pids $!"
    eval "$1_pid=$!"
    until grep -q 'listening on' "$work/$1.out" 2>/dev/null; do sleep 0.05; done
    url=$(sed -n 's/.*listening on \([^,]*\),.*/\1/p' "$work/$1.out")
    eval "$1_url=$url"
}

# Clock ticks of CPU that a process has used.
ticks() {
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

# load LABEL PID CONNECTIONS URL: one run of wrk; prints requests per second and CPU per request.
load() {
    before=$(ticks "$2")
    wrk -t1 -c"$3" -d"${seconds}s" -s "$here/post.lua" "$4" >"$work/wrk"
    after=$(ticks "$2")
    awk -v label="$1" -v connections="$3" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" '
        / requests in / { requests = $1 }
        /Requests\/sec/ { rate = $2 }
        /Non-2xx/ { wrong = $NF }
        END {
            printf "%-28s %3d connections %9.0f requests/s %7.1f us of CPU each", label,
                connections, rate, 1e6 * ticks / hz / requests
            print (wrong ? "  (" wrong " not 2xx)" : "")
        }' "$work/wrk"
}

start_daemon disk "$work/bench.db"
start_daemon memory :memory:
sample='"inputs": [0.05, 0.1]'
# shellcheck disable=SC2154 # start_daemon sets them
length=$(curl -s -d "{$sample}" "$disk_url/v1/networks/mazur/forward" | wc -c)
"$bare" "$threads" "$length" >"$work/bare.out" &
bare_pid=$!
pids="$pids $bare_pid"
until [ -s "$work/bare.out" ]; do sleep 0.05; done
bare_url=http://127.0.0.1:$(cat "$work/bare.out")/

echo "forward on the article's network ($length bytes), all checks and the access log on"
export BENCH_BODY="{$sample}"
for connections in 1 64 1 64; do
    load 'bare libmicrohttpd' $bare_pid $connections "$bare_url"
    load 'backpropd forward' "$disk_pid" $connections "$disk_url/v1/networks/mazur/forward"
done
echo "step on the article's network: each answered one is on disk"
export BENCH_BODY="{$sample, \"targets\": [0.01, 0.99], \"include\": []}"
# shellcheck disable=SC2154
for connections in 1 64 1 64; do
    load 'backpropd step, :memory:' "$memory_pid" $connections "$memory_url/v1/networks/mazur/step"
    load 'backpropd step, on disk' "$disk_pid" $connections "$disk_url/v1/networks/mazur/step"
done
echo "train on the article's network, 1 sample, online"
for run in 1 2 3; do
    curl -s -d "{$sample, \"targets\": [0.01, 0.99], \"epochs\": 2000000, \"include\": []}" \
        "$disk_url/v1/networks/mazur/train" |
        sed "s/.*\"elapsed_seconds\":\([0-9.e-]*\)}/\1/" |
        awk -v run=$run '{ printf "run %d: %.1f ns per update\n", run, $1 / 2000000 * 1e9 }'
done
