#!/bin/sh
# What the browser suite needs and a machine may lack: Chromium, and glyphs for Korean.
set -eu

missing=
command -v chromium >/dev/null || missing="chromium"
if [ ! -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ]; then
    missing="$missing fonts-noto-cjk"
fi

if [ -n "$missing" ]; then
    # shellcheck disable=SC2086  # a list of packages
    scripts/install_packages.sh "The browser suite" $missing
fi
