#!/bin/sh
# install_packages.sh PURPOSE PACKAGE... : installs Debian or Ubuntu packages, as root or with sudo.
# Where neither is possible it says in a sentence what is missing, and fails.
set -eu

purpose=$1
shift

fail() {
    printf '%s: %s is missing, and %s. Please install it, then try again.\n' \
        "$purpose" "$packages" "$1" >&2
    exit 1
}

packages=$*
command -v apt-get >/dev/null || fail "there is no apt-get here to install it with"

if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif ! command -v sudo >/dev/null; then
    fail "installing it takes root or sudo"
elif [ -t 0 ] || sudo -n true 2>/dev/null; then
    as_root=sudo
else
    fail "sudo would ask for a password that nobody is there to type"
fi

printf '%s: installing %s with apt-get.\n' "$purpose" "$packages"
$as_root apt-get update -qq </dev/null
# -o: apt may wait for another apt, but not for ever.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends \
    -o DPkg::Lock::Timeout=120 "$@" </dev/null >/dev/null
