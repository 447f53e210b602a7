#!/usr/bin/env bash
# bench/idle.py on a Debian with systemd, D-Bus and a journal where the machine has none itself: in a
# container that systemd-nspawn boots, hence at the machine's own speed. Needs root and Debian.
#
#   bench/idle-systemd.sh [ARGUMENTS OF idle.py]      SUITE=trixie for Debian 13
#   bench/idle-systemd.sh install                     packaging/install.sh instead, and what it shows
#   bench/idle-systemd.sh latency [LOGINS]            latency.py instead
set -euo pipefail
cd "$(dirname "$0")/.."

suite=${SUITE:-bookworm}
base=${DIR:-/var/tmp/nightkeep-bench}/$suite
packages=systemd,systemd-sysv,dbus,iproute2,procps,python3,cron,openssh-server,caddy,monit,prometheus-node-exporter
die() { echo "idle-systemd: $*" >&2; exit 1; }

[ -x target/release/nightkeep ] || die "target/release/nightkeep is not there: cargo build --release"
missing=()
command -v debootstrap >/dev/null || missing+=(debootstrap)
command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if [ ! -d "$base" ]; then
  rm -rf "$base.tmp"
  mkdir -p "$base.tmp"
  debootstrap --variant=minbase --include="$packages" "$suite" "$base.tmp" >"$base.log" 2>&1 ||
    { tail -5 "$base.log" >&2; die "debootstrap failed"; }
  # The bench starts them itself.
  chroot "$base.tmp" systemctl --quiet disable monit prometheus-node-exporter
  mv "$base.tmp" "$base"
fi
mkdir -p "$base/root/nightkeep/target/release"
cp target/release/nightkeep "$base/root/nightkeep/target/release/"
cp -r packaging bench "$base/root/nightkeep/"

systemd-nspawn --quiet --directory="$base" --boot --volatile=overlay --private-network \
  --register=no --keep-unit --console=read-only >"$base.log" 2>&1 </dev/null &
container=$!
trap 'kill -s RTMIN+4 "$(pgrep -P $container)" 2>/dev/null; wait $container 2>/dev/null || true' EXIT
inside() {
  nsenter --all --target "$(pgrep -P $container)" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root "$@"
}
for _ in $(seq 60); do
  sleep 1
  # The first second has another root, and a booted system without a network is `degraded`.
  case $(inside systemctl is-system-running 2>/dev/null || true) in running | degraded) break ;; esac
done
inside ip link set lo up
if [ "${1:-}" = install ]; then
  inside /root/nightkeep/packaging/install.sh
  sleep 3
  inside systemctl show nightkeep -p Type -p ActiveState -p CanReload -p NRestarts
  inside systemctl reload nightkeep
  inside nightkeep doctor || true
  inside nightkeep status || true
  inside journalctl --no-pager --output=cat -u nightkeep
elif [ "${1:-}" = latency ]; then
  shift
  inside python3 /root/nightkeep/bench/latency.py "$@"
else
  inside python3 /root/nightkeep/bench/idle.py "$@"
fi
