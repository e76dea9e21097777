#!/usr/bin/env bash
# Brings a fresh checkout to where it builds, tests and runs. Run it as often as you like; stop it when you like.
#
#   scripts/setup.sh            Debian packages and ONNX Runtime
#   scripts/setup.sh --models   model and footage files, through the binary that was built
#   scripts/setup.sh --tests    what only tests need: a browser, reference implementations, a client library, the quantiser
#   scripts/setup.sh --peers    what only benches/peers needs: an encoder, and the libraries of the peer
#   scripts/setup.sh --synth    what only `cairn datasets synth plates` needs: fonts
#   scripts/setup.sh --openvino another ONNX Runtime, with OpenVINO inside (docs/operator.md, "Providers")
#
# CAIRN_SKIP_APT=1   installs no package and checks for none: they are the operator's business
# CAIRN_MIRROR=DIR   files are taken from DIR instead of the network: DIR/wheels here, DIR/models and DIR/footage
#                    by `cairn models pull` and `cairn datasets pull`
set -euo pipefail

if [[ -n ${CAIRN_MIRROR:-} ]]; then
    CAIRN_MIRROR=$(realpath -m -- "$CAIRN_MIRROR")
    export CAIRN_MIRROR
fi
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

readonly packages=(
    build-essential ca-certificates pkg-config python3 python3-pip
    libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstrtspserver-1.0-dev
    # base: app, videoconvert; good: rtsp, rtp, mp4; bad: h264parse; libav: the software decoders.
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav
    # The demo and the tests start brokers of their own.
    mosquitto
)
# The report is looked at in a real browser; its font is fixed, so that the picture is.
readonly test_packages=(chromium fonts-dejavu-core fonts-droid-fallback python3-venv)
# What made-up plates are lettered with (docs/synthetic-plates.md).
readonly synth_packages=(
    fonts-bebas-neue fonts-dejavu-core fonts-droid-fallback fonts-liberation fonts-opendin fonts-roboto-unhinted
    fonts-wqy-microhei fonts-wqy-zenhei
)
# The 1080p clip is coded by x264.
readonly peer_packages=(gstreamer1.0-tools gstreamer1.0-plugins-ugly python3-venv)
readonly broker_mark=.cairn/broker-to-switch-off

readonly runtime=.cairn/onnxruntime
readonly openvino=.cairn/onnxruntime-openvino
readonly oracles=.cairn/oracles
readonly peers=.cairn/peers
# Where `cairn models quantise` would make it.
readonly quantiser=.cairn/quantise/venv
readonly library=libonnxruntime.so.1.31.1

say() { printf 'setup: %s\n' "$*"; }
die() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

main() {
    case $# in
    0)
        one_at_a_time
        check_rust
        install_packages "${packages[@]}"
        install_runtime
        say 'packages and ONNX Runtime are in place'
        ;;
    1)
        case $1 in
        --models) pull_files ;;
        --tests)
            one_at_a_time
            install_packages "${test_packages[@]}"
            install_environment "$oracles" datasets/tests/parity/requirements.txt 'the reference implementations of the scores'
            install_environment "$quantiser" models/quantise/requirements.txt "ONNX Runtime's quantisation tools"
            say 'browser, reference implementations and quantiser are in place'
            ;;
        --openvino)
            one_at_a_time
            install_openvino
            say "ORT_DYLIB_PATH=$PWD/$openvino/lib/libonnxruntime.so selects it"
            ;;
        --peers)
            one_at_a_time
            install_packages "${peer_packages[@]}"
            install_environment "$peers" benches/peers/requirements.txt "the libraries of the peer"
            say 'encoder and peer are in place'
            ;;
        --synth)
            one_at_a_time
            install_packages "${synth_packages[@]}"
            say 'fonts are in place'
            ;;
        *) die "unknown argument \`$1\`: expected --models, --tests, --peers, --synth, --openvino or nothing" ;;
        esac
        ;;
    *) die "expected --models, --tests, --peers, --synth, --openvino or nothing, got $# arguments" ;;
    esac
}

# Two runs in one checkout (`make test` beside `make demo`) must not install over each other.
one_at_a_time() {
    mkdir -p .cairn
    exec 9>.cairn/setup.lock
    if ! flock --nonblock 9; then
        say 'waiting for another setup in this checkout'
        flock 9
    fi
}

check_rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
    if ! found=$(rustc --version 2>&1); then
        die "Rust $wanted or newer is needed and rustc did not run: install it with rustup"
    fi
    found=$(cut -d' ' -f2 <<<"$found")
    if [[ $(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1) != "$wanted" ]]; then
        die "Rust $wanted or newer is needed, found $found: run \`rustup update stable\`"
    fi
}

