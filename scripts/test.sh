#!/usr/bin/env bash
# Runs `cargo test --release` with the arguments given (cargo's own, no `--`) and ends with one line of totals over
# all test binaries, the last one: `tests: N passed, N failed, N skipped`. The exit code is cargo's.
#
# A test that lacks a model or a recording prints `SKIPPED: name: needs …` (or appends that line to the file that
# CAIRN_SKIPPED names) and returns. Cargo calls it passed; here it is counted and listed as skipped.
set -euo pipefail
# The reading loop below runs in this shell, so that its counts outlive the pipe.
shopt -s lastpipe
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

mkdir -p .cairn
rm -f .cairn/test-totals
CAIRN_SKIPPED=$(mktemp "$PWD/.cairn/skipped.XXXXXX")
export CAIRN_SKIPPED
trap 'rm -f "$CAIRN_SKIPPED"' EXIT

passed=0 failed=0 skipped=0
status=0
# --show-output brings out what passing tests printed, for the SKIPPED lines; the rest of it is not shown.
quiet=
{ cargo test --release --no-fail-fast "$@" -- --show-output || status=$?; echo "cargo ended with $status"; } \
    | while IFS= read -r line; do
        case $line in
        'cargo ended with '*)
            status=${line##* }
            continue
            ;;
        'SKIPPED: '*) printf '%s\n' "$line" >>"$CAIRN_SKIPPED" ;;
        'successes:') quiet=1 ;;
        'failures:') quiet= ;;
        esac
        if [[ $line =~ ^test\ result:\ .*\ ([0-9]+)\ passed\;\ ([0-9]+)\ failed\;\ ([0-9]+)\ ignored\; ]]; then
            quiet=
            passed=$((passed + BASH_REMATCH[1]))
            failed=$((failed + BASH_REMATCH[2]))
            skipped=$((skipped + BASH_REMATCH[3]))
        fi
        [[ -n $quiet ]] || printf '%s\n' "$line"
    done

# A test may have used both ways of saying it.
mapfile -t absent < <(sed 's/^SKIPPED: //' "$CAIRN_SKIPPED" | sort -u)
passed=$((passed - ${#absent[@]}))
skipped=$((skipped + ${#absent[@]}))

for test in "${absent[@]}"; do
    printf 'SKIPPED: %s\n' "$test"
done
if ((status != 0 && failed == 0)); then
    printf 'tests: cargo ended with %s: something did not build, or a test binary died before its result\n' "$status"
elif ((status == 0 && passed + skipped == 0)); then
    printf 'tests: no test matched\n'
    status=1
fi
printf 'tests: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped" | tee .cairn/test-totals
exit "$status"
