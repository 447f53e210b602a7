#!/bin/sh
# Installs nightkeep on this server, or brings an installed one up to date:
#   sudo packaging/install.sh [--without-audit] [BINARY] [-- ARGUMENTS OF nightkeep init]
# BINARY is target/release/nightkeep unless named. Nothing that is configured is changed.
# --without-audit leaves out the two capabilities by which the kernel's audit trail is watched.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
binary=$here/../target/release/nightkeep
audit=yes
[ "${1:-}" = --without-audit ] && { audit=no; shift; }
case ${1:-} in
  "" | --) ;;
  *) binary=$1; shift ;;
esac
[ "${1:-}" = -- ] && shift

[ "$(id -u)" = 0 ] || { echo "install.sh: needs root: sudo $0" >&2; exit 1; }
[ -x "$binary" ] || { echo "install.sh: $binary is not there: cargo build --release" >&2; exit 1; }

install -m 755 "$binary" /usr/local/bin/nightkeep.new
mv /usr/local/bin/nightkeep.new /usr/local/bin/nightkeep
install -D -m 644 "$here/nightkeep.sysusers" /usr/lib/sysusers.d/nightkeep.conf
systemd-sysusers nightkeep.conf
install -D -m 644 "$here/nightkeep.service" /etc/systemd/system/nightkeep.service
# Triage from the page: the watch asks, root does it.
install -D -m 644 "$here/nightkeep.tmpfiles" /usr/lib/tmpfiles.d/nightkeep.conf
systemd-tmpfiles --create nightkeep.conf
install -m 644 "$here/nightkeep-triage.path" "$here/nightkeep-triage.service" /etc/systemd/system/
drop_in=/etc/systemd/system/nightkeep.service.d/audit.conf
if [ $audit = no ]; then
  rm -f $drop_in
elif [ ! -e $drop_in ]; then
  install -D -m 644 "$here/nightkeep-audit.conf" $drop_in
fi
# auditd's rules, to hold the kernel's against: of the group root otherwise, which has nobody else in it.
if [ $audit = yes ] && [ -d /etc/audit/rules.d ]; then
  chgrp -R nightkeep /etc/audit && chmod -R g+rX /etc/audit
fi
systemctl daemon-reload

install -d /usr/local/share/man/man1
/usr/local/bin/nightkeep man /usr/local/share/man/man1
install -d /usr/local/share/bash-completion/completions
/usr/local/bin/nightkeep completions bash >/usr/local/share/bash-completion/completions/nightkeep

# Before the baseline is taken: it is a part of it.
systemctl enable --quiet nightkeep
systemctl enable --quiet --now nightkeep-triage.path
install -d -m 750 -g nightkeep /etc/nightkeep
if [ -e /etc/nightkeep/nightkeep.toml ]; then
  /usr/local/bin/nightkeep config check
else
  /usr/local/bin/nightkeep init "$@"
fi
systemctl restart nightkeep
echo "nightkeep watches this server. How is it? sudo nightkeep status"
[ -e /etc/nightkeep/first-link ] || echo "An account on its page: sudo nightkeep account link"