install_packages() {
    if [[ ${CAIRN_SKIP_APT:-} == 1 ]]; then
        say 'CAIRN_SKIP_APT=1: packages are left as they are'
        return
    fi
    command -v dpkg-query >/dev/null \
        || die "this is not a Debian system: install the counterparts of \`$*\`, then run with CAIRN_SKIP_APT=1"
    local missing
    mapfile -t missing < <(missing_of "$@")
    if ((${#missing[@]} > 0)); then
        say "installing ${missing[*]}"
        as_root apt-get update --quiet=2
        if [[ " ${missing[*]} " == *' mosquitto '* ]]; then
            touch "$broker_mark"
        fi
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install --yes --quiet --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"
    fi
    # The mark outlives an interrupted run, so the broker is switched off by the next one.
    if [[ -e $broker_mark ]]; then
        as_root service mosquitto stop || true
        as_root update-rc.d mosquitto disable
        rm -f "$broker_mark"
        say 'mosquitto is installed, its service on port 1883 is switched off: switch it on yourself if this machine is to serve a broker'
    fi
}

# Those of the given packages that are not installed.
missing_of() {
    local -A installed=()
    local state name
    while read -r state name; do
        if [[ $state == installed ]]; then
            installed[$name]=1
        fi
    done < <(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null)
    for name in "$@"; do
        [[ -n ${installed[$name]:-} ]] || printf '%s\n' "$name"
    done
}

# The lock is not handed down: a service that a package starts would hold it for ever.
as_root() {
    if ((EUID == 0)); then
        "$@" 9>&-
    elif command -v sudo >/dev/null; then
        sudo "$@" 9>&-
    else
        die "packages are missing, and this is neither root nor has it sudo: run as root \`apt-get install $(missing_of "${packages[@]}" "${test_packages[@]}" "${peer_packages[@]}" "${synth_packages[@]}" | paste -sd ' ')\`, or set CAIRN_SKIP_APT=1"
    fi
}

# Python packages of the list $2, which are $3, in the environment $1 of their own: whole, or not there.
install_environment() {
    local environment=$1 list=$2 what=$3 wanted
    wanted=$(sha256_of "$list")
    if [[ -e $environment/installed && $(<"$environment/installed") == "$wanted" ]]; then
        return
    fi
    say "installing $what"
    rm -rf "$environment"
    python3 -m venv "$environment"
    local source=()
    if [[ -n ${CAIRN_MIRROR:-} && -d $CAIRN_MIRROR/wheels ]]; then
        source=(--find-links "$CAIRN_MIRROR/wheels")
    fi
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: "${source[@]}" --requirement "$list"
    printf '%s\n' "$wanted" >"$environment/installed"
}

install_runtime() {
    local platform wanted found
    case $(uname -m) in
    x86_64)
        platform=manylinux_2_28_x86_64
        wanted=fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3
        ;;
    aarch64 | arm64)
        platform=manylinux_2_28_aarch64
        wanted=8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467
        ;;
    *) die "no ONNX Runtime is pinned for \`$(uname -m)\`: expected x86_64 or aarch64" ;;
    esac

    # What an interrupted run left; the lock says that nobody is using it.
    rm -rf .cairn/fetch.*
    if [[ -e $runtime/lib/$library ]]; then
        found=$(sha256_of "$runtime/lib/$library")
        if [[ $found == "$wanted" ]]; then
            [[ -e $runtime/LICENSE && -e $runtime/lib/libonnxruntime.so ]] && return
        else
            say "$runtime/lib/$library has SHA-256 $found, expected $wanted"
            set_aside "$runtime/lib/$library" "$found"
        fi
    fi
    fetch_runtime "$platform" "$wanted"
}

