#!/usr/bin/env python3
"""Writes a journal like a busy server's of 30 days: `bench/journal.py DIRECTORY [ENTRIES]` gives
about 250 MB for 400,000 entries, 43 % of them sshd's, by systemd-journal-remote. The same every
time."""

import random
import subprocess
import sys
from pathlib import Path

REMOTE = "/lib/systemd/systemd-journal-remote"
BOOTS = ["%032x" % (0xA0 + n) for n in range(3)]
MACHINE = "%032x" % 0x77


def entries(count):
    rng = random.Random(7)
    start, span = 1_761_000_000_000_000, 30 * 86_400_000_000
    addresses = [f"203.0.{rng.randrange(256)}.{rng.randrange(256)}" for _ in range(900)]
    names = ["root", "admin", "test", "oracle", "ubuntu", "git", "postgres", "user", "pi", "deploy"]
    pid = 1000
    for n in range(count):
        at = start + span * n // count
        pid = 1000 + (pid * 7 + n) % 30000
        kind = rng.random()
        address, name, port = rng.choice(addresses), rng.choice(names), rng.randrange(1024, 65535)
        if kind < 0.4345:
            fields = {"_COMM": "sshd", "_EXE": "/usr/sbin/sshd", "_SYSTEMD_UNIT": "ssh.service", "SYSLOG_IDENTIFIER": "sshd", "SYSLOG_FACILITY": "4", "_CMDLINE": f"sshd: {name} [priv]"}
            if rng.random() < 0.0013:
                text = f"Accepted publickey for deploy from 198.51.100.{rng.randrange(4)} port {port} ssh2: ED25519 SHA256:9Yd{'x' * 40}"
            else:
                text = rng.choice([
                    f"Failed password for invalid user {name} from {address} port {port} ssh2",
                    f"Invalid user {name}{rng.randrange(99)} from {address} port {port}",
                    f"Connection closed by authenticating user root {address} port {port} [preauth]",
                    f"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={address}",
                    f"Received disconnect from {address} port {port}:11: Bye Bye [preauth]",
                ])
        elif kind < 0.655:
            fields = {"_COMM": "caddy", "_EXE": "/usr/bin/caddy", "_SYSTEMD_UNIT": "caddy.service", "SYSLOG_IDENTIFIER": "caddy", "_CMDLINE": "/usr/bin/caddy run"}
            text = '{"level":"info","ts":%d,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"%s","proto":"HTTP/2.0","method":"GET","host":"example.org","uri":"/item/%d","headers":{"User-Agent":["Mozilla/5.0 (X11; Linux x86_64)"],"Accept":["*/*"]}},"bytes_read":0,"duration":0.00%d,"size":%d,"status":200}' % (at, address, rng.randrange(100000), rng.randrange(9999), rng.randrange(90000))
        elif kind < 0.757:
            fields = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "SYSLOG_FACILITY": "0"}
            text = f"[UFW BLOCK] IN=eth0 OUT= MAC=00:00 SRC={address} DST=198.51.100.7 LEN=40 TTL=24{rng.randrange(9)} PROTO=TCP SPT={port} DPT={rng.randrange(9999)}"
        else:
            unit = rng.choice(["cron.service", "app.service", "fail2ban.service", "systemd-logind.service"])
            fields = {"_COMM": unit.split(".")[0][:15], "_SYSTEMD_UNIT": unit, "SYSLOG_IDENTIFIER": unit.split(".")[0]}
            text = f"{unit} says {rng.randrange(1 << 40)} of {address}"
        fields.setdefault("_TRANSPORT", "syslog")
        fields |= {"MESSAGE": text, "PRIORITY": "6", "_PID": str(pid), "_UID": "0", "_GID": "0", "_HOSTNAME": "bench", "_MACHINE_ID": MACHINE, "_BOOT_ID": BOOTS[n * 3 // count], "_CAP_EFFECTIVE": "1ffffffffff", "_SELINUX_CONTEXT": "unconfined", "_SYSTEMD_SLICE": "system.slice", "SYSLOG_TIMESTAMP": str(at), "_SOURCE_REALTIME_TIMESTAMP": str(at)}
        head = f"__REALTIME_TIMESTAMP={at}\n__MONOTONIC_TIMESTAMP={at - start}\n_BOOT_ID={fields.pop('_BOOT_ID')}\n"
        yield head + "".join(f"{key}={value}\n" for key, value in fields.items()) + "\n"


def main():
    directory = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 400_000
    if not Path(REMOTE).exists():
        sys.exit("apt-get install systemd-journal-remote")
    machine = directory / MACHINE
    machine.mkdir(parents=True, exist_ok=True)
    command = [REMOTE, "--output", str(machine / "remote.journal"), "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as remote:
        for entry in entries(count):
            remote.stdin.write(entry)
    sys.exit(remote.returncode)


if __name__ == "__main__":
    main()
