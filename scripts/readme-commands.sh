#!/usr/bin/env bash
# Runs the commands that README.md promises, as a reader would: top to bottom in one shell, in a bare environment.
# A command counts when its ```sh block follows a line `<!-- ci -->`. The first one that fails ends it.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

readonly limit_s=1200

mkdir -p .cairn
commands=$(mktemp .cairn/readme.XXXXXX)
trap 'rm -f "$commands"' EXIT

awk '
    { sub(/[ \t\r]+$/, "") }
    inside && /^```/ { inside = 0; next }
    inside           { print; next }
    marked && /^```sh$/ { inside = 1; marked = 0; next }
    { marked = ($0 == "<!-- ci -->") }
    END { if (inside) { print "readme: the last marked block is not closed" > "/dev/stderr"; exit 1 } }
' README.md >"$commands"
if ! grep -q '[^[:space:]]' "$commands"; then
    echo 'readme: README.md has no marked command: expected a line `<!-- ci -->` right before a ```sh block' >&2
    exit 1
fi

bare=(HOME="$HOME" PATH="$PATH" LANG=C.UTF-8)
# Where the toolchain and the caches are is the machine's business, not the reader's. Where the binary lies is his:
# the commands call target/release/cairn, so no CARGO_TARGET_DIR.
for name in CARGO_HOME RUSTUP_HOME CAIRN_HOME CAIRN_MIRROR CAIRN_SKIP_APT; do
    [[ -z ${!name:-} ]] || bare+=("$name=${!name}")
done
timeout --foreground "$limit_s" env -i "${bare[@]}" bash -euo pipefail -x "$commands" </dev/null