fetch_runtime() {
    local platform=$1 wanted=$2 found work source=() wheels
    python3 -m pip --version >/dev/null 2>&1 \
        || die 'python3 has no pip: install python3-pip, or leave the virtual environment that lacks it'
    work=$(mktemp -d .cairn/fetch.XXXXXX)
    # shellcheck disable=SC2064 # the folder of this run, not of the moment the trap fires
    trap "rm -rf '$work'" EXIT
    if [[ -d ${CAIRN_MIRROR:-}/wheels ]]; then
        source=(--no-index --find-links "$CAIRN_MIRROR/wheels")
    fi
    say "fetching ONNX Runtime for $platform"
    # The wheel's Python tag is fixed because only the C library in it is used; the host's Python does not matter.
    python3 -m pip download --quiet --disable-pip-version-check --no-input --no-deps --only-binary=:all: \
        --python-version 3.11 --implementation cp --abi cp311 --platform "$platform" \
        --require-hashes --requirement scripts/onnxruntime.txt "${source[@]}" --dest "$work" \
        || die 'ONNX Runtime was not fetched, or its checksum was wrong (see above); nothing was installed'
    wheels=("$work"/*.whl)
    python3 -m zipfile -e "${wheels[0]}" "$work/wheel"

    local unpacked=$work/wheel/onnxruntime
    found=$(sha256_of "$unpacked/capi/$library")
    if [[ $found != "$wanted" ]]; then
        set_aside "$unpacked/capi/$library" "$found"
        die "$library has SHA-256 $found, expected $wanted: refused"
    fi
    # The library goes in last and by rename: where it is, all of it is there.
    mkdir -p "$runtime/lib"
    mv -f "$unpacked/LICENSE" "$unpacked/ThirdPartyNotices.txt" "$unpacked/Privacy.md" "$runtime/"
    ln -s "$library" "$work/link"
    mv -fT "$work/link" "$runtime/lib/libonnxruntime.so"
    chmod 644 "$unpacked/capi/$library"
    mv -fT "$unpacked/capi/$library" "$runtime/lib/$library"
    say "$runtime/lib/$library, SHA-256 $found"
}

# The library with OpenVINO, in a folder of its own: whole, or not there.
install_openvino() {
    local list=scripts/onnxruntime-openvino.txt wanted work source=() wheels
    local library_wanted=2d963a419b96018b79dfe63bb50120ddcb724149912a8a6d8ac747a557c089f4 found
    [[ $(uname -m) == x86_64 ]] || die "no ONNX Runtime with OpenVINO is pinned for \`$(uname -m)\`: expected x86_64"
    wanted=$(sha256_of "$list")
    if [[ -e $openvino/installed && $(<"$openvino/installed") == "$wanted" ]]; then
        return
    fi
    python3 -m pip --version >/dev/null 2>&1 \
        || die 'python3 has no pip: install python3-pip, or leave the virtual environment that lacks it'
    rm -rf .cairn/fetch.*
    work=$(mktemp -d .cairn/fetch.XXXXXX)
    # shellcheck disable=SC2064 # the folder of this run, not of the moment the trap fires
    trap "rm -rf '$work'" EXIT
    if [[ -n ${CAIRN_MIRROR:-} && -d $CAIRN_MIRROR/wheels ]]; then
        source=(--find-links "$CAIRN_MIRROR/wheels")
    fi
    say 'fetching ONNX Runtime with OpenVINO, 84 MB'
    python3 -m pip download --quiet --disable-pip-version-check --no-input --no-deps --only-binary=:all: \
        --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64 \
        --require-hashes --requirement "$list" "${source[@]}" --dest "$work" \
        || die 'ONNX Runtime with OpenVINO was not fetched, or its checksum was wrong (see above); nothing was installed'
    wheels=("$work"/*.whl)
    python3 -m zipfile -e "${wheels[0]}" "$work/wheel"

    local unpacked=$work/wheel/onnxruntime name
    mkdir -p "$work/new/lib"
    for name in LICENSE ThirdPartyNotices.txt Privacy.md; do
        mv "$unpacked/$name" "$work/new/"
    done
    # Everything but the module for Python. It finds its neighbours by itself.
    rm -f "$unpacked"/capi/onnxruntime_pybind11_state*.so
    mv "$unpacked"/capi/*.so* "$work/new/lib/"
    found=$(sha256_of "$work/new/lib/libonnxruntime.so.1.24.1")
    [[ $found == "$library_wanted" ]] \
        || die "libonnxruntime.so.1.24.1 has SHA-256 $found, expected $library_wanted: refused"
    ln -s libonnxruntime.so.1.24.1 "$work/new/lib/libonnxruntime.so"
    chmod 644 "$work"/new/lib/*.so.*
    printf '%s\n' "$wanted" >"$work/new/installed"
    rm -rf "$openvino"
    mv "$work/new" "$openvino"
    say "$openvino/lib/libonnxruntime.so.1.24.1, SHA-256 $found"
}

sha256_of() { sha256sum -- "$1" | cut -d' ' -f1; }

set_aside() {
    local file=$1 sha256=$2 kept
    mkdir -p .cairn/rejected
    kept=.cairn/rejected/$(basename -- "$file").${sha256:0:12}
    mv -f -- "$file" "$kept"
    say "kept aside as $kept"
}

pull_files() {
    local cairn=${CARGO_TARGET_DIR:-target}/release/cairn
    [[ -x $cairn ]] || die "$cairn is not built yet: run \`cargo build --release\` first"
    "$cairn" models pull
    "$cairn" datasets pull
}

main "$@"
