#!/bin/sh
# Makes .venv, empty but for pip, with $PYTHON (python3). Debian and Ubuntu keep what that takes in
# a package of its own; where it is missing uv does it, or else the package is installed.
set -eu

python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null; then
    printf 'Viva needs Python 3.11 or later, and there is no %s here.\n' "$python" >&2
    exit 1
fi
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    printf 'Viva needs Python 3.11 or later, and %s is %s: name another one, as in "make PYTHON=python3.12".\n' \
        "$python" "$version" >&2
    exit 1
fi

rm -rf .venv
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if command -v uv >/dev/null; then
        exec uv venv --quiet --seed --python "$python" .venv
    fi
    scripts/install_packages.sh "The virtual environment" "python$version-venv"
fi
exec "$python" -m venv .venv
