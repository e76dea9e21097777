#!/usr/bin/env bash
# Checks deny.toml: owners of heavy dependencies, licences, sources. Needs no network once cargo-deny is here.
#
#   scripts/deny.sh              installs cargo-deny if it is absent, then checks
#   scripts/deny.sh --install    installs only
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

readonly version=0.20.2
readonly own=.cairn/tools/bin/cargo-deny

is_right() { [[ $("$1" --version 2>/dev/null) == "cargo-deny $version" ]]; }

deny=$own
if is_right cargo-deny; then
    deny=cargo-deny
elif ! is_right "$own"; then
    # CI starts the installation early and checks late: whoever comes second waits here.
    mkdir -p .cairn
    exec 9>.cairn/deny.lock
    flock 9
    if ! is_right "$own"; then
        echo "deny: compiling cargo-deny $version (about five minutes of one core, once)"
        # A target folder of its own: in the shared one it would hold up every other cargo.
        cargo install --quiet --locked --root .cairn/tools --target-dir .cairn/build-deny "cargo-deny@$version" 9>&-
        rm -rf .cairn/build-deny
    fi
    flock --unlock 9
fi

case ${1:-} in
--install) ;;
'')
    # The check reads the manifests of every locked crate, also of those that no build here has needed yet.
    cargo fetch --locked --quiet
    "$deny" --offline check bans licenses sources
    ;;
*)
    echo "deny: unknown argument \`$1\`: expected --install or nothing" >&2
    exit 64
    ;;
esac
