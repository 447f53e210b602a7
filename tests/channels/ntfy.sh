#!/bin/sh
# Fetches Debian 13's ntfy into a directory, without root and without installing it: Debian 12 has
# none, but its program runs there too. Then:  NIGHTKEEP_TEST_NTFY=DIR/usr/bin/ntfy cargo test
set -eu
dir=${1:?usage: tests/channels/ntfy.sh DIR}
mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
dir=$(cd "$dir" && pwd)
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keys] $mirror trixie main" > "$dir/sources.list"
apt() {
    apt-get -q -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir/cache" \
        -o APT::Sandbox::User="$(id -un)" "$@"
}
apt update
(cd "$dir" && apt download ntfy)
dpkg-deb -x "$dir"/ntfy_*.deb "$dir"
echo "NIGHTKEEP_TEST_NTFY=$dir/usr/bin/ntfy"
