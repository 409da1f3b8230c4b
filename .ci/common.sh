# What every proof in this folder shares; sourced, never run.
#
# A proof prints one PASS line per claim and stops at the first claim that does not hold. A tool that is absent makes it fail under CI=true
# and skip (exit status 77) on anybody's own machine. Everything it makes lies in $work, which goes when the proof ends.

set -euo pipefail

ci=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$ci")
work=$(mktemp -d "${TMPDIR:-/tmp}/bundle-proof.XXXXXX")

pass() { printf 'PASS  %s\n' "$*"; }

fail() {
    printf 'FAIL  %s\n' "$*" >&2
    exit 1
}

skip() {
    [ "${CI:-}" != true ] || fail "$*"
    printf 'SKIP  %s\n' "$*"
    exit 77
}

# need TOOL...: all of them are on this machine, or there is nothing to prove.
need() {
    local tool
    for tool; do
        command -v "$tool" > /dev/null || skip "\`$tool\` is not installed (.ci/install installs it)"
    done
}

need_root() { [ "$(id -u)" = 0 ] || skip "this proof needs root"; }

# program ARGUMENT: the absolute path of the binary under test.
program() {
    local path=${1:-$root/target/release/bundle}
    [ -x "$path" ] || fail "no program at \`$path\`: run \`cargo build --release\` first"
    realpath "$path"
}

# wheel PACKAGE SHA256: unpacks the package `NAME==VERSION` of PyPI here, in place of another version of it.
wheel() {
    local name=${1%%==*}
    echo "$1 --hash=sha256:$2" > requirement
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r requirement -d "$1" >&2 \
        || skip "PyPI's $1 cannot be had"
    rm -rf "$name"
    python3 -m zipfile -e "$1"/*.whl .
}

# Proofs add to this list what must be undone; the newest is undone first.
undo=()
leave() {
    local status=$? index
    for ((index = ${#undo[@]} - 1; index >= 0; index--)); do
        eval "${undo[index]}" || true
    done
    rm -rf "$work"
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT TERM HUP
