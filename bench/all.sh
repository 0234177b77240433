#!/usr/bin/env bash
# Runs every benchmark and writes the figures into BENCHMARKS.md and bench/scaling.svg.
#
# About 10 minutes, most of them ns-3's. `bench/all.sh sim` takes ns-3's runs from the last complete one instead of running
# them again: for changes in this simulator, on the same machine. Raw figures stay in target/bench/figures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

what=${1:-all}
[[ $what == all || $what == sim ]] || { echo "usage: bench/all.sh [all|sim]" >&2 && exit 2; }

figures=target/bench/figures
mkdir -p "$figures"

# table NAME COMMAND...: keeps what a command prints once it has succeeded.
table() {
    local name=$1
    shift
    printf '=== %s\n' "$name" >&2
    "$@" >"$figures/$name.new"
    mv "$figures/$name.new" "$figures/$name.md"
}

# Built first, so that no compiler runs beside what is measured.
cargo build --release -p sim
cargo bench -p benches --no-run

declare -A seconds=([field]=10 [saturation]=30)
for scenario in field saturation; do
    earlier=()
    if [[ $what == sim ]]; then
        cp "$figures/$scenario.jsonl" "$figures/$scenario.earlier.jsonl"
        earlier=(--ns3-runs "$figures/$scenario.earlier.jsonl")
    fi
    table "$scenario" bench/compare.py "$scenario" --seconds "${seconds[$scenario]}" "${earlier[@]}" --raw "$figures/$scenario.jsonl"
done
table scaling bench/scaling.py --raw "$figures/scaling.jsonl" --field "$figures/field.jsonl" --svg bench/scaling.svg
table boards bench/boards.py
printf '=== criterion\n' >&2
cargo bench -p benches -- --warm-up-time 1 --measurement-time 3 >"$figures/criterion.log"
bench/write.py
